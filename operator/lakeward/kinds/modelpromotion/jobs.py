"""The job of a gate: which it is, its run for this attempt, and whether it is to run again. Reads; the rest is pure."""

from collections.abc import Mapping
from typing import Any

from lakeward.api.common import GROUP
from lakeward.api.gates import Gate
from lakeward.api.promotions import COPY_JOB, DatabricksJob, Promotions
from lakeward.engine.errors import Invalid
from lakeward.engine.reasons import Reason
from lakeward.judgement.gates import Result
from lakeward.judgement.job import token
from lakeward.kinds.modelpromotion.attempt import last_of, subject
from lakeward.kinds.modelpromotion.findings import Findings, JobSeen, Promotion
from lakeward.providers.databricks import jobs
from lakeward.providers.databricks.client import Databricks
from lakeward.providers.databricks.job_run import JobRun

REQUESTED = f"{GROUP}/requested-at"


def job_seen(client: Databricks, obj: Promotion, found: Findings, gate: Gate, named: DatabricksJob) -> JobSeen:
    """The job of this gate, and the run that this attempt started."""
    job = jobs.find(client, reference(named))
    before = _row(obj, found, gate.name)
    number, retry = before.get("run"), int(before.get("retry") or 0)
    if before.get("result") in {Result.FAIL, Result.ERROR} and number is not None and _asked_again(obj):
        return JobSeen(job, None, retry + 1)
    run = jobs.run(client, int(number)) if number is not None else None
    strange = jobs.foreign(client, run, job.id, parameters(obj, gate)) if run is not None and job is not None else ""
    if strange:
        raise Invalid(strange, reason=Reason.FOREIGN_OBJECT)
    return JobSeen(job, run, retry)


def reference(named: DatabricksJob) -> str:
    """How the guard names a job, as the provider looks it up: by its number, or by its name and nothing else."""
    return str(named.id) if named.id is not None else jobs.by_name(named.name or "")


def copy_job(guard: Promotions) -> str | None:
    """The job that copies what the operator cannot, in the same words; None where the guard names none."""
    named = guard.jobs.get(COPY_JOB)
    return reference(named) if named is not None else None


def to_run(obj: Promotion, found: Findings, gate: Gate, seen: JobSeen) -> JobRun | None:
    """The run that this gate wants; None while its job does not exist."""
    if seen.job is None or gate.job is None:
        return None
    return JobRun(
        job=seen.job.id,
        token=token(subject(obj, found), gate.name, seen.retry),
        parameters=parameters(obj, gate),
        run=seen.run.id if seen.run else None,
    )


def parameters(obj: Promotion, gate: Gate) -> dict[str, str]:
    """What the run is started with: what the gate says, and which version it is about."""
    said = gate.job.parameters if gate.job is not None else {}
    return {**said, "model_name": obj.spec.source.model, "model_version": str(obj.spec.source.version)}


def _row(obj: Promotion, found: Findings, name: str) -> Mapping[str, Any]:
    """What the status says of this gate, if that was said of this attempt."""
    if last_of(obj).get("subject") != subject(obj, found):
        return {}
    rows = [row for row in obj.status.get("gates") or () if isinstance(row, Mapping)]
    return next((row for row in rows if row.get("name") == name), {})


def _asked_again(obj: Promotion) -> bool:
    asked = obj.annotations.get(REQUESTED)
    return asked is not None and asked != obj.status.get("lastHandledRequest")
