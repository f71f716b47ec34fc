"""One pass over one object, from its body to an outcome: the seven verbs in their order. Knows no Kubernetes client.

gather and compile are the kind's; observe, plan, guard and apply the engine's; report is both's. A preview is the same
without apply.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from lakeward.api.objects import BadSpec, parse
from lakeward.engine import apply, diff, guards, inventory, plan
from lakeward.engine.errors import Invalid, Problem
from lakeward.engine.inventory import Row
from lakeward.engine.outcome import Key, Outcome
from lakeward.engine.plan import Plan, Step
from lakeward.engine.reasons import Reason
from lakeward.engine.resource import Clients, Mark, Resource
from lakeward.engine.results import Results, State
from lakeward.kinds.kind import Account, Desired, Evidence, Kind, Speaks, World, owner
from lakeward.passes import outcomes, wishes
from lakeward.passes.wishes import AnyObject

UNDERWAY = frozenset({Reason.APPLYING, Reason.COPYING, Reason.SWITCHING, Reason.PLANNED, Reason.SUSPENDED})
"""Reasons for which a kind only repeats what the steps say."""

BRANCHES = 6
"""Calls of one pass at the same time."""

PASSING = frozenset({Reason.UNAVAILABLE, Reason.THROTTLED})
"""Reasons why a service does not answer now and may in a moment."""

PATIENCE = timedelta(minutes=2)
"""How long a deleted object that holds no data stays for the sake of what it could not take back outside."""

AnyKind = Kind[Any, Any]


@dataclass(frozen=True, kw_only=True)
class Runtime:
    """What every pass is made with: the types by name, whether to go on writing, how to end long work of an owner."""

    types: Mapping[str, type[Resource[Any]]]
    proceed: Callable[[], bool]
    abandon: Callable[[str], None] = lambda _: None


@dataclass(frozen=True)
class Preview:
    """What a pass would do: its steps after the guards, or the problem that keeps it from having any.

    `notes` are lines for a person that no step says: what holds the object, where it stands, what its gates said.
    `account` is what the kind says of the pass; None where there is a problem, or the object is being deleted.
    """

    key: Key
    steps: tuple[Step, ...] = ()
    problem: Problem | None = None
    notes: tuple[str, ...] = ()
    account: Account | None = None


def _branches() -> Executor:
    """Threads for the calls of one pass: shared ones would all end up with those who wait for a service that hangs."""
    return ThreadPoolExecutor(BRANCHES, "branch")


class Reconciler:
    """Passes over the objects of all kinds. Thread-safe; one object is passed over by one caller at a time."""

    def __init__(self, world: World, kinds: Sequence[AnyKind], runtime: Runtime) -> None:
        self._world = world
        self._kinds = {kind.name: kind for kind in kinds}
        self._runtime = runtime

    def refs(self, body: Mapping[str, Any]) -> frozenset[Key]:
        """The objects whose change must wake this one; none where the spec is refused."""
        kind = self._kinds[str(body.get("kind"))]
        obj = parse(kind.spec, body)
        return frozenset() if isinstance(obj, BadSpec) else kind.refs(obj)

    def wakes(self, body: Mapping[str, Any]) -> frozenset[Key]:
        """The objects that this one says something to, and that cannot know of it before; none where it is refused."""
        kind = self._kinds[str(body.get("kind"))]
        if not isinstance(kind, Speaks):
            return frozenset()
        obj = parse(kind.spec, body)
        return frozenset() if isinstance(obj, BadSpec) else kind.wakes(obj)

    def reconcile(self, body: Mapping[str, Any]) -> Outcome:
        """One pass. Problems end in the status; only a defect of the program is raised."""
        kind = self._kinds[str(body.get("kind"))]
        obj = parse(kind.spec, body)
        if isinstance(obj, BadSpec):
            return outcomes.refused(obj, body, self._world.now())
        if obj.deleting:
            return self._farewell(kind, obj)
        try:
            evidence, decided = self._decided(kind, obj)
        except Problem as problem:
            return outcomes.failed(obj, problem, self._world.now())
        results = self._carry_out(decided, evidence)
        return outcomes.told(obj, kind.report(obj, evidence, results), results, evidence)

    def preview(self, body: Mapping[str, Any]) -> Preview:
        """What `reconcile` would do now. Reads only. Problems are part of the answer; only a defect is raised."""
        kind = self._kinds[str(body.get("kind"))]
        meta = body["metadata"]
        key = Key(kind.name, str(meta.get("namespace") or "default"), str(meta["name"]))
        obj = parse(kind.spec, body)
        if isinstance(obj, BadSpec):
            return Preview(key, problem=Invalid(obj.message, field=obj.field))
        if obj.deleting and not self._must_touch(kind, obj):
            return Preview(key, notes=("is being deleted; nothing outside is touched",))
        try:
            evidence, decided = self._decided(kind, obj)
        except Problem as problem:
            return Preview(key, problem=problem)
        account = None if obj.deleting else kind.report(obj, evidence, apply.refuse_all(decided))
        return Preview(key, decided.steps, notes=tuple(_notes(obj, account)), account=account)

    def _decided(self, kind: AnyKind, obj: AnyObject) -> tuple[Evidence, Plan]:
        """All that comes before apply: gather, compile, observe, plan, guard. Raises a Problem; writes nothing."""
        evidence = kind.gather(obj, self._world)
        desired = kind.leave(obj, evidence) if obj.deleting else kind.compile(obj, evidence)
        evidence = _as_asked(obj, evidence)
        rows = inventory.read(obj.status)
        if obj.deleting and not rows:
            rows = tuple(_assumed(kind.compile(obj, evidence)))
        return evidence, self._planned(obj, desired, rows, evidence.clients)

    def _carry_out(self, decided: Plan, evidence: Evidence) -> Results:
        with _branches() as pool:
            return apply.apply(decided, evidence.clients, pool, self._runtime.proceed)

    def _planned(self, obj: AnyObject, desired: Desired, rows: Sequence[Row], clients: Clients) -> Plan:
        mark = owner(self._world.cluster, obj)
        wanted = [replace(r, owner=mark) for r in desired.resources]
        gone = plan.stale(rows, wanted, self._runtime.types, mark)
        with _branches() as pool:
            seen = plan.observe([*wanted, *gone], clients, pool.map)
        allowed = replace(wishes.policy(obj, mark), orphaned=desired.orphaned)
        judged = guards.judge(plan.make(wanted, gone, seen, rows), allowed)
        return guards.until_confirmed(judged) if obj.deleting else judged

    def _farewell(self, kind: AnyKind, obj: AnyObject) -> Outcome:
        outcome = self._parting(kind, obj)
        if outcome.released:
            # nobody follows what goes on for it any more
            self._runtime.abandon(owner(self._world.cluster, obj))
        return outcome

    def _parting(self, kind: AnyKind, obj: AnyObject) -> Outcome:
        if not self._must_touch(kind, obj):
            return Outcome(status=None, released=True, left=_listed(obj) if kind.leaves_marks else ())
        try:
            evidence, decided = self._decided(kind, obj)
        except Problem as problem:
            now = self._world.now()
            keeps = not wishes.deletes(obj) or not inventory.read(obj.status)
            if keeps and (problem.reason not in PASSING or _overdue(obj, now)):
                # nothing of value is to be deleted: an object must not stay because its login is gone
                return Outcome(status=None, released=True, left=_listed(obj))
            return outcomes.failed(obj, problem, now)
        results = self._carry_out(decided, evidence)
        left = [r for r in results if not r.state.settled]
        unconfirmed = sum(r.reason is Reason.CONFIRMATION_NEEDED for r in results)
        if not left and not unconfirmed:
            return Outcome(status=None, released=True)
        if not wishes.deletes(obj) and _overdue(obj, evidence.now):
            return Outcome(status=None, released=True, left=tuple(r.address for r in left))
        return outcomes.leaving(obj, results, unconfirmed, evidence)

    def _must_touch(self, kind: AnyKind, obj: AnyObject) -> bool:
        if wishes.detached(obj) or self._world.terminating(obj.namespace):
            return False
        return kind.leaves_marks or wishes.deletes(obj)


def _overdue(obj: AnyObject, now: datetime) -> bool:
    """Whether a deletion that keeps what is outside has been tried for long enough."""
    return obj.deleted is not None and now - obj.deleted >= PATIENCE


def _listed(obj: AnyObject) -> tuple[str, ...]:
    return tuple(row.address for row in inventory.read(obj.status))


def _assumed(desired: Desired) -> Iterator[Row]:
    """The inventory of an object whose first pass may have been cut before it was told: what would carry its mark."""
    for resource in desired.resources:
        if resource.mark is Mark.OWN:
            yield Row(resource.address, State.READY, keys=diff.managed(resource))


def _notes(obj: AnyObject, account: Account | None) -> Iterator[str]:
    hold = wishes.hold(obj)
    if hold is not None:
        yield f"held, nothing is written: {hold.message}"
    if account is None:
        return
    for condition in account.conditions:
        if condition.type == "Ready" and condition.reason not in UNDERWAY:
            yield f"{account.phase}: {condition.message}"
    for gate in account.status.get("gates") or ():
        yield f"gate {gate['name']}: {gate['result']}, found {gate['observed']}, asked for {gate['required']}"


def _as_asked(obj: AnyObject, evidence: Evidence) -> Evidence:
    """With a new request to reconcile now, nothing is answered from a snapshot."""
    if wishes.requested(obj) is None:
        return evidence
    return replace(evidence, clients={name: client.fresh() for name, client in evidence.clients.items()})
