"""One API call as a handler sees it, and the routes that choose the handler.
Path parameters are decoded exactly once, after the path was cut, so an escaped slash stays inside its parameter.
"""

import json
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote

from starlette.requests import Request
from starlette.responses import Response

from lakeward_sandbox.errors import ApiError, Json, invalid
from lakeward_sandbox.principals import Principal
from lakeward_sandbox.sites import Workspace
from lakeward_sandbox.state import State

Answer = Json | Sequence[Json] | Response | None


@dataclass(frozen=True)
class Call:
    """Who calls what, in which workspace, with which arguments; `base_url` is how the client addressed us. `failure` is
    what a fault wants the object of the call to fail with.
    """

    state: State
    workspace: Workspace
    principal: Principal
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Json
    base_url: str
    failure: str | None = None

    def text(self, name: str) -> str | None:
        """A string of the body, or of the query of a GET; absent and null are the same."""
        value = self.body.get(name, self.query.get(name))
        if value is None or isinstance(value, str):
            return value
        raise invalid(f"{name} must be a string")

    def required(self, name: str) -> str:
        value = self.text(name)
        if not value:
            raise invalid(f"Missing required field: {name}")
        return value

    def integer(self, name: str) -> int | None:
        """A number; protobuf's JSON also writes 64-bit numbers as strings."""
        value = self.body.get(name, self.query.get(name))
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            return value
        if isinstance(value, str) and re.fullmatch(r"-?\d{1,18}", value):
            return int(value)
        raise invalid(f"{name} must be an integer")

    def flag(self, name: str) -> bool:
        value = self.body.get(name, self.query.get(name, False))
        if value in (True, "true", "True"):
            return True
        if value in (False, "false", "False", ""):
            return False
        raise invalid(f"{name} must be true or false")

    def strings(self, name: str) -> dict[str, str] | None:
        """A map from string to string."""
        value = self.body.get(name)
        if value is None:
            return None
        if isinstance(value, dict) and all(isinstance(v, str) for v in value.values()):
            return dict(value)
        raise invalid(f"{name} must be a map of strings")

    def objects(self, name: str) -> Sequence[Json]:
        """A list of objects."""
        value = self.body.get(name)
        if value is None:
            return []
        if isinstance(value, list) and all(isinstance(item, dict) for item in value):
            return value
        raise invalid(f"{name} must be a list of objects")


@dataclass(frozen=True)
class Route:
    """A method and a path template: `{name}` is one segment, `{name:path}` the rest with its slashes.

    `function` runs in a worker thread inside one transaction; `stream` runs on the event loop and reads the body.
    """

    method: str
    template: str
    function: Callable[[Call], Answer] | None = None
    stream: Callable[[Call, Request], Awaitable[Response]] | None = None


class Router:
    """Finds the route of a request."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._routes = [(_pattern(route), route) for route in routes]

    def find(self, method: str, raw_path: str) -> tuple[Route, Mapping[str, str]] | None:
        for pattern, route in self._routes:
            if match := pattern.fullmatch(f"{method} {raw_path}"):
                return route, {name: unquote(value) for name, value in match.groupdict().items()}
        return None


def _pattern(route: Route) -> re.Pattern[str]:
    pieces = re.split(r"\{(\w+)(:path)?\}", route.template)
    pattern = re.escape(f"{route.method} {pieces[0]}")
    for name, rest, literal in zip(pieces[1::3], pieces[2::3], pieces[3::3], strict=True):
        pattern += f"(?P<{name}>{'/.*' if rest else '[^/]+'}){re.escape(literal)}"
    return re.compile(pattern)


def parse_query(query: bytes) -> dict[str, str]:
    """The last value wins where a name repeats."""
    return dict(parse_qsl(query.decode("ascii", "replace"), keep_blank_values=True))


def parse_body(content: bytes) -> Json:
    """A JSON object; nothing is an empty one."""
    if not content.strip():
        return {}
    try:
        body = json.loads(content)
    except ValueError as problem:
        raise ApiError(400, "MALFORMED_REQUEST", "Could not parse request object: it is not JSON") from problem
    if not isinstance(body, dict):
        raise ApiError(400, "MALFORMED_REQUEST", "Could not parse request object: expected a JSON object")
    return body
