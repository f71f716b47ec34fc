"""Typed readers for the free-form JSON of a body: what is absent and what is null are the same, as for ARM."""

from collections.abc import Mapping, Sequence

from lakeward_sandbox.azure.errors import malformed
from lakeward_sandbox.errors import Json


def obj(body: Json, name: str) -> dict[str, object]:
    """An object; absent is an empty one."""
    value = body.get(name)
    if value is None:
        return {}
    if isinstance(value, Mapping):
        return {key: item for key, item in value.items() if item is not None}
    raise malformed(f"Error converting value to an object. Path '{name}'.")


def text(body: Json, name: str) -> str | None:
    value = body.get(name)
    if value is None or isinstance(value, str):
        return value
    raise malformed(f"Error converting value to a string. Path '{name}'.")


def choice(body: Json, name: str, allowed: Sequence[str], default: str) -> str:
    """One of the values of an enumeration, in the service's own casing."""
    value = text(body, name) or default
    for known in allowed:
        if known.lower() == value.lower():
            return known
    raise malformed(f"Error converting value {value!r} to one of {', '.join(allowed)}. Path '{name}'.")


def objects(body: Json, name: str) -> list[Json] | None:
    """A list of objects; absent is None, which is not an empty one."""
    value = body.get(name)
    if value is None:
        return None
    if isinstance(value, list) and all(isinstance(item, Mapping) for item in value):
        return value
    raise malformed(f"Error converting value to a list of objects. Path '{name}'.")


def strings(body: Json, name: str) -> list[str]:
    """A list of strings; absent is an empty one."""
    value = body.get(name)
    if value is None:
        return []
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return value
    raise malformed(f"Error converting value to a list of strings. Path '{name}'.")
