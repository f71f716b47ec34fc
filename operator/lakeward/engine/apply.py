"""Carry out a plan: one API call a step, ready branches of the graph side by side. Nothing waits and nothing retries.

Before a write that would change what exists, the object is read fresh; if it is not as planned, the step is dropped
and the next pass decides anew. `proceed` is asked before each write, so that a stop, a lost lease or a deadline ends
the pass between steps.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import replace

from lakeward.engine.errors import Conflict, Problem, Unavailable
from lakeward.engine.plan import Action, Plan, Step
from lakeward.engine.reasons import Reason
from lakeward.engine.resource import Client, Clients, Observed, Phase
from lakeward.engine.results import Result, Results, State, standing, unchanged

CHANGED = "it changed while we looked; the next pass decides anew"


def apply(plan: Plan, clients: Clients, pool: Executor, proceed: Callable[[], bool]) -> Results:
    """Run every step that writes and whose dependencies are in place; removals follow one by one, children first."""
    return _Run(plan, clients, pool, proceed).results()


class _Run:
    """One application of a plan: what is done, what runs, and which lanes are taken."""

    def __init__(self, plan: Plan, clients: Clients, pool: Executor, proceed: Callable[[], bool]) -> None:
        self._plan = plan
        self._clients = clients
        self._pool = pool
        self._proceed = proceed
        self._done: dict[str, Result] = {}
        self._pending = {s.address: s for s in plan.steps if not s.removal}
        self._running: dict[Future[Result], Step] = {}
        moving = (s for s in plan.steps if s.seen is not None and s.seen.phase in {Phase.PROGRESSING, Phase.DELETING})
        self._taken = {lane for s in moving for lane in s.resource.lanes}

    def results(self) -> Results:
        try:
            while self._pending or self._running:
                self._begin()
                self._finish()
        finally:
            # a defect in one step ends the pass, but not before its other writes have landed
            wait(self._running)
        for step in (s for s in self._plan.steps if s.removal):
            self._end(step, self._remove(step))
        return Results(tuple(self._done[s.address] for s in self._plan.steps))

    def _begin(self) -> None:
        """Settle what needs no write, and start each write that may run now; one may free the next."""
        before = -1
        while before != len(self._pending):
            before = len(self._pending)
            for step in [s for s in self._pending.values() if s.waits_for <= self._done.keys()]:
                end = _without_write(step, self._done) or self._held_up(step)
                if end is not None:
                    del self._pending[step.address]
                    self._done[step.address] = end
                elif not self._shares_lane(step):
                    del self._pending[step.address]
                    client = self._clients[step.resource.provider]
                    self._running[self._pool.submit(_write, step, client, self._proceed)] = step

    def _finish(self) -> None:
        """Wait for the next write to land."""
        for future in wait(self._running, return_when=FIRST_COMPLETED).done:
            self._end(self._running.pop(future), future.result())

    def _end(self, step: Step, result: Result) -> None:
        self._done[step.address] = result
        if result.wrote and result.state not in {State.READY, State.FAILED}:
            self._taken.update(step.resource.lanes)

    def _shares_lane(self, step: Step) -> bool:
        return any(set(step.resource.lanes) & set(other.resource.lanes) for other in self._running.values())

    def _held_up(self, step: Step) -> Result | None:
        taken = sorted(self._taken & set(step.resource.lanes))
        if not taken:
            return None
        text = f"waits for another change of {', '.join(taken)}"
        return Result(step, State.WAITING, Reason.WAITING_FOR_DEPENDENCY, text, step.seen)

    def _remove(self, step: Step) -> Result:
        if not step.action.writes:
            return unchanged(step)
        left = sorted(a for a in step.waits_for if a not in self._done or self._done[a].state is not State.GONE)
        if left:
            text = f"waits for {', '.join(left)}"
            return Result(step, State.WAITING, Reason.WAITING_FOR_DEPENDENCY, text, step.seen)
        return self._held_up(step) or _write(step, self._clients[step.resource.provider], self._proceed)


def refuse_all(plan: Plan) -> Results:
    """The results of a plan that is only looked at: what would be written is waiting."""
    return Results(tuple(_planned(s) if s.action.writes else unchanged(s) for s in plan.steps))


def _planned(step: Step) -> Result:
    return Result(step, State.WAITING, Reason.PLANNED, f"would {step.action.lower()}", step.seen)


def _without_write(step: Step, done: dict[str, Result]) -> Result | None:
    if not step.action.writes:
        return unchanged(step)
    missing = sorted(a for a in step.waits_for if done[a].state is not State.READY)
    if not missing:
        return None
    again = all(done[a].again for a in missing)
    text = f"waits for {', '.join(missing)}"
    return Result(step, State.WAITING, Reason.WAITING_FOR_DEPENDENCY, text, step.seen, again=again)


def _write(step: Step, client: Client, proceed: Callable[[], bool]) -> Result:
    if not proceed():
        return Result(step, State.WAITING, Reason.APPLYING, "stopped before this step", step.seen, again=True)
    try:
        return _call(step, client)
    except Conflict as problem:
        return Result(step, State.WAITING, problem.reason, problem.text, step.seen, problem, again=True)
    except Problem as problem:
        return Result(step, State.FAILED, problem.reason, problem.text, step.seen, problem)


def _call(step: Step, client: Client) -> Result:
    resource = step.resource
    if step.action is Action.CREATE:
        found = resource.observe(client.fresh()) if resource.upsert else None
        if found is not None and found.state == replace(resource, after=()):
            # a step before this one has made it so
            return standing(step, found)
        if found is not None:
            return _dropped(step, client)
        return standing(step, resource.create(client), wrote=True)
    fresh = resource.observe(client.fresh())
    if fresh is None and step.action is Action.DELETE:
        return Result(step, State.GONE)
    if fresh is None or step.seen is None or fresh.state != step.seen.state:
        return _dropped(step, client)
    if step.action is Action.DELETE:
        return _deleted(step, resource.delete(client))
    return _updated(step, resource.update(client, fresh, step.changes))


def _updated(step: Step, seen: Observed) -> Result:
    result = standing(step, seen, wrote=True)
    if step.reason is not Reason.FAILED:
        return result
    # what failed before and is written again must not be so at once, should it fail again
    return replace(result, problem=Unavailable(step.message, reason=Reason.FAILED))


def _deleted(step: Step, left: Observed | None) -> Result:
    if left is None:
        return Result(step, State.GONE, Reason.DELETING, "deleted", wrote=True)
    return Result(step, State.PROGRESSING, Reason.DELETING, left.message or "is being deleted", left, wrote=True)


def _dropped(step: Step, client: Client) -> Result:
    client.doubt()
    return replace(Result(step, State.WAITING, Reason.CONFLICT, CHANGED, step.seen), again=True)
