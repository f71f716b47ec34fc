"""The gate Ready: is a model version registered? Judges the source before the copy and the copy before the switch.

The words are Unity Catalog's `status` of a model version. Knows no client and no clock.
"""

from dataclasses import dataclass

from lakeward.judgement.gates import Cause, Mode, Result, Stage, Verdict


@dataclass(frozen=True, kw_only=True)
class ReadyGate:
    """Which version must be ready.

    model    full name of its model
    version  its number
    name     name of the gate; unique, so the gate on the copy needs another than the one on the source
    mode     Enforce for the implicit gate that every promotion has
    stage    PreCopy for the source, PreSwitch for the copy
    """

    model: str
    version: int
    name: str = "ready"
    mode: Mode = Mode.ENFORCE
    stage: Stage = Stage.PRE_COPY


def evaluate(gate: ReadyGate, status: str | None, *, deadline_over: bool) -> Verdict:
    """The verdict on a version with that `status`; None says that the version does not exist.

    `deadline_over`: the registration has been pending for longer than it may. A word that is none of the three is
    an Error: a state that we do not know is not taken for ready.
    """
    result, cause, message = _judged(status, deadline_over=deadline_over)
    subject = f"{gate.model} version {gate.version}"
    return Verdict(
        name=gate.name,
        type="Ready",
        stage=gate.stage,
        mode=gate.mode,
        result=result,
        observed="absent" if status is None else status.strip() or "no status",
        required="READY",
        evidence=f"status of {subject}",
        message=f"{subject} {message}",
        cause=cause,
    )


def _judged(status: str | None, *, deadline_over: bool) -> tuple[Result, Cause | None, str]:
    match status:
        case "READY":
            return Result.PASS, None, "is ready"
        case "PENDING_REGISTRATION" if not deadline_over:
            return Result.PENDING, Cause.NOT_READY, "is still being registered"
        case "PENDING_REGISTRATION":
            way_out = "finish its upload, or register a new version and pin that"
            return Result.FAIL, Cause.NOT_READY, f"was not registered before the deadline; {way_out}"
        case "FAILED_REGISTRATION":
            return Result.FAIL, Cause.REGISTRATION_FAILED, "failed to register; register a new version and pin that"
        case None:
            return Result.FAIL, Cause.VERSION_NOT_FOUND, "does not exist; pin a version that does"
        case _:
            return Result.ERROR, Cause.UNKNOWN_STATUS, f"has a status that Lakeward does not know: {status or 'none'}"
