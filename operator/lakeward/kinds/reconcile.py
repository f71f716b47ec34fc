"""One pass over one object, from its body to an outcome: the seven verbs in their order. Knows no Kubernetes client.

gather and compile are the kind's; observe, plan, guard and apply the engine's; report is both's.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Any

from lakeward.api.common import Mode
from lakeward.api.objects import BadSpec, Object, parse
from lakeward.engine import apply, guards, inventory, plan, report
from lakeward.engine.conditions import Condition, dated
from lakeward.engine.errors import Invalid, Problem
from lakeward.engine.guards import Policy, Refusal
from lakeward.engine.outcome import Key, Outcome
from lakeward.engine.plan import Plan
from lakeward.engine.reasons import Reason
from lakeward.engine.report import Summary
from lakeward.engine.resource import Clients, Resource
from lakeward.engine.results import Results
from lakeward.kinds.kind import Account, Desired, Evidence, Kind, World, owner

GROUP = "mlops.lakeward.dev"
REQUESTED = f"{GROUP}/requested-at"
CONFIRM_DELETE = f"{GROUP}/confirm-delete"
CONFIRM_PRUNE = f"{GROUP}/confirm-prune"
DETACH = f"{GROUP}/detach"
SUSPENDED = Refusal(Reason.SUSPENDED, "spec.suspend is true")
PLANNED = Refusal(Reason.PLANNED, "spec.mode only looks")

AnyKind = Kind[Any, Any]
AnyObject = Object[Any]


@dataclass(frozen=True, kw_only=True)
class Runtime:
    """What every pass shares: the types by name, the pool for branches of the graph, and whether to go on writing."""

    types: Mapping[str, type[Resource[Any]]]
    pool: Executor
    proceed: Callable[[], bool]


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

    def reconcile(self, body: Mapping[str, Any]) -> Outcome:
        """One pass. Problems end in the status; only a defect of the program is raised."""
        kind = self._kinds[str(body.get("kind"))]
        obj = parse(kind.spec, body)
        if isinstance(obj, BadSpec):
            return _refused(obj, body, self._world)
        if obj.deleting:
            return self._farewell(kind, obj)
        try:
            evidence = kind.gather(obj, self._world)
            desired = kind.compile(obj, evidence)
        except Problem as problem:
            return _failed(obj, problem, self._world)
        evidence = _as_asked(obj, evidence)
        results = self._carry_out(obj, desired, evidence)
        return _told(obj, kind.report(obj, evidence, results), results, evidence)

    def _carry_out(self, obj: AnyObject, desired: Desired, evidence: Evidence) -> Results:
        planned = self._planned(obj, desired, evidence.clients)
        return apply.apply(planned, evidence.clients, self._runtime.pool, self._runtime.proceed)

    def _planned(self, obj: AnyObject, desired: Desired, clients: Clients) -> Plan:
        mark = owner(self._world.cluster, obj)
        rows = inventory.read(obj.status)
        wanted = [replace(r, owner=mark) for r in desired.resources]
        gone = plan.stale(rows, wanted, self._runtime.types, mark)
        seen = plan.observe([*wanted, *gone], clients, self._each)
        return guards.judge(plan.make(wanted, gone, seen, rows), _policy(obj, mark))

    def _each(self, function: Callable[[Any], Any], items: list[Any]) -> Iterable[Any]:
        return self._runtime.pool.map(function, items)

    def _farewell(self, kind: AnyKind, obj: AnyObject) -> Outcome:
        if not self._must_touch(kind, obj):
            return Outcome(status=None, released=True)
        try:
            evidence = kind.gather(obj, self._world)
        except Problem as problem:
            if not _deletes(obj):
                # nothing of value is to be deleted: an object must not stay because its login is gone
                return Outcome(status=None, released=True)
            return _failed(obj, problem, self._world)
        results = self._carry_out(obj, Desired(), evidence)
        left = [r for r in results if not r.state.settled]
        unconfirmed = [r for r in results if r.reason is Reason.RETAINED and _deletes(obj)]
        if not left and not (unconfirmed and CONFIRM_DELETE not in obj.annotations):
            return Outcome(status=None, released=True)
        return _leaving(obj, results, unconfirmed, evidence)

    def _must_touch(self, kind: AnyKind, obj: AnyObject) -> bool:
        if obj.annotations.get(DETACH) == obj.uid or not inventory.read(obj.status):
            return False
        if self._world.terminating(obj.namespace):
            return False
        return kind.leaves_marks or _deletes(obj)


def _deletes(obj: AnyObject) -> bool:
    return str(getattr(obj.spec, "deletion_policy", "Retain")) == "Delete"


def _policy(obj: AnyObject, mark: str) -> Policy:
    confirmed = {obj.annotations[CONFIRM_PRUNE]} if CONFIRM_PRUNE in obj.annotations else set()
    if obj.deleting and obj.annotations.get(CONFIRM_DELETE) == obj.uid:
        confirmed = {"*"}
    hold = SUSPENDED if obj.spec.suspend else PLANNED if obj.spec.mode is not Mode.RECONCILE else None
    return Policy(
        owner=mark,
        adopt=str(getattr(obj.spec, "adoption_policy", "OwnedOnly")) == "Adopt",
        delete=_deletes(obj),
        confirmed=frozenset(confirmed),
        hold=hold,
    )


def _as_asked(obj: AnyObject, evidence: Evidence) -> Evidence:
    """With a new request to reconcile now, nothing is answered from a snapshot."""
    asked = obj.annotations.get(REQUESTED)
    if asked is None or asked == obj.status.get("lastHandledRequest"):
        return evidence
    return replace(evidence, clients={name: client.fresh() for name, client in evidence.clients.items()})


def _told(obj: AnyObject, account: Account, results: Results, evidence: Evidence) -> Outcome:
    summary = report.summarize(results)
    own = {c.type for c in account.conditions}
    general = () if "Ready" in own else summary.conditions()
    conditions = (*general, *account.conditions)
    status = _status(obj, conditions, evidence.now, phase=account.phase, summary=dict(account.summary))
    rows = [row.as_status() for row in report.rows(results, inventory.read(obj.status))]
    status |= {**account.status, "resources": rows} if rows else account.status
    events = (*report.events(results, obj.status, conditions), *account.events)
    after, failed = report.due(results)
    if obj.spec.suspend or obj.spec.mode is not Mode.RECONCILE:
        after, failed = None, False
    # a failure keeps its own pause: what the kind waits for must not hold up the next try
    soonest = after if failed else min((a for a in (after, account.after) if a is not None), default=None)
    return Outcome(status, events, soonest, failed)


def _status(obj: AnyObject, conditions: Iterable[Condition], now: Any, **rest: Any) -> dict[str, Any]:  # noqa: ANN401
    asked = obj.annotations.get(REQUESTED)
    return {
        "observedGeneration": obj.generation,
        "conditions": dated(conditions, obj.status, obj.generation, now),
        **{k: v for k, v in rest.items() if v},
        **({"lastHandledRequest": asked} if asked is not None else {}),
    }


def _failed(obj: AnyObject, problem: Problem, world: World) -> Outcome:
    """A problem before there were results: what the status knew about the outside stays as it was."""
    conditions = report.failure(problem).conditions()
    kept = {k: v for k, v in obj.status.items() if k not in {"observedGeneration", "conditions", "lastHandledRequest"}}
    phase = "Failed" if problem.stalled else "Pending"
    status = {**kept, **_status(obj, conditions, world.now(), phase=phase)}
    rest_wanted = problem.stalled and problem.retry_after is None
    events = report.events(Results(), obj.status, conditions)
    return Outcome(status, events, problem.retry_after, failed=not rest_wanted)


def _refused(bad: BadSpec, body: Mapping[str, Any], world: World) -> Outcome:
    """A spec that admission let through but we cannot read: told by field, tried again only when it changes."""
    meta = body.get("metadata") or {}
    if meta.get("deletionTimestamp"):
        # unreadable wishes are treated as Retain
        return Outcome(status=None, released=True)
    text = f"{bad.field} {bad.message}".strip()
    conditions = report.failure(Invalid(text)).conditions()
    before = body.get("status") or {}
    generation = int(meta.get("generation") or 0)
    kept = {k: v for k, v in before.items() if k in {"resources", "summary", "lastHandledRequest"}}
    status = {
        **kept,
        "observedGeneration": generation,
        "phase": "Failed",
        "conditions": dated(conditions, before, generation, world.now()),
    }
    return Outcome(status, report.events(Results(), before, conditions))


def _leaving(obj: AnyObject, results: Results, unconfirmed: list[Any], evidence: Evidence) -> Outcome:
    summary = report.summarize(results)
    if unconfirmed:
        text = (
            f"{len(unconfirmed)} objects hold data: annotate {CONFIRM_DELETE}={obj.uid} to delete them,"
            f" or {DETACH}={obj.uid} to leave them"
        )
        summary = Summary(ready=False, stalled=True, reason=Reason.DELETING, message=text)
    status = {**obj.status, **_status(obj, summary.conditions(), evidence.now, phase="Deleting")}
    rows = [row.as_status() for row in report.rows(results, inventory.read(obj.status))]
    status["resources"] = rows
    after, failed = report.due(results)
    events = report.events(results, obj.status, summary.conditions())
    return Outcome(status, events, after, failed)
