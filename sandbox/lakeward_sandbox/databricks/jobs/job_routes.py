"""The Jobs API for jobs: `/api/2.1/jobs` and `/api/2.2/jobs`, which differ in nothing that is served here."""

from dataclasses import replace

from lakeward_sandbox.calls import Call, Route
from lakeward_sandbox.databricks.jobs import access, life, run, settings
from lakeward_sandbox.databricks.jobs import job as jobs
from lakeward_sandbox.databricks.jobs.access import Level
from lakeward_sandbox.databricks.jobs.fields import known, texts
from lakeward_sandbox.databricks.jobs.job import Job
from lakeward_sandbox.databricks.jobs.pages import page
from lakeward_sandbox.databricks.numbers import newest_first, take
from lakeward_sandbox.errors import Json, denied, invalid
from lakeward_sandbox.principals import ALL
from lakeward_sandbox.state import milliseconds

PATHS = ("/api/2.1/jobs", "/api/2.2/jobs")
_DEFAULT_PAGE, _MOST_A_PAGE = 20, 100


def create(call: Call) -> Json:
    given = known(call.body, {*settings.FIELDS, "access_control_list"}, "")
    entries = call.objects("access_control_list")
    given.pop("access_control_list", None)
    made = Job(
        id=take(call.state.store),
        workspace=call.workspace.name,
        creator=call.principal.name,
        run_as=_run_as(call, given.get("run_as")),
        created_at=milliseconds(),
        settings=settings.parse(given),
        access=access.owned(call, entries),
    )
    jobs.keep(call.state.store, made)
    return {"job_id": made.id}


def read(call: Call) -> Json:
    job = jobs.named(call)
    access.require(call, job, Level.VIEW)
    return job.json()


def list_all(call: Call) -> Json:
    """Those that the caller may see, the newest first; a name is compared whole and without its case."""
    name, expand = call.text("name"), call.flag("expand_tasks")
    found = [
        job
        for job in call.state.store.of(Job).children(call.workspace.name)
        if access.may(call, job, Level.VIEW) and (name is None or job.name.lower() == name.lower())
    ]
    limit = call.integer("limit")
    if limit is not None and not 0 < limit <= _MOST_A_PAGE:
        raise invalid(f"limit must be from 1 to {_MOST_A_PAGE}.")
    return page(
        call,
        found,
        field="jobs",
        key=lambda job: newest_first(job.id),
        limit=limit or _DEFAULT_PAGE,
        scope=f"jobs:{name}",
        render=lambda job: job.json(tasks=expand),
    )


def update(call: Call) -> Json:
    """`fields_to_remove` names top-level fields only."""
    body = known(call.body, {"job_id", "new_settings", "fields_to_remove"}, "")
    job = jobs.named(call)
    access.require(call, job, Level.MANAGE)
    new = body.get("new_settings") or {}
    if not isinstance(new, dict):
        raise invalid("new_settings must be an object.")
    new = known(new, settings.FIELDS, "new_settings.")
    run_as = _run_as(call, new["run_as"]) if "run_as" in new else job.run_as
    changed = settings.updated(job.settings, new, texts(body, "fields_to_remove", ""))
    jobs.keep(call.state.store, replace(job, run_as=run_as, settings=changed))
    return {}


def delete(call: Call) -> Json:
    """Its runs are ended and forgotten with it."""
    known(call.body, {"job_id"}, "")
    job = jobs.named(call)
    access.require(call, job, Level.MANAGE)
    for found in run.of_job(call.state.store, job.id):
        if not found.played:
            life.stop(call.state, found)
        run.forget(call.state.store, found)
    call.state.store.of(Job).delete(newest_first(job.id))
    return {}


def _run_as(call: Call, given: object) -> str:
    """Who is no admin may let a job run as itself only."""
    if given is None:
        return call.principal.name
    if not isinstance(given, dict):
        raise invalid("run_as must be an object.")
    known(given, {"user_name", "service_principal_name", "group_name"}, "run_as.")
    if "group_name" in given:
        raise invalid("The local lakehouse runs jobs as users and service principals only: leave group_name out")
    name = access.identity(given, "run_as")
    if name != call.principal.name and not call.principal.metastore_admin:
        raise denied(f"User {call.principal.name} does not have permission to use {name} as run_as.")
    if not next(principal for principal in ALL if principal.name == name).may_enter(call.workspace.name):
        raise invalid(f"run_as: {name} is not a member of workspace {call.workspace.id}.")
    return name


ROUTES = [
    route
    for path in PATHS
    for route in (
        Route("POST", f"{path}/create", create),
        Route("GET", f"{path}/get", read),
        Route("GET", f"{path}/list", list_all),
        Route("POST", f"{path}/update", update),
        Route("POST", f"{path}/delete", delete),
    )
]
