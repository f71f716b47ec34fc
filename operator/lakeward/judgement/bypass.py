"""Break-glass: which gates somebody passes over for the life of one attempt. Knows no gate's semantics and no client.

What the version is, and what its files are, is never passed over.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from lakeward.judgement.gates import Cause, Result, Verdict, one_line
from lakeward.judgement.given import Context, Decision, Given, Ignored

NEVER = frozenset({"Ready", "Digest"})
_LONGEST_REASON = 200


@dataclass(frozen=True)
class Passed:
    """The gates that are passed over, by name, each with the oldest decision to do so; and the decisions that fail."""

    by: Mapping[str, Given]
    ignored: tuple[Ignored, ...]


def bypasses(gates: Mapping[str, str], given: Sequence[Given], context: Context, bypassable: Collection[str]) -> Passed:
    """The decisions to pass over a gate.

    gates       type of each gate by its name
    given       all decisions; those that are no Bypass are left out
    bypassable  types of gates that the guard lets pass over
    """
    by: dict[str, Given] = {}
    ignored: list[Ignored] = []
    for decision in sorted((g for g in given if g.decision == Decision.BYPASS), key=lambda g: (g.at, g.object)):
        why = _why_not(gates, decision, context, bypassable)
        if not why and decision.gate in by:
            why = f"{by[decision.gate]} passes over that gate already"
        if why:
            ignored.append(Ignored(decision, why))
        else:
            by[decision.gate] = decision
    return Passed(by, tuple(ignored))


def bypass(verdict: Verdict, given: Given) -> Verdict:
    """The verdict of a gate that is passed over: Pass, with who did it and what the gate says without that."""
    reason = one_line(given.reason, _LONGEST_REASON) or "no reason given"
    return replace(
        verdict,
        result=Result.PASS,
        cause=Cause.BYPASSED,
        evidence=f"{given}: {reason}",
        message=f"bypassed by {given.by}, {reason}; without that {verdict.result}: {verdict.message}",
        next_at=None,
    )


def _why_not(gates: Mapping[str, str], given: Given, context: Context, bypassable: Collection[str]) -> str:
    if given.uid != context.uid:
        return "it names another ModelPromotion, or one of that name that is gone"
    if given.gate not in gates:
        return f"{given.gate} is no gate of the spec or of the MLWorkspace, and others are never passed over"
    kind = gates[given.gate]
    if kind in NEVER:
        return f"gates of type {kind} say what the version is, and are never passed over"
    if kind not in bypassable:
        listed = ", ".join(bypassable) or "none"
        return f"gates of type {kind} cannot be bypassed: spec.promotions.bypassable of the MLWorkspace lists {listed}"
    if not given.attempt or given.attempt != context.attempt:
        return f"it is for attempt {given.attempt or 'none'} and ends with it; see status.attempt.id"
    return _unvouched(given, context)


def _unvouched(given: Given, context: Context) -> str:
    if context.identity is None:
        return "nobody can tell here who made it; that is known in the cluster"
    if context.identity.fault:
        return context.identity.fault
    if not context.identity.vouches_for(given):
        return "it is older than the admission policy that checks names, as that is now; make it anew"
    return ""
