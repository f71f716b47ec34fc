"""Artifacts of a run as the tracking API lists them; their bytes lie where the Files API puts them."""

from lakeward_sandbox.calls import Call, Route
from lakeward_sandbox.databricks import locations
from lakeward_sandbox.errors import Json, missing

_ROOT = "/WorkspaceInternal/Mlflow/Artifacts"


def list_of_run(call: Call) -> Json:
    """One level below `path`; a path that is a file or nothing has none."""
    run_id = call.text("run_id") or call.required("run_uuid")
    run = call.state.tracking.run(call.workspace, run_id)
    if run is None:
        raise missing(f"Run '{run_id}' not found.")
    info = run["info"]
    below = call.text("path") or ""
    root = f"{_ROOT}/{info['experiment_id']}/Runs/{run_id}/artifacts"
    place = locations.locate(call, f"{root}/{below}").path
    entries = sorted(place.iterdir()) if place.is_dir() else []
    files = [
        {"path": f"{below}/{entry.name}".lstrip("/"), "is_dir": True}
        if entry.is_dir()
        else {"path": f"{below}/{entry.name}".lstrip("/"), "is_dir": False, "file_size": entry.stat().st_size}
        for entry in entries
    ]
    return {"root_uri": info["artifact_uri"], "files": files}


ROUTES = [Route("GET", "/api/2.0/mlflow/artifacts/list", list_of_run)]
