"""Where the calls of an object go, read from raw bodies: what goes to one place shares its pace and its fate. Pure."""

from collections.abc import Callable, Mapping
from typing import Any

from lakeward.engine.outcome import Key

Get = Callable[[Key], Mapping[str, Any] | None]


def place(get: Get, key: Key) -> str:
    """The host of the object's own MLWorkspace; its namespace while that is not known."""
    spec = _mapping(get(key), "spec")
    named = _mapping(spec, "workspaceRef").get("name")
    if isinstance(named, str):
        spec = _mapping(get(Key("MLWorkspace", key.namespace, named)), "spec")
    host = _mapping(spec, "databricks").get("host")
    return host if isinstance(host, str) else f"namespace {key.namespace}"


def _mapping(body: object, name: str) -> Mapping[str, Any]:
    found = body.get(name) if isinstance(body, Mapping) else None
    return found if isinstance(found, Mapping) else {}
