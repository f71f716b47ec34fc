"""What is said of a promotion by the account of its preview: a table, and how it is written for people."""

import json
from typing import Any

import pytest

from lakeward.cli.checks import Check, Gate, Said, check
from lakeward.cli.directory import Fault
from lakeward.cli.gate_outputs import Report, write
from lakeward.cli.markdown import code
from lakeward.engine.conditions import Condition
from lakeward.engine.errors import Denied, Invalid
from lakeward.engine.outcome import Key
from lakeward.engine.reasons import Reason
from lakeward.kinds.kind import Account
from lakeward.passes.reconcile import Preview

KEY = Key("ModelPromotion", "ml", "tumor")
SOURCE = {"source": {"model": "a.b.c", "version": 17}, "target": {"model": "a.b.d"}}
BODY: dict[str, Any] = {"kind": "ModelPromotion", "spec": SOURCE}
MESSAGE = "1/3; failed: quality"


def row(result: str, **members: str) -> dict[str, str]:
    known = {"name": "g", "type": "Metric", "stage": "PreCopy", "mode": "Enforce", "message": "why"}
    return {**known, "result": result, "observed": "1", "required": "2", "evidence": "e", **members}


def told(
    *gates: dict[str, str],
    phase: str = "Blocked",
    reason: Reason = Reason.GATE_FAILED,
    offline: bool = True,
    **rest: Any,
) -> Check:
    account = Account(
        phase=phase,
        summary=rest.get("summary", {}),
        conditions=(Condition("Ready", "False", reason, MESSAGE),),
        status={"gates": list(gates)},
    )
    body = BODY if offline else {**BODY, "status": {}}
    return check(Preview(KEY, account=account), body, "x.yaml", strict=rest.get("strict", False))


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([row("Pass"), row("Pass")], Said.PASSES),
        ([row("Pass"), row("Pending")], Said.WAITS),
        ([row("Pending"), row("Fail")], Said.FAILS),
        ([row("Fail"), row("Error")], Said.ERRORS),
        ([row("Pass"), row("Fail", mode="Warn"), row("Error", mode="Warn")], Said.PASSES),
        ([row("Pass"), row("Pending", stage="PreSwitch")], Said.PASSES),
        ([row("Pass"), row("Pending", type="Approval")], Said.WAITS),
        ([row("Pass"), row("Error", type="Approval")], Said.ERRORS),
        ([row("Pass"), row("Error", type="Job")], Said.ERRORS),
        ([row("Pass"), row("Fail", type="Approval")], Said.FAILS),
    ],
)
def test_the_worst_enforced_gate_decides(rows: list[dict[str, str]], said: Said) -> None:
    assert told(*rows, phase="Evaluating", reason=Reason.GATES_PENDING).said is said


@pytest.mark.parametrize(
    ("gate", "said"),
    [
        (row("Pending"), Said.FAILS),
        (row("Pending", type="Window"), Said.FAILS),
        (row("Pending", mode="Warn"), Said.PASSES),
        (row("Pending", stage="PreSwitch"), Said.PASSES),
        (row("Pending", type="Approval"), Said.WAITS),
        (row("Pending", type="Job"), Said.WAITS),
        (row("Pending", type="SourceAlias"), Said.WAITS),
        (row("Pending", type="dependsOn"), Said.WAITS),
    ],
)
def test_only_waits_that_could_end_before_the_merge_are_made_failures(gate: dict[str, str], said: Said) -> None:
    assert told(gate, phase="Evaluating", reason=Reason.GATES_PENDING, strict=True).said is said


def test_an_object_that_came_from_the_cluster_says_what_the_cluster_knows() -> None:
    types = ("dependsOn", "SourceAlias", "Approval", "Job")
    found = told(*(row("Pending", type=kind) for kind in types), offline=False)
    assert [bool(gate.beyond) for gate in found.gates] == [False, False, True, True]


def test_a_guard_that_refuses_fails_and_is_told_even_where_gates_pass() -> None:
    found = told(row("Pass"), reason=Reason.POLICY_VIOLATION)
    assert (found.said, found.refused, found.notes) == (Said.FAILS, True, (f"Blocked: {MESSAGE}",))
    assert found.headline == "refused, 1/1 gates pass"
    assert told(reason=Reason.POLICY_VIOLATION).headline == "refused"


def test_what_the_guard_says_as_a_gate_is_told_once() -> None:
    found = told(row("Fail", name="policy", type="Policy"), reason=Reason.POLICY_VIOLATION)
    assert (found.said, found.notes, found.headline) == (Said.FAILS, (), "refused, 0/1 gates pass, 1 fails")


