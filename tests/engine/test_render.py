"""Steps as a reviewer reads them."""

from dataclasses import dataclass, replace
from typing import ClassVar

import pytest

from engine.farside import ME, FarSide, Grant, Thing, mine, planned
from lakeward.engine import render
from lakeward.engine.errors import Unavailable
from lakeward.engine.guards import Policy, Refusal
from lakeward.engine.inventory import Row
from lakeward.engine.plan import Step
from lakeward.engine.reasons import Reason
from lakeward.engine.resource import Phase, Ref
from lakeward.engine.results import State

NEW = Thing(name="new")
SAME = Thing(name="same")
MOVED = Thing(name="moved", place="here")
CHANGED = Thing(name="changed", comment="as\ndeclared", labels={"a-long-key": "1"})
WAITING = Thing(name="waiting", size=Ref("far.thing/new", "number"))
GONE, DATA = Grant(name="gone"), Thing(name="data")
PLANNED = Refusal(Reason.PLANNED, "spec.mode only looks")


@dataclass(frozen=True)
class Book(Grant):
    """Only our own books."""

    kind: ClassVar[str] = "far.book"
    told: ClassVar[bool] = False


def everything(hold: Refusal | None = None) -> tuple[Step, ...]:
    far = FarSide()
    for thing in (SAME, replace(MOVED, place="there"), replace(CHANGED, comment=None, labels={}), DATA, GONE):
        far.put(mine(thing))
    rows = [Row(thing.address, "Ready") for thing in (DATA, GONE)]
    desired = [NEW, SAME, MOVED, CHANGED, WAITING, Book(name="book")]
    return planned(far, desired, rows, Policy(owner=ME, hold=hold)).steps


FIXED = 'place: "there" -> "here" cannot be changed, and recreating destroys it; put the old value back'
SHOWN = f"""\
  ~ far.thing/changed
      comment             (none) -> "as\\ndeclared"
      labels.a-long-key   (none) -> "1"
  ! far.thing/moved     blocked: {FIXED}
  + far.thing/new
  . far.thing/waiting   waits for far.thing/new
  - far.grant/gone
  = far.thing/data      stays: kept by spec.deletionPolicy: Retain"""
HEADLINE = "2 to change, 1 to delete, 1 waits, 1 blocked, 1 kept, 2 unchanged"


def test_each_action_has_its_sign_and_what_is_unchanged_is_left_out() -> None:
    assert "\n".join(line.text for line in render.lines(everything())) == SHOWN
    assert render.headline(everything()) == HEADLINE


def test_what_is_held_is_shown_as_what_it_would_be() -> None:
    assert render.lines(everything(PLANNED)) == render.lines(everything())
    assert render.headline(everything(PLANNED)) == HEADLINE


def test_verbose_shows_what_is_unchanged() -> None:
    extra = {line.text for line in render.lines(everything(), verbose=True)} - set(SHOWN.splitlines())
    assert {text.strip() for text in extra} == {"far.thing/same", "far.book/book"}


def test_a_status_has_one_line_for_each_change() -> None:
    assert render.flat(everything()) == (
        '~ far.thing/changed comment: (none) -> "as\\ndeclared"',
        '~ far.thing/changed labels.a-long-key: (none) -> "1"',
        f"! far.thing/moved blocked: {FIXED}",
        "+ far.thing/new",
        ". far.thing/waiting waits for far.thing/new",
        "- far.grant/gone",
        "= far.thing/data stays: kept by spec.deletionPolicy: Retain",
    )


def test_a_status_is_bounded_in_lines_and_in_their_length() -> None:
    told = render.flat(planned(FarSide(), [Thing(name=f"{n:03}" + "x" * 400) for n in range(130)]).steps)
    assert len(told) == 101
    assert told[-1] == "... and 30 more"
    assert {len(line) for line in told[:100]} == {300}


def test_a_long_value_is_shortened_and_a_strange_one_made_printable() -> None:
    far = FarSide()
    far.put(mine(replace(CHANGED, comment="\x1b[31mred " + "x" * 200)))
    text = render.flat(planned(far, [Thing(name="changed", comment="short")]).steps)[0]
    assert text == f'~ far.thing/changed comment: "\\x1b[31mred {"x" * 64}... -> "short"'


@pytest.mark.parametrize(
    ("phase", "said"),
    [
        (Phase.READY, ()),
        (Phase.PROGRESSING, (". far.thing/same progressing",)),
        (Phase.DELETING, (". far.thing/same is being deleted",)),
        (Phase.FAILED, ("~ far.thing/same failed before; it is written again",)),
    ],
)
def test_what_is_on_its_way_or_failed_is_told(phase: Phase, said: tuple[str, ...]) -> None:
    far = FarSide()
    far.put(mine(SAME), phase)
    steps = planned(far, [SAME]).steps
    assert render.flat(steps) == said
    assert render.differs(steps) == bool(said)


def test_what_could_not_be_read_says_why() -> None:
    far = FarSide(problems={("observe", SAME.address): [Unavailable("it is down")]})
    assert render.flat(planned(far, [SAME]).steps) == ("! far.thing/same blocked: it is down",)


@pytest.mark.parametrize(
    ("desired", "rows", "differs"),
    [
        ([SAME], [], False),
        ([SAME], [Row(DATA.address, str(State.RETAINED))], False),
        ([NEW], [], True),
        ([], [], False),
    ],
)
def test_only_what_is_not_at_rest_differs(desired: list[Thing], rows: list[Row], differs: bool) -> None:
    far = FarSide()
    far.put(mine(SAME))
    far.put(mine(DATA))
    assert render.differs(planned(far, desired, rows).steps) is differs


def test_nothing_is_a_headline_too() -> None:
    assert render.headline(()) == "nothing to change"
