"""The rows of `status.gates` and `status.approvals`: what each said of the move, and how many passed. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from lakeward.engine.conditions import timestamp
from lakeward.engine.errors import Problem
from lakeward.judgement.approval import Decision, Given, Ignored
from lakeward.judgement.gates import Result, Stage, Tally, Verdict
from lakeward.kinds.modelpromotion.ask import approvals, first_sight
from lakeward.kinds.modelpromotion.findings import JobSeen
from lakeward.kinds.modelpromotion.judge import bypasses
from lakeward.kinds.modelpromotion.seen import Pass

Json = Mapping[str, Any]


def rows(told: Pass) -> list[Json]:
    """A row for each gate: what it says now while there is a move to judge, else what it said of the last one."""
    before = {row.get("name"): row for row in told.obj.status.get("gates") or () if isinstance(row, Mapping)}
    now = timestamp(told.found.now)
    if told.judged:
        kept = before if told.same_attempt else {}
        verdicts = [_with_start(told, v) for v in told.verdicts]
        return [{**_row(v, kept.get(v.name, {}), now), **_extra(told, v.name, kept.get(v.name, {}))} for v in verdicts]
    late = overcome(told)
    return [_row(late[str(name)], row, now) if name in late else row for name, row in before.items()]


def tally(rows: Iterable[Json]) -> Tally:
    """How many of them passed."""
    results = [row.get("result") for row in rows]
    return Tally(results.count(str(Result.PASS)), len(results))


def overcome(told: Pass) -> Mapping[str, Verdict]:
    """Gates that stand before the switch, were left pending in the status, and pass now that it has been made.

    The status of the pass that made the switch was lost then: they did pass, or there would be no switch.
    """
    before = told.obj.status.get("gates") or ()
    waited = {row.get("name") for row in before if isinstance(row, Mapping) and row.get("result") == Result.PENDING}
    late = [v for v in told.verdicts if v.stage is Stage.PRE_SWITCH and v.result is Result.PASS and v.name in waited]
    return {} if told.judged else {verdict.name: verdict for verdict in late}


def votes(told: Pass) -> list[Json]:
    """A row for each PromotionApproval that names this object; at rest, what they said of the last move."""
    if not told.judged:
        return [row for row in told.obj.status.get("approvals") or () if isinstance(row, Mapping)]
    counted, ignored = verdict_on_votes(told)
    policy = told.found.votes.identity.policy if told.found.votes.identity else ""
    why = {one.given.object: one.why for one in ignored}
    return [
        _vote(given, given.object in counted, why.get(given.object, ""), policy) for given in told.found.votes.given
    ]


def verdict_on_votes(told: Pass) -> tuple[frozenset[str], tuple[Ignored, ...]]:
    """The names of those that count, and why the others do not."""
    counted: set[str] = set()
    ignored: dict[str, Ignored] = {}
    for one in _judged(told):
        counted |= {given.object for given in one[0]}
        for refused in one[1]:
            ignored.setdefault(refused.given.object, refused)
    known = counted | ignored.keys()
    about_nothing = (g for g in told.found.votes.given if g.object not in known)
    for given in about_nothing:
        ignored[given.object] = Ignored(given, f"no gate {given.gate} asks for an approval")
    return frozenset(counted), tuple(one for name, one in sorted(ignored.items()) if name not in counted)


def approved(told: Pass) -> tuple[int, int]:
    """How many approvals count, of how many that are needed, over all gates that ask for some now."""
    have = need = 0
    asked = {verdict.name for verdict in told.verdicts}
    for gate in told.found.gates(told.obj):
        if gate.approval is not None and gate.name in asked:
            counted = approvals(told.obj, told.found, gate, gate.approval).counted
            given = sum(one.decision == Decision.APPROVE for one in counted)
            have += min(given, gate.approval.min_approvals)
            need += gate.approval.min_approvals
    return have, need


def _judged(told: Pass) -> Iterator[tuple[Iterable[Given], Iterable[Ignored]]]:
    for gate in told.found.gates(told.obj):
        if gate.approval is not None:
            judged = approvals(told.obj, told.found, gate, gate.approval)
            yield judged.counted, judged.ignored
    passed = bypasses(told.obj, told.found)
    yield passed.by.values(), passed.ignored


def _vote(given: Given, counts: bool, why: str, policy: str) -> Json:
    row = {
        "gate": given.gate,
        "by": given.by,
        "decision": given.decision,
        "object": given.object,
        "subject": given.subject,
        "policy": given.policy or (policy if counts else ""),
        "at": timestamp(given.at),
        "message": why,
    }
    return {**{key: value for key, value in row.items() if value}, "counted": counts}


def _with_start(told: Pass, verdict: Verdict) -> Verdict:
    """What the gate says; that its job could not be started, it could not know when it was asked."""
    start = told.starts.get(verdict.name)
    if start is None or start.problem is None or verdict.result is not Result.PENDING:
        return verdict
    return replace(verdict, result=Result.ERROR, message=f"its job is not started: {start.problem.text}")


def _row(verdict: Verdict, before: Json, now: str) -> Json:
    same = before.get("result") == verdict.result
    row = {
        "name": verdict.name,
        "type": verdict.type,
        "stage": str(verdict.stage),
        "mode": str(verdict.mode),
        "result": str(verdict.result),
        "observed": verdict.observed,
        "required": verdict.required,
        "evidence": verdict.evidence,
        "since": before["since"] if same and "since" in before else now,
    }
    return row if verdict.result is Result.PASS else {**row, "message": verdict.message}


def _extra(told: Pass, name: str, before: Json) -> Json:
    """What must be found again in the next pass: the run of a job, the first sight of an alias."""
    gate = next((g for g in told.found.gates(told.obj) if g.name == name), None)
    seen = told.found.jobs.get(name)
    if gate is None:
        return {}
    if isinstance(seen, Problem):
        # the run is not looked at any more, but it is the one that a new request replaces
        return {key: before[key] for key in ("run", "retry") if key in before}
    if isinstance(seen, JobSeen) and seen.job is not None:
        run = seen.run.id if seen.run else _started(told, name)
        return {**({"run": run} if run else {}), **({"retry": seen.retry} if seen.retry else {})}
    sight = first_sight(told.obj, told.found, gate)
    return {"seen": timestamp(sight)} if sight else {}


def _started(told: Pass, name: str) -> int | None:
    """The run that this pass started for that gate."""
    result = told.starts.get(name)
    number = result.seen.outputs.get("id") if result is not None and result.seen is not None else None
    return int(number) if number is not None else None
