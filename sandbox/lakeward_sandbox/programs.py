"""Python programs of others, run on request: a few at a time, each in a folder and an environment of its own. They end
with the lakehouse, however it ends. It knows nothing of jobs.
"""

import contextlib
import math
import shutil
import sys
import threading
import traceback
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from lakeward_sandbox.cluster import processes

_MOST = 4
_LONGEST_OUTPUT = 64 * 1024


class ClosingError(Exception):
    """The lakehouse ends: what becomes of the program is nobody's business any more."""


@dataclass(frozen=True)
class Program:
    """A script, its arguments, and all of its environment beside a home. `seconds` is how long it may take."""

    key: str
    name: str
    content: bytes
    arguments: Sequence[str]
    environment: Mapping[str, str]
    seconds: float | None


@dataclass(frozen=True)
class Ended:
    """`exit_code` is negative after a kill, and None where there was none in time. The output is its end."""

    exit_code: int | None
    output: str
    truncated: bool = False


class Programs:
    """At most four of them at a time; work that is submitted waits for its turn."""

    def __init__(self, root: Path) -> None:
        """What an earlier lakehouse left in the folder when it was killed is removed."""
        shutil.rmtree(root, ignore_errors=True)
        self._root = root
        self._pool = ThreadPoolExecutor(_MOST, "program")
        self._lock = threading.Lock()
        self._guard: processes.Guard | None = None
        self._running: dict[str, processes.Program] = {}
        self._unwanted: set[str] = set()
        self._closing = False

    def submit(self, work: Callable[[], None]) -> None:
        """Does the work in a thread that may call `run`."""
        with self._lock:
            if not self._closing:
                self._pool.submit(work).add_done_callback(_report)

    def run(self, program: Program) -> Ended:
        """Waits for its end. Raises ClosingError."""
        folder = self._root / program.key
        for part in ("code", "home"):
            (folder / part).mkdir(parents=True)
        try:
            running = self._started(program, folder)
            in_time = running.ended(program.seconds or math.inf)
            if not in_time:
                running.stop(patience=0)
            with self._lock:
                self._running.pop(program.key)
                if self._closing:
                    raise ClosingError
            return _ended(running.exit_code if in_time else None, running.log.read_bytes())
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def stop(self, key: str) -> None:
        """Kills it, or sees to it that it ends as soon as it begins."""
        with self._lock:
            self._unwanted.add(key)
            running = self._running.get(key)
        _kill(running)

    def end(self) -> None:
        """Kills all of them, and begins no more."""
        with self._lock:
            self._closing = True
            running = list(self._running.values())
        for program in running:
            _kill(program)

    def close(self) -> None:
        """As `end`, and returns when nothing is left of them. Calling it again is harmless."""
        self.end()
        self._pool.shutdown(cancel_futures=True)
        if self._guard is not None:
            self._guard.close()
            self._guard = None

    def _started(self, program: Program, folder: Path) -> processes.Program:
        script = folder / "code" / program.name
        script.write_bytes(program.content)
        home = str(folder / "home")
        command = [sys.executable, "-I", "-u", "-X", "utf8", str(script), *program.arguments]
        with self._lock:
            if self._closing:
                raise ClosingError
            self._guard = self._guard or processes.Guard()
            running = self._guard.launch(
                command,
                folder / "output",
                cwd=folder / "home",
                environ={**program.environment, "HOME": home, "TMPDIR": home},
            )
            self._running[program.key] = running
            if program.key in self._unwanted:
                _kill(running)
        return running


def _kill(running: processes.Program | None) -> None:
    if running is not None:
        with contextlib.suppress(ProcessLookupError):  # it ended in this moment, and the other thread saw it first
            running.stop(patience=0)


def _ended(exit_code: int | None, output: bytes) -> Ended:
    kept = output[-_LONGEST_OUTPUT:]
    return Ended(exit_code, kept.decode(errors="replace"), truncated=len(kept) < len(output))


def _report(done: Future[None]) -> None:
    """A mistake of ours must not stay in the thread in which it was made."""
    problem = None if done.cancelled() else done.exception()
    if problem is not None and not isinstance(problem, ClosingError):
        traceback.print_exception(problem, file=sys.stderr)
