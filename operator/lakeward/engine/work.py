"""Long work beside the passes: keyed, bounded, found again by its key. Knows nothing of what the work is.

A pass starts work and goes on; the next pass asks where it stands. Work that ends wakes whoever waits for it. Nothing
is stored: after a restart the far side tells what is there, and the work is started again.
"""

from __future__ import annotations

import contextvars
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass

from lakeward.engine.errors import Problem, Unavailable
from lakeward.engine.reasons import Reason

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Running:
    """Work that goes on; `progress` is one line for a person."""

    progress: str


@dataclass(frozen=True)
class Failed:
    """Work that ended with a problem; it is told once, then forgotten."""

    problem: Problem


class Works:
    """The works of this process by key."""

    def __init__(self, pool: Executor) -> None:
        self._pool = pool
        self._running: dict[str, Future[None]] = {}
        self._progress: dict[str, str] = {}
        self._failed: dict[str, Problem] = {}
        self._lock = threading.Lock()
        self._stopping = threading.Event()

    def start(self, key: str, work: Callable[[Callable[[str], None]], None], wake: Callable[[], None]) -> None:
        """Start `work` unless work of that key runs already. It is handed a function that tells its progress.

        `wake` is called when it has ended, however.
        """
        with self._lock:
            if key in self._running or self._stopping.is_set():
                return
            self._progress[key] = "queued"
            self._failed.pop(key, None)
            # the log is to say whose work it is
            context = contextvars.copy_context()
            self._running[key] = self._pool.submit(context.run, self._run, key, work, wake)

    def state(self, key: str) -> Running | Failed | None:
        """Where the work of that key stands; None when there is none, or it has ended well."""
        with self._lock:
            if key in self._running:
                return Running(self._progress[key])
            problem = self._failed.pop(key, None)
            return Failed(problem) if problem else None

    def running(self) -> frozenset[str]:
        """The keys of the works that go on."""
        with self._lock:
            return frozenset(self._running)

    def stopping(self) -> bool:
        """Asked by long work between its steps: whether it should leave now."""
        return self._stopping.is_set()

    def stop(self) -> None:
        """Ask all work to leave at its next step; what it began is resumed after the restart."""
        self._stopping.set()

    def _run(self, key: str, work: Callable[[Callable[[str], None]], None], wake: Callable[[], None]) -> None:
        problem: Problem | None = None
        try:
            work(lambda text: self._tell(key, text))
        except Problem as error:
            problem = error
        except BaseException as error:
            # the thread pool would keep it to itself, and the object would wait for ever
            log.exception("long work failed unexpectedly: %s", key)
            problem = Unavailable(f"the work ended with {type(error).__name__}", reason=Reason.INTERNAL_ERROR)
            raise
        finally:
            with self._lock:
                self._running.pop(key, None)
                self._progress.pop(key, None)
                if problem:
                    self._failed[key] = problem
            wake()

    def _tell(self, key: str, text: str) -> None:
        with self._lock:
            self._progress[key] = text
