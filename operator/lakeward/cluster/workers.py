"""N workers that make the planned passes, and the repair of what watches miss.

Drains on stop; cancels no running pass.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from lakeward.cluster.kube import KubeError
from lakeward.cluster.queue import QueueClosed

if TYPE_CHECKING:
    from lakeward.cluster.intake import Intake
    from lakeward.cluster.passes import Passes
    from lakeward.engine.outcome import Key

log = logging.getLogger(__name__)


class Workers:
    """`broke` is called when a worker ends by a defect of ours: then the process must end, too."""

    def __init__(self, intake: Intake, broke: Callable[[], None]) -> None:
        self._intake = intake
        self._broke = broke
        self._started: dict[Key, float] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._repairs: asyncio.Task[None] | None = None

    def start(self, passes: Passes, workers: int, relist: Callable[[], float]) -> None:
        """Begin; `relist` gives the seconds until the next repair, anew each time."""
        for number in range(workers):
            task = asyncio.create_task(self._work(passes), name=f"worker {number}")
            task.add_done_callback(self._ended)
            self._tasks.add(task)
        self._repairs = asyncio.create_task(self._repair(relist), name="repair")
        self._repairs.add_done_callback(self._ended)

    async def stop(self, grace: float) -> frozenset[Key]:
        """Begin no pass any more and wait for those that run; returns those that did not end in time."""
        self._intake.queue.close()
        if self._repairs is not None:
            self._repairs.cancel()
        if self._started:
            log.info("waiting up to %.0f s for %d passes", grace, len(self._started))
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=grace)
        return frozenset(self._started)

    def oldest(self) -> float:
        """Age in seconds of the pass that runs longest; 0 when none runs."""
        now = asyncio.get_running_loop().time()
        return max((now - started for started in self._started.values()), default=0.0)

    async def _work(self, passes: Passes) -> None:
        queue, loop = self._intake.queue, asyncio.get_running_loop()
        while True:
            try:
                key = await queue.get()
            except QueueClosed:
                return
            self._started[key] = loop.time()
            try:
                await passes.run(key)
            finally:
                del self._started[key]
                queue.done(key)

    async def _repair(self, relist: Callable[[], float]) -> None:
        while True:
            await asyncio.sleep(relist())
            for kind in self._intake.kinds:
                try:
                    await self._intake.repair(kind)
                except KubeError as error:
                    log.warning("%s could not be listed, tried again later: %s", kind, error)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception() is not None:
            log.critical("%s ended by a defect", task.get_name(), exc_info=task.exception())
            self._broke()
