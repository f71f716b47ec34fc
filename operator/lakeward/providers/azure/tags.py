"""What all objects of Azure with tags have in common: foreign tags stay, and one tag carries the owner mark.

Names of tags differ only in more than their case, so they are compared without it.
"""

from collections.abc import Mapping
from typing import Protocol

from lakeward.engine.diff import Changes, merged
from lakeward.engine.resource import Observed
from lakeward.providers.azure.wire import Json

MARK = "lakeward_owner"


class Tagged(Protocol):
    """An object with tags as a resource."""

    @property
    def owner(self) -> str: ...
    @property
    def tags(self) -> Mapping[str, str] | None: ...


def created(resource: Tagged) -> dict[str, str]:
    """The tags of a create: what is declared, and the mark in the same call."""
    return {**(resource.tags or {}), MARK: resource.owner}


def updated(resource: Tagged, now: Observed, changes: Changes) -> dict[str, str]:
    """All tags as they should be, because the service replaces them whole."""
    before: Tagged = now.state  # type: ignore[assignment]  # an observation of the same type
    mark = resource.owner if any(c.field == "owner" for c in changes) else before.owner
    return {**merged(before.tags, "tags", changes), **({MARK: mark} if mark else {})}


def read(found: Json, wanted: Mapping[str, str] | None) -> tuple[str, dict[str, str]]:
    """The owner mark and the other tags of an answer, spelt as they are wanted where only the case differs."""
    spelt = {name.lower(): name for name in (*(wanted or ()), MARK)}
    tags = {spelt.get(str(k).lower(), str(k)): str(v or "") for k, v in (found.get("tags") or {}).items()}
    return tags.pop(MARK, ""), tags
