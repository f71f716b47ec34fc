"""What one gate says and what all say together."""

from datetime import UTC, datetime, timedelta, timezone
from itertools import permutations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgement.verdicts import STRANGE, VERDICTS, assert_well_said, verdict
from lakeward.judgement.gates import (
    LONGEST_MESSAGE,
    Cause,
    Mode,
    Result,
    Stage,
    Tally,
    Verdict,
    decide,
    not_judged,
    one_line,
    worst,
)

PASS, FAIL, PENDING, ERROR = Result.PASS, Result.FAIL, Result.PENDING, Result.ERROR


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ([PASS], PASS),
        ([PASS, PENDING], PENDING),
        ([PASS, PENDING, ERROR], ERROR),
        ([PASS, PENDING, ERROR, FAIL], FAIL),
        ([PASS, FAIL], FAIL),
        ([], PENDING),
    ],
)
def test_the_worst_result_decides_in_every_order(results: list[Result], expected: Result) -> None:
    assert {worst(order) for order in permutations(results)} == {expected}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", ""),
        ("as it is", "as it is"),
        ("  two\n\tlines\r\n", "two lines"),
        ("a\x1b[31mb", "a\ufffd[31mb"),
        ("a\u202eb", "a\ufffdb"),
        ("a\u00a0b\u2028c", "a b c"),
        ("\ud800", "\ufffd"),
        ("caf\u00e9", "caf\u00e9"),
        ("1234567890", "1234567890"),
        ("12345678901", "123456789\u2026"),
    ],
)
def test_a_text_becomes_one_printable_line(text: str, line: str) -> None:
    assert one_line(text, 10) == line


@given(STRANGE, st.integers(1, 600))
def test_one_line_is_printable_bounded_and_final(text: str, longest: int) -> None:
    line = one_line(text, longest)
    assert line.isprintable()
    assert len(line) <= longest
    assert one_line(line, longest) == line


def test_every_text_of_a_verdict_is_made_one_line() -> None:
    made = Verdict(
        name="a\nb",
        type="Met\tric",
        stage=Stage.PRE_COPY,
        mode=Mode.WARN,
        result=FAIL,
        observed="\x00",
        required="r\nr",
        evidence="e\ne",
        message="m" * 600,
        cause=Cause.MISSING,
    )
    assert (made.name, made.type, made.observed, made.required, made.evidence) == (
        "a b",
        "Met ric",
        "\ufffd",
        "r r",
        "e e",
    )
    assert_well_said(made)
    assert made.stage is Stage.PRE_COPY
    assert made.result is FAIL


def test_the_next_instant_is_told_in_utc() -> None:
    in_amsterdam = datetime(2026, 8, 24, 9, tzinfo=timezone(timedelta(hours=2)))
    found = verdict(next_at=in_amsterdam)
    assert (found.next_at, found.next_at and found.next_at.tzinfo) == (in_amsterdam, UTC)
    assert verdict().next_at is None


def test_a_next_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="next_at of quality has no zone"):
        verdict(next_at=datetime(2026, 8, 24, 9))  # noqa: DTZ001 - the fault that is meant


def test_a_gate_that_could_not_be_asked_is_an_error() -> None:
    found = not_judged("x", "Tag", Mode.WARN, "no gate type Tag", cause=Cause.UNKNOWN_GATE_TYPE)
    assert (found.result, found.cause, found.mode, found.stage) == (
        ERROR,
        Cause.UNKNOWN_GATE_TYPE,
        Mode.WARN,
        Stage.PRE_COPY,
    )
    assert not_judged("x", "Tag", Mode.WARN, "timed out").cause is Cause.GATE_ERROR
    assert_well_said(found)


