"""The real MLflow tracking application, mounted in this process: one database, one space of its own per workspace.
The recipe is the package's own way of starting workers; it is pinned with the package.
"""

import os
from importlib import import_module

from starlette.types import ASGIApp, Receive, Scope, Send

from lakeward_sandbox.exchange import Exchange
from lakeward_sandbox.folder import Folder
from lakeward_sandbox.sites import Workspace

ARTIFACT_ROOT = "dbfs:/databricks/mlflow-tracking"
_HEADER = b"x-mlflow-workspace"


class Tracking:
    """The MLflow app as a workspace sees it: the port decides the space, whatever the client sends."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        place = Exchange.of(scope).site.place
        assert isinstance(place, Workspace)  # noqa: S101 - only workspaces have tracking
        headers = [(name, value) for name, value in scope["headers"] if name != _HEADER]
        space = (_HEADER, place.name.encode())
        await self._app({**scope, "headers": [*headers, space]}, receive, send)


def mount(folder: Folder, workspaces: list[Workspace]) -> Tracking:
    """Imports and configures MLflow: this takes seconds, and can be done once in a process."""
    _configure(folder)
    app = import_module("mlflow.server.fastapi_app").app
    _make_spaces(workspaces)
    return Tracking(app)


def _configure(folder: Folder) -> None:
    constants = import_module("mlflow.server.constants")
    os.environ.update(  # noqa: TID251 - MLflow's server is configured by its environment and by nothing else
        {
            constants.BACKEND_STORE_URI_ENV_VAR: f"sqlite:///{folder.mlflow / 'tracking.sqlite'}",
            constants.ARTIFACT_ROOT_ENV_VAR: ARTIFACT_ROOT,
            constants.SERVE_ARTIFACTS_ENV_VAR: "false",
            "MLFLOW_ENABLE_WORKSPACES": "true",
            "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "MLFLOW_SERVER_ALLOWED_HOSTS": "*",
        }
    )


def _make_spaces(workspaces: list[Workspace]) -> None:
    helpers = import_module("mlflow.server.workspace_helpers")
    store = helpers._get_workspace_store()  # noqa: SLF001 - there is no public way to the server's own store
    known = {space.name for space in store.list_workspaces()}
    space_type = import_module("mlflow.entities").Workspace
    for workspace in workspaces:
        if workspace.name not in known:
            store.create_workspace(space_type(name=workspace.name, description=f"Databricks workspace {workspace.id}"))
