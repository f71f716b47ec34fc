"""Lanes, long operations of the far side, what is never deleted, and entries that are ours beside the declared ones."""

import threading
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Self

from engine.farside import ME, FarSide, Thing, carried_out, mine, planned
from lakeward.engine.diff import Aside, Changes
from lakeward.engine.errors import Unavailable
from lakeward.engine.guards import Policy
from lakeward.engine.inventory import Row
from lakeward.engine.plan import Action
from lakeward.engine.reasons import Reason
from lakeward.engine.report import due, rows, summarize
from lakeward.engine.resource import Mark, Observed, Phase
from lakeward.engine.results import State

DEADLINE = 10.0


@dataclass(frozen=True)
class Slow(Thing):
    """Every write of it goes on behind the answer; one at a time in each place."""

    kind: ClassVar[str] = "far.slow"

    @property
    def lanes(self) -> tuple[str, ...]:
        return (f"place/{self.inside or self.name}",)

    def create(self, client: FarSide) -> Observed:
        super().create(client)
        return self._coming(client)

    def update(self, client: FarSide, now: Observed, changes: Changes) -> Observed:
        super().update(client, now, changes)
        return self._coming(client)

    def delete(self, client: FarSide) -> Observed | None:
        client.called("delete", self.address)
        made = replace(client.objects[self.address], phase=Phase.DELETING, again=1.0)
        client.objects[self.address] = made
        return made

    def _coming(self, client: FarSide) -> Observed:
        made = replace(client.objects[self.address], phase=Phase.PROGRESSING, again=3.0)
        client.objects[self.address] = made
        return made


@dataclass(frozen=True)
class Kept(Thing):
    kind: ClassVar[str] = "far.kept"
    kept: ClassVar[bool] = True


@dataclass(frozen=True)
class Shared(Thing):
    """Its labels are all ours, but for those that are spared."""

    kind: ClassVar[str] = "far.shared"

    spared: Annotated[frozenset[str], Aside()] = frozenset()

    def ours(self, formerly: Collection[str], seen: Thing) -> Collection[str]:
        return {*formerly, *(f"labels.{key}" for key in seen.labels or {})} - self.spared

    def left(self, keys: Collection[str], known: str = "") -> Self:  # noqa: ARG002 - its key says it all
        return replace(self, labels={key.partition(".")[2]: "" for key in keys})


@dataclass(frozen=True)
class Numbered(Thing):
    """Found by the number that the far side gave it, and by nothing else."""

    kind: ClassVar[str] = "far.numbered"
    holds_data: ClassVar[bool] = False
    mark: ClassVar[Mark] = Mark.NONE

    number: Annotated[str, Aside()] = ""

    def observe(self, client: FarSide) -> Observed | None:
        seen = super().observe(client) if self.number else None
        return seen if seen and str(seen.outputs["id"]) == self.number else None

    def create(self, client: FarSide) -> Observed:
        super().create(client)
        client.objects[self.address] = replace(client.objects[self.address], outputs={"id": 17})
        return client.objects[self.address]

    def left(self, keys: Collection[str], known: str = "") -> Self:  # noqa: ARG002 - has no entries
        return replace(self, number=known)


@dataclass(frozen=True)
class Elsewhere(Thing):
    """Of a provider that nobody has a client of."""

    kind: ClassVar[str] = "other.thing"


A, B = Slow(name="a", inside="p"), Slow(name="b", inside="p")
OTHER = Slow(name="c", inside="q")


def test_a_second_write_of_a_lane_waits_until_the_first_has_ended_on_the_far_side() -> None:
    far = FarSide()
    results = carried_out(far, planned(far, [A, B, OTHER]))
    states = {r.step.resource.key: r.state for r in results}
    assert states == {"p.a": State.PROGRESSING, "p.b": State.WAITING, "q.c": State.PROGRESSING}
    assert due(results) == (3.0, False)
    assert not summarize(results).stalled
    again = carried_out(far, planned(far, [A, B, OTHER]))
    assert not again.wrote
    far.objects[A.address] = replace(far.objects[A.address], phase=Phase.READY)
    third = carried_out(far, planned(far, [A, B, OTHER]))
    assert [r.step.resource.key for r in third.wrote] == ["p.b"]


def test_two_writes_of_a_lane_never_run_at_once_even_when_each_ends_at_once() -> None:
    running, most, lock = 0, 0, threading.Lock()

    @dataclass(frozen=True)
    class Quick(Thing):
        @property
        def lanes(self) -> tuple[str, ...]:
            return ("one",)

        def create(self, client: FarSide) -> Observed:
            nonlocal running
            made = super().create(client)
            with lock:
                running -= 1
            return made

    far = FarSide()

    def counted(verb: str, _key: str) -> None:
        nonlocal running, most
        with lock:
            running += verb == "create"
            most = max(most, running)

    far.arrived = counted
    results = carried_out(far, planned(far, [Quick(name=f"n{i}") for i in range(12)]))
    assert results.settled
    assert most == 1


