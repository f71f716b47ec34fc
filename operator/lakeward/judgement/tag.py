"""The gate Tag: has somebody set a tag of the version to one of the values that pass?

A missing tag is waited for, because reviews and validation jobs set it later; another value is an answer: no. It says
that somebody who may set tags did so, not who. Knows no client and no clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from lakeward.judgement.gates import Cause, Mode, Result, Stage, Verdict

TYPE = "Tag"


@dataclass(frozen=True, kw_only=True)
class TagGate:
    """Which tag is asked for.

    name    name of the gate
    key     key of the tag
    values  values that pass
    mode    Enforce or Warn
    """

    name: str
    key: str
    values: tuple[str, ...]
    mode: Mode = Mode.ENFORCE


def evaluate(gate: TagGate, subject: str, tags: Mapping[str, str] | None, *, deadline_over: bool) -> Verdict:
    """The verdict on the tags of `subject`; None says that it does not exist."""
    result, cause, message = _judged(gate, subject, tags, deadline_over=deadline_over)
    return Verdict(
        name=gate.name,
        type=TYPE,
        stage=Stage.PRE_COPY,
        mode=gate.mode,
        result=result,
        observed="absent" if tags is None else (tags.get(gate.key, "not set").strip() or "empty"),
        required=f"{gate.key} is {_values(gate)}",
        evidence=f"tags of {subject}",
        message=message,
        cause=cause,
    )


def _judged(
    gate: TagGate, subject: str, tags: Mapping[str, str] | None, *, deadline_over: bool
) -> tuple[Result, Cause | None, str]:
    if tags is None:
        return Result.PENDING, Cause.MISSING, f"{subject} does not exist"
    found = tags.get(gate.key)
    if found is None and not deadline_over:
        return Result.PENDING, Cause.MISSING, f"waits for the tag {gate.key} on {subject}, {_values(gate)}"
    if found is None:
        return Result.FAIL, Cause.MISSING, f"the tag {gate.key} was not set on {subject} before the deadline"
    if found in gate.values:
        return Result.PASS, None, f"{gate.key} is {found}"
    return Result.FAIL, Cause.OUT_OF_BOUNDS, f"{gate.key} of {subject} is {found or 'empty'} and not {_values(gate)}"


def _values(gate: TagGate) -> str:
    return " or ".join(gate.values)
