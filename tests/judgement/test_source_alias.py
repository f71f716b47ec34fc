"""The gate SourceAlias: which version, and for how long."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgement.verdicts import assert_well_said
from lakeward.judgement.gates import Cause, Mode, Result, Stage
from lakeward.judgement.source_alias import SourceAliasGate, evaluate

HOUR = timedelta(hours=1)
NOON = datetime(2026, 8, 24, 12, tzinfo=UTC)
DAY = SourceAliasGate(name="upstream", model="staging.churn.classifier", alias="champion", soak=24 * HOUR)
NONE = replace(DAY, soak=timedelta(0))
ELSEWHERE, SOAKING = Cause.ALIAS_ELSEWHERE, Cause.SOAKING
AT = "champion of staging.churn.classifier"

RULES = [
    (DAY, None, None, Result.PENDING, ELSEWHERE, f"{AT} names no version, needs 17; set it there", None),
    (DAY, 16, NOON - 99 * HOUR, Result.PENDING, ELSEWHERE, f"{AT} is at 16, needs 17", None),
    (DAY, 18, NOON - 99 * HOUR, Result.PENDING, ELSEWHERE, f"{AT} is at 18, needs 17", None),
    (DAY, 17, None, Result.PENDING, SOAKING, f"{AT} is at 17, but not for 1d yet", None),
    (DAY, 17, NOON, Result.PENDING, SOAKING, f"{AT} is at 17, but not for 1d yet", NOON + 24 * HOUR),
    (DAY, 17, NOON - 23 * HOUR, Result.PENDING, SOAKING, f"{AT} is at 17, but not for 1d yet", NOON + HOUR),
    (DAY, 17, NOON - 24 * HOUR, Result.PASS, None, f"{AT} is at 17", None),
    (NONE, 17, None, Result.PASS, None, f"{AT} is at 17", None),
    (NONE, 17, NOON, Result.PASS, None, f"{AT} is at 17", None),
    (NONE, 16, NOON, Result.PENDING, ELSEWHERE, f"{AT} is at 16, needs 17", None),
]


@pytest.mark.parametrize(("gate", "named", "since", "result", "cause", "message", "next_at"), RULES)
def test_each_state_of_the_alias_has_its_verdict(
    gate: SourceAliasGate,
    named: int | None,
    since: datetime | None,
    result: Result,
    cause: Cause | None,
    message: str,
    next_at: datetime | None,
) -> None:
    said = evaluate(gate, 17, named, since, NOON)
    assert (said.result, said.cause, said.message, said.next_at) == (result, cause, message, next_at)
    assert_well_said(said)


def test_the_verdict_says_what_was_looked_at() -> None:
    said = evaluate(replace(DAY, mode=Mode.WARN), 17, 16, None, NOON)
    assert (said.name, said.type, said.stage, said.mode) == ("upstream", "SourceAlias", Stage.PRE_COPY, Mode.WARN)
    assert (said.observed, said.required) == ("16", "champion names 17 for 1d")
    assert said.evidence == "aliases of staging.churn.classifier"
    assert evaluate(NONE, 17, None, None, NOON).required == "champion names 17"
    assert evaluate(NONE, 17, None, None, NOON).observed == "no version"


@given(st.integers(0, 48), st.integers(0, 48))
def test_time_alone_changes_it_exactly_when_it_says_so(soak: int, age: int) -> None:
    gate = replace(DAY, soak=soak * HOUR)
    said = evaluate(gate, 17, 17, NOON - age * HOUR, NOON)
    assert (said.result is Result.PASS) == (age >= soak)
    if said.next_at is not None:
        just_before = evaluate(gate, 17, 17, NOON - age * HOUR, said.next_at - timedelta(seconds=1))
        assert just_before.result is Result.PENDING
        assert evaluate(gate, 17, 17, NOON - age * HOUR, said.next_at).result is Result.PASS
