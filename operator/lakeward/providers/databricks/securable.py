"""What catalogs and schemas have in common on the wire: a comment, and properties that also carry the owner mark."""

from collections.abc import Mapping
from typing import Any, Protocol

from lakeward.engine.diff import Changes, merged
from lakeward.engine.resource import Observed
from lakeward.providers.databricks.api import Json

MARK = "lakeward_owner"


class Securable(Protocol):
    """A catalog or a schema as a resource."""

    @property
    def owner(self) -> str: ...
    @property
    def comment(self) -> str | None: ...
    @property
    def properties(self) -> Mapping[str, str] | None: ...


def created(resource: Securable, name: Json) -> dict[str, Any]:
    """The body of a create: its name, what is declared, and the mark in the same call."""
    properties = {**(resource.properties or {}), MARK: resource.owner}
    comment = {"comment": resource.comment} if resource.comment is not None else {}
    return {**name, **comment, "properties": properties}


def patched(resource: Securable, now: Observed, changes: Changes) -> dict[str, Any]:
    """The body of an update: changed fields only; properties are replaced whole, so all of them are sent."""
    result: dict[str, Any] = {}
    fields = {c.field for c in changes}
    if "comment" in fields:
        result["comment"] = resource.comment
    if fields & {"properties", "owner"}:
        before: Securable = now.state  # type: ignore[assignment]  # an observation of the same type
        mark = resource.owner if "owner" in fields else before.owner
        result["properties"] = {**merged(before.properties, "properties", changes), MARK: mark}
    return result


def read(found: Json) -> tuple[str, str, dict[str, str]]:
    """The owner mark, the comment and the other properties of an answer."""
    properties = {str(k): str(v) for k, v in (found.get("properties") or {}).items()}
    return properties.pop(MARK, ""), str(found.get("comment") or ""), properties
