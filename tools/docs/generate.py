"""Writes the parts of docs/ that the code knows better: fields, reasons, settings, contracts. `make docs` runs it.

    python -m docs.generate            write them
    python -m docs.generate --check    write nothing; 1 where a page is not what the code says

A page keeps what people wrote: what lies between `<!-- generated: NAME -->` and `<!-- end of NAME -->` is replaced.
"""

import argparse
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from docs.contracts import contracts
from docs.fields import fields
from docs.reasons import reasons
from docs.settings import settings
from lakeward.api.mlworkspace import MLWORKSPACE
from lakeward.api.modelpromotion import MODELPROMOTION
from lakeward.api.promotionapproval import PROMOTIONAPPROVAL

ROOT = Path(__file__).resolve().parents[2]
PAGES: Mapping[str, Mapping[str, Callable[[], str]]] = {
    "kinds/mlworkspace.md": {
        "spec": lambda: fields(MLWORKSPACE.spec, "spec"),
        "status": lambda: fields(MLWORKSPACE.status, "status"),
    },
    "kinds/modelpromotion.md": {
        "spec": lambda: fields(MODELPROMOTION.spec, "spec"),
        "status": lambda: fields(MODELPROMOTION.status, "status"),
    },
    "kinds/promotionapproval.md": {
        "spec": lambda: fields(PROMOTIONAPPROVAL.spec, "spec"),
        "status": lambda: fields(PROMOTIONAPPROVAL.status, "status"),
    },
    "troubleshooting.md": {"reasons": reasons},
    "architecture.md": {"contracts": lambda: contracts(ROOT / "pyproject.toml")},
    "running.md": {"settings": settings},
}


def main(argv: list[str] | None = None) -> int:
    """Write or check all pages; the exit code."""
    parser = argparse.ArgumentParser(prog="docs.generate", description="Write the generated parts of docs/.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail where a page is out of date")
    parser.add_argument("--folder", type=Path, default=ROOT / "docs", help="folder of the pages (docs)")
    arguments = parser.parse_args(argv)
    stale = [name for name in PAGES if not _current(arguments.folder / name, name, write=not arguments.check)]
    if arguments.check and stale:
        sys.stderr.write(f"docs: {', '.join(stale)} is not what the code says: run make docs\n")
        return 1
    return 0


def _current(file: Path, name: str, *, write: bool) -> bool:
    """Whether the page is up to date; brings it up to date if asked to."""
    before = file.read_text(encoding="utf-8")
    after = before
    for section, make in PAGES[name].items():
        after = replaced(after, section, make())
    if write and after != before:
        file.write_text(after, encoding="utf-8")
    return after == before


def replaced(page: str, section: str, text: str) -> str:
    """The page with another text in that section; ValueError where it has no such section."""
    begin, end = f"<!-- generated: {section} -->", f"<!-- end of {section} -->"
    pattern = re.compile(f"({re.escape(begin)}\n).*?({re.escape(end)})", re.DOTALL)
    made, count = pattern.subn(lambda found: f"{found[1]}\n{text.strip()}\n\n{found[2]}", page)
    if count != 1:
        raise ValueError(f"a page must have one section {section}, between {begin} and {end}; this one has {count}")
    return made


if __name__ == "__main__":
    sys.exit(main())
