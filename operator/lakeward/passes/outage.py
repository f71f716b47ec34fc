"""When a service has not answered for so long that a person must know. Pure.

A single fault changes nothing but Ready; the condition Reachable remembers since when, and falls with the first pass
that gets through.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from lakeward.engine.conditions import Condition, find
from lakeward.engine.errors import Problem, Throttled, Unavailable
from lakeward.engine.reasons import Reason
from lakeward.passes.wishes import AnyObject

REACHABLE = "Reachable"
LONGEST = timedelta(minutes=30)


def outage(
    obj: AnyObject, conditions: Iterable[Condition], problem: Problem | None, now: datetime
) -> tuple[Condition, ...]:
    """The conditions of a pass that this problem kept from getting through: stalled, once it has lasted too long."""
    told = tuple(conditions)
    if problem is None or problem.stalled or not isinstance(problem, Throttled | Unavailable):
        return told
    since = _since(obj)
    if since is not None and now - since >= LONGEST:
        told = tuple(_stalled(c) if c.type == "Reconciling" else c for c in told)
    return (*told, Condition(REACHABLE, "False", problem.reason, problem.text))


def _stalled(condition: Condition) -> Condition:
    return replace(condition, type="Stalled", reason=Reason.UNAVAILABLE)


def _since(obj: AnyObject) -> datetime | None:
    known = find(obj.status, REACHABLE)
    try:
        at = datetime.fromisoformat(str((known or {}).get("lastTransitionTime")))
    except ValueError:
        return None
    return at.replace(tzinfo=at.tzinfo or UTC)
