"""What comes in: watch events, lists, wakes. Keeps the store true and plans passes; makes none.

Everything here runs on the event loop but `wake`, which any thread may call.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

from lakeward.cluster.queue import Turn, WorkQueue
from lakeward.cluster.store import Body, News, Store, deleting, guarded, has_finalizer, uid, version
from lakeward.engine.conditions import is_true

if TYPE_CHECKING:
    from lakeward.cluster.metrics import Metrics
    from lakeward.cluster.objects import Objects
    from lakeward.engine.outcome import Key

log = logging.getLogger(__name__)

REQUESTED = "mlops.lakeward.dev/requested-at"
# after a restart objects at rest are looked at over some time, so that the services see no stampede
SPREAD_EACH = 0.1
SPREAD_MOST = 60.0


class Intake:
    """The store and the queue, kept in step with the API server.

    `wakes` are the objects that a body says something to: they look again when it is new, changed by others, or gone.
    """

    def __init__(  # noqa: PLR0917 - what comes in goes to these
        self,
        store: Store,
        queue: WorkQueue,
        objects: Objects,
        metrics: Metrics,
        chance: Callable[[], float],
        wakes: Callable[[Body], Iterable[Key]] = lambda _: (),
    ) -> None:
        self.store = store
        self.queue = queue
        self.primed = False
        self._objects = objects
        self._metrics = metrics
        self._chance = chance
        self._wakes = wakes
        self._loop = asyncio.get_running_loop()

    @property
    def kinds(self) -> tuple[str, ...]:
        return self._objects.kinds

    def saw(self, key: Key, body: Body) -> News:
        """The API server showed this body: by the watch, in a list, or as the answer to a write."""
        before = self.store.get(key)
        news = self.store.put(key, body)
        if news in {News.CHANGE, News.DELETION}:
            self._wake_named(before, body)
            # whoever mends something is not made to wait for the failures of before
            self.queue.forget(key)
            self.queue.add(key, Turn.CHANGE if news is News.CHANGE else Turn.DELETION)
        if news is not News.NOTHING:
            self._wake_dependents(key)
        return news

    def gone(self, key: Key, dead: str) -> None:
        """The object with the uid `dead` does not exist any more."""
        before = self.store.get(key)
        if self.store.drop(key, dead):
            self.queue.drop(key)
            self._wake_named(before)
            self._wake_dependents(key)

    def wake(self, key: Key) -> None:
        """Plan a pass from any thread: long work of this object has ended."""
        with suppress(RuntimeError):  # the loop is closed: we are leaving, and the next start looks at everything
            self._loop.call_soon_threadsafe(self._woken, key)

    async def prime(self) -> None:
        """Fill the store before the first pass and plan the first passes. Raises KubeError."""
        for kind in self._objects.kinds:
            for key, body in (await self._objects.list(kind)).bodies.items():
                self.store.put(key, body)
        bodies = self.store.items()
        rested = [key for key, body in bodies if at_rest(body)]
        spread = min(SPREAD_MOST, SPREAD_EACH * len(rested))
        for key in rested:
            self.queue.add_after(key, spread * self._chance(), Turn.RESYNC)
        for key, body in bodies:
            if not at_rest(body):
                self.queue.add(key, Turn.DELETION if deleting(body) else Turn.CHANGE)
        self.primed = True
        log.info("%d objects known, %d of them at rest", len(bodies), len(rested))

    async def repair(self, kind: str) -> None:
        """Find what the watch missed: no DELETED event ever comes for what vanished in a gap. Raises KubeError."""
        known = self.store.keys(kind)
        listing = await self._objects.list(kind)
        for key, body in listing.bodies.items():
            if self.saw(key, body) not in {News.NOTHING, News.ECHO}:
                self._metrics.repaired(kind)
        for key in known - listing.bodies.keys():
            last = self.store.get(key)
            if last is not None and version(last) <= listing.version:
                log.info("%s vanished while nobody watched", key)
                self._metrics.repaired(kind)
                self.gone(key, uid(last))

    def _woken(self, key: Key) -> None:
        if self.store.get(key) is not None:
            self.queue.add(key, Turn.RETRY)

    def _wake_named(self, *bodies: Body | None) -> None:
        for key in {named for body in bodies if body is not None for named in self._wakes(body)}:
            self._woken(key)

    def _wake_dependents(self, key: Key) -> None:
        for dependent in self.store.dependents(key):
            self._woken(dependent)


def at_rest(body: Body) -> bool:
    """Whether the last operator left this object converged, and nobody asked for anything since."""
    status, metadata = body.get("status") or {}, body["metadata"]
    return (
        is_true(status, "Ready")
        and status.get("observedGeneration") == metadata.get("generation")
        and status.get("lastHandledRequest") == (metadata.get("annotations") or {}).get(REQUESTED)
        and (has_finalizer(body) or not guarded(body))
        and not deleting(body)
    )
