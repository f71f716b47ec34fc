"""`lakeward run`: builds the operator from its settings, runs it until a signal, and drains. Knows no kind.

Start: log in, check the cluster, listen, list, reconcile, work, watch. Stop: stop watching, finish the passes, leave.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
import sys
import threading
from collections.abc import Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from lakeward.api.objects import KINDS
from lakeward.cluster.calls import Calls
from lakeward.cluster.clock import Clock
from lakeward.cluster.health import Health
from lakeward.cluster.intake import Intake
from lakeward.cluster.kube import Kube, KubeError
from lakeward.cluster.login import Login, LoginError
from lakeward.cluster.logs import configure
from lakeward.cluster.metrics import Metrics
from lakeward.cluster.objects import Objects
from lakeward.cluster.passes import Passes
from lakeward.cluster.places import place
from lakeward.cluster.preflight import NotReady, check
from lakeward.cluster.queue import WorkQueue
from lakeward.cluster.reads import Reads
from lakeward.cluster.store import Store
from lakeward.cluster.watch import on_signals, watch
from lakeward.cluster.workers import Workers

if TYPE_CHECKING:
    from lakeward.cluster.store import Body
    from lakeward.engine.outcome import Key
    from lakeward.engine.work import Works
    from lakeward.passes.reconcile import Reconciler
    from lakeward.settings import Settings

log = logging.getLogger(__name__)

GRACE = 20.0
"""Seconds for running passes to end; below terminationGracePeriodSeconds of the Deployment."""
CONNECTIONS = 16
FAILED = 1


def run(settings: Settings, ignored: Sequence[str] = ()) -> int:
    """Run until SIGINT or SIGTERM; 0 after a clean stop, 1 when it could not start or broke, with one line why.

    `ignored` are the names of the variables that were kept from the SDKs.
    """
    configure(settings.log_format, settings.log_level)
    if ignored:
        log.info("not used, because credentials come from objects only: %s", ", ".join(ignored))
    code = asyncio.run(_serve(settings))
    _leave(code)
    return code


async def _serve(settings: Settings) -> int:
    halt = asyncio.Event()
    stop = _Stop(halt)
    on_signals(stop)
    try:
        async with AsyncExitStack() as stack:
            operator = _Operator(settings, Login(settings.kubeconfig), halt, stack)
            if await _before(halt, operator.start()):
                return await operator.work(stop)
    except (LoginError, NotReady) as error:
        log.error("cannot start: %s", error)  # noqa: TRY400 - one sentence
        return FAILED
    except Exception:
        log.critical("the operator broke", exc_info=True)
        return FAILED
    return 0


class _Operator:
    """One operator. What it opens is closed by `stack`."""

    def __init__(self, settings: Settings, login: Login, halt: asyncio.Event, stack: AsyncExitStack) -> None:
        self._settings = settings
        self._login = login
        self._stack = stack
        self._halt = halt
        self._plurals = {info.kind: info.plural for info in KINDS}
        self._stopping = threading.Event()
        self._broken = False
        self._reconciler: Reconciler
        self._metrics = Metrics()
        self._kube = Kube(login.async_client(CONNECTIONS), self._metrics.wrote)
        stack.push_async_callback(self._kube.close)
        self._objects = Objects(self._kube, self._plurals)
        store = Store()
        share = max(1, settings.workers // 2)
        queue = WorkQueue(asyncio.get_running_loop(), random.random, lambda key: place(store.get, key), share)
        self._intake = Intake(store, queue, self._objects, self._metrics, random.random, self._wakes)
        self._workers = Workers(self._intake, self._broke)
        self._metrics.watch(queue.depth, lambda: queue.busy, self._intake.store.items)

    async def start(self) -> None:
        """Up to the point where all objects are known. Raises NotReady."""
        await check(self._kube, self._login.host, self._plurals)
        await self._listen()
        self._passes, self._works = self._compose()
        try:
            await self._intake.prime()
        except KubeError as error:
            raise NotReady(f"the objects could not be listed: {error}") from None

    async def work(self, stop: _Stop) -> int:
        """Watch and reconcile until somebody asks to stop, then finish what runs; the exit code of the process."""
        halt = self._halt
        self._workers.start(self._passes, self._settings.workers, self._until_relist)
        log.info("reconciling %s as %s", ", ".join(self._plurals), self._settings.cluster_name)
        watching = asyncio.ensure_future(watch(self._login, self._plurals.values(), self._intake, halt, stop))
        halted = asyncio.ensure_future(halt.wait())
        await asyncio.wait({watching, halted}, return_when=asyncio.FIRST_COMPLETED)
        asked = halted.done() and not self._broken
        halted.cancel()
        await self._drain()
        await watching
        return 0 if asked and not self._broken else FAILED

    async def _listen(self) -> None:
        address, port = self._settings.health_address, self._settings.health_port
        health = Health(self._metrics, self._workers.oldest, lambda: self._intake.primed)
        try:
            url = await health.start(address, port)
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else error
            raise NotReady(f"{address}:{port} cannot be listened on ({reason}): set --health-port") from None
        self._stack.push_async_callback(health.stop)
        log.info("health and metrics at %s", url)

    async def _drain(self) -> None:
        self._stopping.set()
        self._works.stop()
        for key in await self._workers.stop(GRACE):
            log.warning("%s: its pass did not end within %.0f s and is left to the next start", key, GRACE)

    def _wakes(self, body: Body) -> frozenset[Key]:
        # nothing comes in before the reconciler is there
        return self._reconciler.wakes(body)

    def _broke(self) -> None:
        self._broken = True
        self._halt.set()

    def _until_relist(self) -> float:
        return self._settings.scan_interval * (0.8 + 0.4 * random.random())  # noqa: S311 - spreads load, hides nothing

    def _compose(self) -> tuple[Passes, Works]:
        # what keeps the operator from starting is said before the SDKs are imported, which takes seconds
        from lakeward.cluster.compose import Parts, compose  # noqa: PLC0415 - see above
        from lakeward.cluster.identity import Identities  # noqa: PLC0415 - see above

        client = self._login.client()
        self._stack.callback(client.close)
        clock = Clock()
        reads = Reads(Calls(client, clock))
        identities = Identities(reads)
        self._metrics.watch_identities(identities.known)
        parts = Parts(
            settings=self._settings,
            get=self._intake.store.get,
            items=self._intake.store.items,
            reads=reads,
            identity=identities,
            now=clock.now,
            wake=self._intake.wake,
            long=self._pool("long", self._settings.long_workers),
            observe_call=self._metrics.observe_call,
            proceed=lambda: not self._stopping.is_set(),
        )
        self._reconciler, works = compose(parts)
        pool, scan = self._pool("pass", self._settings.workers), self._settings.scan_interval
        passes = Passes(self._intake, self._objects, self._reconciler, pool, self._metrics, scan, random.random)
        return passes, works

    def _pool(self, name: str, threads: int) -> ThreadPoolExecutor:
        pool = ThreadPoolExecutor(threads, name)
        self._stack.callback(pool.shutdown, wait=False, cancel_futures=True)
        return pool


class _Stop:
    """What a signal calls: the first asks for a clean stop, the second ends the process at once."""

    def __init__(self, halt: asyncio.Event) -> None:
        self._halt = halt
        self._asked = False

    def __call__(self) -> None:
        if self._asked:
            log.warning("asked to stop a second time: leaving at once, what runs is left to the next start")
            _exit(FAILED)
        log.info("asked to stop")
        self._asked = True
        self._halt.set()


async def _before(halt: asyncio.Event, start: Coroutine[None, None, None]) -> bool:
    """Whether the start came to its end before somebody asked to stop; if not it is given up."""
    starting, halted = asyncio.ensure_future(start), asyncio.ensure_future(halt.wait())
    await asyncio.wait({starting, halted}, return_when=asyncio.FIRST_COMPLETED)
    halted.cancel()
    if starting.done():
        starting.result()
        return True
    starting.cancel()
    await asyncio.wait({starting})
    return False


def _leave(code: int) -> None:
    """End now if threads are still in a call: Python would wait for them, whose calls may never end."""
    others = [t.name for t in threading.enumerate() if t is not threading.current_thread() and not t.daemon]
    if others:
        log.debug("threads left behind: %s", ", ".join(sorted(others)))
        _exit(code)


def _exit(code: int) -> None:
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # a normal exit joins all threads of pools
