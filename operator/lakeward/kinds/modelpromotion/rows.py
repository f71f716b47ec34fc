"""The rows of `status.gates`: what each gate said of the move, and how many passed. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from lakeward.engine.conditions import timestamp
from lakeward.judgement.gates import Result, Stage, Tally, Verdict
from lakeward.kinds.modelpromotion.seen import Pass

Json = Mapping[str, Any]


def rows(told: Pass) -> list[Json]:
    """A row for each gate: what it says now while there is a move to judge, else what it said of the last one."""
    before = {row.get("name"): row for row in told.obj.status.get("gates") or () if isinstance(row, Mapping)}
    now = timestamp(told.found.now)
    if told.judged:
        return [_row(verdict, before.get(verdict.name, {}), now) for verdict in told.verdicts]
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


def _row(verdict: Verdict, before: Json, now: str) -> Json:
    same = before.get("result") == verdict.result
    return {
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