def test_what_failed_on_the_far_side_is_written_again_with_a_growing_pause() -> None:
    far = FarSide()
    far.put(mine(A))
    far.objects[A.address] = replace(far.objects[A.address], phase=Phase.FAILED, message="quota")
    made = planned(far, [A])
    assert [(s.action, s.reason) for s in made.steps] == [(Action.UPDATE, Reason.FAILED)]
    results = carried_out(far, made)
    assert far.writes == [("update", A.address)]
    assert due(results) == (None, True)
    assert "quota" in summarize(results).message


def test_a_deletion_that_takes_time_is_not_done_and_not_repeated() -> None:
    far = FarSide()
    far.put(mine(A))
    policy = Policy(owner=ME, delete=True, confirmed=frozenset({"*"}))
    inventory = [Row(A.address, "Ready")]
    first = carried_out(far, planned(far, [], inventory, policy=policy, types={Slow.kind: Slow}))
    assert [(r.state, r.reason) for r in first] == [(State.PROGRESSING, Reason.DELETING)]
    assert due(first) == (1.0, False)
    second = carried_out(far, planned(far, [], rows(first, inventory), policy=policy, types={Slow.kind: Slow}))
    assert not second.wrote
    assert [r.state for r in second] == [State.WAITING]


def test_what_is_never_deleted_stays_whatever_is_confirmed() -> None:
    far = FarSide()
    far.put(mine(Kept(name="group")))
    policy = Policy(owner=ME, delete=True, confirmed=frozenset({"*"}))
    made = planned(far, [], [Row("far.kept/group", "Ready")], policy=policy, types={Kept.kind: Kept})
    assert [(s.action, s.reason) for s in made.steps] == [(Action.NOOP, Reason.RETAINED)]


def test_entries_that_are_ours_go_unless_they_are_spared() -> None:
    far = FarSide()
    labels: Mapping[str, str] = {"declared": "1", "by-hand": "2", "of-others": "3"}
    far.put(mine(Shared(name="s", labels=labels)))
    want = Shared(name="s", labels={"declared": "1"}, spared=frozenset({"labels.of-others"}))
    (step,) = planned(far, [want]).steps
    assert [(c.path, c.new) for c in step.changes] == [("labels.by-hand", None)]


def test_what_left_the_spec_knows_its_entries_from_the_inventory() -> None:
    far = FarSide()
    far.put(mine(Shared(name="s", labels={"x": "1"})))
    inventory = [Row("far.shared/s", "Ready", keys=("labels.x",))]
    policy = Policy(owner=ME, delete=True, confirmed=frozenset({"*"}))
    (step,) = planned(far, [], inventory, policy=policy, types={Shared.kind: Shared}).steps
    assert isinstance(step.resource, Shared)
    assert step.resource.labels == {"x": ""}


def test_what_left_the_spec_is_found_by_the_id_that_the_inventory_keeps() -> None:
    far, types = FarSide(), {Numbered.kind: Numbered}
    made = carried_out(far, planned(far, [Numbered(name="n")], types=types))
    (row,) = rows(made, ())
    assert row == Row("far.numbered/n", "Ready", id="17")
    far.problems = {("delete", row.address): [Unavailable("down")]}
    failed = carried_out(far, planned(far, [], [row], types=types))
    (kept,) = rows(failed, [row])
    assert (kept.state, kept.id) == (State.FAILED, "17")
    gone = carried_out(far, planned(far, [], [replace(kept, id="18")], types=types))
    assert (not gone.wrote, rows(gone, [kept])) == (True, ())
    assert not carried_out(far, planned(far, [], [kept], types=types)).problems
    assert far.objects == {}


def test_an_id_stays_in_the_inventory_while_nobody_can_read_it() -> None:
    far = FarSide()
    far.put(mine(Slow(name="a")), id="4")
    known = rows(carried_out(far, planned(far, [Slow(name="a")])), ())
    far.problems = {("observe", "far.slow/a"): [Unavailable("down")]}
    assert [row.id for row in rows(carried_out(far, planned(far, [Slow(name="a")], known)), known)] == ["4"]
    far.put(mine(Slow(name="a")), id="5")
    assert [row.id for row in rows(carried_out(far, planned(far, [Slow(name="a")], known)), known)] == ["5"]


def test_a_reading_that_turned_out_old_is_doubted() -> None:
    doubts = []

    class Doubting(FarSide):
        def doubt(self) -> None:
            doubts.append(1)

    far = Doubting()
    thing = Thing(name="a", comment="one")
    far.put(mine(thing))
    far.past = {thing.address: Observed(mine(Thing(name="a", comment="old")))}
    with ThreadPoolExecutor(1):
        carried_out(far, planned(far, [thing]))
    assert doubts == [1]


def test_what_can_no_longer_be_reached_is_kept_and_said_so() -> None:
    gone = planned(FarSide(), [], [Row("other.thing/x", "Ready")], types={"other.thing": Elsewhere})
    assert [(s.action, s.reason) for s in gone.steps] == [(Action.NOOP, Reason.RETAINED)]
    assert "no longer says how to reach it" in gone.steps[0].message
