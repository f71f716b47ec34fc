"""The lakehouse's own doors, for tests and people: `/_sandbox/requests`, `faults`, `jobs` and `lag`. They need no
token, answer on every port and never appear in the log.
"""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from lakeward_sandbox.azure.throttle import Throttle
from lakeward_sandbox.calls import parse_body
from lakeward_sandbox.databricks import lag
from lakeward_sandbox.databricks.jobs import door
from lakeward_sandbox.errors import ApiError
from lakeward_sandbox.faults import Faults
from lakeward_sandbox.requests import RequestLog
from lakeward_sandbox.rules import Rule, RuleError
from lakeward_sandbox.state import State

PREFIX = "/_sandbox/"
_LONGEST_WAIT = 60.0


@dataclass(frozen=True)
class Doors:
    """The ASGI application behind these paths."""

    log: RequestLog
    faults: Faults
    throttle: Throttle
    state: State

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        room, *rest = scope["path"].removeprefix(PREFIX).split("/")
        try:
            if room == "requests" and not rest:
                response = self._requests(request)
            elif room == "faults" and len(rest) <= 2:  # noqa: PLR2004 - /faults/ID/ACTION
                response = await _faults(self.faults, request, *rest)
            elif room == "jobs" and len(rest) <= 1:
                response = await self._jobs(request, *rest)
            elif room == "lag" and not rest:
                response = await lag.answer(self.state.store, request) or _refusal(405, "use POST or GET")
            else:
                there = ", ".join(f"{PREFIX}{name}" for name in ("requests", "faults", "jobs", "lag"))
                response = _refusal(404, f"no door {scope['path']}: there are {there}")
        except (RuleError, ApiError) as problem:
            response = _refusal(400, getattr(problem, "message", str(problem)))
        await response(scope, receive, send)

    async def _jobs(self, request: Request, action: str = "") -> Response:
        usage = f"use POST, GET or DELETE on {PREFIX}jobs, POST on {PREFIX}jobs/release"
        return await door.answer(self.state, request, action) or _refusal(405, usage)

    def _requests(self, request: Request) -> Response:
        match request.method:
            case "GET":
                after = request.query_params.get("after", "0")
                if not after.isdecimal():
                    return _refusal(400, "after must be a sequence number")
                return JSONResponse({"requests": self.log.matching(request.query_params)})
            case "DELETE":
                self.log.clear()
                self.throttle.refill()
                return Response(status_code=204)
        return _refusal(405, "use GET to read the log, DELETE to clear it and to have all calls to Azure again")


async def _faults(faults: Faults, request: Request, rule_id: str = "", action: str = "") -> Response:
    if not rule_id:
        return await _all_faults(faults, request)
    rule = faults.rule(rule_id)
    if rule is None:
        return _refusal(404, f"there is no fault {rule_id}")
    match request.method, action:
        case "GET", "":
            return JSONResponse(rule.json())
        case "DELETE", "":
            faults.remove(rule)
            return Response(status_code=204)
        case "POST", "release":
            return JSONResponse({"released": faults.release(rule)})
        case "GET", "held":
            return await _held(faults, rule, request)
    return _refusal(405, f"use GET or DELETE on {PREFIX}faults/ID, POST on ID/release, GET on ID/held")


async def _all_faults(faults: Faults, request: Request) -> Response:
    match request.method:
        case "POST":
            return JSONResponse(faults.add(parse_body(await request.body())).json(), 201)
        case "GET":
            return JSONResponse({"faults": [rule.json() for rule in faults.rules()]})
        case "DELETE":
            for rule in faults.rules():
                faults.remove(rule)
            return Response(status_code=204)
    return _refusal(405, "use POST to add a fault, GET to list them, DELETE to remove them all")


async def _held(faults: Faults, rule: Rule, request: Request) -> Response:
    """Waits until the rule holds `calls` calls, at most `seconds`."""
    try:
        calls = int(request.query_params.get("calls", "1"))
        seconds = min(float(request.query_params.get("seconds", "10")), _LONGEST_WAIT)
    except ValueError:
        return _refusal(400, "calls and seconds must be numbers")
    if await faults.wait_held(rule, calls, seconds):
        return JSONResponse({"held": rule.held})
    return _refusal(408, f"fault {rule.id} held {rule.held} call(s), not {calls}, within {seconds:g} s")


def _refusal(status: int, message: str) -> Response:
    return JSONResponse({"message": message}, status)
