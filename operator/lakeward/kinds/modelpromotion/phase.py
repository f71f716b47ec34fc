"""The phase of a promotion and why: the first of these that holds after a pass. Pure.

trouble outside > only looking > promoted > suspended > held by a person > settling > gates > copying > switching
"""

from dataclasses import dataclass

from lakeward.api.common import Mode
from lakeward.engine.reasons import Reason
from lakeward.engine.report import summarize
from lakeward.engine.results import State
from lakeward.judgement.gates import Cause, Decision, Result
from lakeward.kinds.modelpromotion.seen import Pass
from lakeward.kinds.modelpromotion.standing import Standing
from lakeward.providers.databricks.model_claim import ModelClaim

CAUSES = {
    Cause.VERSION_NOT_FOUND: Reason.SOURCE_NOT_FOUND,
    Cause.DEPENDENCY_CYCLE: Reason.DEPENDENCY_CYCLE,
    Cause.DIGEST_MISMATCH: Reason.DIGEST_MISMATCH,
}


@dataclass(frozen=True)
class Word:
    """The phase, and the Ready condition that goes with it."""

    phase: str
    reason: Reason
    message: str
    stalled: bool = False


def word(told: Pass) -> Word:
    """The phase after a pass."""
    spec = told.obj.spec
    trouble = _trouble(told)
    if trouble is not None:
        return trouble
    if spec.mode is not Mode.RECONCILE and not told.promoted:
        return Word("Planned", Reason.PLANNED, "spec.mode only looks; the pinned version is not the champion")
    if told.promoted:
        text = f"version {told.candidate} of {spec.target.model} is the {spec.switch.aliases.champion}"
        return Word("Promoted", Reason.PROMOTED, text)
    if spec.suspend:
        return Word("Suspended", Reason.SUSPENDED, "spec.suspend is true; the pinned version is not the champion")
    if told.where is Standing.HELD:
        alias = spec.switch.aliases.champion
        text = f"{alias} was moved to version {told.champion or 'none'} by hand; edit spec.source to go on"
        return Word("Held", Reason.ALIASES_DIFFER, text, stalled=True)
    if told.where is Standing.REPORTED:
        text = (
            f"{spec.switch.aliases.champion} was moved to version {told.champion or 'none'} by hand, and is left there"
        )
        return Word("Promoted", Reason.ALIASES_DIFFER, text, stalled=True)
    if told.where is Standing.SETTLING:
        text = "the aliases differ from what was just written; they are read again before that is believed"
        return Word("Switching", Reason.ALIASES_DIFFER, text)
    return _underway(told)


def _trouble(told: Pass) -> Word | None:
    """What stands in the way outside: another owner, or a call that failed."""
    target = told.obj.spec.target.model
    claim = told.results.get(ModelClaim(model=target).address)
    if claim is not None and claim.reason is Reason.FOREIGN_OBJECT:
        text = f"spec.target.model: another promotion moves the aliases of {target}; a model has one only"
        return Word("Failed", Reason.TARGET_CONFLICT, text, stalled=True)
    if not told.results.problems:
        return None
    summary = summarize(told.results)
    copying = told.copying is not None and told.copying.problem is not None
    phase = "Failed" if summary.stalled else "Copying" if copying else "Switching" if told.candidate else "Pending"
    return Word(phase, summary.reason, summary.message, stalled=summary.stalled)


def _underway(told: Pass) -> Word:
    decision = told.decision
    if told.judged and decision.blocking in {Result.FAIL, Result.ERROR}:
        return Word("Blocked", _reason(told), decision.message, stalled=True)
    if told.judged and decision.blocking is Result.PENDING:
        return Word("Evaluating", Reason.GATES_PENDING, decision.message)
    copying = told.copying
    if copying is not None and copying.state is State.PROGRESSING:
        return Word("Copying", Reason.COPYING, copying.message or "copying")
    if told.candidate is None:
        return Word("Pending", Reason.APPLYING, summarize(told.results).message)
    return Word("Switching", Reason.SWITCHING, summarize(told.results).message)


def _reason(told: Pass) -> Reason:
    """The reason of the gate that stopped the move, where one gate says it all."""
    worst = [v for v in told.verdicts if v.result is told.decision.blocking and v.name in _enforced(told.decision)]
    causes = {CAUSES.get(v.cause) for v in worst if v.cause}
    return next(iter(causes)) or Reason.GATE_FAILED if len(causes) == 1 else Reason.GATE_FAILED


def _enforced(decision: Decision) -> frozenset[str]:
    return frozenset({*decision.failed, *decision.errors})
