"""The gate Ready, word by word of Unity Catalog."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgement.verdicts import STRANGE, assert_well_said
from lakeward.judgement.gates import Cause, Mode, Result, Stage
from lakeward.judgement.ready import ReadyGate, evaluate

GATE = ReadyGate(model="staging.churn.classifier", version=17)
PENDING = "PENDING_REGISTRATION"

RULES = [
    ("READY", False, Result.PASS, None, "is ready"),
    ("READY", True, Result.PASS, None, "is ready"),
    (PENDING, False, Result.PENDING, Cause.NOT_READY, "still being registered"),
    (PENDING, True, Result.FAIL, Cause.NOT_READY, "before the deadline"),
    ("FAILED_REGISTRATION", False, Result.FAIL, Cause.REGISTRATION_FAILED, "failed to register"),
    ("FAILED_REGISTRATION", True, Result.FAIL, Cause.REGISTRATION_FAILED, "failed to register"),
    (None, False, Result.FAIL, Cause.VERSION_NOT_FOUND, "does not exist"),
    (None, True, Result.FAIL, Cause.VERSION_NOT_FOUND, "does not exist"),
    ("", False, Result.ERROR, Cause.UNKNOWN_STATUS, "does not know: none"),
    ("ready", False, Result.ERROR, Cause.UNKNOWN_STATUS, "does not know: ready"),
    ("ARCHIVED", True, Result.ERROR, Cause.UNKNOWN_STATUS, "does not know: ARCHIVED"),
]


@pytest.mark.parametrize(("status", "deadline_over", "result", "cause", "told"), RULES)
def test_each_status_has_its_verdict(
    status: str | None, deadline_over: bool, result: Result, cause: Cause | None, told: str
) -> None:
    found = evaluate(GATE, status, deadline_over=deadline_over)
    assert (found.result, found.cause) == (result, cause)
    assert found.message.startswith("staging.churn.classifier version 17 ")
    assert told in found.message
    assert_well_said(found)


def test_the_verdict_says_what_was_looked_at() -> None:
    found = evaluate(GATE, "READY", deadline_over=False)
    assert (found.name, found.type, found.mode, found.stage) == ("ready", "Ready", Mode.ENFORCE, Stage.PRE_COPY)
    assert (found.observed, found.required) == ("READY", "READY")
    assert found.evidence == "status of staging.churn.classifier version 17"


def test_the_gate_on_the_copy_has_its_own_name_and_stage() -> None:
    gate = ReadyGate(model="m", version=1, name="copy-ready", stage=Stage.PRE_SWITCH, mode=Mode.WARN)
    found = evaluate(gate, None, deadline_over=False)
    assert (found.name, found.stage, found.mode, found.observed) == (
        "copy-ready",
        Stage.PRE_SWITCH,
        Mode.WARN,
        "absent",
    )


@given(STRANGE, st.booleans())
def test_only_the_one_word_is_ready(status: str, deadline_over: bool) -> None:
    found = evaluate(GATE, status, deadline_over=deadline_over)
    assert (found.result is Result.PASS) == (status == "READY")
    assert_well_said(found)
