"""Jobs of a workspace and their runs: found, read, started and cancelled, as those ask who judge by a run.

Knows no gate. A run is started by a token, so asking again gives the same run; nothing here waits for its end.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from lakeward.engine.errors import Invalid
from lakeward.engine.reasons import Reason
from lakeward.providers.databricks.api import Json
from lakeward.providers.databricks.client import Databricks

JOBS = "/api/2.2/jobs"
ENDS = frozenset({"TERMINATED", "SKIPPED", "INTERNAL_ERROR"})
LONGEST_MESSAGE = 300
NAMED = "name:"
"""Before a name that could be taken for a number."""


@dataclass(frozen=True)
class Job:
    """A job: as whom its runs run, and the names of the parameters that it declares."""

    id: int
    name: str
    run_as: str
    parameters: frozenset[str]


@dataclass(frozen=True)
class RunSeen:
    """A run of a job as it stands.

    life_cycle  the service's word for where it stands, for example RUNNING
    result      the service's word for how it ended, for example SUCCESS; empty while it has not
    message     what the service says of it, on one line
    url         its page for people
    started_at  milliseconds
    parameters  what it was started with, the job's defaults filled in
    creator     who started it
    """

    id: int
    job: int
    life_cycle: str
    result: str
    message: str
    url: str
    ended: bool
    started_at: int
    parameters: Mapping[str, str] = field(default_factory=dict)
    creator: str = ""


def by_name(name: str) -> str:
    """The reference to a job by its name, which may be made of digits."""
    return f"{NAMED}{name}" if _is_number(name) or name.startswith(NAMED) else name


def find(client: Databricks, ref: str) -> Job | None:
    """The job of that number, or else of exactly that name, read once by each pass; None where there is none.

    Only digits are a number, and `by_name` keeps a name one. Invalid(ReferenceNotFound) where several jobs have the
    name: names are not unique.
    """
    if _is_number(ref):
        return client.remember(f"job {ref}", lambda: _job(client, int(ref)))
    return client.remember(f"job {ref}", lambda: _named(client, ref.removeprefix(NAMED)))


def run(client: Databricks, run_id: int) -> RunSeen | None:
    """The run as it stands, read once by each pass; None where there is none, or no longer."""
    return client.remember(_key(run_id), lambda: _run(client, run_id))


def run_now(client: Databricks, job_id: int, token: str, parameters: Mapping[str, str]) -> int:
    """Start a run of the job and tell its id; with the same token always the same run. At most 64 characters."""
    body: dict[str, object] = {"job_id": job_id, "idempotency_token": token}
    if parameters:
        body["job_parameters"] = dict(parameters)
    # where the job is busy the run waits: without a queue it would be skipped, and skipped is its end
    made = client.api.do("POST", f"{JOBS}/run-now", body={**body, "queue": {"enabled": True}})
    return int(made["run_id"])


def cancel(client: Databricks, run_id: int) -> None:
    """Ask the run to end; one that has ended, or is gone, is left alone. Does not wait."""
    found = run(client, run_id)
    if found is None or found.ended:
        return
    with client.changing(_key(run_id)):
        client.api.do("POST", f"{JOBS}/runs/cancel", body={"run_id": run_id})


def foreign(client: Databricks, run: RunSeen, job_id: int, parameters: Mapping[str, str]) -> str:
    """Why a run says nothing of what we ask; empty where we started it, of that job and with those parameters.

    A token is no secret: whoever may run the job could have started the run first, about something else.
    """
    us = client.principal()
    differing = sorted(name for name, value in parameters.items() if run.parameters.get(name) != value)
    if run.job != job_id:
        why = f"is of job {run.job} and not of job {job_id}"
    elif not run.creator or run.creator != us:
        why = f"was started by {run.creator or 'nobody known'} and not by {us or 'nobody known'}"
    elif differing:
        why = f"was started with other values of {', '.join(differing)}"
    else:
        return ""
    return f"run {run.id} {why}, so it says nothing here; ask for a new run"


def seen(told: Json) -> RunSeen:
    """A run as the service writes it: the newer `status` counts where the older `state` is not told any more."""
    state, status = told.get("state") or {}, told.get("status") or {}
    details = status.get("termination_details") or {}
    life_cycle = str(state.get("life_cycle_state") or status.get("state") or "")
    message = str(state.get("state_message") or details.get("message") or "")
    return RunSeen(
        id=int(told["run_id"]),
        job=int(told.get("job_id") or 0),
        life_cycle=life_cycle,
        result=str(state.get("result_state") or details.get("code") or ""),
        message=" ".join(message.split())[:LONGEST_MESSAGE],
        url=str(told.get("run_page_url") or ""),
        ended=life_cycle in ENDS,
        started_at=int(told.get("start_time") or 0),
        parameters={
            str(p["name"]): str(p.get("value", p.get("default", ""))) for p in told.get("job_parameters") or ()
        },
        creator=str(told.get("creator_user_name") or ""),
    )


def _is_number(ref: str) -> bool:
    return ref.isascii() and ref.isdecimal()


def _key(run_id: int) -> str:
    return f"run {run_id}"


def _run(client: Databricks, run_id: int) -> RunSeen | None:
    # a run that is gone is a 400, which the SDK tells as not found
    found = client.api.find(f"{JOBS}/runs/get", {"run_id": run_id})
    return seen(found) if found is not None else None


def _job(client: Databricks, job_id: int) -> Job | None:
    found = client.api.find(f"{JOBS}/get", {"job_id": job_id})
    if found is None:
        return None
    settings = found.get("settings") or {}
    return Job(
        id=int(found["job_id"]),
        name=str(settings.get("name") or ""),
        run_as=str(found.get("run_as_user_name") or ""),
        parameters=frozenset(str(p["name"]) for p in settings.get("parameters") or ()),
    )


def _named(client: Databricks, name: str) -> Job | None:
    """A listing compares names without their case and tells no parameters."""
    listed = client.api.pages(f"{JOBS}/list", "jobs", {"name": name})
    ids = [int(job["job_id"]) for job in listed if (job.get("settings") or {}).get("name") == name]
    if len(ids) > 1:
        text = f"{len(ids)} jobs are named {name}; give the id of the one that is meant"
        raise Invalid(text, reason=Reason.REFERENCE_NOT_FOUND)
    found = _job(client, ids[0]) if ids else None
    # it may have been given another name since it was listed
    return found if found is not None and found.name == name else None
