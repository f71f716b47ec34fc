"""The copy job as an administrator installs it from `manifests/databricks`, its runs, and its program as a module."""

import base64
import json
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

from copying.desk import Desk
from sandbox.waiting import wait_for
from scenarios.registry import Registry

MANIFESTS = Path(__file__).resolve().parents[2] / "manifests" / "databricks"
PROGRAM = MANIFESTS / "lakeward_copy.py"
JOBS = "/api/2.2/jobs"
RUNNER = "lakeward-copy"


class Site(Protocol):
    """Where the job is installed: by whom, and the name of what it belongs to."""

    ana: Registry
    catalog: str


def definition() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((MANIFESTS / "job.json").read_text())
    return found


def install(desk: Site, run_as: str = RUNNER, **settings: Any) -> str:
    """Import the program, create the job, let the operator run it; the job's name."""
    (task,) = definition()["tasks"]
    path = task["spark_python_task"]["python_file"]
    desk.ana.call("POST", "/api/2.0/workspace/mkdirs", {"path": path.rpartition("/")[0]})
    content = base64.b64encode(PROGRAM.read_bytes()).decode()
    imported = {"path": path, "format": "RAW", "content": content, "overwrite": True}
    desk.ana.call("POST", "/api/2.0/workspace/import", imported)
    name = f"lakeward-copy-{desk.catalog}"
    made = {**definition(), "name": name, "run_as": {"service_principal_name": run_as}, **settings}
    job = desk.ana.call("POST", f"{JOBS}/create", made)["job_id"]
    entry = {"service_principal_name": "lakeward", "permission_level": "CAN_MANAGE_RUN"}
    desk.ana.call("PATCH", f"/api/2.0/permissions/jobs/{job}", {"access_control_list": [entry]})
    return name


def runs(desk: Site) -> list[dict[str, Any]]:
    """All runs of the job, the oldest first."""
    listed = desk.ana.call("GET", f"{JOBS}/list?name=lakeward-copy-{desk.catalog}")["jobs"]
    found = desk.ana.call("GET", f"{JOBS}/runs/list?job_id={listed[0]['job_id']}").get("runs") or []
    return list(reversed(found))


def standing(desk: Desk) -> list[str]:
    """Where the runs stand."""
    return [str(run["state"]["life_cycle_state"]) for run in runs(desk)]


def results(desk: Desk) -> list[str]:
    """How the runs ended; those that go on are waited for."""
    wait_for(lambda: all("result_state" in run["state"] for run in runs(desk)), 60.0)
    return [str(run["state"]["result_state"]) for run in runs(desk)]


def program() -> ModuleType:
    """The job's program, as Python sees it."""
    spec = spec_from_file_location("lakeward_copy", PROGRAM)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules["lakeward_copy"] = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
