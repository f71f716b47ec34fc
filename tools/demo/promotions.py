"""The demo's own copy of the promotion samples, kept in git as a team keeps it: it knows files, not Kubernetes."""

import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from demo.errors import DemoError
from demo.repository import Repository

DEV, TEST, PROD = "tumor-dev", "tumor-test", "tumor-prod"
ALL = (DEV, TEST, PROD)
HOME = {DEV: "Promoted", TEST: "Promoted"}
"""The phases that they come to before anything is asked of people."""
VERSION = re.compile(r"^(?P<key>\s+version: )\d+$", re.MULTILINE)


class Promotions:
    """A folder of manifests that is edited while the story goes on; the samples of the checkout stay as they are."""

    def __init__(self, samples: Path, folder: Path, environ: Mapping[str, str]) -> None:
        shutil.copytree(samples, folder)
        self.folder = folder
        self.repository = Repository(folder, environ, "Promote version 1")

    def pin(self, version: int, names: Sequence[str] = ALL) -> list[str]:
        """Writes the version into the file of each promotion and returns the changed lines, as a diff shows them."""
        for name in names:
            self._pin(self.folder / f"{name}.yaml", version)
        return self.repository.edited()

    def _pin(self, file: Path, version: int) -> None:
        after, count = VERSION.subn(rf"\g<key>{version}", file.read_text())
        if count != 1:
            raise DemoError(f"{file.name} has {count} lines like `version: 1`, not one: the sample was changed.")
        file.write_text(after)
