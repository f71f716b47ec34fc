"""Azure Resource Manager: its routes, and the front door that every call passes in the same order: the token, the
version, the limits, the subscription. Paths are matched without regard to case.
"""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from lakeward_sandbox.azure import monitors, operations, providers, reads, registry, subscriptions, writes
from lakeward_sandbox.azure.calls import Address, ArmCall, address, group_address
from lakeward_sandbox.azure.errors import ArmError, invalid_content
from lakeward_sandbox.azure.throttle import Kind, Throttle
from lakeward_sandbox.azure.world import World
from lakeward_sandbox.calls import parse_body, parse_query
from lakeward_sandbox.errors import ApiError, Json
from lakeward_sandbox.exchange import Exchange
from lakeward_sandbox.principals import Principal
from lakeward_sandbox.state import State
from lakeward_sandbox.store import Store

Handler = Callable[[ArmCall], Response]
_IN_ADDRESS: Mapping[str, Callable[[ArmCall, Address], Response]] = {
    "GET": reads.get,
    "HEAD": reads.head,
    "PUT": writes.put,
    "PATCH": writes.patch,
    "DELETE": writes.delete,
}
_OWN_VERSIONS = frozenset({"2022-12-01", "2025-04-01"})
_RIGHTS = {Kind.READS: "read", Kind.WRITES: "write", Kind.DELETES: "delete"}
_S = "/subscriptions/{subscription}"


@dataclass(frozen=True)
class _Route:
    """One template. `action` is the right that it needs, without its read, write or delete."""

    template: str
    handlers: Mapping[str, Handler]
    action: str = "Microsoft.Resources/subscriptions"
    versions: frozenset[str] | None = _OWN_VERSIONS


def _of_group(method: str) -> Handler:
    return lambda call: _IN_ADDRESS[method](call, group_address(call))


def _of_resource(method: str) -> Handler:
    def handler(call: ArmCall) -> Response:
        at = address(call)
        if at.is_collection and method != "GET":
            raise writes.not_allowed(method)
        return _IN_ADDRESS[method](call, at)

    return handler


_ROUTES = (
    _Route(_S, {"GET": subscriptions.one}),
    _Route(f"{_S}/locations", {"GET": subscriptions.locations}),
    _Route(f"{_S}/resources", {"GET": reads.resources}),
    _Route(f"{_S}/providers", {"GET": providers.every}),
    _Route(f"{_S}/providers/{{namespace}}", {"GET": providers.one}),
    _Route(f"{_S}/providers/{{namespace}}/register", {"POST": providers.register}),
    _Route(f"{_S}/providers/{{namespace}}/unregister", {"POST": providers.unregister}),
    _Route(f"{_S}/operationresults/{{operation}}", {"GET": monitors.result}),
    _Route(
        f"{_S}/providers/{{namespace}}/locations/{{location}}/operations/{{operation}}",
        {"GET": monitors.status},
        versions=None,
    ),
    _Route(
        f"{_S}/providers/{{namespace}}/locations/{{location}}/operationResults/{{operation}}",
        {"GET": monitors.result},
        versions=None,
    ),
    _Route(f"{_S}/providers/{{namespace}}/{{type}}", {"GET": reads.everywhere}, versions=None),
    _Route(f"{_S}/resourceGroups", {"GET": reads.groups}, registry.GROUP.action),
    _Route(
        f"{_S}/resourceGroups/{{group}}",
        {method: _of_group(method) for method in _IN_ADDRESS},
        registry.GROUP.action,
        registry.GROUP.api_versions,
    ),
    _Route(f"{_S}/resourceGroups/{{group}}/resources", {"GET": reads.resources}, registry.GROUP.action),
    _Route(
        f"{_S}/resourceGroups/{{group}}/providers/{{namespace}}/{{rest}}",
        {method: _of_resource(method) for method in _IN_ADDRESS},
        versions=None,
    ),
)