@pytest.mark.parametrize("result", [FAIL, PENDING, ERROR])
def test_an_enforced_gate_that_does_not_pass_blocks_with_its_result(result: Result) -> None:
    found = decide([verdict("ready"), verdict("quality", result)])
    assert found.blocking is result
    groups = {FAIL: found.failed, PENDING: found.pending, ERROR: found.errors}
    assert groups.pop(result) == ("quality",)
    assert set(groups.values()) == {()}
    assert (found.tally, str(found.tally)) == (Tally(1, 2), "1/2")


@pytest.mark.parametrize("result", [FAIL, PENDING, ERROR])
def test_a_warning_gate_never_blocks_and_is_told(result: Result) -> None:
    found = decide([verdict("ready"), verdict("latency", result, mode=Mode.WARN)])
    assert found.blocking is PASS
    assert found.warned == ("latency",)
    assert (found.failed, found.errors, found.pending) == ((), (), ())
    assert found.message == "1/2; warned: latency (as it is)"


def test_a_warning_gate_that_passes_is_not_told() -> None:
    found = decide([verdict("ready"), verdict("latency", mode=Mode.WARN)])
    assert (found.warned, found.message) == ((), "2/2")


@pytest.mark.parametrize("before", Stage)
def test_without_an_enforced_gate_nothing_is_decided(before: Stage) -> None:
    for verdicts in ([], [verdict("latency", mode=Mode.WARN)]):
        found = decide(verdicts, before)
        assert found.blocking is PENDING
        assert "not evaluated yet" in found.message


def test_a_gate_on_the_copy_counts_before_the_switch_and_not_before_the_copy() -> None:
    verdicts = [verdict("ready"), verdict("copy-ready", PENDING, stage=Stage.PRE_SWITCH)]
    assert decide(verdicts, Stage.PRE_COPY).blocking is PASS
    assert decide(verdicts, Stage.PRE_SWITCH).blocking is PENDING
    assert decide(verdicts, Stage.PRE_COPY).pending == ("copy-ready",), "it is reported either way"


def test_gates_on_the_copy_alone_do_not_open_the_copy() -> None:
    assert decide([verdict("copy-ready", stage=Stage.PRE_SWITCH)], Stage.PRE_COPY).blocking is PENDING


def test_the_message_tells_the_worst_group_in_full_and_the_others_by_name() -> None:
    found = decide(
        [
            verdict("z", FAIL, message="too low"),
            verdict("y", FAIL, message="too slow"),
            verdict("x", ERROR, message="unread"),
            verdict("w", PENDING, message="unread"),
            verdict("v", FAIL, mode=Mode.WARN, message="unread"),
            verdict("u"),
        ]
    )
    assert found.message == "1/6; failed: y (too slow), z (too low); in error: x; waiting: w; warned: v"
    assert (found.failed, found.errors, found.pending, found.warned) == (("y", "z"), ("x",), ("w",), ("v",))


@given(VERDICTS, st.randoms(use_true_random=False), st.sampled_from(Stage))
def test_the_order_of_the_gates_changes_nothing(verdicts: list[Verdict], random: Random, before: Stage) -> None:
    shuffled = list(verdicts)
    random.shuffle(shuffled)
    assert decide(shuffled, before) == decide(verdicts, before)


@given(VERDICTS)
def test_the_move_goes_on_only_when_every_enforced_gate_passes(verdicts: list[Verdict]) -> None:
    found = decide(verdicts)
    enforced = [v.result for v in verdicts if v.mode is Mode.ENFORCE]
    assert (found.blocking is PASS) == (bool(enforced) and set(enforced) == {PASS})
    assert found.tally.passed == [v.result for v in verdicts].count(PASS)
    assert found.tally.total == len(verdicts)
    assert found.message.isprintable()
    assert len(found.message) <= LONGEST_MESSAGE


@given(VERDICTS)
def test_every_gate_that_does_not_pass_is_reported_once(verdicts: list[Verdict]) -> None:
    found = decide(verdicts)
    told = [*found.failed, *found.errors, *found.pending, *found.warned]
    assert sorted(told) == sorted(v.name for v in verdicts if v.result is not PASS)
