"""The Jobs API for runs: `run-now`, and `runs/get`, `list`, `cancel` and `get-output`, in both versions."""

from collections.abc import Mapping, Sequence

from lakeward_sandbox.calls import Call, Route
from lakeward_sandbox.databricks.jobs import access, life, run, run_json
from lakeward_sandbox.databricks.jobs import job as jobs
from lakeward_sandbox.databricks.jobs.access import Level
from lakeward_sandbox.databricks.jobs.fields import known
from lakeward_sandbox.databricks.jobs.job import Job
from lakeward_sandbox.databricks.jobs.job_routes import PATHS
from lakeward_sandbox.databricks.jobs.pages import page
from lakeward_sandbox.databricks.jobs.run import SUCCESSES, Run, TaskRun
from lakeward_sandbox.databricks.numbers import newest_first
from lakeward_sandbox.errors import ApiError, Json, invalid

_LONGEST_TOKEN = 64
_DEFAULT_PAGE, _MOST_A_PAGE = 20, 25
_OF_TASKS = frozenset(
    {"dbt_commands", "jar_params", "notebook_params", "pipeline_params", "python_named_params", "python_params",
     "spark_submit_params", "sql_params", "only"}
)  # fmt: skip
_RUN_NOW = {"job_id", "idempotency_token", "job_parameters", "queue", "performance_target", "duration_target"}


def run_now(call: Call) -> Json:
    """The same token gives the same run, whatever else the call says."""
    if of_tasks := sorted(_OF_TASKS & call.body.keys()):
        raise invalid(f"The local lakehouse takes parameters of jobs only: leave {', '.join(of_tasks)} out")
    known(call.body, _RUN_NOW, "")
    job = jobs.named(call)
    access.require(call, job, Level.RUN)
    if not job.settings["tasks"]:
        raise invalid(f"Job {job.id} has no tasks.")
    token = call.text("idempotency_token") or None
    if token is not None and len(token) > _LONGEST_TOKEN:
        raise invalid(f"idempotency_token must have at most {_LONGEST_TOKEN} characters.")
    parameters = _parameters(job, call.strings("job_parameters") or {})
    life.settle(call.state, job.id)
    earlier = [one for one in run.of_job(call.state.store, job.id) if token is not None and one.token == token]
    begun = earlier[0] if earlier else _begun(call, job, parameters, token)
    return {"run_id": begun.id, "number_in_job": begun.id}


def read(call: Call) -> Json:
    found = _named(call, Level.VIEW)
    return run_json.run_json(call, found, run.tasks_of(call.state.store, found.id))


def list_some(call: Call) -> Json:
    """The newest first, without a job those of all jobs that the caller may see."""
    active, completed, expand = call.flag("active_only"), call.flag("completed_only"), call.flag("expand_tasks")
    if active and completed:
        raise invalid("active_only and completed_only must not both be true.")
    listed = _jobs(call)
    for job in listed:
        life.settle(call.state, job.id)
    everything = [one for job in listed for one in run.of_job(call.state.store, job.id)]
    found = [one for one in everything if (one.is_over or not completed) and not (one.is_over and active)]
    limit = call.integer("limit")
    if limit is not None and not 0 <= limit <= _MOST_A_PAGE:
        raise invalid(f"limit must be from 0 to {_MOST_A_PAGE}.")
    return page(
        call,
        sorted(found, key=lambda one: newest_first(one.id)),
        field="runs",
        key=lambda one: newest_first(one.id),
        limit=_DEFAULT_PAGE if limit is None else limit or _MOST_A_PAGE,
        scope=f"runs:{call.integer('job_id')}:{active}:{completed}",
        render=lambda one: run_json.run_json(call, one, run.tasks_of(call.state.store, one.id) if expand else None),
    )


def cancel(call: Call) -> Json:
    """Answered before the run is over, as by the service."""
    known(call.body, {"run_id"}, "")
    life.cancel(call.state, _named(call, Level.RUN))
    return {}


def output(call: Call) -> Json:
    """Of the run of a task: that of a job has none, even if it has one task only."""
    task = run.find_task(call.state.store, _number(call))
    if task is None:
        _named(call, Level.VIEW)
        raise invalid(
            "Retrieving the output of runs with multiple tasks is not supported."
            " Please retrieve the output of each individual task run instead."
        )
    found = _visible(call, task.run_id, Level.VIEW)
    current = run.find_task(call.state.store, task.id) or task
    shown: dict[str, object] = {"metadata": run_json.run_json(call, found, [current]), **_said(current)}
    return shown


def _said(task: TaskRun) -> Json:
    """What it wrote, and in what it failed: the last line of a traceback is the error."""
    logs = {"logs": task.logs, "logs_truncated": task.truncated}
    if not task.is_over or task.end in SUCCESSES:
        return logs
    lines = task.logs.rstrip().splitlines()
    return {**logs, "error": lines[-1].strip() if lines else task.message, "error_trace": task.logs.rstrip()}


def _parameters(job: Job, given: Mapping[str, str]) -> Sequence[Json]:
    declared = {parameter["name"]: parameter["default"] for parameter in job.settings["parameters"]}
    if unknown := sorted(given.keys() - declared.keys()):
        raise invalid(f"Job {job.id} does not define the job parameters {', '.join(unknown)}.")
    return [{"name": name, "default": default, "value": given.get(name, default)} for name, default in declared.items()]


def _begun(call: Call, job: Job, parameters: Sequence[Json], token: str | None) -> Run:
    asked = call.body.get("queue")
    queues = asked.get("enabled") if isinstance(asked, dict) else job.settings["queue"]["enabled"]
    return life.begin(call.state, job, call.principal.name, parameters, token, queues=queues is True)


def _jobs(call: Call) -> Sequence[Job]:
    if call.integer("job_id") is not None:
        job = jobs.named(call)
        access.require(call, job, Level.VIEW)
        return [job]
    everything = call.state.store.of(Job).children(call.workspace.name)
    return [job for job in everything if access.may(call, job, Level.VIEW)]


def _named(call: Call, wanted: Level) -> Run:
    return _visible(call, _number(call), wanted)


def _number(call: Call) -> int:
    number = call.integer("run_id")
    if number is None:
        raise invalid("Missing required field: run_id")
    return number


def _visible(call: Call, run_id: int, wanted: Level) -> Run:
    """As it is now; 400 if there is none, as the service answers."""
    found = run.find(call.state.store, run_id)
    if found is None or found.workspace != call.workspace.name:
        raise _missing(run_id)
    access.require(call, jobs.find(call, found.job_id), wanted)
    life.settle(call.state, found.job_id)
    return run.find(call.state.store, run_id) or found


def _missing(run_id: int) -> ApiError:
    return invalid(f"Run {run_id} does not exist.")


ROUTES = [
    route
    for path in PATHS
    for route in (
        Route("POST", f"{path}/run-now", run_now),
        Route("GET", f"{path}/runs/get", read),
        Route("GET", f"{path}/runs/list", list_some),
        Route("POST", f"{path}/runs/cancel", cancel),
        Route("GET", f"{path}/runs/get-output", output),
    )
]
