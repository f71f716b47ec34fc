"""Edits of a few characters in a file: every other byte stays, and nobody ever sees a file half written."""

import difflib
import os
import re
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Edit:
    """The characters from `start` to `end`, which are `old`, become `new`."""

    start: int
    end: int
    old: str
    new: str


def text_of(place: Path) -> str:
    """The text as it is stored, with its own line ends. Raises OSError and UnicodeDecodeError."""
    return place.read_bytes().decode("utf-8")


def edited(text: str, edits: Iterable[Edit]) -> str:
    """The text with all edits, which do not overlap. Raises ValueError where it is not the text that they are for."""
    for edit in sorted(edits, key=lambda edit: edit.start, reverse=True):
        if text[edit.start : edit.end] != edit.old:
            raise ValueError(f"expected {edit.old} at {edit.start}")
        text = text[: edit.start] + edit.new + text[edit.end :]
    return text


def diff(name: str, before: str, after: str) -> str:
    """The change as a unified diff."""
    old, new = (re.findall("[^\n]*\n|[^\n]+", text) for text in (before, after))
    return "".join(difflib.unified_diff(old, new, f"a/{name}", f"b/{name}"))


def write(place: Path, text: str) -> None:
    """Put the text in the place of the file, which is there, at once or not at all. Raises OSError."""
    target = place.resolve()
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode("utf-8"))
            file.flush()
            os.fsync(file.fileno())
        shutil.copymode(target, name)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
