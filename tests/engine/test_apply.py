"""Carrying out a plan: order, overlap, and what a failure of one means for the others."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from engine.farside import ME, SOMEBODY, FarSide, Grant, Thing, Upserted, carried_out, mine, passed, planned
from lakeward.engine import apply
from lakeward.engine.errors import Conflict, Denied, Invalid, Throttled, Unavailable
from lakeward.engine.guards import Policy
from lakeward.engine.inventory import Row
from lakeward.engine.reasons import Reason
from lakeward.engine.report import due, rows
from lakeward.engine.resource import ADOPTED, Observed, Phase, Ref
from lakeward.engine.results import State

A, B, C = Thing(name="a"), Thing(name="b"), Thing(name="c")
CHILD = Thing(name="child", inside="a")
CONFIRMED = Policy(owner=ME, delete=True, confirmed=frozenset({"*"}))
DEADLINE = 5.0


def test_what_is_missing_is_made_and_the_next_pass_writes_nothing() -> None:
    far = FarSide()
    first = passed(far, [CHILD, A, B])
    assert [r.state for r in first] == [State.READY] * 3
    assert sorted(far.writes) == [("create", r.address) for r in sorted(first, key=lambda r: r.address)]
    far.calls.clear()
    second = passed(far, [CHILD, A, B], rows(first, ()))
    assert far.writes == []
    assert second.settled
    assert second.wrote == ()


def test_parents_are_made_before_children() -> None:
    far = FarSide()
    passed(far, [Thing(name="x", inside="a.child"), CHILD, A])
    assert [key for _, key in far.writes] == ["far.thing/a", "far.thing/a.child", "far.thing/a.child.x"]


def test_independent_branches_are_written_side_by_side() -> None:
    meeting = threading.Barrier(3)
    far = FarSide(arrived=lambda verb, _: meeting.wait(DEADLINE) if verb == "create" else None)
    # none of the three creates returns before all three have begun
    assert passed(far, [A, B, C]).settled


def test_a_ready_child_does_not_wait_for_a_slow_branch_beside_it() -> None:
    child_came = threading.Event()

    def arrived(verb: str, key: str) -> None:
        if verb == "create" and key == CHILD.address:
            child_came.set()
        if verb == "create" and key == B.address:
            assert child_came.wait(DEADLINE)

    far = FarSide(arrived=arrived)
    assert passed(far, [B, A, CHILD]).settled


@pytest.mark.parametrize(
    ("problem", "state"),
    [
        (Unavailable("down"), State.FAILED),
        (Denied("no right"), State.FAILED),
        (Invalid("not so"), State.FAILED),
        (Throttled("slow down", retry_after=7), State.FAILED),
        (Conflict("exists"), State.WAITING),
    ],
)
def test_a_failed_parent_holds_its_children_and_nothing_else(problem: Exception, state: State) -> None:
    grandchild = Thing(name="g", inside="a.child")
    far = FarSide(problems={("create", "far.thing/a"): [problem]})
    results = passed(far, [A, CHILD, grandchild, B])
    assert results.state(A.address) is state
    assert results.state(B.address) is State.READY
    held = results.get(CHILD.address)
    assert held is not None
    assert (held.state, held.reason, held.message) == (
        State.WAITING,
        Reason.WAITING_FOR_DEPENDENCY,
        "waits for far.thing/a",
    )
    assert results.state(grandchild.address) is State.WAITING
    assert {key for _, key in far.writes} == {A.address, B.address}


def test_a_child_that_is_in_place_is_not_held_by_its_parent() -> None:
    far = FarSide(problems={("observe", A.address): [Unavailable("down")]})
    far.put(mine(CHILD))
    assert passed(far, [A, CHILD]).state(CHILD.address) is State.READY


def test_a_parent_that_is_on_its_way_holds_what_would_be_written_in_it() -> None:
    far = FarSide()
    far.put(mine(A), Phase.PROGRESSING)
    results = passed(far, [A, CHILD])
    assert (results.state(A.address), results.state(CHILD.address)) == (State.PROGRESSING, State.WAITING)
    assert far.writes == []


def test_a_reference_to_what_is_made_now_is_resolved_by_the_next_pass() -> None:
    far = FarSide()
    sized = Thing(name="sized", size=Ref(A.address, "number"))
    first = passed(far, [A, sized])
    assert (first.state(A.address), first.state(sized.address)) == (State.READY, State.WAITING)
    assert passed(far, [A, sized], rows(first, ())).settled
    assert far.objects[sized.address].state == mine(replace(sized, size=1))


def test_what_changed_since_it_was_planned_is_not_written() -> None:
    far = FarSide()
    far.put(mine(replace(A, comment="old")))
    made = planned(far, [replace(A, comment="new")])
    far.put(mine(replace(A, comment="by hand")))
    result = carried_out(far, made).items[0]
    assert (result.state, result.reason, result.again, result.wrote) == (State.WAITING, Reason.CONFLICT, True, False)
    assert far.writes == []


@pytest.mark.parametrize("now", [None, mine(replace(A, comment="by hand")), replace(A, owner=SOMEBODY)])
def test_what_is_not_as_planned_is_not_deleted(now: Thing | None) -> None:
    far = FarSide()
    far.put(mine(A))
    made = planned(far, [], [Row(A.address, "Ready")], CONFIRMED)
    far.objects.clear()
    if now:
        far.put(now)
    result = carried_out(far, made).items[0]
    assert result.state is (State.GONE if now is None else State.WAITING)
    assert far.writes == []


def test_reads_before_a_write_do_not_come_from_the_past() -> None:
    far = FarSide(past={A.address: Observed(mine(replace(A, comment="past")))})
    far.put(mine(replace(A, comment="by hand")))
    assert passed(far, [replace(A, comment="new")]).items[0].reason is Reason.CONFLICT
    assert far.writes == []


def test_dropping_the_same_step_again_and_again_does_not_spin() -> None:
    far = FarSide(past={A.address: Observed(mine(replace(A, comment="past")))})
    far.put(mine(replace(A, comment="by hand")))
    _, backs_off = due(passed(far, [replace(A, comment="new")]))
    assert backs_off


def test_an_upsert_does_not_overwrite_what_the_planning_did_not_see() -> None:
    far = FarSide(past={})
    theirs = Upserted(name="u", owner=SOMEBODY)
    far.put(theirs)
    result = passed(far, [Upserted(name="u")]).items[0]
    assert (result.reason, far.writes) == (Reason.CONFLICT, [])
    assert far.objects[theirs.address].state == theirs


def test_a_create_that_finds_its_name_taken_is_a_conflict_that_the_next_pass_decides() -> None:
    far = FarSide(past={})
    far.put(replace(A, owner=SOMEBODY))
    first = passed(far, [A])
    assert (first.items[0].state, first.items[0].reason) == (State.WAITING, Reason.CONFLICT)
    assert rows(first, ()) == ()
    far.past = None
    second = passed(far, [A])
    assert second.items[0].reason is Reason.FOREIGN_OBJECT
    assert far.objects[A.address].state.owner == SOMEBODY


def test_a_create_whose_answer_is_lost_is_found_by_the_next_pass() -> None:
    far = FarSide(lost={("create", A.address): Unavailable("no answer")})
    first = passed(far, [A, CHILD])
    assert (first.state(A.address), first.state(CHILD.address)) == (State.FAILED, State.WAITING)
    assert passed(far, [A, CHILD], rows(first, ())).settled
    assert far.writes.count(("create", A.address)) == 1


@pytest.mark.parametrize("verb", ["update", "delete"])
def test_a_write_whose_answer_is_lost_is_not_repeated(verb: str) -> None:
    far = FarSide(lost={(verb, A.address): Unavailable("no answer")})
    far.put(mine(replace(A, comment="old")))
    desired = [replace(A, comment="new")] if verb == "update" else []
    first = passed(far, desired, [Row(A.address, "Ready")], CONFIRMED)
    assert first.items[0].state is State.FAILED
    assert passed(far, desired, rows(first, [Row(A.address, "Ready")]), CONFIRMED).settled
    assert [v for v, _ in far.writes] == [verb]


def test_what_somebody_else_made_is_never_changed() -> None:
    far = FarSide()
    theirs = Thing(name="a", comment="theirs")
    far.put(theirs)
    results = passed(far, [replace(A, comment="ours"), CHILD], policy=Policy(owner=ME))
    assert results.items[0].reason is Reason.FOREIGN_OBJECT
    assert results.state(CHILD.address) is State.WAITING
    assert far.writes == []
    assert far.objects[A.address].state == theirs


def test_adoption_marks_once_and_then_rests() -> None:
    far = FarSide()
    far.put(Thing(name="a", comment="c"))
    adopt = Policy(owner=ME, adopt=True)
    first = passed(far, [replace(A, comment="c")], policy=adopt)
    assert far.objects[A.address].state.owner == ME + ADOPTED
    far.calls.clear()
    assert passed(far, [replace(A, comment="c")], rows(first, ()), adopt).settled
    assert far.writes == []


def tree() -> tuple[FarSide, list[Row]]:
    far = FarSide()
    made = [A, CHILD, Thing(name="x", inside="a.child"), B]
    for thing in made:
        far.put(mine(thing))
    return far, [Row(t.address, "Ready") for t in made]


def test_children_are_deleted_first() -> None:
    far, known = tree()
    results = passed(far, [], known, CONFIRMED)
    assert [key for _, key in far.writes] == ["far.thing/b", "far.thing/a.child.x", "far.thing/a.child", "far.thing/a"]
    assert all(r.state is State.GONE for r in results)
    assert rows(results, known) == ()


def test_a_child_that_cannot_be_deleted_keeps_its_parents() -> None:
    far, known = tree()
    far.problems = {("delete", "far.thing/a.child.x"): [Unavailable("down")]}
    results = passed(far, [], known, CONFIRMED)
    assert far.writes == [("delete", "far.thing/b"), ("delete", "far.thing/a.child.x")]
    held = results.get(CHILD.address)
    assert held is not None
    assert (held.state, held.message) == (State.WAITING, "waits for far.thing/a.child.x")
    assert passed(far, [], rows(results, known), CONFIRMED).settled
    assert far.objects == {}


def test_an_inventory_in_the_wrong_order_costs_passes_but_deletes_no_parent_first() -> None:
    far, known = tree()
    known.reverse()
    for _ in range(4):
        known = list(rows(passed(far, [], known, CONFIRMED), known))
    assert known == []
    order = [key for _, key in far.writes]
    assert order.index("far.thing/a.child.x") < order.index("far.thing/a.child") < order.index("far.thing/a")


def test_retained_data_stays_and_says_so_in_every_pass() -> None:
    far, known = tree()
    first = rows(passed(far, [], known, Policy(owner=ME)), known)
    assert {row.state for row in first} == {State.RETAINED}
    second = rows(passed(far, [], first, Policy(owner=ME)), first)
    assert second == first
    assert far.writes == []


def test_what_is_retained_can_come_back_into_the_spec() -> None:
    far, known = tree()
    kept = rows(passed(far, [], known, Policy(owner=ME)), known)
    results = passed(far, [A, CHILD], kept)
    assert (results.state(A.address), results.state(CHILD.address)) == (State.READY, State.READY)
    assert far.writes == []


def test_what_holds_no_data_goes_whatever_the_policy_says() -> None:
    far = FarSide()
    far.put(Grant(name="g"))
    results = passed(far, [], [Row("far.grant/g", "Ready")], Policy(owner=ME))
    assert (results.items[0].state, far.objects) == (State.GONE, {})


def test_nothing_is_written_after_the_stop_and_nothing_is_called_failed() -> None:
    far = FarSide()
    far.put(mine(B))
    made = planned(far, [A, CHILD], [Row(B.address, "Ready")], CONFIRMED)
    results = carried_out(far, made, proceed=lambda: False)
    assert {r.state for r in results} == {State.WAITING}
    assert far.writes == []


def test_a_stop_between_two_steps_keeps_what_was_done() -> None:
    far = FarSide()
    going = iter([True, False])
    results = carried_out(far, planned(far, [A, CHILD]), proceed=lambda: next(going))
    assert [r.state for r in results] == [State.READY, State.WAITING]
    assert far.writes == [("create", A.address)]


def test_a_defect_in_one_step_is_raised_after_the_other_writes_have_landed() -> None:
    begun = threading.Event()
    leave = threading.Event()

    def arrived(verb: str, key: str) -> None:
        if (verb, key) == ("create", A.address):
            assert begun.wait(DEADLINE)
            threading.Timer(0.05, leave.set).start()
            raise KeyError("a defect")
        if (verb, key) == ("create", B.address):
            begun.set()
            assert leave.wait(DEADLINE)

    far = FarSide(arrived=arrived)
    made = planned(far, [A, B])
    with ThreadPoolExecutor(4) as pool:
        with pytest.raises(KeyError, match="a defect"):
            apply.apply(made, {"far": far}, pool, lambda: True)
        assert B.address in far.objects


def test_no_more_branches_run_at_once_than_the_pool_has_threads() -> None:
    running, most, lock = 0, 0, threading.Lock()
    far = FarSide()

    def counted(verb: str, _key: str) -> None:
        nonlocal running, most
        with lock:
            running += verb == "create"
            most = max(most, running)

    class Counting(Thing):
        def create(self, client: FarSide) -> Observed:
            nonlocal running
            made = super().create(client)
            with lock:
                running -= 1
            return made

    far.arrived = counted
    made = planned(far, [Counting(name=f"n{i}") for i in range(40)])
    with ThreadPoolExecutor(2) as pool:
        assert apply.apply(made, {"far": far}, pool, lambda: True).settled
    assert most <= 2


def test_a_plan_that_is_only_looked_at_calls_nothing() -> None:
    far = FarSide()
    far.put(mine(B))
    made = planned(far, [A, B])
    far.calls.clear()
    told = apply.refuse_all(made)
    assert [(r.state, r.reason) for r in told] == [(State.WAITING, Reason.PLANNED), (State.READY, None)]
    assert far.calls == []
