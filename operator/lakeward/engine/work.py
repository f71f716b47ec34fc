"""Long work beside the passes: keyed, bounded, found again by its key. Knows nothing of what the work is.

A pass starts work and goes on; the next pass asks where it stands. Work that ends wakes whoever waits for it. Nothing
is stored: after a restart the far side tells what is there, and the work is started again.
"""

from __future__ import annotations

import contextvars
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass

from lakeward.engine.errors import Problem, Unavailable
from lakeward.engine.reasons import Reason

log = logging.getLogger(__name__)

Tell = Callable[[str], None]
"""Takes the progress of a work, one line for a person."""


class Stopped(Exception):  # noqa: N818 - an end, not an error
    """Raised by work that leaves because it was asked to: nothing failed, and nothing is told."""


@dataclass(frozen=True)
class Running:
    """Work that goes on; `progress` is one line for a person."""

    progress: str


@dataclass(frozen=True)
class Failed:
    """Work that ended with a problem; it is told once, then forgotten."""

    problem: Problem


@dataclass
class _Run:
    """One work on its way: how far it is, and since when it is asked to leave, soon or at once."""

    future: Future[None]
    wake: Callable[[], None]
    progress: str = "queued"
    soon: bool = False
    at_once: float | None = None


class Works:
    """The works of this process by key. `proceed` says whether work may go on writing; `clock` counts seconds."""

    def __init__(
        self,
        pool: Executor,
        proceed: Callable[[], bool] = lambda: True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pool = pool
        self._proceed = proceed
        self._clock = clock
        self._runs: dict[str, _Run] = {}
        self._failed: dict[str, Problem] = {}
        self._notes: dict[str, object] = {}
        self._lock = threading.Lock()
        self._stopping = threading.Event()

    def start(self, key: str, work: Callable[[Tell], None], wake: Callable[[], None]) -> None:
        """Start `work` unless work of that key runs already. It is handed a function that tells its progress.

        `wake` is called when it has ended, however.
        """
        with self._lock:
            if key in self._runs or self._stopping.is_set():
                return
            self._failed.pop(key, None)
            # the log is to say whose work it is
            context = contextvars.copy_context()
            self._runs[key] = _Run(self._pool.submit(context.run, self._run, key, work, wake), wake)

    def state(self, key: str) -> Running | Failed | None:
        """Where the work of that key stands; None when there is none, or it has ended well."""
        with self._lock:
            if key in self._runs:
                return Running(self._runs[key].progress)
            problem = self._failed.pop(key, None)
            return Failed(problem) if problem else None

    def running(self) -> frozenset[str]:
        """The keys of the works that go on."""
        with self._lock:
            return frozenset(self._runs)

    def ask(self, key: str, *, at_once: bool = False) -> None:
        """Ask the work of that key to leave after its current step, or amid it. What only waits for its turn goes."""
        with self._lock:
            run = self._runs.get(key)
            if run is None:
                return
            run.soon = True
            if at_once and run.at_once is None:
                run.at_once = self._clock()
            if run.future.cancel():
                del self._runs[key]
            else:
                return
        run.wake()

    def abandon(self, part: str) -> None:
        """Ask every work with this part in its key, between blanks, to leave at once."""
        for key in self.running():
            if part in key.split(" "):
                self.ask(key, at_once=True)

    def asked(self, key: str) -> float | None:
        """Seconds since the work of that key was asked to leave at once; None when it was not, or there is none."""
        with self._lock:
            run = self._runs.get(key)
            return self._clock() - run.at_once if run is not None and run.at_once is not None else None

    def stopping(self, key: str = "", *, amid: bool = False) -> bool:
        """Asked by long work between its steps, and `amid` one: whether it should leave now.

        All work should when the operator stops or must not write any more.
        """
        if self._stopping.is_set() or not self._proceed():
            return True
        with self._lock:
            run = self._runs.get(key)
            return run is not None and (run.at_once is not None if amid else run.soon)

    def stop(self) -> None:
        """Ask all work to leave at its next step; what it began is resumed after the restart."""
        self._stopping.set()

    def moment(self) -> float:
        """Now, in seconds, by the clock that times are measured with here."""
        return self._clock()

    def note(self, key: str, what: object) -> None:
        """Remember what goes on under that key on the far side; None forgets it. A restart forgets all."""
        with self._lock:
            if what is None:
                self._notes.pop(key, None)
            else:
                self._notes[key] = what

    def noted(self, key: str) -> object:
        """What is remembered under that key, None when nothing is."""
        with self._lock:
            return self._notes.get(key)

    def _run(self, key: str, work: Callable[[Tell], None], wake: Callable[[], None]) -> None:
        problem: Problem | None = None
        try:
            work(lambda text: self._tell(key, text))
        except Stopped:
            log.info("long work was stopped: %s", key)
        except Problem as error:
            problem = error
        except BaseException as error:
            # the thread pool would keep it to itself, and the object would wait for ever
            log.exception("long work failed unexpectedly: %s", key)
            problem = Unavailable(f"the work ended with {type(error).__name__}", reason=Reason.INTERNAL_ERROR)
            raise
        finally:
            with self._lock:
                self._runs.pop(key, None)
                if problem:
                    self._failed[key] = problem
            wake()

    def _tell(self, key: str, text: str) -> None:
        with self._lock:
            self._runs[key].progress = text
