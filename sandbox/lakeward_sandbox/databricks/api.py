"""The APIs of one Databricks workspace: every route, who may call it, and what answers a path that nobody serves."""

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from lakeward_sandbox.calls import Answer, Call, Route, Router, parse_body, parse_query
from lakeward_sandbox.databricks import (
    artifacts,
    catalogs,
    files,
    identity,
    legacy_models,
    legacy_versions,
    metastore,
    native_models,
    native_versions,
    permissions,
    presigned,
    removal,
    schemas,
    serving,
    workspace_imports,
)
from lakeward_sandbox.databricks.jobs import access, job_routes, run_routes
from lakeward_sandbox.errors import ApiError, denied, no_endpoint, unauthenticated
from lakeward_sandbox.exchange import Exchange
from lakeward_sandbox.principals import Principal
from lakeward_sandbox.sites import Workspace
from lakeward_sandbox.state import State
from lakeward_sandbox.store import Store

ROUTES: list[Route] = [
    *identity.ROUTES,
    *metastore.ROUTES,
    *catalogs.ROUTES,
    *schemas.ROUTES,
    *removal.ROUTES,
    *permissions.ROUTES,
    *native_models.ROUTES,
    *native_versions.ROUTES,
    *legacy_models.ROUTES,
    *legacy_versions.ROUTES,
    *files.ROUTES,
    *artifacts.ROUTES,
    *access.ROUTES,
    *job_routes.ROUTES,
    *run_routes.ROUTES,
    *workspace_imports.ROUTES,
    *serving.ROUTES,
]

_PRESIGNED = [Route(m, f"{presigned.PREFIX}{{path:path}}", stream=f) for m, f in files.TRANSFERS.items()]

TRACKING = tuple(
    f"/api/{version}/mlflow/{family}"
    for version in ("2.0", "3.0")
    for family in (
        "experiments/",
        "runs/",
        "metrics/",
        "logged-models",
        "traces",
        "datasets",
        "assessments",
    )
)


class WorkspaceApi:
    """Answers for all workspaces; the exchange says which one is meant. Tracking calls go on to the MLflow app."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._router = Router(ROUTES)
        self._presigned = Router(_PRESIGNED)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = Exchange.of(scope)
        try:
            answer = await self._answer(exchange, Request(scope, receive))
        except ApiError as refusal:
            answer = refusal.response()
        await (answer or self._state.tracking)(scope, receive, send)

    async def _answer(self, exchange: Exchange, request: Request) -> Response | None:
        """The response, or None where the MLflow app answers: its pages need no token, its API does."""
        if exchange.path == "/.well-known/databricks-config":
            return JSONResponse(identity.discovery(exchange.site))
        if exchange.path.startswith(f"{presigned.PREFIX}/"):
            return await self._presigned_answer(exchange, request)
        if not exchange.path.startswith("/api/"):
            return None
        workspace, principal = _admitted(exchange)
        found = self._router.find(exchange.method, exchange.raw_path)
        if found is None:
            if exchange.path.startswith(TRACKING):
                return None
            raise no_endpoint(exchange.method, exchange.path)
        route, path = found
        query = parse_query(request.scope["query_string"])
        body = {} if route.stream else parse_body(await request.body())
        failure = None if exchange.operation_error is None else exchange.operation_error["message"]
        call = Call(self._state, workspace, principal, path, query, body, _base_url(request), failure)
        if route.stream:
            return await route.stream(call, request)
        return await anyio.to_thread.run_sync(_run, route, call, exchange)

    async def _presigned_answer(self, exchange: Exchange, request: Request) -> Response:
        found = self._presigned.find(exchange.method, exchange.raw_path)
        if found is None:
            raise no_endpoint(exchange.method, exchange.path)
        route, path = found
        query = parse_query(request.scope["query_string"])
        workspace = _workspace(exchange)
        principal = presigned.holder(self._state, workspace, exchange.method, path["path"], query)
        call = Call(self._state, workspace, principal, path, {"overwrite": "true"}, {}, _base_url(request))
        assert route.stream  # noqa: S101 - all presigned routes stream
        return await route.stream(call, request)


def _admitted(exchange: Exchange) -> tuple[Workspace, Principal]:
    workspace, principal = _workspace(exchange), exchange.principal
    if principal is None:
        raise unauthenticated()
    if not principal.may_enter(workspace.name):
        raise denied(f"User {principal.name} does not have access to workspace {workspace.id}.")
    return workspace, principal


def _workspace(exchange: Exchange) -> Workspace:
    workspace = exchange.site.place
    assert isinstance(workspace, Workspace)  # noqa: S101 - the edge sends only workspaces here
    return workspace


def _base_url(request: Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc}"


def _run(route: Route, call: Call, exchange: Exchange) -> Response:
    assert route.function  # noqa: S101 - a route has one of the two
    if exchange.past is not None:
        with Store.reading(exchange.past):
            return _response(route.function(call))
    with call.state.store.transaction():
        return _response(route.function(call))


def _response(answer: Answer) -> Response:
    return answer if isinstance(answer, Response) else JSONResponse({} if answer is None else answer)
