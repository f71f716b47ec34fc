"""The conditions of a promotion after a pass. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from lakeward.engine.conditions import Condition, Status, find
from lakeward.engine.reasons import Reason
from lakeward.engine.results import State
from lakeward.judgement.gates import LONGEST_MESSAGE, Cause, Result, one_line
from lakeward.kinds.modelpromotion.findings import alias_only
from lakeward.kinds.modelpromotion.phase import Word
from lakeward.kinds.modelpromotion.rows import approved, overcome, rows, tally
from lakeward.kinds.modelpromotion.seen import Pass
from lakeward.kinds.modelpromotion.standing import Standing, adopted_as_is

MOVED = frozenset({Standing.HELD, Standing.REPORTED, Standing.DRIFTED})


def general(word: Word) -> tuple[Condition, ...]:
    """Ready always; Reconciling or Stalled when they are true."""
    if word.reason is Reason.PROMOTED:
        return (Condition("Ready", "True", word.reason, word.message),)
    ready = Condition("Ready", "False", word.reason, word.message)
    if word.phase in {"Suspended", "Planned"}:
        return (ready,)
    return (ready, Condition("Stalled" if word.stalled else "Reconciling", "True", word.reason, word.message))


def own(told: Pass) -> tuple[Condition, ...]:
    """What only promotions have; some only when they have something to say."""
    return (_gates_passed(told), _approved(told), _copied(told), _in_sync(told), _rollback(told), *_exceptions(told))


def _gates_passed(told: Pass) -> Condition:
    if told.judged:
        said, text = told.decision.blocking, told.decision.message
        if said is Result.PASS:
            return Condition("GatesPassed", "True", Reason.GATES_PASSED, text)
        reason = Reason.GATES_PENDING if said is Result.PENDING else Reason.GATE_FAILED
        return Condition("GatesPassed", "False", reason, text)
    if adopted_as_is(told.obj, told.found):
        text = "it was the champion before this promotion had a part in it"
        return Condition("GatesPassed", "Unknown", Reason.ADOPTED_AS_IS, text)
    before = find(told.obj.status, "GatesPassed")
    if told.where in {Standing.CONVERGED, Standing.GIVEN_UP}:
        # a rollout begins only when they have passed
        return _gates_behind(told, before)
    if before is None or (told.where is Standing.ON_HOLD and not told.same_attempt):
        return Condition("GatesPassed", "Unknown", Reason.GATES_PENDING, "gates are not asked while nothing may move")
    return _as_before(before)


def _gates_behind(told: Pass, before: Mapping[str, Any] | None) -> Condition:
    """What the gates said of the move that made the pinned version champion."""
    if before is None or told.untold:
        text = "they were passed when this version was promoted; what they said then is not known any more"
        return Condition("GatesPassed", "True", Reason.GATES_PASSED, text)
    if before.get("status") != "True" and before.get("reason") != Reason.ADOPTED_AS_IS:
        text = "gates judge a move; the pinned version is in place"
        return Condition("GatesPassed", "True", Reason.GATES_PASSED, text)
    if overcome(told):
        return Condition("GatesPassed", "True", Reason.GATES_PASSED, str(tally(rows(told))))
    return _as_before(before)


def _as_before(before: Mapping[str, Any]) -> Condition:
    """The condition as the status has it. A newer version may have given a reason that this one does not know."""
    status: Status = "True" if before.get("status") == "True" else "Unknown"
    reason = Reason(str(before.get("reason"))) if before.get("reason") in set(Reason) else Reason.GATES_PASSED
    return Condition("GatesPassed", status, reason, str(before.get("message", "")))


def _approved(told: Pass) -> Condition:
    have, need = approved(told)
    asked = [v for v in told.verdicts if v.type == "Approval"]
    if not told.judged or not asked:
        before = find(told.obj.status, "Approved")
        if not told.judged and need and before is not None and before.get("status") == "True":
            return Condition("Approved", "True", Reason.APPROVED, str(before.get("message", "")))
        return Condition("Approved", "True", Reason.NOT_NEEDED, "no approval is asked for now")
    text = f"{have}/{need}"
    if all(v.result is Result.PASS for v in asked):
        return Condition("Approved", "True", Reason.APPROVED if have >= need else Reason.BYPASSED, text)
    if any(v.cause is Cause.REJECTED for v in asked):
        return Condition("Approved", "False", Reason.REJECTED, text)
    return Condition("Approved", "False", Reason.NEED_MORE, text)


def _copied(told: Pass) -> Condition:
    if alias_only(told.obj.spec):
        return Condition("Copied", "True", Reason.ALIAS_ONLY, "source and target are one model: nothing is copied")
    if told.candidate is not None:
        return Condition("Copied", "True", Reason.COPIED, f"version {told.candidate} of {told.obj.spec.target.model}")
    copying, before = told.copying, find(told.obj.status, "Copied")
    if told.begun_again is not None and before is not None:
        return Condition("Copied", "False", Reason(str(before["reason"])), str(before.get("message", "")))
    if copying is None or (copying.problem is None and copying.state in {State.WAITING, State.BLOCKED}):
        return Condition("Copied", "False", Reason.NOT_STARTED, "the copy begins when all gates before it pass")
    return Condition("Copied", "False", copying.reason or Reason.COPYING, copying.message)


def _in_sync(told: Pass) -> Condition:
    shown = f"champion={told.champion or 'none'} previous={told.previous or 'none'}"
    if told.promoted:
        return Condition("InSync", "True", Reason.ALIASES_MATCH, shown)
    if told.where in MOVED:
        return Condition("InSync", "False", Reason.ALIASES_DIFFER, f"{shown}; version {told.candidate} was promoted")
    last = told.found.record
    if told.under_way and last is not None and last.version == told.champion:
        # a move that waits changes nothing about what was promoted last
        return Condition("InSync", "True", Reason.ALIASES_MATCH, shown)
    if told.under_way and last is None and not _may_switch(told):
        return Condition("InSync", "False", Reason.NOT_STARTED, f"{shown}; nothing was promoted yet")
    return Condition("InSync", "True" if told.where is Standing.CONVERGED else "False", Reason.SWITCHING, shown)


def _may_switch(told: Pass) -> bool:
    return told.judged and told.decision.blocking is Result.PASS and told.candidate is not None


def _rollback(told: Pass) -> Condition:
    previous = told.previous
    if previous is None or previous == told.champion:
        return Condition("RollbackReady", "False", Reason.NO_PREVIOUS, "no other version was champion before")
    moved = told.champion != (told.found.champion.version if told.found.champion else None)
    if not moved and told.obj.spec.rollback.window and previous not in told.found.line:
        text = f"previous={previous}, which no rollback by git would take: it was not replaced by this one, or given up"
        return Condition("RollbackReady", "False", Reason.NO_PREVIOUS, text)
    return Condition("RollbackReady", "True", Reason.PREVIOUS_READY, f"previous={previous}")


def _exceptions(told: Pass) -> Iterator[Condition]:
    """What is there only when there is something to say."""
    refused = told.found.outside(told.obj)
    if refused:
        text = f"nothing is written: {'; '.join(refused)}"
        yield Condition("Allowed", "False", Reason.POLICY_VIOLATION, one_line(text, LONGEST_MESSAGE))
    passed = told.passed_over
    if passed:
        text = ", ".join(f"{name} by {given.by}: {given.reason}" for name, given in sorted(passed.items()))
        yield Condition("Bypassed", "True", Reason.BYPASSED, one_line(text, LONGEST_MESSAGE))
    elif not told.judged and told.same_attempt and (before := find(told.obj.status, "Bypassed")) is not None:
        yield Condition("Bypassed", "True", Reason.BYPASSED, str(before.get("message", "")))
    if told.found.source is None and told.source_was_there:
        source = told.obj.spec.source
        text = f"{source.model} version {source.version} does not exist any more"
        yield Condition("SourceAvailable", "False", Reason.SOURCE_GONE, text)
