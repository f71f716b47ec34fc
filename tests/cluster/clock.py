"""A clock that a test moves by hand, with the timers of an event loop."""

from collections.abc import Callable
from typing import Any


class HandTimer:
    def __init__(self, moment: float, call: Callable[[], object]) -> None:
        self.call = call
        self.cancelled = False
        self._moment = moment

    def when(self) -> float:
        return self._moment

    def cancel(self) -> None:
        self.cancelled = True


class HandClock:
    """`move` fires what became due, in order."""

    def __init__(self) -> None:
        self.now = 0.0
        self._timers: list[HandTimer] = []

    def time(self) -> float:
        return self.now

    def call_at(self, when: float, callback: Callable[..., object], /, *args: Any) -> HandTimer:
        timer = HandTimer(when, lambda: callback(*args))
        self._timers.append(timer)
        return timer

    def move(self, seconds: float) -> None:
        goal = self.now + seconds
        while due := [t for t in self.pending if t.when() <= goal]:
            first = min(due, key=HandTimer.when)
            self._timers.remove(first)
            self.now = max(self.now, first.when())
            first.call()
        self.now = goal

    @property
    def pending(self) -> list[HandTimer]:
        return [timer for timer in self._timers if not timer.cancelled]
