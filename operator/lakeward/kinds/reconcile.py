"""One pass over one object, from its body to an outcome: the seven verbs in their order. Knows no Kubernetes client.

gather and compile are the kind's; observe, plan, guard and apply the engine's; report is both's. A preview is the same
without apply.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Any

from lakeward.api.common import Mode
from lakeward.api.objects import BadSpec, Object, parse
from lakeward.engine import apply, guards, inventory, plan, render, report
from lakeward.engine.conditions import Condition, Status, dated, find
from lakeward.engine.errors import Invalid, Problem
from lakeward.engine.guards import Policy, Refusal
from lakeward.engine.outcome import Key, Outcome
from lakeward.engine.plan import Plan, Step
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

UNDERWAY = frozenset({Reason.APPLYING, Reason.COPYING, Reason.SWITCHING, Reason.PLANNED, Reason.SUSPENDED})
"""Reasons for which a kind only repeats what the steps say."""

AnyKind = Kind[Any, Any]
AnyObject = Object[Any]


@dataclass(frozen=True, kw_only=True)
class Runtime:
    """What every pass shares: the types by name, the pool for branches of the graph, and whether to go on writing."""

    types: Mapping[str, type[Resource[Any]]]
    pool: Executor
    proceed: Callable[[], bool]


@dataclass(frozen=True)
class Preview:
    """What a pass would do: its steps after the guards, or the problem that keeps it from having any.

    `notes` are lines for a person that no step says: what holds the object, where it stands, what its gates said.
    """

    key: Key
    steps: tuple[Step, ...] = ()
    problem: Problem | None = None
    notes: tuple[str, ...] = ()


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
            evidence, decided = self._decided(kind, obj)
        except Problem as problem:
            return _failed(obj, problem, self._world)
        results = self._carry_out(decided, evidence)
        return _told(obj, kind.report(obj, evidence, results), results, evidence)

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
        return Preview(key, decided.steps, notes=tuple(_notes(obj, account)))

    def _decided(self, kind: AnyKind, obj: AnyObject) -> tuple[Evidence, Plan]:
        """All that comes before apply: gather, compile, observe, plan, guard. Raises a Problem; writes nothing."""
        evidence = kind.gather(obj, self._world)
        desired = Desired() if obj.deleting else kind.compile(obj, evidence)
        evidence = _as_asked(obj, evidence)
        return evidence, self._planned(obj, desired, evidence.clients)

    def _carry_out(self, decided: Plan, evidence: Evidence) -> Results:
        return apply.apply(decided, evidence.clients, self._runtime.pool, self._runtime.proceed)

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
            evidence, decided = self._decided(kind, obj)
        except Problem as problem:
            if not _deletes(obj):
                # nothing of value is to be deleted: an object must not stay because its login is gone
                return Outcome(status=None, released=True)
            return _failed(obj, problem, self._world)
        results = self._carry_out(decided, evidence)
        left = [r for r in results if not r.state.settled]
        unconfirmed = [r for r in results if r.reason is Reason.RETAINED and _deletes(obj)]
        if not left and not (unconfirmed and obj.annotations.get(CONFIRM_DELETE) != obj.uid):
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
    return Policy(
        owner=mark,
        adopt=str(getattr(obj.spec, "adoption_policy", "OwnedOnly")) == "Adopt",
        delete=_deletes(obj),
        confirmed=frozenset(confirmed),
        hold=_hold(obj),
    )


def _hold(obj: AnyObject) -> Refusal | None:
    return SUSPENDED if obj.spec.suspend else PLANNED if _only_looks(obj) else None


def _only_looks(obj: AnyObject) -> bool:
    return obj.spec.mode is not Mode.RECONCILE


def _notes(obj: AnyObject, account: Account | None) -> Iterator[str]:
    hold = _hold(obj)
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
    asked = obj.annotations.get(REQUESTED)
    if asked is None or asked == obj.status.get("lastHandledRequest"):
        return evidence
    return replace(evidence, clients={name: client.fresh() for name, client in evidence.clients.items()})


def _general(obj: AnyObject, summary: Summary) -> tuple[Condition, ...]:
    """While an object is suspended, Ready keeps its last value unless all is in place anyway."""
    before = find(obj.status, "Ready")
    if summary.reason is not Reason.SUSPENDED or before is None or before.get("reason") not in set(Reason):
        return summary.conditions()
    status: Status = "True" if before.get("status") == "True" else "False"
    return (Condition("Ready", status, Reason(str(before["reason"])), str(before.get("message", ""))),)


def _told(obj: AnyObject, account: Account, results: Results, evidence: Evidence) -> Outcome:
    summary = report.summarize(results)
    own = {c.type for c in account.conditions}
    general = () if "Ready" in own else _general(obj, summary)
    conditions = (*general, *account.conditions)
    status = _status(obj, conditions, evidence.now, phase=account.phase, summary=dict(account.summary))
    rows = [row.as_status() for row in report.rows(results, inventory.read(obj.status))]
    status |= {**account.status, **_looked(obj, results)} | ({"resources": rows} if rows else {})
    events = (*report.events(results, obj.status, conditions), *account.events)
    after, failed = report.due(results)
    if _hold(obj) is not None:
        after, failed = None, False
    # a failure keeps its own pause: what the kind waits for must not hold up the next try
    soonest = after if failed else min((a for a in (after, account.after) if a is not None), default=None)
    return Outcome(status, events, soonest, failed)


def _looked(obj: AnyObject, results: Results) -> dict[str, Any]:
    """The plan as a part of the status of an object that only looks."""
    return {"plan": list(render.flat(r.step for r in results))} if _only_looks(obj) else {}


def _known(obj: AnyObject) -> dict[str, Any]:
    """What the status said, without a plan that nobody asks for any more."""
    return {k: v for k, v in obj.status.items() if k != "plan" or _only_looks(obj)}


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
    kept = {k: v for k, v in _known(obj).items() if k not in {"observedGeneration", "conditions", "lastHandledRequest"}}
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
    status = {**_known(obj), **_status(obj, summary.conditions(), evidence.now, phase="Deleting")}
    status |= _looked(obj, results)
    rows = [row.as_status() for row in report.rows(results, inventory.read(obj.status))]
    status["resources"] = rows
    after, failed = report.due(results)
    events = report.events(results, obj.status, summary.conditions())
    return Outcome(status, events, after, failed)
