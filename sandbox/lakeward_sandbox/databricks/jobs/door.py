"""The lakehouse's own door to runs of jobs: `/_sandbox/jobs` says how coming ones end, and lets go those it holds."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from lakeward_sandbox.calls import parse_body
from lakeward_sandbox.databricks.jobs import life, run, scripts
from lakeward_sandbox.databricks.jobs.job import Job
from lakeward_sandbox.databricks.jobs.run import Life, Run
from lakeward_sandbox.errors import Json
from lakeward_sandbox.state import State

_RELEASE: Mapping[str, type | tuple[type, ...]] = {"job": (str, int), "workspace": str}


async def answer(state: State, request: Request, action: str) -> Response | None:
    """None where there is no such door. Raises RuleError."""
    match request.method, action:
        case "POST", "":
            return JSONResponse(scripts.json(scripts.add(state.store, parse_body(await request.body()))), 201)
        case "GET", "":
            return JSONResponse({"scripts": [scripts.json(script) for script in scripts.everything(state.store)]})
        case "DELETE", "":
            _remove_all(state)
            return Response(status_code=204)
        case "POST", "release":
            fields = scripts.checked(parse_body(await request.body()), _RELEASE)
            return JSONResponse(_released(state, fields))
    return None


def _released(state: State, fields: Json) -> Json:
    """Lets go what is held now; a run that waits for its turn is held when it begins."""
    named, workspace = str(fields["job"]), fields.get("workspace")
    with state.store.transaction():
        meant = [job for job in state.store.of(Job).children(None) if scripts.means(named, workspace, job)]
        everything = [one for job in meant for one in run.of_job(state.store, job.id)]
        held = [one for one in everything if one.held and one.life == Life.RUNNING]
        for one in held:
            life.release(state, one)
    return {"released": len(held)}


def _remove_all(state: State) -> None:
    with state.store.transaction():
        scripts.remove_all(state.store)
        for one in state.store.of(Run).children(None):
            if one.held:
                life.release(state, one)
