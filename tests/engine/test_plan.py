"""From what should be and what is to one step each."""

from dataclasses import replace

import pytest

from engine.farside import ME, SOMEBODY, TYPES, FarSide, Grant, Record, Thing, mine, planned
from lakeward.engine import plan
from lakeward.engine.diff import Change
from lakeward.engine.errors import Problem, Unavailable
from lakeward.engine.inventory import Row
from lakeward.engine.plan import Action, Seen
from lakeward.engine.reasons import Reason
from lakeward.engine.resource import ADOPTED, Observed, Phase, Ref

A = Thing(name="a", comment="c", owner=ME)
GONE = Unavailable("not there now")


@pytest.mark.parametrize(
    ("seen", "action", "reason"),
    [
        (None, Action.CREATE, None),
        (Observed(A), Action.NOOP, None),
        (Observed(replace(A, comment="d")), Action.UPDATE, None),
        (Observed(replace(A, owner=ME + ADOPTED)), Action.NOOP, None),
        (Observed(replace(A, owner="")), Action.UPDATE, None),
        (Observed(replace(A, owner=SOMEBODY)), Action.UPDATE, None),
        (Observed(A, Phase.PROGRESSING), Action.NOOP, None),
        (Observed(A, Phase.FAILED), Action.UPDATE, Reason.FAILED),
        (Observed(A, Phase.DELETING), Action.WAIT, Reason.DELETING),
        (GONE, Action.BLOCKED, Reason.UNAVAILABLE),
    ],
)
def test_a_desired_resource_gets_the_step_of_what_is_seen(seen: Seen, action: Action, reason: Reason | None) -> None:
    (step,) = plan.make([A], [], {A.address: seen}, ()).steps
    assert (step.action, step.reason) == (action, reason)
    assert not step.removal


@pytest.mark.parametrize(
    ("seen", "action", "reason"),
    [
        (None, Action.NOOP, Reason.DELETING),
        (Observed(A), Action.DELETE, None),
        (Observed(A, Phase.DELETING), Action.WAIT, Reason.DELETING),
        (GONE, Action.BLOCKED, Reason.UNAVAILABLE),
    ],
)
def test_what_left_the_spec_gets_the_step_of_what_is_seen(seen: Seen, action: Action, reason: Reason | None) -> None:
    (step,) = plan.make([], [A], {A.address: seen}, ()).steps
    assert (step.action, step.reason) == (action, reason)
    assert step.removal


def test_an_update_says_what_changes() -> None:
    (step,) = plan.make([A], [], {A.address: Observed(replace(A, comment="d"))}, ()).steps
    assert step.changes == (Change("comment", "d", "c"),)
    assert step.message == 'comment: "d" -> "c"'


def test_taking_over_changes_the_owner_to_an_adopted_one() -> None:
    (step,) = plan.make([A], [], {A.address: Observed(replace(A, owner="", comment="d"))}, ()).steps
    assert step.changes[-1] == Change("owner", None, ME + ADOPTED)
    assert step.resource.owner == ME + ADOPTED


def test_what_has_no_mark_is_never_taken_over() -> None:
    grant = Grant(name="g", owner=ME)
    (step,) = plan.make([grant], [], {grant.address: Observed(Grant(name="g"))}, ()).steps
    assert step.action is Action.NOOP


def test_a_reference_is_resolved_by_what_is_seen() -> None:
    b = Thing(name="b", size=Ref(A.address, "number"), owner=ME)
    seen: dict[str, Seen] = {A.address: Observed(A, outputs={"number": 7}), b.address: None}
    step = plan.make([b, A], [], seen, ()).steps[1]
    assert (step.action, step.resource) == (Action.CREATE, replace(b, size=7))


@pytest.mark.parametrize("seen", [None, GONE, Observed(A), Observed(A, outputs={"other": 1})])
def test_a_reference_that_is_not_known_yet_waits(seen: Seen) -> None:
    b = Thing(name="b", size=Ref(A.address, "number"), owner=ME)
    step = plan.make([A, b], [], {A.address: seen, b.address: None}, ()).steps[1]
    assert (step.action, step.reason, step.message) == (
        Action.WAIT,
        Reason.WAITING_FOR_DEPENDENCY,
        f"waits for {A.address}",
    )


def test_steps_come_in_the_order_of_the_graph_then_removals_children_first() -> None:
    far = FarSide()
    rows = [Row("far.thing/old", "Ready"), Row("far.thing/old.child", "Ready")]
    for row in rows:
        far.put(mine(Thing.at(row.address.partition("/")[2])))
    steps = planned(far, [Thing(name="b", inside="a"), Thing(name="a")], rows).steps
    assert [s.address for s in steps] == ["far.thing/a", "far.thing/a.b", "far.thing/old.child", "far.thing/old"]
    assert steps[3].waits_for == {"far.thing/old.child"}


def test_what_left_the_spec_is_found_by_its_row_in_the_order_of_the_inventory() -> None:
    rows = [Row(f"far.{kind}", "Ready") for kind in ("thing/z", "thing/a", "record/r", "grant/g", "thing/kept")]
    rows += [Row("vanished.type/x", "Ready"), Row("nonsense", "Ready")]
    found = plan.stale(rows, [Thing(name="kept")], TYPES, ME)
    assert found == [Thing(name="z", owner=ME), Thing(name="a", owner=ME), Grant(name="g", owner=ME)]
    assert not Record.pruned


def test_a_problem_of_one_reading_leaves_the_others() -> None:
    far = FarSide(problems={("observe", "far.thing/a"): [GONE]})
    far.put(mine(Thing(name="b")))
    seen = plan.observe([Thing(name="a"), Thing(name="b")], {"far": far}, map)
    assert isinstance(seen["far.thing/a"], Problem)
    assert isinstance(seen["far.thing/b"], Observed)


def test_what_lies_at_an_unknown_place_is_not_read() -> None:
    far = FarSide()
    nowhere = Thing(name="b", inside=str(Ref("far.thing/a", "name")))
    assert plan.observe([nowhere], {"far": far}, map) == {}
    assert far.calls == []


def test_a_plan_changes_nothing() -> None:
    far = FarSide()
    far.put(mine(Thing(name="b", comment="d")))
    far.put(mine(Thing(name="old")))
    made = planned(far, [A, Thing(name="b", comment="c")], [Row("far.thing/old", "Ready")])
    assert far.writes == []
    assert {s.address for s in made.writes} == {"far.thing/a", "far.thing/b"}
