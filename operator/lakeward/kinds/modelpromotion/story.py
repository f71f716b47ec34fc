"""Tells a pass of a promotion in its own words: summary, gates, attempt, history, and when to look again. Pure."""

from collections.abc import Mapping
from typing import Any

from lakeward.engine.conditions import find, timestamp
from lakeward.engine.outcome import Event
from lakeward.engine.reasons import Reason
from lakeward.engine.results import Results
from lakeward.judgement.gates import Decision, Verdict
from lakeward.kinds.kind import Account
from lakeward.kinds.modelpromotion import conditions
from lakeward.kinds.modelpromotion.attempt import NOTHING_TO_DO, attempt, history, subject
from lakeward.kinds.modelpromotion.decide import commit
from lakeward.kinds.modelpromotion.findings import PROMOTED_AT, Findings, Promotion
from lakeward.kinds.modelpromotion.phase import Word, word
from lakeward.kinds.modelpromotion.rows import rows, tally
from lakeward.kinds.modelpromotion.seen import Pass
from lakeward.kinds.modelpromotion.standing import Standing, adopted_as_is, lag

PENDING_RETRY = 30.0
STEPS = ("Resolve", "Gates", "Copy", "Switch", "Record")
TRIGGERS = {Standing.DRIFTED: "Drift", Standing.ROLLING_BACK: "Rollback"}
REACHED = {"Evaluating": 1, "Copying": 2, "Switching": 3, "Promoted": 5}


def tell(
    obj: Promotion, found: Findings, verdicts: tuple[Verdict, ...], decision: Decision, results: Results
) -> Account:
    """The account of a pass."""
    told = Pass(obj, found, verdicts, decision, results)
    stand = word(told)
    return Account(
        phase=stand.phase,
        summary=_summary(told, _attempt(told, stand)),
        conditions=(*conditions.general(stand), *conditions.own(told)),
        status=_status(told, stand),
        events=_events(told),
        after=_after(told, stand),
    )


def _attempt(told: Pass, stand: Word) -> Mapping[str, Any]:
    trigger = TRIGGERS.get(told.where, "SpecChange")
    return attempt(told.obj, told.found.now, moves=told.judged, trigger=trigger, steps=_steps(told, stand))


def _summary(told: Pass, now: Mapping[str, Any]) -> Mapping[str, str]:
    before = told.obj.status.get("summary") or {}
    kept = "" if now["trigger"] == NOTHING_TO_DO else str(before.get("gates", ""))
    judged = _gates(told, now)
    shown = {
        "source": str(told.obj.spec.source.version),
        "candidate": str(told.candidate or ""),
        "champion": str(told.champion or ""),
        "previous": str(told.previous or ""),
        "gates": str(tally(judged)) if judged else kept,
        "commit": commit(told.obj),
    }
    return {key: value for key, value in shown.items() if value}


def _status(told: Pass, stand: Word) -> Mapping[str, Any]:
    obj, source = told.obj, told.found.source
    now = _attempt(told, stand)
    seen: dict[str, Any] = {"model": obj.spec.source.model, "version": obj.spec.source.version}
    if source is not None:
        seen |= {k: v for k, v in {"runId": source.run_id, "createdBy": source.created_by}.items() if v}
    target = {"championVersion": told.champion, "previousVersion": told.previous}
    return {
        "waitingFor": "",
        "attempt": now,
        "source": seen,
        "target": {"model": obj.spec.target.model, **{k: v for k, v in target.items() if v is not None}},
        **_promoted(told),
        "gates": _gates(told, now),
        "history": history(obj, now, _ended(told, now)),
    }


def _promoted(told: Pass) -> Mapping[str, Any]:
    before = told.obj.status.get("promoted") or {}
    if not told.promoted:
        return {"promoted": before} if before else {}
    if before.get("version") == told.candidate and before.get("source") == told.obj.spec.source.version:
        return {"promoted": before}
    # after a lost status the time is the record's; a move of this pass happens now
    written = told.found.copy.tags.get(PROMOTED_AT) if told.found.copy and not told.judged else None
    now = {
        "version": told.candidate,
        "source": told.obj.spec.source.version,
        "generation": told.obj.generation,
        "since": written or timestamp(told.found.now),
    }
    return {"promoted": now}


def _gates(told: Pass, now: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    # what they said about an attempt that was left is not about the version that serves
    return [] if now["trigger"] == NOTHING_TO_DO and not told.judged else rows(told)


def _steps(told: Pass, stand: Word) -> list[Mapping[str, Any]]:
    """How far the attempt came: what is done, where it stands, what is still to do."""
    reached = REACHED.get(stand.phase, 1 if told.judged and stand.phase == "Blocked" else 0)
    if stand.phase in {"Failed", "Suspended", "Planned", "Held"} or (stand.phase == "Blocked" and not reached):
        reached = 3 if told.candidate else 2 if told.copying else 1
    here = "Failed" if stand.stalled else "Waiting"
    return [
        {"name": name, "state": "Done" if n < reached else here if n == reached else "Todo"}
        for n, name in enumerate(STEPS)
    ]


def _ended(told: Pass, now: Mapping[str, Any]) -> Mapping[str, Any] | None:
    # without an attempt in the status nobody knows when this was, if it was ours at all
    if not told.promoted or not (told.judged or told.obj.status.get("attempt")):
        return None
    if now["trigger"] == NOTHING_TO_DO:
        return None
    entry = {
        "source": told.obj.spec.source.version,
        "target": told.candidate,
        "outcome": "RolledBack" if told.where is Standing.ROLLING_BACK else "Promoted",
        "commit": commit(told.obj),
        "at": timestamp(told.found.now),
    }
    return {key: value for key, value in entry.items() if value}


def _events(told: Pass) -> tuple[Event, ...]:
    before = (told.obj.status.get("attempt") or {}).get("subject")
    if told.where is Standing.ROLLING_BACK and before != subject(told.obj):
        text = (
            f"rolling back from version {told.found.alias(told.obj.spec.switch.aliases.champion)} to {told.candidate}"
        )
        return (Event("Normal", Reason.ROLLBACK_STARTED, f"{text}: gates that judge the way forward are passed over"),)
    known = (find(told.obj.status, "GatesPassed") or {}).get("reason") == Reason.ADOPTED_AS_IS
    if adopted_as_is(told.obj, told.found) and not known:
        text = f"version {told.candidate} already was the champion: it was adopted without gates"
        return (Event("Warning", Reason.ADOPTED_AS_IS, text),)
    return ()


def _after(told: Pass, stand: Word) -> float | None:
    if stand.phase == "Blocked":
        return float(told.obj.spec.gate_policy.retry_interval.total_seconds())
    if stand.phase == "Evaluating":
        return PENDING_RETRY
    if told.where is Standing.SETTLING:
        return max(1.0, lag(told.obj, told.found).total_seconds())
    return None