class ArmApi:
    """The ASGI application of the Azure port. Operations take `seconds`."""

    def __init__(self, state: State, seconds: float, throttle: Throttle) -> None:
        self._state = state
        self._seconds = seconds
        self._throttle = throttle
        self._routes = [(_pattern(route.template), route) for route in _ROUTES]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange, told = Exchange.of(scope), dict[str, str]()
        try:
            response = await self._answer(exchange, Request(scope, receive), told)
        except ArmError as refusal:
            response = refusal.response()
        response.headers.update(told)
        await response(scope, receive, send)

    async def _answer(self, exchange: Exchange, request: Request, told: dict[str, str]) -> Response:
        """`told` are the headers about limits, which refusals carry too."""
        content = await request.body()
        principal, query = _known(exchange, request), _query(request)
        if exchange.path.rstrip("/").lower() == "/subscriptions" and exchange.method == "GET":
            return subscriptions.visible(principal)
        route, params = self._find(exchange)
        now, kind = time.time(), Kind.of(exchange.method)
        told |= self._throttle.take(params["subscription"].lower(), principal.name, kind, now)
        action = f"{_acted_on(route, params)}/{_RIGHTS[kind]}"
        subscription = subscriptions.entered(principal, params["subscription"], action, exchange.path)
        _check_version(route, query["api-version"])
        call = ArmCall(
            world=World(self._state.store, now),
            seconds=self._seconds,
            subscription=subscription,
            params=params,
            query=query,
            headers={name.lower(): value for name, value in request.headers.items()},
            body=_body(content),
            base_url=f"{request.url.scheme}://{request.url.netloc}",
            path=exchange.path,
            operation_error=exchange.operation_error,
        )
        return await anyio.to_thread.run_sync(_run, _handler(route, exchange.method), call, exchange)

    def _find(self, exchange: Exchange) -> tuple[_Route, Mapping[str, str]]:
        for pattern, route in self._routes:
            if match := pattern.fullmatch(exchange.raw_path.rstrip("/")):
                params = {
                    name: value if name == "rest" else unquote(value) for name, value in match.groupdict().items()
                }
                return route, params
        raise ArmError(
            404,
            "MissingSubscription",
            "The request did not have a subscription or a valid tenant level resource provider.",
        )


def _pattern(template: str) -> re.Pattern[str]:
    pattern = re.sub(r"\{(\w+)\}", lambda m: f"(?P<{m[1]}>{'.+' if m[1] == 'rest' else '[^/]+'})", template)
    return re.compile(pattern, re.IGNORECASE)


def _known(exchange: Exchange, request: Request) -> Principal:
    if exchange.principal is not None:
        return exchange.principal
    if "authorization" not in request.headers:
        code, why = "AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing."
    else:
        code, why = "InvalidAuthenticationToken", "The access token is invalid."
    challenge = f'Bearer authorization_uri="{request.url.scheme}://{request.url.netloc}/", error="invalid_token"'
    raise ArmError(401, code, why, headers={"WWW-Authenticate": f'{challenge}, error_description="{why}"'})


def _query(request: Request) -> dict[str, str]:
    """Names in lower case; the version is always among them."""
    query = {name.lower(): value for name, value in parse_query(request.scope["query_string"]).items()}
    if not query.get("api-version"):
        message = "The api-version query parameter (?api-version=) is required for all requests."
        raise ArmError(400, "MissingApiVersionParameter", message)
    return query


def _acted_on(route: _Route, params: Mapping[str, str]) -> str:
    """What rights are about, as a denial names it: the type of the path, known or not."""
    if "rest" in params:
        return "/".join([params["namespace"], *params["rest"].split("/")[0::2]])
    return f"{params['namespace']}/{params['type']}" if "type" in params else route.action


def _check_version(route: _Route, version: str) -> None:
    if route.versions is not None and version not in route.versions:
        known = ", ".join(sorted(route.versions))
        message = f"The api-version '{version}' is invalid. The supported versions are '{known}'."
        raise ArmError(400, "InvalidApiVersionParameter", message)


def _handler(route: _Route, method: str) -> Handler:
    found = route.handlers.get(method)
    if found is None:
        raise writes.not_allowed(method)
    return found


def _body(content: bytes) -> Json:
    try:
        return parse_body(content)
    except ApiError as problem:
        raise invalid_content(problem.message) from problem


def _run(handler: Handler, call: ArmCall, exchange: Exchange) -> Response:
    store = call.world.store
    if exchange.past is not None:
        with Store.reading(exchange.past):
            return handler(call)
    with store.transaction():  # of its own: a refusal below takes back nothing that time has done
        operations.settle(call.world)
    with store.transaction():
        return handler(call)
