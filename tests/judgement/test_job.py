"""The gate Job: what each state of a run means, and which run it is."""

from datetime import timedelta
from typing import NamedTuple

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


class Rule(NamedTuple):
    run: Run | None
    result: Result
    cause: Cause | None
    told: str
    waits: str = ""
    overdue: bool = False


STARTS, RUNS, FAILED = Cause.JOB_NOT_STARTED, Cause.JOB_RUNNING, Cause.JOB_FAILED
LATE = "has not ended within 2h; raise job.timeout, or annotate"
RULES = [
    Rule(None, Result.PENDING, STARTS, "job validate-churn is not started yet"),
    Rule(None, Result.PENDING, STARTS, "waits for quality", waits="waits for quality"),
    Rule(None, Result.PENDING, STARTS, "is not started yet", overdue=True),
    Rule(run("PENDING", ended=False), Result.PENDING, RUNS, "is running"),
    Rule(run("RUNNING", ended=False), Result.PENDING, RUNS, "is running", waits="waits for quality"),
    Rule(run("RUNNING", ended=False), Result.FAIL, Cause.JOB_TIMEOUT, LATE, overdue=True),
    Rule(run("SUCCESS", ended=False), Result.PENDING, RUNS, "is running"),
    Rule(run("SUCCESS"), Result.PASS, None, "has succeeded"),
    Rule(run("SUCCESS"), Result.PASS, None, "has succeeded", waits="waits for quality", overdue=True),
    Rule(run("FAILED", message="f1 too\nlow"), Result.FAIL, FAILED, "ended with FAILED: f1 too low; annotate"),
    Rule(run("TIMEDOUT"), Result.FAIL, FAILED, "ended with TIMEDOUT; annotate", overdue=True),
    Rule(run("CANCELED"), Result.FAIL, FAILED, "mlops.lakeward.dev/requested-at to run it again"),
    Rule(run("SUCCESS_WITH_FAILURES"), Result.FAIL, FAILED, "with SUCCESS_WITH_FAILURES"),
    Rule(run("success"), Result.FAIL, FAILED, "with success"),
    Rule(run(""), Result.FAIL, FAILED, "with no result"),
]


@pytest.mark.parametrize("rule", RULES)
def test_each_state_of_a_run_has_its_verdict(rule: Rule) -> None:
    said = evaluate(GATE, rule.run, waits=rule.waits, overdue=rule.overdue)
    assert (said.result, said.cause) == (rule.result, rule.cause)
    assert rule.told in said.message
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
