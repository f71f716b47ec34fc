"""The phase of a promotion and why: the first of these that holds after a pass. Pure.

trouble outside > only looking > given up > promoted > suspended > held by a person > settling > gates > copying >
switching
"""

from collections.abc import Iterable
from dataclasses import dataclass

from lakeward.api.common import Mode
from lakeward.engine.reasons import Reason
from lakeward.engine.report import summarize
from lakeward.engine.results import State
from lakeward.judgement.gates import LONGEST_MESSAGE, Cause, Result, Stage, Verdict, one_line
from lakeward.kinds.modelpromotion.records import PROMOTED_AT
from lakeward.kinds.modelpromotion.seen import Pass
from lakeward.kinds.modelpromotion.standing import Standing, asked_to_hold, holds
from lakeward.providers.databricks.model_claim import ModelClaim

CAUSES = {
    Cause.VERSION_NOT_FOUND: Reason.SOURCE_NOT_FOUND,
    Cause.DEPENDENCY_CYCLE: Reason.DEPENDENCY_CYCLE,
    Cause.DIGEST_MISMATCH: Reason.DIGEST_MISMATCH,
    Cause.POLICY_VIOLATION: Reason.POLICY_VIOLATION,
    Cause.CHAMPION_GONE: Reason.CHAMPION_GONE,
    Cause.REJECTED: Reason.REJECTED,
    Cause.IDENTITY_NOT_ENFORCED: Reason.IDENTITY_NOT_ENFORCED,
    Cause.CREATOR_UNMAPPED: Reason.CREATOR_UNMAPPED,
}
APPROVAL, WINDOW = "Approval", "Window"
WORKING = frozenset({"Promoted", "Evaluating", "AwaitingApproval", "AwaitingWindow", "AwaitingRollout", "Verifying"})
"""Phases that a fault which time alone heals does not end."""


@dataclass(frozen=True)
class Word:
    """The phase, the Ready condition that goes with it, and what a person or the clock must bring."""

    phase: str
    reason: Reason
    message: str
    stalled: bool = False
    waiting_for: str = ""


def word(told: Pass) -> Word:
    """The phase after a pass."""
    trouble = _trouble(told)
    if trouble is not None:
        return trouble
    if told.obj.spec.mode is not Mode.RECONCILE and not told.promoted:
        text = "spec.mode only looks; the pinned version is not the champion"
        return Word("Planned", Reason.PLANNED, text, waiting_for="Resume")
    if told.where is Standing.GIVEN_UP:
        return _given_up(told)
    if told.promoted:
        text = f"version {told.candidate} of {told.obj.spec.target.model} is the {told.aliases.champion}"
        return Word("Promoted", Reason.PROMOTED, text)
    if told.obj.spec.suspend:
        return Word("Suspended", Reason.SUSPENDED, "spec.suspend is true; the pinned version is not the champion")
    return _by_hand(told) or _underway(told)


def _trouble(told: Pass) -> Word | None:
    """What stands in the way outside: the guard, another owner, or a call that failed."""
    target = told.obj.spec.target.model
    refused = told.found.outside(told.obj)
    if refused and not told.promoted:
        return Word("Blocked", Reason.POLICY_VIOLATION, "; ".join(refused), stalled=True)
    claim = told.results.get(ModelClaim(model=target).address)
    if told.found.rivals or (claim is not None and claim.reason is Reason.FOREIGN_OBJECT):
        text = f"spec.target.model: {_holder(told)} moves the aliases of {target}; delete one of the two, or change it"
        return Word("Failed", Reason.TARGET_CONFLICT, text, stalled=True)
    if not told.matters.problems:
        return None
    summary = summarize(told.matters)
    copying = told.copying is not None and told.copying.problem is not None
    before = str(told.obj.status.get("phase") or "")
    under_way = "Copying" if copying else before if before in WORKING else "Switching" if told.candidate else "Pending"
    phase = "Failed" if summary.stalled else under_way
    return Word(phase, summary.reason, summary.message, stalled=summary.stalled)


def _holder(told: Pass) -> str:
    """The other promotion, by name only where it is in our own namespace."""
    holders = [*told.found.rivals, told.found.claimed_by]
    own = [holder.partition("/")[2] for holder in holders if holder.partition("/")[0] == told.obj.namespace]
    return f"ModelPromotion {own[0]}" if own else "another promotion"


def _given_up(told: Pass) -> Word:
    """What became of a version that its rollout gave up: it is not tried again by itself."""
    why = told.found.rollout.message if told.found.rollout else "its rollout failed"
    copy = told.found.copy
    if copy is None or PROMOTED_AT not in copy.tags:
        text = f"version {told.candidate} was not promoted: {why}; pin another version"
        return Word("Blocked", Reason.ROLLOUT_ABORTED, text, stalled=True)
    if told.champion == copy.version:
        text = f"version {copy.version} was given up, and no version is safe to go back to: {why}; pin a good one"
        return Word("Held", Reason.NO_SAFE_PREVIOUS, text, stalled=True)
    text = f"version {copy.version} was given up and {told.champion} is champion again: {why}; pin another version"
    return Word("Held", Reason.ROLLED_BACK, text, stalled=True)


