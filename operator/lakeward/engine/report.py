"""Turn results into what a person reads: conditions, inventory rows, events, and when to look again. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lakeward.engine.conditions import Condition, find
from lakeward.engine.diff import managed
from lakeward.engine.errors import Problem
from lakeward.engine.inventory import Row
from lakeward.engine.outcome import Event
from lakeward.engine.plan import Action
from lakeward.engine.reasons import HELD, Reason
from lakeward.engine.resource import ADOPTED, Mark
from lakeward.engine.results import Result, Results, State

SOON = 0.1
DONE = {Action.CREATE: "created", Action.UPDATE: "updated", Action.DELETE: "deleted"}


@dataclass(frozen=True)
class Summary:
    """The three general conditions of a pass in one value: exactly one reason leads."""

    ready: bool
    stalled: bool
    reason: Reason
    message: str

    def conditions(self) -> tuple[Condition, ...]:
        """Ready always; Reconciling or Stalled when they are true. What is held is neither on its way nor stuck."""
        ready = Condition("Ready", "True" if self.ready else "False", self.reason, self.message)
        if self.ready or self.reason in HELD:
            return (ready,)
        return (ready, Condition("Stalled" if self.stalled else "Reconciling", "True", self.reason, self.message))


def summarize(results: Results) -> Summary:
    """Ready when everything is in place; stalled when a person is needed; else on the way. The worst result leads."""
    open_ends = [r for r in results if not r.state.settled]
    if not open_ends:
        text = _count(sum(r.state is State.READY for r in results), "in place")
        return Summary(ready=True, stalled=False, reason=Reason.CONVERGED, message=text)
    if all(r.reason is Reason.PLANNED for r in open_ends):
        # looking is all that was asked, and it worked
        text = _count(len(open_ends), "would change")
        return Summary(ready=True, stalled=False, reason=Reason.PLANNED, message=text)
    worst = min(open_ends, key=_rank)
    more = f" (and {len(open_ends) - 1} more)" if len(open_ends) > 1 else ""
    text = f"{worst.address}: {worst.message or worst.state.lower()}{more}"
    return Summary(ready=False, stalled=_needs_person(worst), reason=worst.reason or Reason.APPLYING, message=text)


def failure(problem: Problem) -> Summary:
    """The conditions of a pass that a problem ended before there were results."""
    return Summary(ready=False, stalled=problem.stalled, reason=problem.reason, message=problem.text)


def rows(results: Results, previous: Iterable[Row]) -> tuple[Row, ...]:
    """The inventory after the pass. What we have never made is not listed; what is gone leaves the list."""
    known = {r.address: r for r in previous}
    # parents before children, so that a later removal finds its order in the inventory
    ordered = [*(r for r in results if not r.step.removal), *(r for r in reversed(results.items) if r.step.removal)]
    # what only keeps our own books is found by what it is about, and never pruned
    listed = [r for r in ordered if r.state is not State.GONE and r.step.resource.told]
    kept = [_row(r, known.get(r.address), found_there=_found_there(r, results)) for r in listed]
    return tuple(row for row in kept if row is not None)


def events(results: Results, previous: Mapping[str, Any], conditions: Iterable[Condition]) -> tuple[Event, ...]:
    """One event for each change outside, and one when Ready or its reason changed. Repetition tells nothing."""
    told = [Event("Normal", Reason.APPLYING, _sentence(r)) for r in results.wrote if r.step.resource.told]
    ready = next(c for c in conditions if c.type == "Ready")
    before = find(previous, "Ready") or {}
    if (before.get("status"), before.get("reason")) != (ready.status, ready.reason):
        healthy = ready.status == "True" or not any(c.type == "Stalled" for c in conditions)
        told.append(Event("Normal" if healthy else "Warning", ready.reason, ready.message))
    return tuple(told)


def due(results: Results) -> tuple[float | None, bool]:
    """Seconds until the next pass (None: the scan interval), and whether to back off on the way there."""
    problems = [r.problem for r in results.problems if r.problem is not None]
    if problems:
        asked = [p.retry_after for p in problems]
        known = [seconds for seconds in asked if seconds is not None]
        # one that may only be asked late must not hold up the others
        return (min(known) if len(known) == len(asked) else None, True)
    if any(r.again for r in results):
        # a pass that got nothing done and comes again at once would spin
        return SOON, not results.wrote
    times = [r.seen.again for r in results if r.state is State.PROGRESSING and r.seen is not None]
    known = [seconds for seconds in times if seconds is not None]
    if known:
        return min(known), False
    # what waits or progresses without a known time is looked at again with a growing pause
    return None, any(_moves(r, results) for r in results)


def _moves(result: Result, results: Results) -> bool:
    """Whether it may get further without a person: what waits for something blocked does not."""
    if result.state is State.PROGRESSING:
        return True
    needs = [r for r in map(results.get, sorted(result.step.waits_for)) if r is not None and not r.state.settled]
    return result.state is State.WAITING and all(_moves(r, results) for r in needs)


def _row(result: Result, before: Row | None, *, found_there: bool) -> Row | None:
    exists = result.seen is not None or result.wrote
    if not exists and before is None:
        return None
    ours = before is not None or result.wrote or result.state in {State.READY, State.PROGRESSING, State.RETAINED}
    if not ours:
        return None
    keys = managed(result.step.resource)
    if before and not (result.wrote or result.state is State.READY):
        # what left the spec is still out there until a write has taken it away
        keys = tuple(sorted({*before.keys, *keys}))
    adopted = before.adopted if before else found_there
    quiet = result.state.settled and result.state is not State.RETAINED
    return Row(result.address, str(result.state), "" if quiet else result.message, keys, adopted, _id(result, before))


def _id(result: Result, before: Row | None) -> str:
    """What the service calls it; the last word on that counts while it tells none."""
    told = result.seen.outputs.get("id") if result.seen else None
    return str(told or (before.id if before else ""))


def _found_there(result: Result, results: Results) -> bool:
    """Whether it came with the adopted parent that would carry its mark; one that we made in there is ours."""
    resource = result.step.resource
    if result.step.action is Action.CREATE or resource.mark is not Mark.PARENT or not resource.holds_data:
        return False
    parents = [r for r in map(results.get, sorted(result.step.waits_for)) if r is not None]
    return any(p.step.resource.owner.endswith(ADOPTED) or _owner(p).endswith(ADOPTED) for p in parents)


def _owner(result: Result) -> str:
    return result.seen.state.owner if result.seen else ""


def _sentence(result: Result) -> str:
    said = {Action.UPDATE: result.step.message, Action.CREATE: result.step.resource.detail}.get(result.step.action)
    return f"{DONE[result.step.action]} {result.address}{f' ({said})' if said else ''}"


def _rank(result: Result) -> tuple[int, str]:
    if _needs_person(result):
        return (0, result.address)
    if result.problem is not None:
        return (1, result.address)
    order = {State.FAILED: 2, State.BLOCKED: 3, State.PROGRESSING: 4, State.WAITING: 5}
    return (order.get(result.state, 6), result.address)


def _needs_person(result: Result) -> bool:
    if result.problem is not None:
        return result.problem.stalled
    blocked = result.state is State.BLOCKED and result.reason not in HELD
    return blocked or result.state is State.FAILED


def _count(n: int, what: str) -> str:
    return f"{n} object{'' if n == 1 else 's'} {what}"
