"""From what became of a pass to what its caller does: status, events, and when to come again. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from lakeward.api.objects import BadSpec
from lakeward.engine import inventory, render, report
from lakeward.engine.conditions import ORDER, Condition, Status, dated, find, is_true
from lakeward.engine.errors import Invalid, Problem
from lakeward.engine.outcome import Outcome
from lakeward.engine.reasons import Reason
from lakeward.engine.report import Summary
from lakeward.engine.results import Results, State
from lakeward.kinds.kind import Account, Evidence
from lakeward.passes.outage import REACHABLE, outage
from lakeward.passes.wishes import CONFIRM_DELETE, DETACH, AnyObject, answered, hold, only_looks


def _general(obj: AnyObject, summary: Summary) -> tuple[Condition, ...]:
    """While an object is suspended, Ready keeps its last value unless all is in place anyway."""
    before = find(obj.status, "Ready")
    if summary.reason is not Reason.SUSPENDED or before is None or before.get("reason") not in set(Reason):
        return summary.conditions()
    status: Status = "True" if before.get("status") == "True" else "False"
    return (Condition("Ready", status, Reason(str(before["reason"])), str(before.get("message", ""))),)


def told(obj: AnyObject, account: Account, results: Results, evidence: Evidence) -> Outcome:
    """The end of a pass that got through."""
    summary = report.summarize(results)
    own = {c.type for c in account.conditions}
    general = () if "Ready" in own else _general(obj, summary)
    conditions = outage(obj, (*general, *account.conditions), _trouble(results), evidence.now)
    status = _status(obj, conditions, evidence.now, phase=account.phase, summary=dict(account.summary))
    rows = [row.as_status() for row in report.rows(results, inventory.read(obj.status))]
    status |= {**account.status, **_looked(obj, results)} | ({"resources": rows} if rows else {})
    # what became of Ready is told last: it is where all of it led
    events = (*account.events, *report.events(results, obj.status, conditions))
    after, failed = report.due(results)
    if hold(obj) is not None:
        after, failed = None, False
    # a failure keeps its own pause: what the kind waits for must not hold up the next try
    soonest = after if failed else min((a for a in (after, account.after) if a is not None), default=None)
    return Outcome(status, events, soonest, failed, moving=_moving(results))


def _trouble(results: Results) -> Problem | None:
    """What keeps a pass from getting further; a problem that needs a person speaks for all."""
    problems = [r.problem for r in results.problems if r.problem is not None]
    return next((p for p in problems if p.stalled), problems[0] if problems else None)


def _moving(results: Results) -> bool:
    return any(r.state is State.PROGRESSING for r in results)


def _looked(obj: AnyObject, results: Results) -> dict[str, Any]:
    """The plan as a part of the status of an object that only looks."""
    return {"plan": list(render.flat(r.step for r in results))} if only_looks(obj) else {}


def _known(obj: AnyObject) -> dict[str, Any]:
    """What the status said, without a plan that nobody asks for any more."""
    return {k: v for k, v in obj.status.items() if k != "plan" or only_looks(obj)}


def _status(obj: AnyObject, conditions: Iterable[Condition], now: datetime, **rest: Any) -> dict[str, Any]:  # noqa: ANN401 - members of a status are of all types
    return {
        "observedGeneration": obj.generation,
        "conditions": dated(conditions, obj.status, obj.generation, now),
        **{k: v for k, v in rest.items() if v},
        **answered(obj),
    }


def failed(obj: AnyObject, problem: Problem, now: datetime) -> Outcome:
    """A problem before there were results: what the status knew about the outside stays as it was."""
    conditions = outage(obj, report.failure(problem).conditions(), problem, now)
    kept = {k: v for k, v in _known(obj).items() if k not in {"observedGeneration", "conditions", "lastHandledRequest"}}
    # what time alone heals leaves the phase as it was, unless that says that an older spec was fulfilled
    before = str(obj.status.get("phase") or "Pending")
    fulfilled = is_true(obj.status, "Ready") and obj.status.get("observedGeneration") != obj.generation
    phase = "Failed" if problem.stalled else "Pending" if fulfilled or before == "Failed" else before
    status = {**kept, **_status(obj, conditions, now, phase=phase)}
    # what was known of the parts is still the last that is known
    parts = (c for c in obj.status.get("conditions") or () if c.get("type") not in {*ORDER, REACHABLE})
    status["conditions"] += parts
    rest_wanted = problem.stalled and problem.retry_after is None
    events = report.events(Results(), obj.status, conditions)
    return Outcome(status, events, problem.retry_after, failed=not rest_wanted)


def refused(bad: BadSpec, body: Mapping[str, Any], now: datetime) -> Outcome:
    """A spec that admission let through but we cannot read: told by field, tried again only when it changes."""
    meta = body.get("metadata") or {}
    if meta.get("deletionTimestamp"):
        # unreadable wishes are treated as Retain
        return Outcome(status=None, released=True)
    text = f"{bad.field} {bad.message}".strip()
    conditions = report.failure(Invalid(text)).conditions()
    before = body.get("status") or {}
    generation = int(meta.get("generation") or 0)
    # as after any problem: a spec that is mended goes on with what was known
    kept = {k: v for k, v in before.items() if k != "plan"}
    status = {
        **kept,
        "observedGeneration": generation,
        "phase": "Failed",
        "conditions": dated(conditions, before, generation, now),
    }
    return Outcome(status, report.events(Results(), before, conditions))


def leaving(obj: AnyObject, results: Results, unconfirmed: int, evidence: Evidence) -> Outcome:
    """The end of a pass over an object that is being deleted and not free to go; `unconfirmed` hold data."""
    why = _why_not_free(obj, unconfirmed)
    stays = Summary(ready=False, stalled=True, reason=Reason.DELETING, message=why)
    summary = stays if why else report.summarize(results)
    status = {**_known(obj), **_status(obj, summary.conditions(), evidence.now, phase="Deleting")}
    status |= _looked(obj, results)
    rows = [row.as_status() for row in report.rows(results, inventory.read(obj.status))]
    status["resources"] = rows
    after, failed = report.due(results)
    events = report.events(results, obj.status, summary.conditions())
    return Outcome(status, events, after, failed, moving=_moving(results))


def _why_not_free(obj: AnyObject, unconfirmed: int) -> str:
    """Why a deleted object stays until a person does something; empty when it goes by itself."""
    if unconfirmed:
        what = "1 object holds data" if unconfirmed == 1 else f"{unconfirmed} objects hold data"
        return f"{what}: annotate {CONFIRM_DELETE}={obj.uid} to delete it, or {DETACH}={obj.uid} to leave it"
    held = hold(obj)
    if held is not None:
        return f"is being deleted, but {held.message}: end that, or annotate {DETACH}={obj.uid} to let it go as it is"
    return ""
