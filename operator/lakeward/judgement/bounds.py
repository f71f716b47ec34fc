"""Bounds that a metric must keep: fixed ones, and those that move with the champion's value.

Nothing here says whether a higher or a lower value is better: "at least champion + x" and "at most champion + x" are
two different demands, and a negative x allows a loss or asks for a gain. Knows no gate and no reading.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from lakeward.judgement.decimals import plus, show, times

# A share of nothing is nothing, so a relative gain on a champion of 0 becomes "any gain at all": MLflow's
# MetricThreshold takes the same number for it.
EPSILON = Decimal("1E-10")


class Sense(StrEnum):
    """Which side of the limit is allowed; the limit itself always is."""

    AT_LEAST = ">="
    AT_MOST = "<="


@dataclass(frozen=True)
class Bound:
    """A finite limit, the side that is allowed, and how the demand reads."""

    sense: Sense
    limit: Decimal
    text: str

    def holds(self, value: Decimal) -> bool:
        """Whether a finite value keeps the bound."""
        return value >= self.limit if self.sense is Sense.AT_LEAST else value <= self.limit


def fixed(sense: Sense, limit: Decimal) -> Bound:
    """A bound that is a number."""
    return Bound(sense, limit, f"{sense} {show(limit)}")


@dataclass(frozen=True)
class Change:
    """A bound on the way from the champion's value to the candidate's.

    sense     at least, or at most
    amount    what is added to the champion's value; negative is allowed
    relative  the amount is a share of the champion's magnitude: 0.05 is five percent
    """

    sense: Sense
    amount: Decimal
    relative: bool = False

    def bound(self, champion: Decimal) -> Bound:
        """The bound for a champion with that finite value."""
        text = self.text(show(champion))
        if not self.relative:
            return Bound(self.sense, plus(champion, self.amount), text)
        if champion == 0 and self._asks_for_gain:
            limit = EPSILON if self.sense is Sense.AT_LEAST else -EPSILON
            return Bound(self.sense, limit, f"{text} (of 0, so {show(limit)})")
        # The magnitude keeps the direction right below zero, where a share of the value itself would turn it round.
        return Bound(self.sense, plus(champion, times(self.amount, champion.copy_abs())), text)

    def text(self, champion: str = "") -> str:
        """How the demand reads, with the champion's value where it is known."""
        size = self.amount.copy_abs()
        shown = f"{show(times(size, Decimal(100)))}%" if self.relative else show(size)
        name = f"champion {champion}".strip()
        change = "" if self.amount == 0 else f" {'-' if self.amount < 0 else '+'} {shown}"
        return f"{self.sense} {name}{change}"

    @property
    def _asks_for_gain(self) -> bool:
        return self.amount > 0 if self.sense is Sense.AT_LEAST else self.amount < 0
