"""What Azure was asked to do and may still be at: where to ask how it ended, and how soon. In memory only.

The state of a resource tells whether it failed, but only the monitor of its last operation tells why.
"""

import threading
from dataclasses import dataclass

MOST = 2000
PAUSE = 5.0


@dataclass(frozen=True)
class Operation:
    """The last operation on one object."""

    monitor: str
    pause: float


class Operations:
    """The last operations by path. Thread-safe; the oldest are let go."""

    def __init__(self) -> None:
        self._begun: dict[str, Operation] = {}
        self._lock = threading.Lock()

    def begin(self, at: str, monitor: str, pause: float | None) -> None:
        """One was begun, or without a monitor was done at once: what was known of the one before is over."""
        with self._lock:
            self._begun.pop(at.lower(), None)
            if not monitor:
                return
            self._begun[at.lower()] = Operation(monitor, pause or PAUSE)
            while len(self._begun) > MOST:
                del self._begun[next(iter(self._begun))]

    def monitor(self, at: str) -> str:
        """Where the last one is followed; empty when that is not known."""
        with self._lock:
            found = self._begun.get(at.lower())
        return found.monitor if found else ""

    def pause(self, at: str) -> float:
        """The seconds after which a look is worth it."""
        with self._lock:
            found = self._begun.get(at.lower())
        return found.pause if found else PAUSE
