"""Conditions as Kubernetes and kstatus want them: one place that sets, orders and dates them. Pure.

`Ready` is always there. `Reconciling` and `Stalled` are there only when true. `lastTransitionTime` moves only when the
status of a condition flips, so that a pass that finds nothing new writes nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from lakeward.engine.reasons import Reason

Status = Literal["True", "False", "Unknown"]
ORDER = ("Ready", "Reconciling", "Stalled")
ABNORMAL = frozenset({"Reconciling", "Stalled"})


@dataclass(frozen=True)
class Condition:
    type: str
    status: Status
    reason: Reason
    message: str = ""


def dated(
    conditions: Iterable[Condition], previous: Mapping[str, Any], generation: int, now: datetime
) -> list[dict[str, Any]]:
    """The conditions as `status.conditions`, with times taken over from the `previous` status where nothing flipped."""
    before = {c.get("type"): c for c in _listed(previous)}
    kept = [c for c in conditions if c.type not in ABNORMAL or c.status == "True"]
    return [_dated(c, before.get(c.type), generation, now) for c in sorted(kept, key=_place)]


def find(status: Mapping[str, Any], kind: str) -> Mapping[str, Any] | None:
    """One condition of a status, as it is stored."""
    return next((c for c in _listed(status) if c.get("type") == kind), None)


def is_true(status: Mapping[str, Any], kind: str) -> bool:
    """Whether a condition of a status is there and True."""
    condition = find(status, kind)
    return condition is not None and condition.get("status") == "True"


def timestamp(moment: datetime) -> str:
    """RFC 3339 in UTC with whole seconds, as the API server writes its own."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _listed(status: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The conditions of a status that somebody may have edited by hand."""
    found = status.get("conditions")
    return [c for c in found if isinstance(c, Mapping)] if isinstance(found, list | tuple) else []


def _dated(condition: Condition, before: Mapping[str, Any] | None, generation: int, now: datetime) -> dict[str, Any]:
    since = before.get("lastTransitionTime") if before and before.get("status") == condition.status else None
    return {
        "type": condition.type,
        "status": condition.status,
        "reason": str(condition.reason),
        "message": condition.message,
        "observedGeneration": generation,
        "lastTransitionTime": since or timestamp(now),
    }


def _place(condition: Condition) -> tuple[int, str]:
    known = condition.type in ORDER
    return (ORDER.index(condition.type) if known else len(ORDER), condition.type)
