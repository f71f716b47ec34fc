"""How fast one API may be called: a token bucket per host, shared by all clients of the process, and the bounded pause.

The pause here is the only place of the operator that sleeps, and never longer than `LONGEST` seconds.
"""

import threading
import time
from collections.abc import Callable

from lakeward.engine.errors import Throttled

LONGEST = 2.0


class Bucket:
    """Lets through `rate` calls a second on average and bursts of as many. Thread-safe.

    `close` shuts it for the time that the service asked for: nobody calls before.
    """

    def __init__(
        self,
        rate: float,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,  # noqa: TID251 - the one bounded pause
        host: str = "the service",
    ) -> None:
        self._host = host
        self._rate = rate
        self._clock = clock
        self._pause = pause
        self._next = clock() - 1.0
        self._closed_until = 0.0
        self._lock = threading.Lock()

    def take(self) -> None:
        """Wait for a turn. Throttled when the turn is further away than a pass may wait."""
        with self._lock:
            now = self._clock()
            if now < self._closed_until:
                raise Throttled(f"{self._host} asks to slow down", retry_after=self._closed_until - now)
            # a turn in the past is credit, one second of it at most
            turn = max(self._next, now - 1.0) + 1.0 / self._rate
            if turn - now > LONGEST:
                raise Throttled("too many calls are waiting for this API", retry_after=turn - now)
            self._next = turn
        if turn > now:
            self._pause(turn - now)

    def close(self, seconds: float) -> None:
        """Let nobody through for that long."""
        with self._lock:
            self._closed_until = max(self._closed_until, self._clock() + seconds)
