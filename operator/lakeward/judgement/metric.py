"""The gate Metric: does a metric of the candidate keep fixed bounds, and bounds that move with the champion's value?

Data that is missing, is no number, or was measured on another dataset is never a pass. Numbers are decimals, never
floats. Knows no client and no clock: `gather` reads, this file judges.
"""

from collections.abc import Iterator, Sequence

from lakeward.judgement.bounds import Bound
from lakeward.judgement.decimals import show
from lakeward.judgement.finding import Finding, together
from lakeward.judgement.gates import Cause, Result, Stage, Verdict, not_judged
from lakeward.judgement.metric_gate import MetricGate, MetricSource, WhenMissing
from lakeward.judgement.readings import (
    Champion,
    ChampionGone,
    NoChampion,
    PresentChampion,
    Reading,
    disagreement,
    listed,
    pick,
    vouched,
)

# who asks this gate hands in readings and a champion, so it finds their types here
__all__ = [
    "Champion",
    "ChampionGone",
    "MetricGate",
    "MetricSource",
    "NoChampion",
    "PresentChampion",
    "Reading",
    "WhenMissing",
    "evaluate",
]

TYPE = "Metric"
_PLACES = {
    MetricSource.MODEL_VERSION: "model_metrics of the version",
    MetricSource.RUN: "metrics of the version's run",
}
_RECORDS = {MetricSource.MODEL_VERSION: "model_metrics", MetricSource.RUN: "run metrics"}


def evaluate(gate: MetricGate, candidate: Sequence[Reading], champion: Champion, *, deadline_over: bool) -> Verdict:
    """The verdict on the readings of the candidate. Several faults are all told; the worst one decides.

    candidate      its readings of the gate's metric, all of them: choosing among them is this gate's duty
    champion       what the candidate is compared with; looked at only where the gate has a change
    deadline_over  the metric has been missing for longer than gatePolicy.pendingDeadline
    """
    if gate.fault:
        return not_judged(gate.name, TYPE, gate.mode, gate.fault, cause=Cause.INVALID_GATE)
    own = _own(gate, candidate, deadline_over=deadline_over)
    base = _baseline(gate, champion) if gate.changes else None
    finding = together(_findings(gate, own, base))
    return Verdict(
        name=gate.name,
        type=TYPE,
        stage=Stage.PRE_COPY,
        mode=gate.mode,
        result=finding.result,
        observed=show(own.value) if isinstance(own, Reading) else listed(candidate) or "nothing",
        required=_required(gate, base),
        evidence=_evidence(gate, candidate, own, champion, base),
        message=finding.text,
        cause=finding.cause,
    )


def _own(gate: MetricGate, candidate: Sequence[Reading], *, deadline_over: bool) -> Reading | Finding:
    found = pick(gate.metric, "the candidate", candidate, gate.dataset)
    if found is not None:
        return found
    place = _PLACES[gate.source]
    if deadline_over:
        text = f"{gate.metric} was not logged in the {place} before the deadline; log it, or pin a version that has it"
        return Finding(Result.FAIL, Cause.MISSING, text)
    return Finding(Result.PENDING, Cause.MISSING, f"{gate.metric} is not in the {place} yet; log it there")


def _baseline(gate: MetricGate, champion: Champion) -> Reading | Finding:
    """The champion's reading; a finding with Pass where the gate does without one."""
    match champion:
        case NoChampion():
            text = "there is no champion to compare with"
            way_out = "metric.vsChampion.onNoChampion: Pass allows that"
            return _lack(gate.on_no_champion, Cause.NO_CHAMPION, text, way_out)
        case ChampionGone():
            text = "the champion alias is missing although a version was promoted; set it on the version that serves"
            return Finding(Result.ERROR, Cause.CHAMPION_GONE, text)
        case PresentChampion():
            owner = f"champion {champion.version}"
            text = f"{owner} has no {gate.metric} to compare with"
            way_out = "log it there, or allow that with metric.vsChampion.onMissing: Pass"
            found = pick(gate.metric, owner, champion.readings, gate.dataset)
            return found or _lack(gate.on_missing, Cause.MISSING_ON_CHAMPION, text, way_out)


def _lack(when: WhenMissing, cause: Cause, text: str, way_out: str) -> Finding:
    if when is WhenMissing.PASS:
        return Finding(Result.PASS, None, f"{text}, so only min and max count")
    return Finding(Result.FAIL, cause, f"{text}; {way_out}")


def _findings(gate: MetricGate, own: Reading | Finding, base: Reading | Finding | None) -> Iterator[Finding]:
    """What there is to say: about the candidate and its fixed bounds, then about the champion and the change."""
    if isinstance(own, Finding):
        yield own
    else:
        yield from _judged(gate, own, gate.fixed)
    if isinstance(base, Finding):
        yield base
    elif base is not None and isinstance(own, Reading):
        # bounds that come from other data say nothing about the candidate
        unlike = disagreement(gate.metric, own, base)
        yield from [unlike] if unlike else _judged(gate, own, _moving(gate, base))


def _judged(gate: MetricGate, own: Reading, bounds: Sequence[Bound]) -> Iterator[Finding]:
    value = f"{gate.metric} {show(own.value)}"
    for bound in bounds:
        if bound.holds(own.value):
            yield Finding(Result.PASS, None, f"{value} is {bound.text}")
        else:
            yield Finding(Result.FAIL, Cause.OUT_OF_BOUNDS, f"{value} is not {bound.text}; pin a better version")


def _moving(gate: MetricGate, base: Reading) -> tuple[Bound, ...]:
    return tuple(change.bound(base.value) for change in gate.changes)


def _required(gate: MetricGate, base: Reading | Finding | None) -> str:
    if isinstance(base, Reading):
        moving = [bound.text for bound in _moving(gate, base)]
    else:
        waived = " (waived)" if base is not None and base.result is Result.PASS else ""
        moving = [f"{change.text()}{waived}" for change in gate.changes]
    return " and ".join([*(bound.text for bound in gate.fixed), *moving])


def _evidence(
    gate: MetricGate,
    candidate: Sequence[Reading],
    own: Reading | Finding,
    champion: Champion,
    base: Reading | Finding | None,
) -> str:
    parts = [f"{_RECORDS[gate.source]} {gate.metric}{vouched([own] if isinstance(own, Reading) else candidate)}"]
    if isinstance(champion, PresentChampion) and isinstance(base, Reading):
        parts.append(f"champion {champion.version}{vouched([base])}")
    return "; ".join(parts)
