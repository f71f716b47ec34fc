"""Moves the files of one version into another: streamed, hashed on the way, in constant memory, nothing on disk.

Each file is one GET and one PUT, each sent once. Opens no model.
"""

import hashlib
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field

from lakeward.engine.errors import Unavailable
from lakeward.engine.work import Stopped, Tell
from lakeward.providers.databricks import artifacts
from lakeward.providers.databricks.api import Sized
from lakeward.providers.databricks.artifacts import File
from lakeward.providers.databricks.client import Databricks

TOLD_EVERY = 64 * 1024**2
Place = tuple[str, int]
"""A model and the number of one of its versions."""


@dataclass
class Course:
    """How far a copy is, and whether it may go on.

    leave   whether to go before the next step, or amid one
    limit   seconds that it may take
    read    files that were read whole before: what was judged is what is copied
    """

    files: Sequence[File]
    tell: Tell
    leave: Callable[[bool], bool]
    limit: float | None = None
    read: Mapping[str, bytes] = field(default_factory=dict)
    begun: float = field(default_factory=time.monotonic)
    at: int = 0
    moved: int = 0
    told: int = 0

    def step(self) -> None:
        """Before the next file. Raises as `go_on`."""
        self.go_on(amid=False)
        self.at += 1
        self._say()

    def add(self, count: int) -> None:
        """So many bytes more, told every 64 MiB. Raises as `go_on`."""
        self.go_on(amid=True)
        self.moved += count
        if self.moved - self.told >= TOLD_EVERY:
            self._say()

    def go_on(self, *, amid: bool) -> None:
        """Stopped when it is to leave, Unavailable when its time is over."""
        if self.leave(amid):
            raise Stopped
        if self.limit is not None and time.monotonic() - self.begun > self.limit:
            done = self.at - 1 if amid else self.at
            text = (
                f"the copy took longer than allowed: {done} of {len(self.files)} files were copied; it is begun again"
            )
            raise Unavailable(text, field="spec.copy.timeout")

    def _say(self) -> None:
        self.told = self.moved
        done = f"{artifacts.size(self.moved)} of {artifacts.size(sum(f.size for f in self.files))}"
        self.tell(f"copying file {self.at} of {len(self.files)}, {done}")


def fill(client: Databricks, source: Place, target: Place, course: Course) -> str:
    """Copy all files of the course and return their digest."""
    entries = []
    for file in course.files:
        course.step()
        entries.append((file.path, file.size, _move(client, source, target, file, course)))
    return artifacts.manifest(entries)


def _move(client: Databricks, source: Place, target: Place, file: File, course: Course) -> str:
    digest = hashlib.sha256()

    def pieces() -> Generator[bytes, None, None]:
        known = course.read.get(file.path)
        for piece in artifacts.pieces(client, *source, file) if known is None else [known]:
            course.add(len(piece))
            digest.update(piece)
            yield piece

    with closing(pieces()) as stream:
        client.api.upload(artifacts.at_file(*target, file.path), Sized(stream, file.size))
        # a file that has grown was cut at its listed size: that is seen only by asking for more
        next(stream, None)
    return digest.hexdigest()
