"""One pass over one object: hold it, reconcile it in a thread, report, release it, plan the next. Knows no service.

A running pass is never cancelled: a cancelled thread would go on writing while the next pass begins.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

from lakeward.cluster.kube import KubeError
from lakeward.cluster.logs import about
from lakeward.cluster.queue import Turn
from lakeward.cluster.store import Body, deleting, guarded, has_finalizer, uid
from lakeward.engine.conditions import Condition, dated, find
from lakeward.engine.errors import Problem
from lakeward.engine.outcome import Event, Key, Outcome
from lakeward.engine.reasons import Reason

if TYPE_CHECKING:
    from lakeward.cluster.intake import Intake
    from lakeward.cluster.metrics import Metrics
    from lakeward.cluster.objects import Objects

log = logging.getLogger(__name__)

NOT_FOUND = 404
RACED = frozenset({409, 422})
REFUSED = frozenset({400, 413, 422, 500})
"""Answers that say that this status will never be taken: 500 is that of a store that finds it too large."""
ONE_EVENT = frozenset(range(400, 500)) - {429}
"""Answers that say something of the one event that was told, and nothing of the next."""
HURRY = 5.0
"""A pass that wants the next one sooner than this may want it for ever: then the pauses grow."""


class Reconciler(Protocol):
    """What decides. `reconcile` runs in a thread, one at a time for an object; `refs` is pure and quick."""

    def reconcile(self, body: Mapping[str, Any]) -> Outcome: ...

    def refs(self, body: Mapping[str, Any]) -> frozenset[Key]: ...


class Passes:
    """Makes passes. `scan` is the interval in seconds in which an object at rest is looked at again."""

    def __init__(  # noqa: PLR0917 - what a pass touches
        self,
        intake: Intake,
        objects: Objects,
        reconciler: Reconciler,
        pool: Executor,
        metrics: Metrics,
        scan: float,
        chance: Callable[[], float],
    ) -> None:
        self._intake = intake
        self._objects = objects
        self._reconciler = reconciler
        self._pool = pool
        self._metrics = metrics
        self._scan = scan
        self._chance = chance

    async def run(self, key: Key) -> None:
        """One pass, whatever comes of it."""
        body = self._intake.store.get(key)
        if body is None or (deleting(body) and not has_finalizer(body)):
            return
        loop = asyncio.get_running_loop()
        started = loop.time()
        with about(key):
            try:
                result = await self._pass(key, body)
            except KubeError as error:
                result = self._refused(key, body, error)
        self._metrics.passed(key.kind, result, loop.time() - started)

    async def _pass(self, key: Key, body: Body) -> str:
        if guarded(body) and not has_finalizer(body):
            body = await self._objects.hold(key, body)
            self._intake.store.put(key, body)
        outcome = await self._reconcile(key, body)
        if outcome.released:
            if outcome.left:
                log.warning("let go although this may be left outside: %s", ", ".join(outcome.left))
            await self._release(key, body)
        elif outcome.status is not None:
            outcome = await self._report(key, body, outcome)
        await self._tell(key, body, outcome.events)
        return "released" if outcome.released else self._plan(key, outcome)

    async def _tell(self, key: Key, body: Body, events: Iterable[Event]) -> None:
        for event in events:
            try:
                await self._objects.tell(key, body, event)
            except KubeError as error:
                if error.status not in ONE_EVENT:
                    # the others would fare no better, and each may take as long as a request may
                    log.warning("events from %s on were not written: %s", event.reason, error)
                    return
                log.warning("the event %s was not written: %s", event.reason, error)
                continue
            self._metrics.told(key.kind, event.type)

    async def _reconcile(self, key: Key, body: Body) -> Outcome:
        loop, context = asyncio.get_running_loop(), contextvars.copy_context()
        try:
            # before the pass reads them: a change after this line plans another pass
            self._intake.store.link(key, self._reconciler.refs(body))
            return await loop.run_in_executor(self._pool, context.run, self._reconciler.reconcile, body)
        except Problem as problem:
            log.warning("tried again later: %s", problem.text)
            return Outcome(status=None, failed=True, after=problem.retry_after)
        except Exception as error:
            log.exception("the pass failed unexpectedly")
            text = f"unexpected {type(error).__name__}; the log of the operator has the details"
            return Outcome(status=broken(body, text), failed=True)

    async def _report(self, key: Key, body: Body, outcome: Outcome) -> Outcome:
        """Write the status unless the object has it; a status that the API server refuses is told in its place."""
        status = outcome.status or {}
        try:
            await self._write(key, body, status)
        except KubeError as error:
            if error.status not in REFUSED:
                raise
            log.error("the API server refused the status: %s", error.message)  # noqa: TRY400 - the message says it all
            await self._write(key, body, broken(body, "the API server refused the status of this pass"))
            return replace(outcome, events=(), failed=True)
        return outcome

    async def _write(self, key: Key, body: Body, status: Mapping[str, Any]) -> None:
        now = self._intake.store.get(key)
        if now is None or uid(now) != uid(body) or now.get("status") == status:
            return
        self._intake.store.expect(key, status)
        written = await self._objects.report(key, body, status)
        self._intake.store.expect(key, written.get("status") or {})
        _tell_transition(body.get("status") or {}, status)
        self._intake.saw(key, written)

    async def _release(self, key: Key, body: Body) -> None:
        now = self._intake.store.get(key)
        if now is None or uid(now) != uid(body):
            return
        left = await self._objects.release(key, now)
        log.info("released")
        if left["metadata"].get("finalizers"):
            self._intake.saw(key, left)
        else:
            self._intake.gone(key, uid(body))

    def _plan(self, key: Key, outcome: Outcome) -> str:
        queue = self._intake.queue
        if outcome.failed:
            self._metrics.retried(key.kind)
            queue.retry(key, outcome.after or 0.0)
            return "retry"
        if outcome.after is not None and outcome.after < HURRY:
            queue.again(key, outcome.after)
            return "ok"
        if not outcome.moving:
            queue.forget(key)
        scan = self._scan * (0.8 + 0.4 * self._chance())
        # what waits for an instant that is far away is looked at meanwhile as what rests is
        if outcome.after is None or outcome.after > scan:
            queue.add_after(key, scan, Turn.RESYNC)
        else:
            queue.add_after(key, outcome.after, Turn.RETRY)
        return "ok"

    def _refused(self, key: Key, body: Body, error: KubeError) -> str:
        if error.status == NOT_FOUND:
            self._intake.gone(key, uid(body))
            return "gone"
        log.log(logging.DEBUG if error.status in RACED else logging.WARNING, "tried again later: %s", error)
        self._metrics.retried(key.kind)
        self._intake.queue.retry(key)
        return "refused"


def broken(body: Body, text: str) -> dict[str, Any]:
    """The status of an object whose pass we could not finish by our own fault: what was known stays."""
    before, generation = body.get("status") or {}, body["metadata"].get("generation", 0)
    general = (
        Condition("Ready", "False", Reason.INTERNAL_ERROR, text),
        Condition("Stalled", "True", Reason.INTERNAL_ERROR, text),
    )
    conditions = dated(general, before, generation, datetime.now(UTC))
    ours = {condition.type for condition in general} | {"Reconciling"}
    kept = [c for c in before.get("conditions", ()) if c.get("type") not in ours]
    return {**before, "observedGeneration": generation, "conditions": conditions + kept}


def _tell_transition(before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    was, now = find(before, "Ready") or {}, find(after, "Ready") or {}
    if (was.get("status"), was.get("reason")) != (now.get("status"), now.get("reason")):
        stalled = find(after, "Stalled") is not None
        level = logging.WARNING if stalled else logging.INFO
        log.log(level, "Ready=%s %s: %s", now.get("status"), now.get("reason"), now.get("message", ""))
