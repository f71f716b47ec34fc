"""The state folder: one running lakehouse owns it, and `sandbox.json` tells others how to reach that one."""

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lakeward_sandbox.errors import Json, StartError

FORMAT = "1"


@dataclass(frozen=True)
class Folder:
    """Paths inside of the state folder."""

    root: Path

    @property
    def objects(self) -> Path:
        return self.root / "objects.sqlite"

    @property
    def files(self) -> Path:
        return self.root / "files"

    @property
    def mlflow(self) -> Path:
        return self.root / "mlflow"

    @property
    def programs(self) -> Path:
        return self.root / "programs"

    @property
    def sheet(self) -> Path:
        return self.root / "sandbox.json"

    def secret(self) -> bytes:
        """What tokens are derived from; made once."""
        path = self.root / "secret"
        if not path.exists():
            _write_atomically(path, secrets.token_hex(32))
        return path.read_bytes()

    def publish(self, sheet: Json) -> None:
        """Writes `sandbox.json`: nobody ever reads half of it, and nobody else reads its tokens."""
        _write_atomically(self.sheet, json.dumps(sheet, indent=2) + "\n")


@contextmanager
def opened(root: Path) -> Iterator[Folder]:
    """Makes or opens a state folder and keeps every other lakehouse out of it.

    Raises StartError when the folder is not ours, not writable, or in use.
    """
    try:
        root.mkdir(parents=True, exist_ok=True)
        _claim(root)
        lock = (root / "lock").open("a")
    except OSError as problem:
        raise StartError(f"cannot use {root} as the state folder: {problem.strerror}") from problem
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as problem:
            raise StartError(f"{root} is in use by another running lakehouse: end it, or give another --state") from (
                problem
            )
        folder = Folder(root.resolve())
        folder.files.mkdir(exist_ok=True)
        folder.mlflow.mkdir(exist_ok=True)
        folder.sheet.unlink(missing_ok=True)
        try:
            yield folder
        finally:
            folder.sheet.unlink(missing_ok=True)


def _claim(root: Path) -> None:
    """A marker file says that the folder is a lakehouse's, so that a mistyped --state never mixes with other files."""
    marker = root / "format"
    if not marker.exists():
        if any(root.iterdir()):
            raise StartError(f"{root} is not empty and is not the state of a lakehouse: give a new or empty folder")
        _write_atomically(marker, FORMAT)
    elif marker.read_text() != FORMAT:
        raise StartError(f"{root} was written by another version of the lakehouse: give a new folder")


def _write_atomically(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(text)
    draft.replace(path)
