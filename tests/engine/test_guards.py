"""What may not be done, and why."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from engine.farside import ME, SOMEBODY, FarSide, Grant, Thing, mine, planned
from lakeward.engine.errors import Unavailable
from lakeward.engine.guards import Policy, Refusal
from lakeward.engine.inventory import Row
from lakeward.engine.plan import Action, Step
from lakeward.engine.reasons import Reason
from lakeward.engine.resource import ADOPTED

A = Thing(name="a", comment="c")
HOLD = Refusal(Reason.SUSPENDED, "spec.suspend is true")


def step(exists: Thing | None, policy: Policy, want: Thing | None = A, *, state: str = "Ready") -> Step:
    """The judged step of one address: desired, or gone from the spec when `want` is None."""
    far = FarSide()
    if exists is not None:
        far.put(exists)
    address = (want or exists or A).address
    (found,) = planned(far, [want] if want else [], [Row(address, state)], policy).steps
    return found


@pytest.mark.parametrize(
    ("exists", "policy", "action", "reason"),
    [
        (None, Policy(owner=ME), Action.CREATE, None),
        (replace(A, owner=ME, comment="d"), Policy(owner=ME), Action.UPDATE, None),
        (replace(A, owner=ME + ADOPTED, comment="d"), Policy(owner=ME), Action.UPDATE, None),
        (A, Policy(owner=ME), Action.BLOCKED, Reason.FOREIGN_OBJECT),
        (A, Policy(owner=ME, adopt=True), Action.UPDATE, None),
        (replace(A, owner=SOMEBODY), Policy(owner=ME), Action.BLOCKED, Reason.FOREIGN_OBJECT),
        (replace(A, owner=SOMEBODY), Policy(owner=ME, adopt=True), Action.BLOCKED, Reason.FOREIGN_OBJECT),
        (replace(A, owner=SOMEBODY + ADOPTED), Policy(owner=ME, adopt=True), Action.BLOCKED, Reason.FOREIGN_OBJECT),
        (replace(A, owner=ME + "2"), Policy(owner=ME, adopt=True), Action.BLOCKED, Reason.FOREIGN_OBJECT),
        (None, Policy(owner=ME, hold=HOLD), Action.BLOCKED, Reason.SUSPENDED),
        (replace(A, owner=ME, comment="d"), Policy(owner=ME, hold=HOLD), Action.BLOCKED, Reason.SUSPENDED),
        (replace(A, owner=ME), Policy(owner=ME, hold=HOLD), Action.NOOP, None),
        (A, Policy(owner=ME, hold=HOLD), Action.BLOCKED, Reason.FOREIGN_OBJECT),
    ],
)
def test_a_desired_step_is_judged(exists: Thing | None, policy: Policy, action: Action, reason: Reason | None) -> None:
    found = step(exists, policy)
    assert (found.action, found.reason) == (action, reason)


def test_a_field_that_cannot_change_blocks_instead_of_recreating() -> None:
    found = step(mine(replace(A, place="here")), Policy(owner=ME, delete=True), replace(A, place="there"))
    assert (found.action, found.reason) == (Action.BLOCKED, Reason.RECREATE_REQUIRED)
    assert (
        found.message
        == 'place: "here" -> "there" cannot be changed, and recreating destroys it; put the old value back'
    )


def test_a_fixed_field_is_sent_when_the_object_is_made() -> None:
    assert step(None, Policy(owner=ME), replace(A, place="there")).action is Action.CREATE


@pytest.mark.parametrize(
    ("exists", "policy", "action", "reason"),
    [
        (mine(A), Policy(owner=ME), Action.NOOP, Reason.RETAINED),
        (mine(A), Policy(owner=ME, confirmed=frozenset({"*"})), Action.NOOP, Reason.RETAINED),
        (mine(A), Policy(owner=ME, delete=True), Action.NOOP, Reason.CONFIRMATION_NEEDED),
        (
            mine(A),
            Policy(owner=ME, delete=True, confirmed=frozenset({"far.thing/b"})),
            Action.NOOP,
            Reason.CONFIRMATION_NEEDED,
        ),
        (mine(A), Policy(owner=ME, delete=True, confirmed=frozenset({"far.thing/a"})), Action.DELETE, None),
        (mine(A), Policy(owner=ME, delete=True, confirmed=frozenset({"*"})), Action.DELETE, None),
        (
            replace(A, owner=ME + ADOPTED),
            Policy(owner=ME, delete=True, confirmed=frozenset({"*"})),
            Action.NOOP,
            Reason.RETAINED,
        ),
        (A, Policy(owner=ME, delete=True, confirmed=frozenset({"*"})), Action.NOOP, Reason.FOREIGN_OBJECT),
        (
            replace(A, owner=SOMEBODY),
            Policy(owner=ME, adopt=True, delete=True, confirmed=frozenset({"*"})),
            Action.NOOP,
            Reason.FOREIGN_OBJECT,
        ),
        (Grant(name="g"), Policy(owner=ME), Action.DELETE, None),
        (Grant(name="g"), Policy(owner=ME, hold=HOLD), Action.BLOCKED, Reason.SUSPENDED),
    ],
)
def test_a_removal_is_judged(exists: Thing, policy: Policy, action: Action, reason: Reason | None) -> None:
    found = step(exists, policy, None)
    assert (found.action, found.reason) == (action, reason)


CONFIRMED = Policy(owner=ME, delete=True, confirmed=frozenset({"*"}))
ROWS = [Row("far.thing/top", "Ready"), Row("far.thing/top.leaf", "Ready")]


def removals(leaf: Thing, policy: Policy, desired: list[Thing]) -> Mapping[str, Step]:
    far = FarSide()
    far.put(mine(Thing(name="top")))
    far.put(leaf)
    return {s.address: s for s in planned(far, desired, ROWS, policy).steps}


def test_what_is_kept_keeps_what_it_lies_in() -> None:
    leaf = Thing(name="leaf", inside="top", owner=ME + ADOPTED)
    top = removals(leaf, CONFIRMED, [])["far.thing/top"]
    assert (top.action, top.reason) == (Action.NOOP, Reason.RETAINED)
    assert top.message == "kept, because far.thing/top.leaf stays in it"


def test_what_is_still_desired_keeps_what_it_lies_in() -> None:
    leaf = Thing(name="leaf", inside="top")
    assert removals(mine(leaf), CONFIRMED, [leaf])["far.thing/top"].reason is Reason.RETAINED


def test_one_confirmed_entry_does_not_take_its_unconfirmed_content_with_it() -> None:
    only_top = Policy(owner=ME, delete=True, confirmed=frozenset({"far.thing/top"}))
    found = removals(mine(Thing(name="leaf", inside="top")), only_top, [])
    assert [s.action for s in found.values()] == [Action.NOOP, Action.NOOP]


def test_a_parent_waits_for_content_that_cannot_be_read() -> None:
    far = FarSide(problems={("observe", "far.thing/top.leaf"): [Unavailable("not there now")]})
    far.put(mine(Thing(name="top")))
    leaf, top = planned(far, [], ROWS, CONFIRMED).steps
    assert (leaf.action, top.action, top.reason) == (Action.BLOCKED, Action.WAIT, Reason.WAITING_FOR_DEPENDENCY)


def test_refusals_name_the_way_out() -> None:
    assert "spec.adoptionPolicy: Adopt" in step(A, Policy(owner=ME)).message
    assert step(replace(A, owner=SOMEBODY), Policy(owner=ME)).message == f"it belongs to {SOMEBODY}"
    assert "confirm-prune=far.thing/a" in step(mine(A), Policy(owner=ME, delete=True), None).message
    assert "spec.deletionPolicy: Retain" in step(mine(A), Policy(owner=ME), None).message
