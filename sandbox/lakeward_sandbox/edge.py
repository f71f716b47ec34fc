"""The way of every request: note it, know its sender, let faults interfere, pass it to the API of its port.
It knows the rooms, not what they do.
"""

from urllib.parse import unquote

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lakeward_sandbox.azure import headers
from lakeward_sandbox.azure.throttle import Throttle
from lakeward_sandbox.databricks import identity
from lakeward_sandbox.doors import PREFIX, Doors
from lakeward_sandbox.errors import no_endpoint
from lakeward_sandbox.exchange import Exchange
from lakeward_sandbox.faults import Faults
from lakeward_sandbox.principals import Principal, Tokens
from lakeward_sandbox.requests import RequestLog, noting_fields
from lakeward_sandbox.sites import Account, Azure, Workspace
from lakeward_sandbox.state import State


class Edge:
    """The ASGI application of all ports."""

    def __init__(
        self, state: State, tokens: Tokens, workspace_api: ASGIApp, azure_api: ASGIApp, throttle: Throttle
    ) -> None:
        self._state = state
        self._tokens = tokens
        self._workspace_api = workspace_api
        self._azure_api = azure_api
        self.log = RequestLog()
        self.faults = Faults(state.store)
        self._doors = Doors(self.log, self.faults, throttle, state)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        if scope["path"].startswith(PREFIX):
            await self._doors(scope, receive, send)
            return
        exchange = self._exchange(scope)
        exchange.attach(scope)
        self.log.add(exchange)
        app = self._api(exchange)
        await self.faults.around(
            app, exchange, scope, noting_fields(scope, receive, exchange), _noting(exchange, scope, send)
        )

    def _exchange(self, scope: Scope) -> Exchange:
        headers = dict(scope["headers"])
        raw_path = scope["raw_path"].decode("ascii", "replace")
        return Exchange(
            sequence=self.log.next_sequence(),
            site=self._state.sites[scope["server"][1]],
            method=scope["method"],
            path=unquote(raw_path),
            raw_path=raw_path,
            query=scope["query_string"].decode("ascii", "replace"),
            user_agent=headers.get(b"user-agent", b"").decode("latin-1"),
            principal=self._sender(headers.get(b"authorization", b"").decode("latin-1")),
        )

    def _sender(self, authorization: str) -> Principal | None:
        scheme, _, token = authorization.partition(" ")
        return self._tokens.principal(token) if scheme.lower() == "bearer" else None

    def _api(self, exchange: Exchange) -> ASGIApp:
        match exchange.site.place:
            case Workspace():
                return self._workspace_api
            case Account():
                return _account
            case Azure():
                return self._azure_api


async def _account(scope: Scope, receive: Receive, send: Send) -> None:
    exchange = Exchange.of(scope)
    if exchange.path == "/.well-known/databricks-config":
        await JSONResponse(identity.discovery(exchange.site))(scope, receive, send)
        return
    await no_endpoint(exchange.method, exchange.path).response()(scope, receive, send)


def _noting(exchange: Exchange, scope: Scope, send: Send) -> Send:
    """Notes the status; an answer of Databricks names its workspace and one of Azure its request, whatever it says."""

    async def noted(message: Message) -> None:
        if message["type"] == "http.response.start":
            exchange.status = message["status"]
            if isinstance(exchange.site.place, Azure):
                message = headers.stamped(scope, message)
            if isinstance(exchange.site.place, Workspace):
                workspace_id = str(exchange.site.place.id).encode()
                message = {**message, "headers": [*message["headers"], (b"x-databricks-org-id", workspace_id)]}
        await send(message)

    return noted
