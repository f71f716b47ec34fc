"""The gate Job: has a run of a Databricks job that checks this subject ended with SUCCESS?

Result words are Databricks' own. Which run belongs to a subject follows from a token, so none is started twice. Knows
no client and no clock.
"""

import json
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from lakeward.judgement.gates import Cause, Mode, Result, Stage, Verdict, one_line
from lakeward.judgement.spans import show

TYPE = "Job"
SUCCESS = "SUCCESS"
_TOKEN = 32
_LONGEST_REASON = 200
_AGAIN = "annotate the ModelPromotion with mlops.lakeward.dev/requested-at to run it again"


@dataclass(frozen=True)
class Run:
    """A run of the job.

    id       its number
    ended    whether it is over, however
    result   SUCCESS, FAILED, TIMEDOUT, CANCELED or another result word; its life cycle word while it goes on
    url      page of the run
    message  what Databricks says about its state
    """

    id: int
    ended: bool
    result: str
    url: str
    message: str = ""

    @property
    def succeeded(self) -> bool:
        """Whether it is over and said so with the one good word."""
        return self.ended and self.result == SUCCESS


@dataclass(frozen=True, kw_only=True)
class JobGate:
    """Which job must succeed.

    name     name of the gate
    job      the key by which the workspace's guard knows the job
    timeout  how long a run may take
    mode     Enforce or Warn
    """

    name: str
    job: str
    timeout: timedelta
    mode: Mode = Mode.ENFORCE


def evaluate(gate: JobGate, run: Run | None, *, waits: str = "", overdue: bool = False) -> Verdict:
    """The verdict on the run for this subject; None says that it was not started.

    waits    why it may not be started yet; empty where nothing stands in its way
    overdue  the run has been going on for longer than the gate's timeout
    """
    result, cause, message = _judged(gate, run, waits, overdue=overdue)
    return Verdict(
        name=gate.name,
        type=TYPE,
        stage=Stage.PRE_COPY,
        mode=gate.mode,
        result=result,
        observed="not started" if run is None else _word(run),
        required=f"{SUCCESS} of job {gate.job} within {show(gate.timeout)}",
        evidence="no run" if run is None else one_line(run.url) or f"run {run.id}",
        message=message,
        cause=cause,
    )


def token(subject: str, gate: str, retry: int) -> str:
    """The idempotency token of a run: 32 hex digits of a SHA-256 over what it checks, for which gate, which time."""
    canonical = json.dumps([subject, gate, retry], ensure_ascii=True, separators=(",", ":"))
    return sha256(canonical.encode("ascii")).hexdigest()[:_TOKEN]


def _judged(gate: JobGate, run: Run | None, waits: str, *, overdue: bool) -> tuple[Result, Cause | None, str]:
    if run is None:
        return Result.PENDING, Cause.JOB_NOT_STARTED, waits or f"job {gate.job} is not started yet"
    if run.succeeded:
        return Result.PASS, None, f"job {gate.job} has succeeded"
    if run.ended:
        told = one_line(run.message, _LONGEST_REASON)
        why = f"job {gate.job} has ended with {_word(run)}{told and f': {told}'}"
        return Result.FAIL, Cause.JOB_FAILED, f"{why}; {_AGAIN}"
    if overdue:
        why = f"job {gate.job} has not ended within {show(gate.timeout)}"
        return Result.FAIL, Cause.JOB_TIMEOUT, f"{why}; raise job.timeout, or {_AGAIN}"
    return Result.PENDING, Cause.JOB_RUNNING, f"job {gate.job} is running"


def _word(run: Run) -> str:
    return one_line(run.result) or "no result"
