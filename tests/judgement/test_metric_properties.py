"""What the gate Metric keeps whatever it is given."""

from decimal import Decimal
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from judgement.verdicts import STRANGE, assert_well_said
from lakeward.judgement.gates import Result
from lakeward.judgement.metric import (
    Champion,
    ChampionGone,
    MetricGate,
    MetricSource,
    NoChampion,
    PresentChampion,
    Reading,
    WhenMissing,
    evaluate,
)

FINITE = st.one_of(st.sampled_from([Decimal(0), Decimal("-0.5"), Decimal("0.82")]), st.decimals(-10, 10, places=3))
ANY = st.one_of(FINITE, st.sampled_from([Decimal("NaN"), Decimal("sNaN"), Decimal("Infinity"), Decimal("-Infinity")]))
DATASETS = st.one_of(st.sampled_from(["", "holdout", "train"]), STRANGE)
READINGS = st.builds(
    Reading, value=ANY, dataset_name=DATASETS, dataset_digest=st.sampled_from(["", "d1", "d2"]), by=STRANGE
)
SIDES = st.lists(READINGS, max_size=3)
CHAMPIONS: st.SearchStrategy[Champion] = st.one_of(
    st.just(NoChampion()), st.just(ChampionGone()), st.builds(PresentChampion, version=st.just(11), readings=SIDES)
)
BOUNDS = st.one_of(st.none(), FINITE)
GATES = st.builds(
    MetricGate,
    name=STRANGE,
    metric=STRANGE,
    source=st.sampled_from(MetricSource),
    dataset=st.one_of(st.none(), DATASETS),
    min=st.one_of(st.none(), ANY),
    max=BOUNDS,
    min_absolute_change=BOUNDS,
    min_relative_change=st.one_of(st.none(), ANY),
    max_absolute_increase=BOUNDS,
    max_relative_increase=BOUNDS,
    on_no_champion=st.sampled_from(WhenMissing),
    on_missing=st.sampled_from(WhenMissing),
)


def counting(gate: MetricGate, readings: list[Reading]) -> list[Reading]:
    return [reading for reading in readings if gate.dataset is None or reading.dataset_name == gate.dataset]


@given(GATES, SIDES, CHAMPIONS, st.booleans())
def test_every_verdict_is_well_said_and_repeatable(
    gate: MetricGate, candidate: list[Reading], champion: Champion, late: bool
) -> None:
    found = evaluate(gate, candidate, champion, deadline_over=late)
    assert_well_said(found)
    assert evaluate(gate, candidate, champion, deadline_over=late) == found


@given(GATES, SIDES, CHAMPIONS, st.booleans())
def test_only_one_finite_reading_ever_passes(
    gate: MetricGate, candidate: list[Reading], champion: Champion, late: bool
) -> None:
    """Missing, NaN, infinite and ambiguous readings never do, nor does a gate without a bound."""
    if evaluate(gate, candidate, champion, deadline_over=late).result is Result.PASS:
        [own] = counting(gate, candidate)
        assert own.value.is_finite()
        assert gate.fixed or gate.changes
        assert all(bound.holds(own.value) for bound in gate.fixed)


@given(GATES, SIDES, CHAMPIONS, st.booleans())
def test_a_change_passes_only_on_comparable_data_or_where_the_gate_does_without(
    gate: MetricGate, candidate: list[Reading], champion: Champion, late: bool
) -> None:
    if not gate.changes or evaluate(gate, candidate, champion, deadline_over=late).result is not Result.PASS:
        return
    if isinstance(champion, NoChampion):
        assert gate.on_no_champion is WhenMissing.PASS
        return
    assert isinstance(champion, PresentChampion)
    if not champion.readings:
        assert gate.on_missing is WhenMissing.PASS
        return
    [own], [base] = counting(gate, candidate), counting(gate, list(champion.readings))
    assert own.dataset_name == base.dataset_name
    assert "" in {own.dataset_digest, base.dataset_digest} or own.dataset_digest == base.dataset_digest


@given(GATES, SIDES, CHAMPIONS, st.randoms(use_true_random=False))
def test_the_order_of_the_readings_changes_nothing(
    gate: MetricGate, candidate: list[Reading], champion: Champion, random: Random
) -> None:
    shuffled = list(candidate)
    random.shuffle(shuffled)
    assert evaluate(gate, shuffled, champion, deadline_over=False) == evaluate(
        gate, candidate, champion, deadline_over=False
    )


@given(GATES, SIDES, CHAMPIONS)
def test_the_deadline_turns_waiting_into_failure_and_changes_nothing_else(
    gate: MetricGate, candidate: list[Reading], champion: Champion
) -> None:
    before = evaluate(gate, candidate, champion, deadline_over=False)
    after = evaluate(gate, candidate, champion, deadline_over=True)
    assert after.result is not Result.PENDING
    if before.result is Result.PENDING:
        assert after.result is Result.FAIL
    if candidate:
        assert after == before


@given(st.decimals(-10, 0, places=3), FINITE, st.decimals(0, 1, places=3))
def test_a_champion_at_or_below_zero_is_never_followed_by_a_worse_one(
    champion: Decimal, candidate: Decimal, share: Decimal
) -> None:
    up = MetricGate(name="up", metric="m", source=MetricSource.RUN, min_relative_change=share)
    down = MetricGate(name="down", metric="m", source=MetricSource.RUN, max_relative_increase=-share)
    against = PresentChampion(version=11, readings=[Reading(value=champion)])
    if evaluate(up, [Reading(value=candidate)], against, deadline_over=False).result is Result.PASS:
        assert candidate >= champion
    if evaluate(down, [Reading(value=candidate)], against, deadline_over=False).result is Result.PASS:
        assert candidate <= champion
