"""The gate Approval: have enough persons approved exactly this, and has nobody rejected it?

Without proof that admission checks the names of approvers nothing counts. An expired approval is waited for; a
rejection fails until its author takes it back. Knows no client; the hour is told to it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from lakeward.judgement.bypass import Passed, bypass, bypasses
from lakeward.judgement.counting import ApprovalGate, Count, count, expiry
from lakeward.judgement.gates import Cause, Result, Stage, Verdict, not_judged, one_line
from lakeward.judgement.given import Context, Decision, Given, Identity, Ignored
from lakeward.judgement.spans import show

# who asks this gate hands in decisions and what they are held against, so it finds their types here
__all__ = [
    "ApprovalGate",
    "Context",
    "Decision",
    "Given",
    "Identity",
    "Ignored",
    "Judged",
    "Passed",
    "bypass",
    "bypasses",
    "evaluate",
]

TYPE = "Approval"
_LONGEST_REASON = 200
_NOTHING = Count((), (), ())


@dataclass(frozen=True)
class Judged:
    """What the gate says and why.

    verdict  the verdict
    counted  the decisions that count, oldest first: approvals, and rejections where there are any
    ignored  the other decisions about this gate, oldest first
    """

    verdict: Verdict
    counted: tuple[Given, ...]
    ignored: tuple[Ignored, ...]


def evaluate(gate: ApprovalGate, given: Sequence[Given], context: Context) -> Judged:
    """The verdict on all decisions; those about other gates are left out, in whatever order they come.

    `next_at` is when so many approvals have expired that the rest is not enough.
    """
    if gate.min_approvals < 1 or gate.expires_after.total_seconds() <= 0:
        text = "approval.minApprovals must be at least 1 and approval.expiresAfter above 0s"
        return Judged(not_judged(gate.name, TYPE, gate.mode, text, cause=Cause.INVALID_GATE), (), ())
    if context.identity is None:
        text = "approvals are given in the cluster, and counted there"
        return Judged(_verdict(gate, _NOTHING, Result.PENDING, Cause.NOT_IN_CLUSTER, text), (), ())
    if context.identity.fault:
        cause = Cause.IDENTITY_NOT_ENFORCED
        return Judged(_verdict(gate, _NOTHING, Result.ERROR, cause, context.identity.fault), (), ())
    if gate.not_by_creator and context.creator is None:
        text = (
            "who registered the source version is no person, or has no Kubernetes name here; let a person register it,"
            " map the name in the operator's settings, or leave out approval.notBy"
        )
        return Judged(_verdict(gate, _NOTHING, Result.ERROR, Cause.CREATOR_UNMAPPED, text), (), ())
    found = count(gate, given, context, context.identity)
    counted = sorted((*found.approvals, *found.rejections), key=lambda decision: (decision.at, decision.object))
    return Judged(_counted(gate, found), tuple(counted), found.ignored)


def _counted(gate: ApprovalGate, found: Count) -> Verdict:
    if found.rejections:
        return _verdict(gate, found, Result.FAIL, Cause.REJECTED, "; ".join(map(_rejected, found.rejections)))
    tally = f"{len(found.approvals)} of {gate.min_approvals} approvals"
    missing = gate.min_approvals - len(found.approvals)
    if missing <= 0:
        return _verdict(gate, found, Result.PASS, None, tally)
    more = "one" if missing == 1 else str(missing)
    late = ", ".join(sorted({entry.given.by for entry in found.ignored if entry.expired}))
    text = f"{tally} ({more} more from {_whom(gate)}){late and f'; expired: {late}'}"
    return _verdict(gate, found, Result.PENDING, Cause.NEED_MORE, text)


def _rejected(given: Given) -> str:
    reason = one_line(given.reason, _LONGEST_REASON) or "no reason given"
    return f"rejected by {given.by}, {reason}; {given.by} can decide anew, or delete PromotionApproval {given.object}"


def _whom(gate: ApprovalGate) -> str:
    return " or ".join((*gate.groups, *gate.users)) or "anyone who may approve"


def _verdict(gate: ApprovalGate, found: Count, result: Result, cause: Cause | None, message: str) -> Verdict:
    expiries = sorted(expiry(gate, approval) for approval in found.approvals)
    creator = ", not by who registered the source version" if gate.not_by_creator else ""
    return Verdict(
        name=gate.name,
        type=TYPE,
        stage=Stage.PRE_COPY,
        mode=gate.mode,
        result=result,
        observed=f"{len(found.approvals)}/{gate.min_approvals}",
        required=f"{gate.min_approvals} from {_whom(gate)}{creator}, younger than {show(gate.expires_after)}",
        evidence=", ".join(map(str, (*found.rejections, *found.approvals))) or "no decision that counts",
        message=message,
        cause=cause,
        next_at=expiries[-gate.min_approvals] if result is Result.PASS else None,
    )
