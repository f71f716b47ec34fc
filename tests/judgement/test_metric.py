"""The gate Metric, rule by rule."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest

from judgement.metric_rules import (
    BOTH,
    CHANGE,
    FIXED,
    GATE,
    GOOD,
    HOLDOUT,
    LENIENT,
    OLD,
    RULES,
    STRICT,
    Rule,
    champion,
    reading,
)
from judgement.verdicts import assert_well_said
from lakeward.judgement.gates import Mode, Result, Stage, Verdict
from lakeward.judgement.metric import (
    Champion,
    ChampionGone,
    MetricGate,
    MetricSource,
    NoChampion,
    Reading,
    evaluate,
)

PASS, FAIL = Result.PASS, Result.FAIL


def judged(gate: MetricGate, candidate: Sequence[Reading], against: Champion, *, late: bool = False) -> Verdict:
    found = evaluate(gate, candidate, against, deadline_over=late)
    assert_well_said(found)
    return found


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_each_rule_has_its_verdict(rule: Rule) -> None:
    found = judged(rule.gate, rule.candidate, rule.champion, late=rule.late)
    assert (found.result, found.cause) == (rule.result, rule.cause), found.message
    assert rule.told in found.message


@pytest.mark.parametrize(
    ("field", "amount", "good", "bad"),
    [
        ("min_absolute_change", "0.01", "0.51", "0.5099"),
        ("min_relative_change", "0.1", "0.55", "0.5499"),
        ("max_absolute_increase", "0.01", "0.51", "0.5101"),
        ("max_relative_increase", "0.1", "0.55", "0.5501"),
    ],
)
def test_each_field_of_the_gate_is_a_bound(field: str, amount: str, good: str, bad: str) -> None:
    gate = replace(GATE, **{field: Decimal(amount)})  # type: ignore[arg-type] # the table names fields that are decimals
    assert judged(gate, [reading(good)], champion(reading("0.5"))).result is PASS
    assert judged(gate, [reading(bad)], champion(reading("0.5"))).result is FAIL


REQUIRED = [
    (BOTH, champion(OLD), ">= 0.82 and >= champion 0.849 + 0.005"),
    (FIXED, champion(OLD), ">= 0.82"),
    (BOTH, NoChampion(), ">= 0.82 and >= champion + 0.005 (waived)"),
    (CHANGE, NoChampion(), ">= champion + 0.005 (waived)"),
    (STRICT, NoChampion(), ">= 0.82 and >= champion + 0.005"),
    (BOTH, ChampionGone(), ">= 0.82 and >= champion + 0.005"),
    (LENIENT, champion(), ">= 0.82 and >= champion + 0.005 (waived)"),
    (
        replace(GATE, min=Decimal(0), max=Decimal(120), max_relative_increase=Decimal("0.10")),
        champion(reading("110")),
        ">= 0 and <= 120 and <= champion 110 + 10%",
    ),
]


@pytest.mark.parametrize("candidate", [[GOOD], []], ids=["measured", "missing"])
@pytest.mark.parametrize(("gate", "against", "required"), REQUIRED)
def test_what_is_required_is_told_whether_or_not_it_was_measured(
    gate: MetricGate, against: Champion, required: str, candidate: list[Reading]
) -> None:
    assert judged(gate, candidate, against).required == required


def test_evidence_names_the_place_the_dataset_and_who_vouches() -> None:
    against = champion(reading("0.849", "holdout", by="bob@acme.example"))
    found = judged(HOLDOUT, [reading("0.861", "holdout")], against)
    assert found.evidence == (
        "model_metrics f1_score on holdout, self-reported by ana@acme.example;"
        " champion 11 on holdout, self-reported by bob@acme.example"
    )
    run = replace(FIXED, source=MetricSource.RUN)
    assert judged(run, [reading("0.9", by="")], NoChampion()).evidence == (
        "run metrics f1_score, self-reported by an unknown user"
    )
    assert judged(FIXED, [], NoChampion()).evidence == "model_metrics f1_score, not recorded"


def test_everybody_who_vouches_for_an_ambiguous_metric_is_named_once() -> None:
    several = [reading("0.9", by=by) for by in ("eve", "dan", "", "ana", "bob", "ana", "cy")]
    assert judged(FIXED, several, NoChampion()).evidence == (
        "model_metrics f1_score, self-reported by an unknown user, ana, bob, cy, dan, eve"
    )


def test_what_was_observed_is_the_value_or_all_readings_or_nothing() -> None:
    assert judged(FIXED, [reading("0.8610")], NoChampion()).observed == "0.861"
    assert judged(FIXED, [], NoChampion()).observed == "nothing"
    two = [reading("0.9", "train"), reading("NaN")]
    assert judged(FIXED, two, NoChampion()).observed == "0.9 on dataset train, NaN on no recorded dataset"


def test_the_verdict_carries_the_name_and_the_mode_of_its_gate() -> None:
    for gate in (replace(FIXED, mode=Mode.WARN), replace(GATE, mode=Mode.WARN)):
        found = judged(gate, [GOOD], NoChampion())
        assert (found.name, found.type, found.mode, found.stage) == ("quality", "Metric", Mode.WARN, Stage.PRE_COPY)
