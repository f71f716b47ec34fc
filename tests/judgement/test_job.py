"""The gate Job: what each state of a run means, and which run it is."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgement.verdicts import STRANGE, assert_well_said
from lakeward.judgement.gates import Cause, Mode, Result, Stage
from lakeward.judgement.job import JobGate, Run, evaluate, token

GATE = JobGate(name="validation-run", job="validate-churn", timeout=timedelta(hours=2))
PAGE = "https://adb-1.example/?o=1#job/7/run/42"


def run(result: str, *, ended: bool = True, message: str = "") -> Run:
    return Run(id=42, ended=ended, result=result, url=PAGE, message=message)


RULES = [
    (None, "", False, Result.PENDING, Cause.JOB_NOT_STARTED, "job validate-churn is not started yet"),
    (None, "waits for quality", False, Result.PENDING, Cause.JOB_NOT_STARTED, "waits for quality"),
    (None, "", True, Result.PENDING, Cause.JOB_NOT_STARTED, "is not started yet"),
    (run("PENDING", ended=False), "", False, Result.PENDING, Cause.JOB_RUNNING, "is running"),
    (run("RUNNING", ended=False), "waits for quality", False, Result.PENDING, Cause.JOB_RUNNING, "is running"),
    (
        run("RUNNING", ended=False),
        "",
        True,
        Result.FAIL,
        Cause.JOB_TIMEOUT,
        "has not ended within 2h; raise job.timeout",
    ),
    (run("SUCCESS", ended=False), "", False, Result.PENDING, Cause.JOB_RUNNING, "is running"),
    (run("SUCCESS"), "", False, Result.PASS, None, "has succeeded"),
    (run("SUCCESS"), "waits for quality", True, Result.PASS, None, "has succeeded"),
    (
        run("FAILED", message="f1 too\nlow"),
        "",
        False,
        Result.FAIL,
        Cause.JOB_FAILED,
        "ended with FAILED: f1 too low; ann",
    ),
    (run("TIMEDOUT"), "", True, Result.FAIL, Cause.JOB_FAILED, "ended with TIMEDOUT; annotate"),
    (run("CANCELED"), "", False, Result.FAIL, Cause.JOB_FAILED, "mlops.lakeward.dev/requested-at to run it again"),
    (run("SUCCESS_WITH_FAILURES"), "", False, Result.FAIL, Cause.JOB_FAILED, "with SUCCESS_WITH_FAILURES"),
    (run("success"), "", False, Result.FAIL, Cause.JOB_FAILED, "with success"),
    (run(""), "", False, Result.FAIL, Cause.JOB_FAILED, "with no result"),
]


@pytest.mark.parametrize(("found", "waits", "overdue", "result", "cause", "told"), RULES)
def test_each_state_of_a_run_has_its_verdict(
    found: Run | None, waits: str, overdue: bool, result: Result, cause: Cause | None, told: str
) -> None:
    said = evaluate(GATE, found, waits=waits, overdue=overdue)
    assert (said.result, said.cause) == (result, cause)
    assert told in said.message
    assert_well_said(said)


def test_the_verdict_says_what_was_looked_at() -> None:
    said = evaluate(JobGate(name="j", job="k", timeout=timedelta(minutes=90), mode=Mode.WARN), run("FAILED"))
    assert (said.name, said.type, said.stage, said.mode) == ("j", "Job", Stage.PRE_COPY, Mode.WARN)
    assert (said.observed, said.required, said.evidence) == ("FAILED", "SUCCESS of job k within 90m", PAGE)
    assert evaluate(GATE, None).observed == "not started"
    assert evaluate(GATE, None).evidence == "no run"
    assert evaluate(GATE, Run(42, True, "FAILED", "")).evidence == "run 42"


@given(STRANGE, STRANGE, st.booleans())
def test_only_the_one_word_of_a_run_that_is_over_passes(result: str, message: str, ended: bool) -> None:
    found = Run(1, ended, result, message, message)
    said = evaluate(GATE, found)
    assert (said.result is Result.PASS) == (ended and result == "SUCCESS") == found.succeeded
    assert_well_said(said)


def test_a_token_is_the_same_for_ever() -> None:
    assert token("sha256:9f3c", "validation-run", 0) == "2802597e978f94dc7f622afb2e1eed9f"


PARTS = st.tuples(STRANGE, STRANGE, st.integers(0, 20))


@given(PARTS, PARTS)
def test_another_subject_gate_or_retry_is_another_token(one: tuple[str, str, int], other: tuple[str, str, int]) -> None:
    assert (token(*one) == token(*other)) == (one == other)
    assert set(token(*one)) <= set("0123456789abcdef")
    assert len(token(*one)) == 32
