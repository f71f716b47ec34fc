"""The contract of the gate Metric as a table, and what its tests are made of."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import NamedTuple

from lakeward.judgement.gates import Cause, Result
from lakeward.judgement.metric import (
    Champion,
    ChampionGone,
    MetricGate,
    MetricSource,
    NoChampion,
    PresentChampion,
    Reading,
    WhenMissing,
)

PASS, FAIL, PENDING, ERROR = Result.PASS, Result.FAIL, Result.PENDING, Result.ERROR
GATE = MetricGate(name="quality", metric="f1_score", source=MetricSource.MODEL_VERSION)
FIXED = replace(GATE, min=Decimal("0.82"))
CHANGE = replace(GATE, min_absolute_change=Decimal("0.005"))
BOTH = replace(GATE, min=Decimal("0.82"), min_absolute_change=Decimal("0.005"))
HOLDOUT = replace(BOTH, dataset="holdout")


def reading(value: str, dataset: str = "", digest: str = "", by: str = "ana@acme.example") -> Reading:
    return Reading(value=Decimal(value), dataset_name=dataset, dataset_digest=digest, by=by)


def champion(*readings: Reading) -> PresentChampion:
    return PresentChampion(version=11, readings=readings)


GOOD = reading("0.861")
OLD = reading("0.849", by="bob@acme.example")


class Rule(NamedTuple):
    """One line of the contract: what is given, and what it means."""

    gate: MetricGate
    candidate: Sequence[Reading]
    champion: Champion
    result: Result
    cause: Cause | None
    told: str
    late: bool = False


LENIENT = replace(BOTH, on_missing=WhenMissing.PASS)
STRICT = replace(BOTH, on_no_champion=WhenMissing.FAIL)

RULES = {
    "keeps the fixed bound": Rule(FIXED, [GOOD], NoChampion(), PASS, None, "f1_score 0.861 is >= 0.82"),
    "meets the fixed bound": Rule(FIXED, [reading("0.820")], NoChampion(), PASS, None, "0.82 is >= 0.82"),
    "breaks the fixed bound": Rule(
        FIXED, [reading("0.81")], NoChampion(), FAIL, Cause.OUT_OF_BOUNDS, "f1_score 0.81 is not >= 0.82"
    ),
    "meets the only value allowed": Rule(
        replace(GATE, min=Decimal("0.861"), max=Decimal("0.8610")), [GOOD], NoChampion(), PASS, None, "is <= 0.861"
    ),
    "breaks the upper bound": Rule(
        replace(GATE, max=Decimal(120)), [reading("121")], NoChampion(), FAIL, Cause.OUT_OF_BOUNDS, "is not <= 120"
    ),
    "keeps the change": Rule(BOTH, [GOOD], champion(OLD), PASS, None, ">= champion 0.849 + 0.005"),
    "meets the change exactly": Rule(BOTH, [reading("0.854")], champion(OLD), PASS, None, "0.854 is >= champion"),
    "breaks the change": Rule(
        BOTH, [reading("0.8539")], champion(OLD), FAIL, Cause.OUT_OF_BOUNDS, "not >= champion 0.849 + 0.005"
    ),
    "breaks both": Rule(BOTH, [reading("0.5")], champion(OLD), FAIL, Cause.OUT_OF_BOUNDS, "not >= 0.82; pin a better"),
    # the candidate lacks it
    "missing": Rule(FIXED, [], NoChampion(), PENDING, Cause.MISSING, "is not in the model_metrics of the version yet"),
    "missing, champion there": Rule(BOTH, [], champion(OLD), PENDING, Cause.MISSING, "log it there"),
    "missing at the deadline": Rule(FIXED, [], NoChampion(), FAIL, Cause.MISSING, "before the deadline", late=True),
    "there at the deadline": Rule(FIXED, [GOOD], NoChampion(), PASS, None, "0.861", late=True),
    "missing in the run": Rule(
        replace(FIXED, source=MetricSource.RUN),
        [],
        NoChampion(),
        PENDING,
        Cause.MISSING,
        "metrics of the version's run",
    ),
    # no numbers
    "NaN": Rule(FIXED, [reading("NaN")], NoChampion(), FAIL, Cause.NOT_FINITE, "of the candidate is NaN"),
    "signalling NaN": Rule(FIXED, [reading("sNaN")], NoChampion(), FAIL, Cause.NOT_FINITE, "is NaN"),
    "infinity as MLflow's tables keep it": Rule(
        FIXED, [reading("1.7976931348623157e308")], NoChampion(), FAIL, Cause.NOT_FINITE, "compared with nothing"
    ),
    "infinity": Rule(FIXED, [reading("Infinity")], NoChampion(), FAIL, Cause.NOT_FINITE, "is Infinity"),
    "minus infinity": Rule(
        replace(GATE, max=Decimal(1)), [reading("-Infinity")], NoChampion(), FAIL, Cause.NOT_FINITE, "is -Infinity"
    ),
    "NaN of the champion": Rule(
        LENIENT, [GOOD], champion(reading("NaN")), FAIL, Cause.NOT_FINITE, "of champion 11 is NaN"
    ),
    "infinity of the champion": Rule(
        LENIENT, [GOOD], champion(reading("-Infinity")), FAIL, Cause.NOT_FINITE, "of champion 11 is -Infinity"
    ),
    # which reading
    "two readings": Rule(
        FIXED,
        [reading("0.9", "train"), reading("0.8", "holdout")],
        NoChampion(),
        ERROR,
        Cause.AMBIGUOUS,
        "2 readings, 0.8 on dataset holdout, 0.9 on dataset train; name one in metric.dataset",
    ),
    "two readings that are equal": Rule(FIXED, [GOOD, GOOD], NoChampion(), ERROR, Cause.AMBIGUOUS, "2 readings"),
    "two readings of one dataset": Rule(
        HOLDOUT,
        [reading("0.9", "holdout", "d1"), reading("0.9", "holdout", "d2")],
        champion(reading("0.849", "holdout")),
        ERROR,
        Cause.AMBIGUOUS,
        "one reading for each dataset",
    ),
    "two readings of the champion": Rule(
        BOTH, [GOOD], champion(OLD, reading("0.7", "train")), ERROR, Cause.AMBIGUOUS, "of champion 11 has 2 readings"
    ),
    "the dataset chooses": Rule(
        HOLDOUT,
        [reading("0.1", "train"), reading("0.861", "holdout")],
        champion(reading("0.99", "train"), reading("0.849", "holdout")),
        PASS,
        None,
        ">= champion 0.849 + 0.005",
    ),
    "a NaN elsewhere does not matter": Rule(
        replace(FIXED, dataset="holdout"),
        [reading("NaN", "train"), reading("0.861", "holdout")],
        NoChampion(),
        PASS,
        None,
        "0.861",
    ),
    # on which data
    "on another dataset": Rule(
        HOLDOUT,
        [reading("0.9", "train")],
        champion(reading("0.849", "holdout")),
        FAIL,
        Cause.DATASET_MISMATCH,
        "was measured on dataset train and not on dataset holdout",
    ),
    "on no recorded dataset": Rule(
        HOLDOUT, [GOOD], NoChampion(), FAIL, Cause.DATASET_MISMATCH, "on no recorded dataset and not on dataset holdout"
    ),
    "nothing at all with a dataset": Rule(HOLDOUT, [], NoChampion(), PENDING, Cause.MISSING, "is not in the"),
    "champion on another dataset": Rule(
        replace(HOLDOUT, on_missing=WhenMissing.PASS),
        [reading("0.9", "holdout")],
        champion(reading("0.849", "holdout_2025")),
        FAIL,
        Cause.DATASET_MISMATCH,
        "of champion 11 was measured on dataset holdout_2025 and not on dataset holdout",
    ),
    "two names without a demand": Rule(
        BOTH,
        [reading("0.9", "new")],
        champion(reading("0.8", "old")),
        FAIL,
        Cause.DATASET_MISMATCH,
        "dataset new for the candidate and dataset old for the champion",
    ),
    "a name on one side only": Rule(
        BOTH,
        [reading("0.9", "new")],
        champion(reading("0.8")),
        FAIL,
        Cause.DATASET_MISMATCH,
        "no recorded dataset for the champion",
    ),
    "two digests": Rule(
        HOLDOUT,
        [reading("0.9", "holdout", "d2")],
        champion(reading("0.8", "holdout", "d1")),
        FAIL,
        Cause.DATASET_MISMATCH,
        "dataset holdout with digest d2 for the candidate and d1 for the champion",
    ),
    "one digest": Rule(
        HOLDOUT, [reading("0.9", "holdout", "d2")], champion(reading("0.8", "holdout")), PASS, None, "0.9 is >= 0.82"
    ),
    "equal digests": Rule(
        HOLDOUT, [reading("0.9", "holdout", "d")], champion(reading("0.8", "holdout", "d")), PASS, None, "0.9"
    ),
    "other data without a change": Rule(FIXED, [reading("0.9", "a")], champion(reading("1", "b")), PASS, None, "0.9"),
    # what to compare with
    "no champion": Rule(BOTH, [GOOD], NoChampion(), PASS, None, "no champion to compare with, so only min and max"),
    "no champion, low": Rule(BOTH, [reading("0.8")], NoChampion(), FAIL, Cause.OUT_OF_BOUNDS, "0.8 is not >= 0.82"),
    "no champion and no fixed bound": Rule(CHANGE, [GOOD], NoChampion(), PASS, None, "there is no champion"),
    "no champion and no metric": Rule(CHANGE, [], NoChampion(), PENDING, Cause.MISSING, "log it there"),
    "no champion, not allowed": Rule(STRICT, [GOOD], NoChampion(), FAIL, Cause.NO_CHAMPION, "onNoChampion: Pass"),
    "no champion, not needed": Rule(
        replace(FIXED, on_no_champion=WhenMissing.FAIL), [GOOD], NoChampion(), PASS, None, "0.861 is >= 0.82"
    ),
    "champion gone": Rule(BOTH, [GOOD], ChampionGone(), ERROR, Cause.CHAMPION_GONE, "champion alias is missing"),
    "champion gone, lenient": Rule(LENIENT, [GOOD], ChampionGone(), ERROR, Cause.CHAMPION_GONE, "set it"),
    "champion gone, not needed": Rule(FIXED, [GOOD], ChampionGone(), PASS, None, "0.861 is >= 0.82"),
    "champion without it": Rule(
        BOTH, [GOOD], champion(), FAIL, Cause.MISSING_ON_CHAMPION, "champion 11 has no f1_score to compare with"
    ),
    "champion without it, allowed": Rule(LENIENT, [GOOD], champion(), PASS, None, "so only min and max count"),
    "champion without it, allowed, low": Rule(
        LENIENT, [reading("0.8")], champion(), FAIL, Cause.OUT_OF_BOUNDS, "0.8 is not >= 0.82"
    ),
    # several faults
    "low and champion gone": Rule(
        BOTH, [reading("0.8")], ChampionGone(), FAIL, Cause.OUT_OF_BOUNDS, "pin a better version; the champion alias"
    ),
    "missing and champion gone": Rule(BOTH, [], ChampionGone(), ERROR, Cause.CHAMPION_GONE, "; f1_score is not in"),
    "missing and champion without it": Rule(BOTH, [], champion(), FAIL, Cause.MISSING_ON_CHAMPION, "; f1_score is not"),
    # senseless gates
    "no bound": Rule(GATE, [GOOD], champion(OLD), ERROR, Cause.INVALID_GATE, "has no bound"),
    "a bound that is no number": Rule(
        replace(GATE, min=Decimal("NaN")), [GOOD], champion(OLD), ERROR, Cause.INVALID_GATE, "not a finite number"
    ),
    "a change that is no number": Rule(
        replace(GATE, min_relative_change=Decimal("-Infinity")),
        [GOOD],
        champion(reading("0")),
        ERROR,
        Cause.INVALID_GATE,
        "not a finite number",
    ),
    "min above max": Rule(
        replace(GATE, min=Decimal(2), max=Decimal(1)), [GOOD], champion(OLD), ERROR, Cause.INVALID_GATE, "keep both"
    ),
}
