"""Listings that lag behind creates, on request: versions that are too young are left out, while a read by number sees
them at once. The lakehouse's own door `/_sandbox/lag` says by how much.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from lakeward_sandbox.calls import parse_body
from lakeward_sandbox.databricks.versions import Version
from lakeward_sandbox.rules import RuleError
from lakeward_sandbox.state import milliseconds
from lakeward_sandbox.store import Store


@dataclass(frozen=True)
class Lag:
    """A negative number means for ever: then only the versions of these ids are listed."""

    seconds: float = 0.0
    listed: Sequence[str] = ()


def shown(store: Store) -> Callable[[Version], bool]:
    """Whether a listing has a version by now."""
    lag = store.of(Lag).get("") or Lag()
    if lag.seconds < 0:
        listed = frozenset(lag.listed)
        return lambda version: version.id in listed
    latest = milliseconds() - lag.seconds * 1000
    return lambda version: version.created_at <= latest


async def answer(store: Store, request: Request) -> Response | None:
    """None where there is no such door. Raises RuleError."""
    match request.method:
        case "POST":
            _change(store, await _seconds(request))
        case "GET":
            pass
        case _:
            return None
    return JSONResponse({"seconds": (store.of(Lag).get("") or Lag()).seconds})


async def _seconds(request: Request) -> float:
    body = parse_body(await request.body())
    seconds = body.get("seconds")
    if body.keys() != {"seconds"} or isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise RuleError("seconds is missing: a number, 0 for no lag, a negative one for a lag without end")
    return seconds


def _change(store: Store, seconds: float) -> None:
    with store.transaction():
        listed = [version.id for version in store.of(Version).children(None)] if seconds < 0 else []
        store.of(Lag).put("", Lag(seconds, listed))