@pytest.mark.parametrize(
    ("phase", "reason", "said"),
    [
        ("Failed", Reason.SOURCE_NOT_READY, Said.FAILS),
        ("Failed", Reason.SOURCE_GONE, Said.FAILS),
        ("Failed", Reason.TARGET_CONFLICT, Said.ERRORS),
        ("Held", Reason.HELD, Said.NOTHING),
    ],
)
def test_a_phase_that_gates_gave_is_their_verdict(phase: str, reason: Reason, said: Said) -> None:
    found = told(row("Fail"), phase=phase, reason=reason)
    assert (found.said, bool(found.gates)) == (said, said is not Said.NOTHING)


def test_a_champion_that_was_given_up_is_held_and_not_in_place() -> None:
    found = told(phase="Held", reason=Reason.HELD, summary={"champion": "3", "candidate": "3"})
    assert found.notes == (f"Held: {MESSAGE}",)


def test_a_refusal_as_a_problem_is_the_same() -> None:
    found = check(Preview(KEY, problem=Invalid("no", reason=Reason.POLICY_VIOLATION)), BODY, "x.yaml")
    assert (found.said, found.refused, found.headline) == (Said.FAILS, True, "refused")


def test_a_problem_is_no_verdict_of_a_gate() -> None:
    found = check(Preview(KEY, problem=Denied("no")), BODY, "x.yaml")
    assert (found.said, found.headline) == (Said.ERRORS, "could not be evaluated")


def test_what_is_being_deleted_is_not_judged() -> None:
    assert check(Preview(KEY), BODY, "x.yaml").said is Said.NOTHING


def test_a_spec_that_is_none_is_said_of_nothing() -> None:
    found = check(Preview(KEY, problem=Invalid("must be an object", field="spec")), {"spec": "x"}, "x.yaml")
    assert (found.said, found.model) == (Said.ERRORS, "")


def test_what_each_gate_says_itself_is_not_repeated() -> None:
    assert told(row("Fail")).notes == ()
    assert told(row("Fail", message="")).notes == (f"Blocked: {MESSAGE}",)


def test_a_champion_that_was_moved_by_hand_is_no_move_to_judge() -> None:
    found = told(row("Fail"), phase="Held", reason=Reason.ALIASES_DIFFER)
    assert (found.said, found.gates, found.notes) == (Said.NOTHING, (), (f"Held: {MESSAGE}",))


def test_what_is_in_place_has_no_gates_whatever_the_status_remembers() -> None:
    found = told(row("Fail"), summary={"champion": "3", "candidate": "3"})
    assert (found.said, found.gates) == (Said.NOTHING, ())


def test_results_are_coloured_for_those_who_ask_for_it() -> None:
    report = Report((told(row("Fail")),))
    assert "  \x1b[31mFail  \x1b[0m  " in write(report, "text", colour=True)
    assert "\x1b" not in write(report, "text")
    assert "\x1b" not in write(report, "markdown", colour=True)


def test_a_long_value_pushes_no_column_away() -> None:
    text = write(Report((told(row("Pass"), row("Fail", observed="x" * 300)),)), "text")
    head, plain = (next(line for line in text.splitlines() if line.startswith(led)) for led in ("  GATE", "  g "))
    assert plain.index("2") == head.index("REQUIRED")
    assert max(map(len, text.splitlines())) < 200


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "`plain`"),
        ("a|b", r"`a\|b`"),
        (r"a\|b", r"`a\\\|b`"),
        ("a`b", "``a`b``"),
        ("`a", "`` `a ``"),
        ("```", "```` ``` ````"),
        ("a\nb  c", "`a b c`"),
        ("a\x1b[31m", r"`a\x1b[31m`"),
        ("", "` `"),
        ("@everybody <b>", "`@everybody <b>`"),
    ],
)
def test_text_of_strangers_stays_one_piece_of_code(text: str, shown: str) -> None:
    assert code(text) == shown


def test_no_value_breaks_the_table_of_a_pull_request() -> None:
    bad = "x | y ` **z** @all\n| --- |"
    text = write(Report((told(row("Fail", observed=bad, required=bad, message=bad, name="g")),)), "markdown")
    (line,) = (line for line in text.splitlines() if line.startswith("| `g`"))
    assert line.replace(r"\|", "").count("|") == 8
    assert all("@all" not in part for part in line.replace("``", "\0").split("\0")[0::2])


def test_half_a_character_in_the_name_of_a_file_is_written_in_every_form() -> None:
    report = Report((), faults=(Fault("\udcff.yaml", "bad"),))
    assert json.loads(write(report, "json").encode())["errors"] == [{"source": "\udcff.yaml", "message": "bad"}]
    assert all("bad" in write(report, form).encode().decode() for form in ("text", "markdown"))


def test_gates_are_values_of_text_alone() -> None:
    (gate,) = told(row("Fail", extra="ignored")).gates  # a later version may tell more
    assert gate == Gate("g", "Metric", "PreCopy", "Enforce", "Fail", "1", "2", "e", "why")
