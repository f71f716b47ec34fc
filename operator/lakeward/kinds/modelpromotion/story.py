"""Tells a pass of a promotion in its own words: summary, gates, attempt, history, and when to look again. Pure."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from lakeward.engine.conditions import timestamp
from lakeward.engine.results import Results
from lakeward.judgement.gates import Decision, Result, Verdict
from lakeward.kinds.kind import Account
from lakeward.kinds.modelpromotion import conditions, retention
from lakeward.kinds.modelpromotion.annotate import approvers, commit
from lakeward.kinds.modelpromotion.attempt import NOTHING_TO_DO, attempt, begun, history
from lakeward.kinds.modelpromotion.findings import Findings, JobSeen, Promotion
from lakeward.kinds.modelpromotion.news import events
from lakeward.kinds.modelpromotion.phase import Word, waited_for, word
from lakeward.kinds.modelpromotion.records import APPROVED_BY, PROMOTED_AT, REPLACES, moment
from lakeward.kinds.modelpromotion.rows import approved, rows, tally, votes
from lakeward.kinds.modelpromotion.seen import Pass
from lakeward.kinds.modelpromotion.standing import Standing, adopted_as_is, lag, reverts
from lakeward.kinds.modelpromotion.steps import steps
from lakeward.providers.databricks.model_alias import ModelAlias
from lakeward.providers.databricks.model_version import DIGEST

SOONEST, PART = timedelta(seconds=30), 10
"""What is waited for is looked at every tenth of the time that it has been waited for, and not sooner."""
TRIGGERS = {Standing.DRIFTED: "Drift", Standing.ROLLING_BACK: "Rollback"}
LOOKS = frozenset({"Evaluating", "AwaitingRollout", "Verifying"})
"""Phases in which something outside may come at any time. People who approve wake the promotion, the clock is known."""
LOSES = frozenset({"Metric", "Tag"})
"""Types of gates that fail when what they wait for has not come by the deadline."""
WAITS = LOOKS | {"AwaitingApproval", "AwaitingWindow"}


def tell(
    obj: Promotion, found: Findings, verdicts: tuple[Verdict, ...], decision: Decision, results: Results
) -> Account:
    """The account of a pass."""
    told = Pass(obj, found, verdicts, decision, results)
    stand = word(told)
    now = _attempt(told, stand)
    said = (*conditions.general(stand), *conditions.own(told))
    due = _next(told, stand)
    return Account(
        phase=stand.phase,
        summary=_summary(told, stand, now),
        conditions=said,
        status=_status(told, stand, now, due),
        events=events(told, stand, now, said),
        after=_after(told, stand, due),
    )


def _attempt(told: Pass, stand: Word) -> Mapping[str, Any]:
    where = Standing.ROLLING_BACK if told.untold and told.found.rolled_back else told.where
    found_it_there = where is Standing.CONVERGED and not told.untold
    trigger = NOTHING_TO_DO if found_it_there else TRIGGERS.get(where, "SpecChange")
    return attempt(
        told.obj,
        told.found,
        moves=told.under_way or told.untold,
        adopted=where is Standing.CONVERGED and adopted_as_is(told.obj, told.found),
        trigger=trigger,
        steps=steps(told, stand),
    )


def _summary(told: Pass, stand: Word, now: Mapping[str, Any]) -> Mapping[str, str]:
    before = told.obj.status.get("summary") or {}
    kept = {} if _is_other(told, now) else before
    judged = _gates(told, now)
    have, need = approved(told) if told.judged else (0, 0)
    shown = {
        "source": str(told.obj.spec.source.version),
        "candidate": str(told.candidate or ""),
        "champion": str(told.champion or ""),
        "previous": str(told.previous or ""),
        "gates": str(tally(judged)) if judged else str(kept.get("gates", "")),
        "approvals": f"{have}/{need}" if need else str(kept.get("approvals", "")) if not told.judged else "",
        "commit": commit(told.obj),
        "message": "" if stand.phase == "Promoted" and not stand.stalled else stand.message,
    }
    return {key: value for key, value in shown.items() if value}


def _status(told: Pass, stand: Word, now: Mapping[str, Any], due: datetime | None) -> Mapping[str, Any]:
    target = {"championVersion": told.champion, "previousVersion": told.previous}
    approvals = [] if _is_other(told, now) else votes(told)
    return {
        "waitingFor": stand.waiting_for,
        **({"nextCheckAt": timestamp(due)} if due is not None else {}),
        "attempt": now,
        "source": _source(told),
        "target": {"model": told.obj.spec.target.model, **{k: v for k, v in target.items() if v is not None}},
        **_promoted(told),
        "gates": _gates(told, now),
        **({"approvals": approvals} if approvals else {}),
        **({"rollout": {"candidate": str(told.candidate)}} if told.rolling or _rolled(told) else {}),
        **_retention(told),
        **_reverts(told),
        "history": history(told.obj, now, _ended(told, now), told.found.now),
    }


def _source(told: Pass) -> Mapping[str, Any]:
    """The source as it was resolved; when it is gone, as it was seen last."""
    source, pinned = told.found.source, told.obj.spec.source
    seen: dict[str, Any] = {"model": pinned.model, "version": pinned.version}
    if source is None:
        return dict(told.obj.status["source"]) if told.source_was_there else seen
    digest = told.found.copy.tags.get(DIGEST, "") if told.found.copy else ""
    facts = {"runId": source.run_id, "createdBy": source.created_by, "digest": digest}
    return seen | {key: value for key, value in facts.items() if value}


def _rolled(told: Pass) -> bool:
    """With a rollout to follow, the candidate stays told while the pinned version serves."""
    return told.obj.spec.switch.after is not None and told.promoted


def _promoted(told: Pass) -> Mapping[str, Any]:
    before = told.obj.status.get("promoted") or {}
    if not told.promoted:
        return {"promoted": before} if before else {}
    stayed = (told.obj.status.get("target") or {}).get("championVersion") in {None, told.candidate}
    same = before.get("version") == told.candidate and before.get("source") == told.obj.spec.source.version
    if same and stayed:
        return {"promoted": before}
    # after a lost status the time is the record's; a move of this pass, or by hand back to it, happens now
    written = None if told.judged or same else _recorded(told)
    now = {
        "version": told.candidate,
        "source": told.obj.spec.source.version,
        "generation": told.obj.generation,
        "since": written or timestamp(told.found.now),
    }
    return {"promoted": now}


def _recorded(told: Pass) -> str | None:
    """When the version that serves became champion, as its own tags say it; None where it came back to that later."""
    tags = told.found.copy.tags if told.found.copy else {}
    return tags.get(PROMOTED_AT) if tags.get(REPLACES, "") == str(told.previous or "") else None


def _gates(told: Pass, now: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [] if _is_other(told, now) else rows(told)


def _is_other(told: Pass, now: Mapping[str, Any]) -> bool:
    """Whether what was said once was about another attempt than the one that led to the version that serves."""
    if told.untold or told.judged:
        return told.untold
    last = told.obj.status.get("attempt") or {}
    return bool(now["trigger"] == NOTHING_TO_DO or (last and now["id"] != last.get("id")))


def _retention(told: Pass) -> Mapping[str, Any]:
    plan = retention.retirement(told.obj, told.found)
    before = told.obj.status.get("retention") or {}
    if plan is None:
        return {"retention": before} if before and told.obj.spec.retention is not None else {}
    message = "; ".join([*([plan.message] if plan.message else []), *told.kept_back])
    now = {"action": str(plan.action), "versions": [v.version for v in plan.versions], "message": message}
    now = {key: value for key, value in now.items() if value}
    same = {key: value for key, value in before.items() if key != "at"} == now
    return {"retention": {**now, "at": before.get("at") if same else timestamp(told.found.now)}}


def _reverts(told: Pass) -> Mapping[str, Any]:
    """When moves by hand were taken back lately."""
    known = reverts(told.obj, told.found.now)
    champion = told.results.get(ModelAlias(model=told.obj.spec.target.model, alias=told.aliases.champion).address)
    if told.where is Standing.DRIFTED and champion is not None and champion.wrote:
        known.append(timestamp(told.found.now))
    return {"reverts": known} if known else {}


def _ended(told: Pass, now: Mapping[str, Any]) -> Mapping[str, Any] | None:
    # without an attempt in the status nobody knows when this was, if it was ours at all
    if not told.promoted or not (told.judged or told.obj.status.get("attempt")):
        return None
    if now["trigger"] == NOTHING_TO_DO or adopted_as_is(told.obj, told.found):
        return None
    at = _moved_at(told, now)
    if at is None:
        return None
    entry = {
        "source": told.obj.spec.source.version,
        "target": told.candidate,
        "outcome": "RolledBack" if _went_back(told, now) else "Promoted",
        "commit": commit(told.obj),
        "at": timestamp(at),
        "approvedBy": _approved_by(told, now),
        "bypassedBy": [f"{gate}: {given.by}" for gate, given in sorted(told.passed_over.items())],
    }
    return {key: value for key, value in entry.items() if value}


def _moved_at(told: Pass, now: Mapping[str, Any]) -> datetime | None:
    """When the attempt made its version champion; None where that was before it began, so that it did not."""
    if told.judged or told.recorded or _went_back(told, now):
        return told.found.now
    # the pass that did was not told: the version knows
    at = moment(_recorded(told))
    return at if at is not None and (told.untold or at >= begun(told.obj, told.found)) else None


def _went_back(told: Pass, now: Mapping[str, Any]) -> bool:
    """Whether the attempt is a rollback; where the pass that switched was not told, by what was told before."""
    return told.where is Standing.ROLLING_BACK if told.judged else now["trigger"] == TRIGGERS[Standing.ROLLING_BACK]


def _approved_by(told: Pass, now: Mapping[str, Any]) -> list[str]:
    """Who approved the attempt; where the pass that switched was not told, as the version itself says."""
    if told.judged:
        return list(approvers(told.obj, told.found))
    asked = any(gate.approval is not None for gate in told.found.gates(told.obj)) and not _went_back(told, now)
    names = told.found.copy.tags.get(APPROVED_BY, "") if told.found.copy and asked else ""
    return [name for name in names.split(", ") if name]


def _next(told: Pass, stand: Word) -> datetime | None:
    """The next known instant at which time alone changes something; never the next look."""
    if not told.judged or stand.phase not in {*WAITS, "Blocked"}:
        return None
    return min((at for at in _instants(told) if at > told.found.now), default=None)


def _instants(told: Pass) -> Iterator[datetime]:
    for verdict in told.verdicts:
        if verdict.next_at is not None:
            yield verdict.next_at
    for gate in told.found.gates(told.obj):
        seen = told.found.jobs.get(gate.name)
        if gate.job is not None and isinstance(seen, JobSeen) and seen.run is not None and not seen.run.ended:
            yield datetime.fromtimestamp(seen.run.started_at / 1000, UTC) + gate.job.timeout
    if any(v.result is Result.PENDING and v.type in LOSES for v in waited_for(told)):
        yield begun(told.obj, told.found) + told.obj.spec.gate_policy.pending_deadline


def _after(told: Pass, stand: Word, due: datetime | None) -> float | None:
    if told.where is Standing.SETTLING:
        return max(1.0, lag(told.obj, told.found).total_seconds())
    # a little late rather than a little early: the instant itself belongs to what comes then
    known = [due - told.found.now + timedelta(seconds=1)] if due is not None else []
    slowly = told.obj.spec.gate_policy.retry_interval
    if stand.phase == "Blocked" and told.judged:
        known.append(slowly)
    elif stand.phase in LOOKS:
        known.append(min(slowly, max(SOONEST, (told.found.now - begun(told.obj, told.found)) / PART)))
    return max(1.0, min(known).total_seconds()) if known else None
