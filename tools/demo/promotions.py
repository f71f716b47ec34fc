"""The demo's own copy of the promotion samples, as a team keeps it in git: it knows files, not Kubernetes."""

import difflib
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from demo.errors import DemoError

FILES = ("tumor-test.yaml", "tumor-prod.yaml")
VERSION = re.compile(r"^(?P<key>\s+version: )\d+$", re.MULTILINE)


class Promotions:
    """A folder of manifests that is edited while the story goes on; the samples of the checkout stay as they are."""

    def __init__(self, samples: Path, folder: Path) -> None:
        shutil.copytree(samples, folder)
        self.folder = folder

    def pin(self, version: int) -> list[str]:
        """Writes the version into each file and returns the changed lines, as a diff shows them."""
        return [line for name in FILES for line in self._pin(self.folder / name, version)]

    def _pin(self, file: Path, version: int) -> Iterator[str]:
        before = file.read_text()
        after, count = VERSION.subn(rf"\g<key>{version}", before)
        if count != 1:
            raise DemoError(f"{file.name} has {count} lines like `version: 1`, not one: the sample was changed.")
        file.write_text(after)
        yield f"  {file.name}"
        for line in difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm=""):
            if re.match("[-+] ", line):
                yield line
