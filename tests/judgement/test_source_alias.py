"""The gate SourceAlias: which version, and for how long."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

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


class Rule(NamedTuple):
    gate: SourceAliasGate
    named: int | None
    since: datetime | None
    cause: Cause | None
    message: str
    next_at: datetime | None = None


SOAKS = f"{AT} is at 17, but not for 1d yet"
RULES = [
    Rule(DAY, None, None, ELSEWHERE, f"{AT} names no version, needs 17; set it there"),
    Rule(DAY, 16, NOON - 99 * HOUR, ELSEWHERE, f"{AT} is at 16, needs 17"),
    Rule(DAY, 18, NOON - 99 * HOUR, ELSEWHERE, f"{AT} is at 18, needs 17"),
    Rule(DAY, 17, None, SOAKING, SOAKS),
    Rule(DAY, 17, NOON, SOAKING, SOAKS, NOON + 24 * HOUR),
    Rule(DAY, 17, NOON - 23 * HOUR, SOAKING, SOAKS, NOON + HOUR),
    Rule(DAY, 17, NOON - 24 * HOUR, None, f"{AT} is at 17"),
    Rule(NONE, 17, None, None, f"{AT} is at 17"),
    Rule(NONE, 17, NOON, None, f"{AT} is at 17"),
    Rule(NONE, 16, NOON, ELSEWHERE, f"{AT} is at 16, needs 17"),
]


@pytest.mark.parametrize("rule", RULES)
def test_each_state_of_the_alias_has_its_verdict(rule: Rule) -> None:
    said = evaluate(rule.gate, 17, rule.named, rule.since, NOON)
    assert said.result is (Result.PENDING if rule.cause else Result.PASS)
    assert (said.cause, said.message, said.next_at) == (rule.cause, rule.message, rule.next_at)
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
