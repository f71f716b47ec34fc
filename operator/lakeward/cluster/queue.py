"""Which object is next: a deduplicating queue with timers. Knows keys and turns, neither Kubernetes nor passes.

One pass per object at a time, no lost change, the earliest timer wins, an immediate pass replaces a planned one. Within
a turn, places take turns: a place is what objects share whose calls go to one service, so neither a crowd at one place
nor one that hangs keeps the others waiting.
"""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Callable
from enum import IntEnum
from typing import Any, Protocol

from lakeward.engine.backoff import delay
from lakeward.engine.outcome import Key

HURRIES = 12
"""So often an object may ask for its next pass at once: more than the steps that any object needs one after another."""


class Turn(IntEnum):
    """Order of service: a lower turn is served first."""

    CHANGE = 0
    DELETION = 1
    RETRY = 2
    RESYNC = 3


class QueueClosed(Exception):  # noqa: N818 - an end, not an error
    """Nothing more is handed out."""


class Timer(Protocol):
    def when(self) -> float: ...

    def cancel(self) -> None: ...


class Timers(Protocol):
    """The part of an event loop that the queue needs; tests bring one that they move by hand."""

    def time(self) -> float: ...

    def call_at(self, when: float, callback: Callable[..., object], /, *args: Any) -> Timer: ...  # noqa: ANN401 - as asyncio's


Lane = OrderedDict[str, OrderedDict[Key, None]]
"""The keys that wait, in the order of their coming, by place; the place that was served last comes last."""


class WorkQueue:
    """Keys that wait for a pass. All methods belong to one event loop; `chance` gives the jitter of retries.

    `place` tells the place of a key, and `share` how many passes of one place may run at a time.
    """

    def __init__(
        self, timers: Timers, chance: Callable[[], float], place: Callable[[Key], str] = str, share: int = 1
    ) -> None:
        self._timers = timers
        self._chance = chance
        self._place = place
        self._share = share
        self._lanes: dict[Turn, Lane] = {turn: OrderedDict() for turn in Turn}
        self._places: dict[Key, str] = {}
        self._taken: Counter[str] = Counter()
        self._waiting: dict[Key, Turn] = {}
        self._busy: dict[Key, Turn | None] = {}
        self._planned: dict[Key, Timer] = {}
        self._failures: Counter[Key] = Counter()
        self._hurries: Counter[Key] = Counter()
        self._wake = asyncio.Event()
        self._closed = False

    def add(self, key: Key, turn: Turn) -> None:
        """A pass as soon as possible: after the running one, if there is one."""
        self._cancel(key)
        if key in self._busy:
            again = self._busy[key]
            self._busy[key] = turn if again is None else min(again, turn)
            return
        waiting = self._waiting.get(key)
        if waiting is not None and waiting <= turn:
            return
        if waiting is not None:
            self._unlist(key)
        self._waiting[key] = turn
        place = self._places[key] = self._place(key)
        self._lanes[turn].setdefault(place, OrderedDict())[key] = None
        self._wake.set()

    def add_after(self, key: Key, seconds: float, turn: Turn) -> None:
        """A pass after some time, unless one is due earlier anyway."""
        if seconds <= 0:
            self.add(key, turn)
            return
        if key in self._waiting or self._busy.get(key) is not None:
            return
        when = self._timers.time() + seconds
        planned = self._planned.get(key)
        if planned is not None and planned.when() <= when:
            return
        self._cancel(key)
        self._planned[key] = self._timers.call_at(when, self.add, key, turn)

    def retry(self, key: Key, floor: float = 0.0) -> float:
        """A pass after a growing pause, at least `floor` seconds long; returns the pause."""
        self._failures[key] += 1
        pause = max(floor, delay(self._failures[key], self._chance()))
        self.add_after(key, pause, Turn.RETRY)
        return pause

    def again(self, key: Key, seconds: float) -> float:
        """A pass after `seconds`, or after a growing pause once that was asked for many times; returns the pause."""
        self._hurries[key] += 1
        beyond = self._hurries[key] - HURRIES
        pause = max(seconds, delay(beyond, self._chance())) if beyond > 0 else seconds
        self.add_after(key, pause, Turn.RETRY)
        return pause

    def forget(self, key: Key) -> None:
        """Its failures and hurries are over."""
        self._failures.pop(key, None)
        self._hurries.pop(key, None)

    def drop(self, key: Key) -> None:
        """The object is gone: nothing is planned for it any more."""
        self.forget(key)
        self._cancel(key)
        if key in self._waiting:
            self._unlist(key)

    async def get(self) -> Key:
        """The next key; it stays with the caller until `done`. Raises QueueClosed."""
        while (key := self._next()) is None and not self._closed:
            self._wake.clear()
            await self._wake.wait()
        if self._closed or key is None:
            raise QueueClosed
        turn, place = self._waiting[key], self._places[key]
        self._lanes[turn].move_to_end(place)
        self._unlist(key)
        self._places[key] = place
        self._taken[place] += 1
        self._busy[key] = None
        return key

    def done(self, key: Key) -> None:
        """The pass is over; what came in the meantime is queued."""
        turn = self._busy.pop(key)
        place = self._places.pop(key)
        self._taken[place] -= 1
        if not self._taken[place]:
            del self._taken[place]
        self._wake.set()
        if turn is not None:
            self.add(key, turn)

    def close(self) -> None:
        """Hand out nothing any more; whoever waits in `get` is told."""
        self._closed = True
        self._wake.set()

    def depth(self) -> dict[Turn, int]:
        """How many keys wait for a worker, by turn."""
        return {turn: sum(map(len, lane.values())) for turn, lane in self._lanes.items()}

    @property
    def busy(self) -> frozenset[Key]:
        """The keys whose pass runs now."""
        return frozenset(self._busy)

    def _next(self) -> Key | None:
        """The first key of the first place that has not its share already, in the order of turns."""
        places = (item for lane in self._lanes.values() for item in lane.items())
        return next((next(iter(keys)) for place, keys in places if self._taken[place] < self._share), None)

    def _unlist(self, key: Key) -> None:
        """It waits no more."""
        lane, place = self._lanes[self._waiting.pop(key)], self._places.pop(key)
        del lane[place][key]
        if not lane[place]:
            del lane[place]

    def _cancel(self, key: Key) -> None:
        planned = self._planned.pop(key, None)
        if planned is not None:
            planned.cancel()
