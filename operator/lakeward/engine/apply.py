"""Carry out a plan: one API call a step, ready branches of the graph side by side. Nothing waits and nothing retries.

Before a write that would change what exists, the object is read fresh; if it is not as planned, the step is dropped
and the next pass decides anew. `proceed` is asked before each write, so that a stop, a lost lease or a deadline ends
the pass between steps.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import replace

from lakeward.engine.errors import Conflict, Problem
from lakeward.engine.plan import Action, Plan, Step
from lakeward.engine.reasons import Reason
from lakeward.engine.resource import Client, Clients
from lakeward.engine.results import Result, Results, State, standing, unchanged

CHANGED = "it changed while we looked; the next pass decides anew"


def apply(plan: Plan, clients: Clients, pool: Executor, proceed: Callable[[], bool]) -> Results:
    """Run every step that writes and whose dependencies are in place; removals follow one by one, children first."""
    done: dict[str, Result] = {}
    pending = {s.address: s for s in plan.steps if not s.removal}
    running: dict[Future[Result], str] = {}
    try:
        while pending or running:
            for step in [s for s in pending.values() if s.waits_for <= done.keys()]:
                del pending[step.address]
                end = _without_write(step, done)
                if end is not None:
                    done[step.address] = end
                else:
                    running[pool.submit(_write, step, clients[step.resource.provider], proceed)] = step.address
            # what just ended without a write may have freed others: look again before waiting for the writes
            if any(s.waits_for <= done.keys() for s in pending.values()):
                continue
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                done[running.pop(future)] = future.result()
    finally:
        # a defect in one step ends the pass, but not before its other writes have landed
        wait(running)
    for step in (s for s in plan.steps if s.removal):
        done[step.address] = _remove(step, clients[step.resource.provider], proceed, done)
    return Results(tuple(done[s.address] for s in plan.steps))


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


def _remove(step: Step, client: Client, proceed: Callable[[], bool], done: dict[str, Result]) -> Result:
    if not step.action.writes:
        return unchanged(step)
    left = sorted(a for a in step.waits_for if a not in done or done[a].state is not State.GONE)
    if left:
        text = f"waits for {', '.join(left)}"
        return Result(step, State.WAITING, Reason.WAITING_FOR_DEPENDENCY, text, step.seen)
    return _write(step, client, proceed)


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
        if resource.upsert and resource.observe(client.fresh()) is not None:
            return _dropped(step)
        return standing(step, resource.create(client), wrote=True)
    fresh = resource.observe(client.fresh())
    if fresh is None and step.action is Action.DELETE:
        return Result(step, State.GONE)
    if fresh is None or step.seen is None or fresh.state != step.seen.state:
        return _dropped(step)
    if step.action is Action.DELETE:
        resource.delete(client)
        return Result(step, State.GONE, Reason.DELETING, "deleted", wrote=True)
    return standing(step, resource.update(client, fresh, step.changes), wrote=True)


def _dropped(step: Step) -> Result:
    return replace(Result(step, State.WAITING, Reason.CONFLICT, CHANGED, step.seen), again=True)
