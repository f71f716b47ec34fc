"""The gate SourceAlias: does an alias of the source model name the pinned version, and has it for long enough?

Another version is waited for and never fails: whoever moves the alias answers to others. Knows no client; the hour is
told to it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from lakeward.judgement.gates import Cause, Mode, Result, Stage, Verdict
from lakeward.judgement.spans import show

TYPE = "SourceAlias"


@dataclass(frozen=True, kw_only=True)
class SourceAliasGate:
    """Which alias must name the pinned version.

    name   name of the gate
    model  full name of the source model
    alias  name of its alias
    soak   for how long it must have named that version; zero: at once
    mode   Enforce or Warn
    """

    name: str
    model: str
    alias: str
    soak: timedelta
    mode: Mode = Mode.ENFORCE


def evaluate(gate: SourceAliasGate, pinned: int, named: int | None, since: datetime | None, now: datetime) -> Verdict:
    """The verdict on the version that the alias names, None where there is no such alias; `next_at` ends the soak.

    since  when we first saw it name that version, and ever since; None: never before
    """
    until = None if named != pinned or since is None else since + gate.soak
    result, cause, message = _judged(gate, pinned, named, until, now)
    soak = f" for {show(gate.soak)}" if gate.soak else ""
    return Verdict(
        name=gate.name,
        type=TYPE,
        stage=Stage.PRE_COPY,
        mode=gate.mode,
        result=result,
        observed="no version" if named is None else str(named),
        required=f"{gate.alias} names {pinned}{soak}",
        evidence=f"aliases of {gate.model}",
        message=message,
        cause=cause,
        next_at=until if cause is Cause.SOAKING else None,
    )


def _judged(
    gate: SourceAliasGate, pinned: int, named: int | None, until: datetime | None, now: datetime
) -> tuple[Result, Cause | None, str]:
    where = f"{gate.alias} of {gate.model}"
    if named is None:
        return Result.PENDING, Cause.ALIAS_ELSEWHERE, f"{where} names no version, needs {pinned}; set it there"
    if named != pinned:
        return Result.PENDING, Cause.ALIAS_ELSEWHERE, f"{where} is at {named}, needs {pinned}"
    if gate.soak and (until is None or now < until):
        return Result.PENDING, Cause.SOAKING, f"{where} is at {pinned}, but not for {show(gate.soak)} yet"
    return Result.PASS, None, f"{where} is at {pinned}"
