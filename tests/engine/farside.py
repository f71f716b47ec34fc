"""A far side of the engine's own tests: things in a dict, with the manners of a service. Real resources, no doubles."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, ClassVar, Self

from lakeward.engine import apply, guards, plan
from lakeward.engine.diff import Changes, Immutable, Unordered, WriteOnly
from lakeward.engine.errors import Conflict, Problem
from lakeward.engine.guards import Policy
from lakeward.engine.inventory import Row
from lakeward.engine.plan import Plan
from lakeward.engine.resource import Mark, Observed, Phase, Ref, Resource
from lakeward.engine.results import Results

ME = "test/ml/Thing/mine"
SOMEBODY = "test/ml/Thing/theirs"


@dataclass
class FarSide:
    """A service and its client in one.

    calls    every call as (verb, key), in order of arrival
    problems what the next calls of (verb, key) end with
    lost     the answer of the next (verb, key) is lost after its effect
    arrived  called with verb and key before each call takes effect
    past     what reads see that are not fresh, if set
    """

    objects: dict[str, Observed] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)
    problems: dict[tuple[str, str], list[Exception]] = field(default_factory=dict)
    lost: dict[tuple[str, str], Problem] = field(default_factory=dict)
    arrived: Callable[[str, str], object] = lambda _verb, _key: None
    past: Mapping[str, Observed] | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def fresh(self) -> Self:
        return replace(self, past=None)

    def doubt(self) -> None:
        """Nothing is cached here."""

    def put(self, thing: Resource[Any], phase: Phase = Phase.READY, **outputs: str | int) -> None:
        self.objects[thing.address] = Observed(thing, phase, outputs=outputs)

    def read(self, key: str) -> Observed | None:
        self.called("observe", key)
        return (self.past if self.past is not None else self.objects).get(key)

    def called(self, verb: str, key: str) -> None:
        with self.lock:
            self.calls.append((verb, key))
        self.arrived(verb, key)
        if waiting := self.problems.get((verb, key)):
            raise waiting.pop(0)

    def ended(self, verb: str, key: str) -> None:
        if problem := self.lost.pop((verb, key), None):
            raise problem

    @property
    def writes(self) -> list[tuple[str, str]]:
        return [call for call in self.calls if call[0] != "observe"]


@dataclass(frozen=True)
class Thing(Resource[FarSide]):
    """One of every rule of fields."""

    kind: ClassVar[str] = "far.thing"

    name: str
    inside: str | None = None
    comment: str | None = None
    size: int | Ref | None = None
    place: Annotated[str | None, Immutable()] = None
    password: Annotated[str | None, WriteOnly()] = None
    parts: Annotated[tuple[str, ...] | None, Unordered()] = None
    labels: Mapping[str, str] | None = None

    @property
    def key(self) -> str:
        return f"{self.inside}.{self.name}" if self.inside else self.name

    @classmethod
    def at(cls, key: str) -> Self:
        inside, _, name = key.rpartition(".")
        return cls(name=name, inside=inside or None)

    def requires(self) -> tuple[str, ...]:
        return (f"{Thing.kind}/{self.inside}",) if self.inside else ()

    def observe(self, client: FarSide) -> Observed | None:
        return client.read(self.address)

    def create(self, client: FarSide) -> Observed:
        client.called("create", self.address)
        if self.address in client.objects and not self.upsert:
            raise Conflict(f"{self.address} exists already")
        client.put(self._stripped(), number=len(client.objects) + 1)
        client.ended("create", self.address)
        return client.objects[self.address]

    def update(self, client: FarSide, now: Observed, changes: Changes) -> Observed:
        client.called("update", self.address)
        paths = {c.path for c in changes}
        labels = dict(now.state.labels or {}) if isinstance(now.state, Thing) else {}
        labels |= {k: v for k, v in (self.labels or {}).items() if f"labels.{k}" in paths}
        for change in changes:
            if change.field == "labels" and change.new is None:
                labels.pop(change.path.partition(".")[2])
        fields: dict[str, Any] = {c.field: getattr(self, c.field) for c in changes if c.field != "labels"}
        client.objects[self.address] = replace(now, state=replace(now.state, **{"labels": labels, **fields}))
        client.ended("update", self.address)
        return client.objects[self.address]

    def delete(self, client: FarSide) -> Observed | None:
        client.called("delete", self.address)
        client.objects.pop(self.address, None)
        client.ended("delete", self.address)
        return None

    def _stripped(self) -> Self:
        return replace(self, password=None, after=())


@dataclass(frozen=True)
class Upserted(Thing):
    """Its create overwrites what is there."""

    kind: ClassVar[str] = "far.upserted"
    upsert: ClassVar[bool] = True


@dataclass(frozen=True)
class Grant(Thing):
    """No data in it, and no place for a mark."""

    kind: ClassVar[str] = "far.grant"
    holds_data: ClassVar[bool] = False
    mark: ClassVar[Mark] = Mark.NONE


@dataclass(frozen=True)
class Record(Thing):
    """Stays when its entry goes."""

    kind: ClassVar[str] = "far.record"
    pruned: ClassVar[bool] = False


TYPES: Mapping[str, type[Resource[Any]]] = {t.kind: t for t in (Thing, Upserted, Grant, Record)}


def mine(thing: Thing) -> Thing:
    """The thing with our mark."""
    return replace(thing, owner=ME)


def planned(
    far: FarSide,
    desired: Iterable[Thing],
    rows: Sequence[Row] = (),
    policy: Policy | None = None,
    owner: str = ME,
    *,
    types: Mapping[str, type[Resource[Any]]] = TYPES,
) -> Plan:
    """Gather to guard."""
    wanted = [replace(t, owner=owner) for t in desired]
    gone = plan.stale(rows, wanted, types, owner)
    seen = plan.observe([*wanted, *gone], {"far": far}, map)
    return guards.judge(plan.make(wanted, gone, seen, rows), policy or Policy(owner=owner))


def carried_out(far: FarSide, made: Plan, proceed: Callable[[], bool] = lambda: True) -> Results:
    """Apply with a pool of its own."""
    with ThreadPoolExecutor(4) as pool:
        return apply.apply(made, {"far": far}, pool, proceed)


def passed(
    far: FarSide, desired: Iterable[Thing], rows: Sequence[Row] = (), policy: Policy | None = None, owner: str = ME
) -> Results:
    """A whole pass."""
    return carried_out(far, planned(far, desired, rows, policy, owner))
