"""Workers: what is woken during a pass, what a stop waits for, and that a defect is told to the process."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import cast

from lakeward.cluster.intake import Intake
from lakeward.cluster.kube import Kube
from lakeward.cluster.metrics import Metrics
from lakeward.cluster.objects import Objects
from lakeward.cluster.passes import Passes
from lakeward.cluster.queue import WorkQueue
from lakeward.cluster.store import Store
from lakeward.cluster.workers import Workers
from lakeward.engine.outcome import Key

KEY = Key("MLWorkspace", "team", "dev")
BODY = {
    "apiVersion": "mlops.lakeward.dev/v1alpha1",
    "kind": KEY.kind,
    "metadata": {"namespace": KEY.namespace, "name": KEY.name, "uid": "u", "resourceVersion": "1"},
}


class Bench(Passes):
    """Workers on a real loop whose passes are a function of the test."""

    def __init__(self, run: Callable[[Key], Awaitable[None]]) -> None:
        objects = Objects(cast("Kube", None), {})  # no kinds: it is never asked
        queue = WorkQueue(asyncio.get_running_loop(), lambda: 0.0)
        self.intake = Intake(Store(), queue, objects, Metrics(), lambda: 0.0)
        self.broken = asyncio.Event()
        self.workers = Workers(self.intake, self.broken.set)
        self.workers.start(self, 2, lambda: 3600.0)
        self._run = run

    async def run(self, key: Key) -> None:
        await self._run(key)


def test_a_wake_from_a_thread_during_a_pass_leads_to_another_pass() -> None:
    async def story() -> int:
        begun, passes, twice = asyncio.Event(), 0, asyncio.Event()

        async def run(key: Key) -> None:
            nonlocal passes
            passes += 1
            begun.set()
            if passes == 1:
                await asyncio.to_thread(bench.intake.wake, key)
            else:
                twice.set()

        bench = Bench(run)
        bench.intake.saw(KEY, BODY)
        await asyncio.wait_for(twice.wait(), 5)
        assert await bench.workers.stop(5) == frozenset()
        return passes

    assert asyncio.run(story()) == 2


def test_nobody_is_woken_who_is_gone() -> None:
    async def story() -> bool:
        async def run(_: Key) -> None:
            raise AssertionError

        bench = Bench(run)
        bench.intake.wake(KEY)
        await asyncio.sleep(0)
        await bench.workers.stop(5)
        return bench.broken.is_set()

    assert not asyncio.run(story())


def test_a_stop_waits_for_what_runs_and_names_what_does_not_end() -> None:
    async def story() -> tuple[frozenset[Key], frozenset[Key]]:
        begun, end = asyncio.Event(), asyncio.Event()

        async def run(_: Key) -> None:
            begun.set()
            await end.wait()

        bench = Bench(run)
        bench.intake.saw(KEY, BODY)
        await asyncio.wait_for(begun.wait(), 5)
        left = await bench.workers.stop(0.01)
        end.set()
        return left, await bench.workers.stop(5)

    assert [set(keys) for keys in asyncio.run(story())] == [{KEY}, set()]


def test_a_worker_that_ends_by_a_defect_is_told() -> None:
    async def story() -> None:
        async def run(_: Key) -> None:
            raise ZeroDivisionError

        bench = Bench(run)
        bench.intake.saw(KEY, BODY)
        await asyncio.wait_for(bench.broken.wait(), 5)
        await bench.workers.stop(5)

    asyncio.run(story())
