"""What to do about each resource: compare what should be with what is, decide one step each. Pure but for `observe`.

A step is what a reviewer sees, what a guard judges and what apply carries out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from lakeward.engine import diff, graph
from lakeward.engine.errors import Invalid, Problem
from lakeward.engine.inventory import Row
from lakeward.engine.reasons import Reason
from lakeward.engine.resource import (
    ADOPTED,
    UNKNOWN,
    Clients,
    Mark,
    Observed,
    Phase,
    Resource,
    Scalar,
    owned,
    refs,
    resolve,
    split,
)

Seen = Observed | Problem | None
UNREACHABLE = "the spec no longer says how to reach it"


class Action(StrEnum):
    NOOP = "Noop"
    CREATE = "Create"
    UPDATE = "Update"
    DELETE = "Delete"
    WAIT = "Wait"
    BLOCKED = "Blocked"

    @property
    def writes(self) -> bool:
        """Whether carrying it out changes the far side."""
        return self in {Action.CREATE, Action.UPDATE, Action.DELETE}


@dataclass(frozen=True)
class Step:
    """One resource and what to do about it.

    waits_for  addresses of this plan that must be in place first; of a removal, those that must be gone first
    removal    it left the spec, whatever is done about it
    """

    resource: Resource[Any]
    action: Action
    seen: Observed | None = None
    changes: diff.Changes = ()
    reason: Reason | None = None
    message: str = ""
    problem: Problem | None = None
    waits_for: frozenset[str] = frozenset()
    keys: tuple[str, ...] = ()
    removal: bool = False

    @property
    def address(self) -> str:
        return self.resource.address


@dataclass(frozen=True)
class Plan:
    """All steps of one object: what should be in the order of the graph, then removals, children first."""

    steps: tuple[Step, ...] = ()

    @property
    def writes(self) -> tuple[Step, ...]:
        return tuple(s for s in self.steps if s.action.writes)


def observe(
    resources: Iterable[Resource[Any]],
    clients: Clients,
    each: Callable[[Callable[[Any], Any], list[Any]], Iterable[Any]],
) -> dict[str, Seen]:
    """Read every resource; a problem of one is a value beside the others. `each` maps a function over a list."""

    def look(resource: Resource[Any]) -> tuple[str, Seen]:
        if resource.provider not in clients:
            return resource.address, Invalid(UNREACHABLE, reason=Reason.RETAINED)
        try:
            return resource.address, resource.observe(clients[resource.provider])
        except Problem as problem:
            return resource.address, problem

    # a reference in a field does not hinder reading, one in the key does
    return dict(each(look, [r for r in resources if _readable(r)]))


def make(
    desired: Sequence[Resource[Any]], gone: Sequence[Resource[Any]], seen: Mapping[str, Seen], rows: Iterable[Row]
) -> Plan:
    """Decide a step for each desired resource and for each that left the spec (`gone`, parents before children)."""
    waits = graph.edges(desired)
    by_address = {r.address: r for r in desired}
    outputs: dict[str, Mapping[str, Scalar]] = {a: s.outputs for a, s in seen.items() if isinstance(s, Observed)}
    keys = {row.address: row.keys for row in rows}
    steps = [
        _step(resolve(by_address[a], outputs), seen.get(a), keys.get(a, ()), waits[a]) for a in graph.ordered(waits)
    ]
    inside = graph.dependants(graph.edges([*desired, *gone]))
    removals = [_removal(r, seen.get(r.address), inside[r.address]) for r in reversed(gone)]
    return Plan((*steps, *removals))


def stale(
    rows: Iterable[Row], desired: Iterable[Resource[Any]], types: Mapping[str, type[Resource[Any]]], owner: str
) -> list[Resource[Any]]:
    """What the inventory lists and the spec no longer does, as bare resources in the order of the inventory."""
    wanted = {r.address for r in desired}
    left = ((*split(row.address), row) for row in rows if row.address not in wanted)
    return [
        replace(types[kind].at(key).left(row.keys, row.id), owner=owner + ADOPTED if row.adopted else owner)
        for kind, key, row in left
        if kind in types and types[kind].pruned
    ]


def _readable(resource: Resource[Any]) -> bool:
    return UNKNOWN not in resource.key


def _step(want: Resource[Any], seen: Seen, formerly: tuple[str, ...], waits: frozenset[str]) -> Step:
    keys = diff.managed(want)
    if isinstance(seen, Problem):
        return Step(want, Action.BLOCKED, None, (), seen.reason, seen.text, seen, waits, keys or formerly)
    unknown = sorted({ref.address for ref in refs(want)})
    if unknown:
        text = f"waits for {', '.join(unknown)}"
        return Step(want, Action.WAIT, seen, (), Reason.WAITING_FOR_DEPENDENCY, text, None, waits, keys)
    if seen is None:
        return Step(want, Action.CREATE, waits_for=waits, keys=keys)
    changes = diff.diff(want, seen.state, want.ours(formerly, seen.state))
    if want.mark is Mark.OWN and not owned(seen.state.owner, want.owner):
        want = replace(want, owner=want.owner + ADOPTED)
        changes = (*changes, diff.Change("owner", seen.state.owner or None, want.owner))
    if seen.phase is Phase.DELETING:
        return Step(want, Action.WAIT, seen, changes, Reason.DELETING, "is being deleted", None, waits, keys)
    if seen.phase is Phase.FAILED:
        text = f"failed before: {seen.message or 'no reason given'}; it is written again"
        return Step(want, Action.UPDATE, seen, changes, Reason.FAILED, text, None, waits, keys)
    if not changes:
        return Step(want, Action.NOOP, seen, waits_for=waits, keys=keys)
    return Step(want, Action.UPDATE, seen, changes, None, "; ".join(map(str, changes)), None, waits, keys)


def _removal(bare: Resource[Any], seen: Seen, inside: frozenset[str]) -> Step:
    step = Step(bare, Action.DELETE, waits_for=inside, removal=True)
    if isinstance(seen, Problem) and seen.reason is Reason.RETAINED:
        return replace(step, action=Action.NOOP, reason=seen.reason, message=seen.message)
    if isinstance(seen, Problem):
        return replace(step, action=Action.BLOCKED, reason=seen.reason, message=seen.text, problem=seen)
    if seen is None:
        return replace(step, action=Action.NOOP, reason=Reason.DELETING, message="is gone")
    if seen.phase is Phase.DELETING:
        return replace(step, action=Action.WAIT, seen=seen, reason=Reason.DELETING, message="is being deleted")
    return replace(step, seen=seen)
