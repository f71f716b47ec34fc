"""What a new model version records of its run and its logged model: metrics, parameters, and where they were found.
The calling workspace is asked first, then the others: Unity Catalog is one, tracking is not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lakeward_sandbox.calls import Call
from lakeward_sandbox.errors import Json
from lakeward_sandbox.sites import Workspace

_METRIC = ("key", "value", "timestamp", "step", "dataset_name", "dataset_digest", "model_id", "run_id")


@dataclass(frozen=True)
class Facts:
    """Found facts; everything is empty where there is no run and no logged model."""

    workspace_id: int | None = None
    experiment_id: str | None = None
    metrics: Sequence[Json] = ()
    params: Sequence[Json] = ()


def gather(call: Call, run_id: str | None, model_id: str | None, workspace_id: int | None) -> Facts:
    """A logged model's metrics win, because they name their data set; a run's are taken where it has none."""
    for workspace in _candidates(call, workspace_id):
        logged = call.state.tracking.logged_model(workspace, model_id) if model_id else None
        run = call.state.tracking.run(workspace, run_id) if run_id else None
        if logged or run:
            metrics = _metrics(logged, model_id, None) or _metrics(run, model_id, run_id)
            return Facts(
                workspace_id=workspace_id or workspace.id,
                experiment_id=_experiment(logged) or _experiment(run),
                metrics=metrics,
                params=[{"name": p["key"], "value": p["value"]} for p in _data(logged, "params")],
            )
    return Facts(workspace_id=workspace_id or (call.workspace.id if run_id else None))


def _candidates(call: Call, workspace_id: int | None) -> list[Workspace]:
    everywhere = call.state.workspaces()
    return sorted(everywhere, key=lambda w: (w.id != workspace_id, w.id != call.workspace.id))


def _data(entity: Mapping[str, Any] | None, name: str) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = ((entity or {}).get("data") or {}).get(name) or []
    return found


def _experiment(entity: Mapping[str, Any] | None) -> str | None:
    found: str | None = ((entity or {}).get("info") or {}).get("experiment_id")
    return found


def _metrics(entity: Mapping[str, Any] | None, model_id: str | None, run_id: str | None) -> list[Json]:
    origin = {name: value for name, value in (("model_id", model_id), ("run_id", run_id)) if value}
    return [
        {name: value for name, value in {**origin, **metric}.items() if name in _METRIC}
        for metric in _data(entity, "metrics")
    ]
