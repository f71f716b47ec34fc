"""The time of the operator: its own clock, or that of the API server where that one is ahead. Knows no client.

An operator whose clock is behind must not keep alive what has expired.
"""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

TOLERATED = timedelta(seconds=2)
"""Answers say their time in whole seconds and take a while to arrive: so much is no difference."""


def _utc() -> datetime:
    return datetime.now(UTC)


class Clock:
    """`own` and `monotonic` are the clocks of this machine. Thread-safe."""

    def __init__(self, own: Callable[[], datetime] = _utc, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._own = own
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._seen: tuple[datetime, float] | None = None

    def saw(self, date: str | None) -> None:
        """The API server's `Date` header arrived with an answer; one that cannot be read says nothing."""
        try:
            moment = parsedate_to_datetime(date or "")
        except ValueError:
            return
        with self._lock:
            self._seen = (moment.replace(tzinfo=moment.tzinfo or UTC), self._monotonic())

    def now(self) -> datetime:
        """The later of our time and that of the API server as it was last seen; aware, UTC."""
        own = self._own()
        with self._lock:
            if self._seen is None:
                return own
            moment, then = self._seen
            theirs = moment + timedelta(seconds=self._monotonic() - then)
        return theirs.astimezone(UTC) if theirs - own >= TOLERATED else own
