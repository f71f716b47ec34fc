"""The conditions of a promotion after a pass. Pure."""

from lakeward.engine.conditions import Condition, Status, find
from lakeward.engine.reasons import Reason
from lakeward.engine.results import State
from lakeward.judgement.gates import Result
from lakeward.kinds.modelpromotion.findings import alias_only
from lakeward.kinds.modelpromotion.phase import Word
from lakeward.kinds.modelpromotion.rows import overcome, rows, tally
from lakeward.kinds.modelpromotion.seen import Pass
from lakeward.kinds.modelpromotion.standing import Standing, adopted_as_is


def general(word: Word) -> tuple[Condition, ...]:
    """Ready always; Reconciling or Stalled when they are true."""
    if word.reason is Reason.PROMOTED:
        return (Condition("Ready", "True", word.reason, word.message),)
    ready = Condition("Ready", "False", word.reason, word.message)
    if word.phase in {"Suspended", "Planned"}:
        return (ready,)
    return (ready, Condition("Stalled" if word.stalled else "Reconciling", "True", word.reason, word.message))


def own(told: Pass) -> tuple[Condition, ...]:
    """What only promotions have."""
    return (_gates_passed(told), _copied(told), _in_sync(told), _rollback(told))


def _gates_passed(told: Pass) -> Condition:
    if told.judged:
        said, text = told.decision.blocking, told.decision.message
        if said is Result.PASS:
            return Condition("GatesPassed", "True", Reason.GATES_PASSED, text)
        reason = Reason.GATES_PENDING if said is Result.PENDING else Reason.GATE_FAILED
        return Condition("GatesPassed", "False", reason, text)
    if adopted_as_is(told.obj, told.found):
        return Condition(
            "GatesPassed", "Unknown", Reason.ADOPTED_AS_IS, "it was the champion before anybody promoted it"
        )
    before = find(told.obj.status, "GatesPassed")
    if before is None:
        text = "they were passed when this version was promoted; what they said then is not known any more"
        return Condition("GatesPassed", "True", Reason.GATES_PASSED, text)
    if before.get("status") != "True" and before.get("reason") != Reason.ADOPTED_AS_IS:
        return Condition(
            "GatesPassed", "True", Reason.GATES_PASSED, "gates judge a move; the pinned version is in place"
        )
    if overcome(told):
        return Condition("GatesPassed", "True", Reason.GATES_PASSED, str(tally(rows(told))))
    status: Status = "True" if before.get("status") == "True" else "Unknown"
    return Condition("GatesPassed", status, Reason(str(before["reason"])), str(before.get("message", "")))


def _copied(told: Pass) -> Condition:
    if alias_only(told.obj.spec):
        return Condition("Copied", "True", Reason.ALIAS_ONLY, "source and target are one model: nothing is copied")
    if told.candidate is not None:
        return Condition("Copied", "True", Reason.COPIED, f"version {told.candidate} of {told.obj.spec.target.model}")
    copying = told.copying
    if copying is None or copying.state in {State.WAITING, State.BLOCKED}:
        return Condition("Copied", "False", Reason.NOT_STARTED, "the copy begins when all gates before it pass")
    return Condition("Copied", "False", copying.reason or Reason.COPYING, copying.message)


def _in_sync(told: Pass) -> Condition:
    shown = f"champion={told.champion or 'none'} previous={told.previous or 'none'}"
    if told.promoted:
        return Condition("InSync", "True", Reason.ALIASES_MATCH, shown)
    if told.where in {Standing.HELD, Standing.REPORTED, Standing.DRIFTED}:
        return Condition("InSync", "False", Reason.ALIASES_DIFFER, f"{shown}; version {told.candidate} was promoted")
    return Condition("InSync", "True" if told.where is Standing.CONVERGED else "False", Reason.SWITCHING, shown)


def _rollback(told: Pass) -> Condition:
    previous = told.previous
    if previous is None or previous == told.champion:
        return Condition("RollbackReady", "False", Reason.NO_PREVIOUS, "no other version was champion before")
    return Condition("RollbackReady", "True", Reason.PREVIOUS_READY, f"previous={previous}")