def _by_hand(told: Pass) -> Word | None:
    """What a person did or asked for beside git."""
    alias, now = told.aliases.champion, told.champion or "none"
    if told.where is Standing.ON_HOLD:
        return Word("Held", Reason.HELD, f"{_asked(told)}; take the annotation off to go on", stalled=True)
    if told.where is Standing.HELD:
        why = holds(told.obj, told.found)
        text = f"{alias} was moved to version {now} by hand{f' ({why})' if why else ''}; edit spec.source to go on"
        return Word("Held", Reason.ALIASES_DIFFER, text, stalled=True)
    if told.where is Standing.REPORTED:
        text = f"{alias} was moved to version {now} by hand, and is left there"
        return Word("Promoted", Reason.ALIASES_DIFFER, text, stalled=True)
    if told.where is Standing.SETTLING:
        text = "the aliases differ from what was just written; they are read again before that is believed"
        return Word("Switching", Reason.ALIASES_DIFFER, text)
    return None


def _asked(told: Pass) -> str:
    return asked_to_hold(told.obj)


def _underway(told: Pass) -> Word:
    decision = told.decision
    if told.judged and decision.blocking in {Result.FAIL, Result.ERROR}:
        return _blocked(told)
    if told.judged and decision.blocking is Result.PENDING:
        return _waiting(told)
    copying = told.copying
    if copying is not None and copying.state is State.PROGRESSING:
        return _copying(told, copying.message)
    if told.candidate is None:
        return Word("Pending", Reason.APPLYING, summarize(told.matters).message)
    if told.rolling:
        text = told.found.rollout.message if told.found.rollout else "the rollout has not begun"
        return Word("AwaitingRollout", Reason.AWAITING_ROLLOUT, text, waiting_for="Rollout")
    return Word("Switching", Reason.SWITCHING, summarize(told.matters).message)


def _copying(told: Pass, progress: str) -> Word:
    before = told.begun_again
    if before is not None:
        return Word("Failed", Reason(str(before["reason"])), str(before.get("message", "")), stalled=True)
    return Word("Copying", Reason.COPYING, progress or "copying")


def _blocked(told: Pass) -> Word:
    """No, and whose matter it is: a bad model is Blocked, what was never or is no more a version is Failed."""
    worst = [v for v in told.verdicts if v.result is told.decision.blocking and v.name in _enforced(told)]
    causes = {v.cause for v in worst}
    if causes == {Cause.VERSION_NOT_FOUND} and told.source_was_there:
        text = f"{worst[0].message}; it was there before"
        return Word("Failed", Reason.SOURCE_GONE, text, stalled=True)
    if causes == {Cause.NOT_READY} and told.found.copy is None:
        return Word("Failed", Reason.SOURCE_NOT_READY, _why(worst), stalled=True)
    reasons = {CAUSES.get(cause, Reason.GATE_FAILED) if cause else Reason.GATE_FAILED for cause in causes}
    default = Reason.GATE_FAILED if told.decision.blocking is Result.FAIL else Reason.GATE_ERROR
    reason = reasons.pop() if len(reasons) == 1 else default
    reason = default if reason is Reason.GATE_FAILED else reason
    return Word("Blocked", reason, _why(worst), stalled=True)


def _waiting(told: Pass) -> Word:
    """Whom or what it waits for: people before the clock, and gates that can still come before both."""
    waited = waited_for(told)
    pending = {v.type for v in waited}
    copying = told.copying
    if copying is not None and copying.state is State.PROGRESSING and copying.seen is not None:
        return _copying(told, copying.message)
    message = _why(waited) or told.decision.message
    if pending and pending <= {APPROVAL, WINDOW}:
        if APPROVAL in pending:
            return Word("AwaitingApproval", Reason.AWAITING_APPROVAL, message, waiting_for="Approval")
        return Word("AwaitingWindow", Reason.AWAITING_WINDOW, message, waiting_for="Window")
    if told.candidate is not None and pending <= {"Digest", "Ready"}:
        return Word("Verifying", Reason.VERIFYING, message)
    return Word("Evaluating", Reason.GATES_PENDING, message)


def waited_for(told: Pass) -> list[Verdict]:
    """The Enforce gates that are pending and count now: before the copy only those that must precede it."""
    late = told.found.copy is not None
    enforced = [v for v in told.verdicts if v.name in told.decision.pending]
    return [v for v in enforced if late or v.stage is Stage.PRE_COPY]


def _why(verdicts: Iterable[Verdict]) -> str:
    """Which gates stand in the way and why. How many passed has a column of its own, and GatesPassed tells all."""
    text = "; ".join(f"{v.name}: {v.message}" for v in sorted(verdicts, key=lambda v: v.name))
    return one_line(text, LONGEST_MESSAGE)


def _enforced(told: Pass) -> frozenset[str]:
    return frozenset({*told.decision.failed, *told.decision.errors})
