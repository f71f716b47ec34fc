"""What was measured: the readings of one metric, whose they are, and which of them counts.

Two numbers can be compared only where they were measured on one dataset. Knows no bound and no client.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from lakeward.judgement.decimals import show
from lakeward.judgement.finding import Finding
from lakeward.judgement.gates import Cause, Result

_INFINITE = Decimal(repr(sys.float_info.max))
"""What MLflow's server keeps in place of an infinity, which its tables cannot hold."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """One measurement of the gate's metric. Of a metric that was logged step by step, `gather` hands in the last one.

    value           the number, by `decimal_of`; NaN and infinities are allowed and fail
    dataset_name    name of the dataset it was measured on; empty where none was recorded
    dataset_digest  MLflow's digest of that dataset; empty where none was recorded
    by              who vouches for it: `created_by` of the version or the user of the run
    """

    value: Decimal
    dataset_name: str = ""
    dataset_digest: str = ""
    by: str = ""

    @property
    def dataset(self) -> str:
        """The dataset as a message names it."""
        return f"dataset {self.dataset_name}" if self.dataset_name else "no recorded dataset"

    def __str__(self) -> str:
        return f"{show(self.value)} on {self.dataset}"


@dataclass(frozen=True)
class NoChampion:
    """There is none and there never was: no alias, no record on the model, no promoted version."""


@dataclass(frozen=True)
class ChampionGone:
    """The alias is missing although a version was promoted: somebody took it away, and nobody knows what served."""


@dataclass(frozen=True, kw_only=True)
class PresentChampion:
    """The champion.

    version   its number in the target model, for messages
    readings  its measurements of the gate's metric, read at the source version that it is a copy of, else at itself
    """

    version: int
    readings: Sequence[Reading] = ()


Champion = NoChampion | ChampionGone | PresentChampion


def pick(metric: str, owner: str, readings: Sequence[Reading], dataset: str | None) -> Reading | Finding | None:
    """The reading that counts, always finite; why none does; None where the metric was not measured at all.

    With a `dataset` only its readings count. More than one left is no choice that anybody made: Ambiguous.
    """
    if not readings:
        return None
    fitting = [reading for reading in readings if dataset is None or reading.dataset_name == dataset]
    if not fitting:
        places = ", ".join(sorted({reading.dataset for reading in readings}))
        text = f"{metric} of {owner} was measured on {places} and not on dataset {dataset}; measure it there"
        return Finding(Result.FAIL, Cause.DATASET_MISMATCH, text)
    if len(fitting) > 1:
        way_out = "name one in metric.dataset" if dataset is None else "keep one reading for each dataset"
        text = f"{metric} of {owner} has {len(fitting)} readings, {listed(fitting)}; {way_out}"
        return Finding(Result.ERROR, Cause.AMBIGUOUS, text)
    return _finite(metric, owner, fitting[0])


def disagreement(metric: str, own: Reading, base: Reading) -> Finding | None:
    """Why the two cannot be compared: other names, or other digests where both have one."""
    names = own.dataset_name, base.dataset_name
    digests = own.dataset_digest, base.dataset_digest
    if names[0] != names[1]:
        told = f"{own.dataset} for the candidate and {base.dataset} for the champion"
    elif all(digests) and digests[0] != digests[1]:
        told = f"{own.dataset} with digest {digests[0]} for the candidate and {digests[1]} for the champion"
    else:
        return None
    text = f"{metric} was measured on {told}; measure both on the same data"
    return Finding(Result.FAIL, Cause.DATASET_MISMATCH, text)


def listed(readings: Sequence[Reading]) -> str:
    """All readings in an order that does not depend on theirs."""
    return ", ".join(sorted(str(reading) for reading in readings))


def vouched(readings: Sequence[Reading]) -> str:
    """Where the readings were measured and who says so, to be put behind the place where they are recorded."""
    if not readings:
        return ", not recorded"
    datasets = sorted({reading.dataset_name for reading in readings} - {""})
    people = sorted({reading.by or "an unknown user" for reading in readings})
    on = f" on {', '.join(datasets)}" if datasets else ""
    return f"{on}, self-reported by {', '.join(people)}"


def _finite(metric: str, owner: str, reading: Reading) -> Reading | Finding:
    if reading.value.is_finite() and abs(reading.value) < _INFINITE:
        return reading
    text = f"{metric} of {owner} is {show(reading.value)}, which can be compared with nothing; log a finite number"
    return Finding(Result.FAIL, Cause.NOT_FINITE, text)
