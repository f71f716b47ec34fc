"""What a gate of type Metric demands: the metric, where it is read, and the bounds that it must keep.

The two enums have the values of the API's enums of the same names on purpose: the kind translates, so that this room
knows no API. Knows no reading.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from lakeward.judgement.bounds import Bound, Change, Sense, fixed
from lakeward.judgement.decimals import show
from lakeward.judgement.gates import Mode


class MetricSource(StrEnum):
    """Where the metric of the candidate and of the champion is read; neither place stands in for the other."""

    MODEL_VERSION = "ModelVersion"
    RUN = "Run"


class WhenMissing(StrEnum):
    """What the lack of something to compare with means."""

    PASS = "Pass"  # noqa: S105 - a verdict, not a password
    FAIL = "Fail"


@dataclass(frozen=True, kw_only=True)
class MetricGate:
    """What the metric must keep.

    name                   name of the gate
    mode                   Enforce or Warn
    source                 where the metric is read
    metric                 name of the metric
    dataset                name of the dataset it must have been measured on; None: there must be one reading only
    min, max               the candidate is at least, at most this
    min_absolute_change    the candidate is at least the champion plus this (higher is better)
    min_relative_change    the candidate is at least the champion plus this share of the champion's magnitude
    max_absolute_increase  the candidate is at most the champion plus this (lower is better)
    max_relative_increase  the candidate is at most the champion plus this share of the champion's magnitude
    on_no_champion         with no champion at all: Pass leaves only min and max, Fail fails
    on_missing             with a champion that lacks the metric: Fail fails, Pass leaves only min and max

    None means that the bound is not set. Negative changes are allowed: at least champion - 0.01, at most champion - 5%.
    The last two matter only where a change is set.
    """

    name: str
    metric: str
    source: MetricSource
    mode: Mode = Mode.ENFORCE
    dataset: str | None = None
    min: Decimal | None = None
    max: Decimal | None = None
    min_absolute_change: Decimal | None = None
    min_relative_change: Decimal | None = None
    max_absolute_increase: Decimal | None = None
    max_relative_increase: Decimal | None = None
    on_no_champion: WhenMissing = WhenMissing.PASS
    on_missing: WhenMissing = WhenMissing.FAIL

    @property
    def fixed(self) -> tuple[Bound, ...]:
        """The bounds that need no champion."""
        pairs = ((Sense.AT_LEAST, self.min), (Sense.AT_MOST, self.max))
        return tuple(fixed(sense, limit) for sense, limit in pairs if limit is not None)

    @property
    def changes(self) -> tuple[Change, ...]:
        """The bounds that move with the champion's value."""
        every = (
            (Sense.AT_LEAST, self.min_absolute_change, False),
            (Sense.AT_LEAST, self.min_relative_change, True),
            (Sense.AT_MOST, self.max_absolute_increase, False),
            (Sense.AT_MOST, self.max_relative_increase, True),
        )
        return tuple(Change(sense, amount, relative) for sense, amount, relative in every if amount is not None)

    @property
    def fault(self) -> str:
        """What makes the gate senseless, else empty. The schema refuses that too; without a bound none may pass."""
        amounts = [bound.limit for bound in self.fixed] + [change.amount for change in self.changes]
        if not amounts:
            return "the gate has no bound; set metric.min, metric.max or metric.vsChampion"
        if not all(amount.is_finite() for amount in amounts):
            return "a bound of the gate is not a finite number; correct metric.min, metric.max or metric.vsChampion"
        if self.min is not None and self.max is not None and self.min > self.max:
            return f"metric.min {show(self.min)} is above metric.max {show(self.max)}; no value can keep both"
        return ""
