"""What a person reads of a pass."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engine.farside import ME, FarSide, Thing, mine, passed
from lakeward.engine.conditions import dated
from lakeward.engine.errors import Conflict, Denied, Invalid, Problem, Throttled, Unavailable
from lakeward.engine.guards import Policy, Refusal
from lakeward.engine.inventory import Row, read
from lakeward.engine.outcome import Event
from lakeward.engine.plan import Action, Step
from lakeward.engine.reasons import Reason
from lakeward.engine.report import SOON, due, events, failure, rows, summarize
from lakeward.engine.resource import Observed, Phase
from lakeward.engine.results import Result, Results, State, standing, unchanged

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
A = Thing(name="a", comment="c")
WAITS = Reason.WAITING_FOR_DEPENDENCY


def result(name: str, state: State, reason: Reason | None = None, problem: Problem | None = None, **how: Any) -> Result:
    step = Step(Thing(name=name), Action.NOOP)
    return Result(
        step, state, problem.reason if problem else reason, problem.text if problem else "", None, problem, **how
    )


def results(*items: Result) -> Results:
    return Results(items)


READY = result("ready", State.READY)
FAILED = result("failed", State.FAILED, problem=Unavailable("down"))
DENIED = result("denied", State.FAILED, problem=Denied("no right"))
BLOCKED = result("blocked", State.BLOCKED, Reason.FOREIGN_OBJECT)
WAITING = result("waiting", State.WAITING, WAITS)
COMING = result("coming", State.PROGRESSING, Reason.PROGRESSING)
PLANNED = result("planned", State.BLOCKED, Reason.PLANNED)
SUSPENDED = result("suspended", State.BLOCKED, Reason.SUSPENDED)
KEPT = result("kept", State.RETAINED, Reason.RETAINED)
GONE = result("gone", State.GONE)
BROKEN = result("broken", State.FAILED, Reason.FAILED)


@pytest.mark.parametrize(
    ("items", "ready", "stalled", "reason", "message"),
    [
        ([], True, False, Reason.CONVERGED, "0 objects in place"),
        ([READY, KEPT, GONE], True, False, Reason.CONVERGED, "1 object in place"),
        ([READY, COMING], False, False, Reason.PROGRESSING, "far.thing/coming: progressing"),
        ([WAITING, COMING], False, False, Reason.PROGRESSING, "far.thing/coming: progressing (and 1 more)"),
        ([WAITING, FAILED], False, False, Reason.UNAVAILABLE, "far.thing/failed: down (and 1 more)"),
        ([FAILED, DENIED], False, True, Reason.PERMISSION_DENIED, "far.thing/denied: no right (and 1 more)"),
        ([FAILED, BLOCKED], False, True, Reason.FOREIGN_OBJECT, "far.thing/blocked: blocked (and 1 more)"),
        ([COMING, BROKEN], False, True, Reason.FAILED, "far.thing/broken: failed (and 1 more)"),
        ([READY, SUSPENDED], False, False, Reason.SUSPENDED, "far.thing/suspended: blocked"),
        ([READY, PLANNED, PLANNED], True, False, Reason.PLANNED, "2 objects would change"),
        ([PLANNED, FAILED], False, False, Reason.UNAVAILABLE, "far.thing/failed: down (and 1 more)"),
    ],
)
def test_the_worst_result_leads(items: list[Result], ready: bool, stalled: bool, reason: Reason, message: str) -> None:
    found = summarize(results(*items))
    assert (found.ready, found.stalled, found.reason, found.message) == (ready, stalled, reason, message)
    assert summarize(results(*reversed(items))) == found


@pytest.mark.parametrize(
    ("problem", "types"),
    [
        (Invalid("bad", field="spec.x"), ["Ready", "Stalled"]),
        (Denied("no"), ["Ready", "Stalled"]),
        (Denied("no", stalled=False), ["Ready", "Reconciling"]),
        (Unavailable("down"), ["Ready", "Reconciling"]),
        (Throttled("slow down"), ["Ready", "Reconciling"]),
        (Conflict("taken"), ["Ready", "Reconciling"]),
    ],
)
def test_a_problem_is_stalled_only_when_a_person_is_needed(problem: Problem, types: list[str]) -> None:
    conditions = failure(problem).conditions()
    assert [c.type for c in conditions] == types
    assert {(c.status, c.reason, c.message) for c in conditions[1:]} == {("True", problem.reason, problem.text)}


def throttled(seconds: float) -> Result:
    return result(f"t{seconds}", State.FAILED, problem=Throttled("slow", retry_after=seconds))


def moving(again: float | None) -> Result:
    seen = Observed(Thing(name="moving"), Phase.PROGRESSING, again=again)
    return Result(Step(seen.state, Action.NOOP, seen), State.PROGRESSING, Reason.PROGRESSING, "", seen)


@pytest.mark.parametrize(
    ("items", "after", "failed"),
    [
        ([READY, KEPT, GONE], None, False),
        ([], None, False),
        ([BLOCKED, READY], None, False),
        ([BROKEN], None, False),
        ([COMING], None, True),
        ([WAITING, BLOCKED], None, True),
        ([FAILED], None, True),
        ([throttled(7), FAILED], None, True),
        (
            [result(n, State.FAILED, problem=Throttled("slow", retry_after=s)) for n, s in (("t", 7), ("u", 300))],
            7,
            True,
        ),
        ([moving(5.0), moving(2.0), READY], 2.0, False),
        ([moving(5.0), moving(None)], 5.0, False),
        ([moving(5.0), FAILED], None, True),
        ([result("again", State.WAITING, Reason.CONFLICT, again=True)], SOON, True),
        ([result("again", State.WAITING, Reason.CONFLICT, again=True), replace(READY, wrote=True)], SOON, False),
        ([result("c", State.WAITING, problem=Conflict("taken"), again=True)], None, True),
    ],
)
def test_when_to_come_again(items: list[Result], after: float | None, failed: bool) -> None:
    assert due(results(*items)) == (after, failed)


def test_what_waits_for_something_blocked_is_not_tried_again_in_a_hurry() -> None:
    far = FarSide()
    far.put(A)
    tree = [A, Thing(name="b", inside="a"), Thing(name="c", inside="a.b")]
    assert due(passed(far, tree)) == (None, False)
    far.put(mine(A), Phase.PROGRESSING)
    assert due(passed(far, tree)) == (None, True)


@pytest.mark.parametrize("reason", [Reason.SUSPENDED, Reason.PLANNED])
def test_what_is_held_is_neither_on_its_way_nor_stuck(reason: Reason) -> None:
    held = Policy(owner=ME, hold=Refusal(reason, "held"))
    conditions = summarize(passed(FarSide(), [A], policy=held)).conditions()
    assert [(c.type, c.reason) for c in conditions] == [("Ready", reason)]


def told(made: Results, previous: dict[str, Any]) -> tuple[Event, ...]:
    return events(made, previous, summarize(made).conditions())


def status(made: Results, previous: dict[str, Any], now: datetime = NOW) -> dict[str, Any]:
    return {
        "conditions": dated(summarize(made).conditions(), previous, 1, now),
        "resources": [row.as_status() for row in rows(made, read(previous))],
    }


def test_each_write_is_told_once_and_readiness_when_it_turns() -> None:
    far = FarSide()
    first = passed(far, [A, Thing(name="b")])
    before = status(first, {})
    assert told(first, {}) == (
        Event("Normal", Reason.APPLYING, "created far.thing/a"),
        Event("Normal", Reason.APPLYING, "created far.thing/b"),
        Event("Normal", Reason.CONVERGED, "2 objects in place"),
    )
    second = passed(far, [A, Thing(name="b")], read(before))
    assert told(second, before) == ()
    assert status(second, before, NOW + timedelta(hours=1)) == before


def test_a_repair_says_what_and_to_what_value() -> None:
    far = FarSide()
    far.put(mine(replace(A, comment="two\nlines")))
    made = passed(far, [A], [Row(A.address, "Ready")])
    assert told(made, status(made, {})) == (
        Event("Normal", Reason.APPLYING, 'updated far.thing/a (comment: "two\\nlines" -> "c")'),
    )


def test_a_problem_is_told_when_it_comes_and_when_it_goes_but_not_while_it_lasts() -> None:
    far = FarSide(problems={("create", A.address): [Denied("no right"), Denied("no right")]})
    first = passed(far, [A])
    after_first = status(first, {})
    assert told(first, {}) == (Event("Warning", Reason.PERMISSION_DENIED, "far.thing/a: no right"),)
    second = passed(far, [A])
    assert told(second, after_first) == ()
    assert status(second, after_first, NOW + timedelta(hours=1)) == after_first
    third = passed(far, [A])
    assert [e.reason for e in told(third, after_first)] == [Reason.APPLYING, Reason.CONVERGED]


def test_what_is_on_its_way_is_no_warning() -> None:
    assert [e.type for e in told(results(FAILED), {})] == ["Normal"]
    assert [e.type for e in told(results(DENIED), {})] == ["Warning"]


@pytest.mark.parametrize(
    ("state", "wrote", "before", "listed"),
    [
        (State.READY, False, False, True),
        (State.PROGRESSING, True, False, True),
        (State.FAILED, False, False, False),
        (State.FAILED, False, True, True),
        (State.BLOCKED, False, False, False),
        (State.BLOCKED, False, True, True),
        (State.WAITING, False, False, False),
        (State.WAITING, False, True, True),
        (State.RETAINED, False, True, True),
        (State.GONE, True, True, False),
    ],
)
def test_the_inventory_lists_what_we_made_or_took_over(state: State, wrote: bool, before: bool, listed: bool) -> None:
    item = replace(result("a", state, wrote=wrote), seen=Observed(A))
    known = [Row("far.thing/a", "Ready")] if before else []
    assert bool(rows(results(item), known)) is listed


def test_the_inventory_forgets_an_entry_only_after_it_was_taken_away() -> None:
    far = FarSide(problems={("update", A.address): [Unavailable("down")]})
    known: tuple[Row, ...] = ()
    known = rows(passed(far, [replace(A, labels={"ours": "1", "old": "2"})]), known)
    assert known[0].keys == ("labels.old", "labels.ours")
    less = [replace(A, labels={"ours": "1"})]
    known = rows(passed(far, less, known), known)
    assert known[0].keys == ("labels.old", "labels.ours")
    far.problems = {("observe", A.address): [Unavailable("down")]}
    known = rows(passed(far, less, known), known)
    assert known[0].keys == ("labels.old", "labels.ours")
    held = Policy(owner=ME, hold=Refusal(Reason.SUSPENDED, "spec.suspend is true"))
    known = rows(passed(far, less, known, held), known)
    assert known[0].keys == ("labels.old", "labels.ours")
    known = rows(passed(far, less, known), known)
    assert known[0].keys == ("labels.ours",)
    assert far.objects[A.address].state == mine(replace(A, labels={"ours": "1"}))


def test_the_inventory_keeps_parents_before_children_also_for_what_left_the_spec() -> None:
    far = FarSide()
    tree = [A, Thing(name="b", inside="a"), Thing(name="c", inside="a.b")]
    known = rows(passed(far, tree), ())
    addresses = [row.address for row in known]
    for _ in range(3):
        known = rows(passed(far, [], known), known)
        assert [row.address for row in known] == addresses
        assert {row.state for row in known} == {State.RETAINED}


def test_a_quiet_row_has_no_message_and_a_kept_one_says_why() -> None:
    far = FarSide()
    known = rows(passed(far, [A]), ())
    assert known == (Row(A.address, "Ready"),)
    assert rows(passed(far, [], known), known)[0].message == "kept by spec.deletionPolicy: Retain"


@pytest.mark.parametrize(
    ("phase", "state", "reason"),
    [
        (Phase.READY, State.READY, None),
        (Phase.PROGRESSING, State.PROGRESSING, Reason.PROGRESSING),
        (Phase.FAILED, State.FAILED, Reason.FAILED),
        (Phase.DELETING, State.PROGRESSING, Reason.PROGRESSING),
    ],
)
def test_a_phase_becomes_a_state(phase: Phase, state: State, reason: Reason | None) -> None:
    found = standing(Step(A, Action.NOOP), Observed(A, phase, "why"))
    assert (found.state, found.reason, found.message) == (state, reason, "why")


def test_a_step_without_a_write_ends_as_it_was_planned() -> None:
    seen = Observed(A)
    assert unchanged(Step(A, Action.NOOP, seen)).state is State.READY
    assert unchanged(Step(A, Action.NOOP, reason=Reason.DELETING)).state is State.GONE
    assert unchanged(Step(A, Action.NOOP, seen, reason=Reason.RETAINED)).state is State.RETAINED
    assert unchanged(Step(A, Action.WAIT, reason=WAITS)).state is State.WAITING
    assert unchanged(Step(A, Action.BLOCKED, reason=Reason.FAILED)).state is State.BLOCKED


def test_reasons_are_camel_case_and_each_there_once() -> None:
    assert all(re.fullmatch(r"[A-Z][a-z]+([A-Z][a-z]+)*", reason) for reason in Reason)
    assert len({reason.lower() for reason in Reason}) == len(list(Reason))


def test_a_problem_tells_its_field_first_and_stays_on_one_line() -> None:
    problem = Invalid("two\n  lines " + "x" * 600, field="spec.y")
    assert problem.text.startswith("spec.y: two lines x")
    assert "\n" not in problem.text
    assert len(problem.message) == 500
    assert repr(Unavailable("down", reason=Reason.SECRET_NOT_FOUND)) == "Unavailable(SecretNotFound: down)"
