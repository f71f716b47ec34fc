"""The real MLflow tracking application, mounted in this process: one database, one space of its own per workspace.
The recipe is the package's own way of starting workers; it is pinned with the package.
"""

import json
import os
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lakeward_sandbox.errors import no_endpoint
from lakeward_sandbox.exchange import Exchange
from lakeward_sandbox.folder import Folder
from lakeward_sandbox.sites import Workspace
from lakeward_sandbox.translation import translated

ARTIFACT_ROOT = "dbfs:/databricks/mlflow-tracking"
_HEADER = b"x-mlflow-workspace"
_NO_SUCH_METHOD, _NO_SUCH_PATH = 405, 404


class Tracking:
    """The MLflow app as a workspace sees it: the port decides the space, whatever the client sends."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = Exchange.of(scope)
        place = exchange.site.place
        assert isinstance(place, Workspace)  # noqa: S101 - only workspaces have tracking
        if exchange.path.startswith("/api/"):
            send = _in_databricks_shape(exchange, scope, receive, send)
            scope, receive = await translated(scope, receive)
        headers = [(name, value) for name, value in scope["headers"] if name != _HEADER]
        space = (_HEADER, place.name.encode())
        await self._app({**scope, "headers": [*headers, space]}, receive, send)

    def run(self, workspace: Workspace, run_id: str) -> Mapping[str, Any] | None:
        """A run of that workspace as the REST API shows it, or None."""
        return _found(workspace, "get_run", run_id)

    def logged_model(self, workspace: Workspace, model_id: str) -> Mapping[str, Any] | None:
        """As above, for a logged model."""
        return _found(workspace, "get_logged_model", model_id)


def mount(folder: Folder, workspaces: list[Workspace]) -> Tracking:
    """Imports and configures MLflow: this takes seconds, and can be done once in a process."""
    _configure(folder)
    app = import_module("mlflow.server.fastapi_app").app
    _name_folders()
    _make_spaces(workspaces)
    return Tracking(app)


def _configure(folder: Folder) -> None:
    # before the first import of the server, which reads them: they say which hosts it answers to
    _set(
        {
            "MLFLOW_ENABLE_WORKSPACES": "true",
            "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "MLFLOW_SERVER_ALLOWED_HOSTS": "*",
        }
    )
    constants = import_module("mlflow.server.constants")
    _set(
        {
            constants.BACKEND_STORE_URI_ENV_VAR: f"sqlite:///{folder.mlflow / 'tracking.sqlite'}",
            constants.ARTIFACT_ROOT_ENV_VAR: ARTIFACT_ROOT,
            constants.SERVE_ARTIFACTS_ENV_VAR: "false",
        }
    )


def _set(variables: Mapping[str, str]) -> None:
    os.environ.update(variables)  # noqa: TID251 - MLflow's server is configured by its environment and by nothing else


def _name_folders() -> None:
    """Databricks keeps logged models in a folder of another name; the client chooses its Files API paths by it."""
    import_module("mlflow.store.tracking.sqlalchemy_store").SqlAlchemyStore.MODELS_FOLDER_NAME = "logged_models"


def _make_spaces(workspaces: list[Workspace]) -> None:
    helpers = import_module("mlflow.server.workspace_helpers")
    store = helpers._get_workspace_store()  # noqa: SLF001 - there is no public way to the server's own store
    known = {space.name for space in store.list_workspaces()}
    space_type = import_module("mlflow.entities").Workspace
    for workspace in workspaces:
        if workspace.name not in known:
            about = f"Databricks workspace {workspace.id}"
            # a root of its own keeps the space's name out of the paths, as clients that parse them expect
            space = space_type(name=workspace.name, description=about, default_artifact_root=ARTIFACT_ROOT)
            store.create_workspace(space)


def _found(workspace: Workspace, reader: str, key: str) -> Mapping[str, Any] | None:
    """What the server's own store has in one space; an id that it does not know, or cannot be one, is None."""
    store = import_module("mlflow.server.handlers")._get_tracking_store()  # noqa: SLF001 - as in _make_spaces
    refusal = import_module("mlflow.exceptions").MlflowException
    with import_module("mlflow.utils.workspace_context").ServerWorkspaceContext(workspace.name):
        try:
            entity = getattr(store, reader)(key)
        except refusal:
            return None
    message = import_module("mlflow.utils.proto_json_utils").message_to_json(entity.to_proto())
    shown: Mapping[str, Any] = json.loads(message)
    return shown


def _in_databricks_shape(exchange: Exchange, scope: Scope, receive: Receive, send: Send) -> Send:
    """MLflow answers a path that it does not serve with a page; Databricks' API answers with its error object."""
    replaced = False

    async def shaped(message: Message) -> None:
        nonlocal replaced
        if message["type"] == "http.response.start" and message["status"] in {_NO_SUCH_PATH, _NO_SUCH_METHOD}:
            kind = dict(message["headers"]).get(b"content-type", b"")
            if not kind.startswith(b"application/json"):
                replaced = True
                await no_endpoint(exchange.method, exchange.path).response()(scope, receive, send)
        if not replaced:
            await send(message)

    return shaped
