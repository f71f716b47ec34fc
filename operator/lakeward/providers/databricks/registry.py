"""Readings of the model registry in Unity Catalog, shared by the resources of this room and by gates. Writes nothing.

Listings carry neither aliases nor tags, so a model and the versions of interest are read one by one, once by each pass.
"""

from collections.abc import Collection, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any

from lakeward.providers.databricks.api import Json, path
from lakeward.providers.databricks.client import UC, Databricks, tags

MODELS = f"{UC}/models"
READY = "READY"
PENDING = "PENDING_REGISTRATION"
WITH_ALIASES = {"include_aliases": "true"}
LISTED_FOR = 3600.0
LAG = 900.0
"""Seconds for which a listing may not show a number that was given."""


@dataclass(frozen=True)
class Model:
    """A registered model: aliases by name, tags by key."""

    name: str
    aliases: Mapping[str, int]
    tags: Mapping[str, str]


@dataclass(frozen=True)
class Version:
    """A model version. `tags`, `metrics` and `aliases` are known only where it was read by itself, not from a listing.

    `dependencies` are what it needs beside its files, each as the service tells it: a table, a function, a connection.
    """

    model: str
    version: int
    status: str
    source: str
    run_id: str
    model_id: str
    created_by: str
    created_at: int
    tags: Mapping[str, str]
    metrics: tuple[Mapping[str, Any], ...]
    dependencies: tuple[Mapping[str, Any], ...] = ()
    aliases: tuple[str, ...] = ()


def model(client: Databricks, name: str) -> Model | None:
    """The model with its aliases and tags; None when it does not exist."""
    found = client.reading(at_model(name), WITH_ALIASES)
    if found is None:
        return None
    aliases = {str(a["alias_name"]): int(a["version_num"]) for a in found.get("aliases") or ()}
    return Model(name, aliases, tags(found))


def version(client: Databricks, name: str, number: int) -> Version | None:
    """One version with its tags and metrics; None when it does not exist."""
    found = client.reading(at_version(name, number), WITH_ALIASES)
    return _version(name, found) if found is not None else None


def copies(client: Databricks, name: str, source: str) -> tuple[Version, ...]:
    """The versions of a model that say they were made from `source`, lowest first.

    What our principal made is read by itself. Anybody else may make any number of them, so of theirs only what a
    listing tells is known: who made each, and when, decides which are worth a look.
    """
    return client.remember(f"copies {name} {source}", lambda: _copies(client, name, source))


def every(client: Databricks, name: str) -> tuple[Version, ...]:
    """All versions of a model as a listing tells them, lowest first, once by each pass; none where there is no model.

    A listing lags behind creates, so the numbers behind its last one are probed until one is missing that this process
    does not know to have been given.
    """
    if model(client, name) is None:
        # the listing of a missing model is an error of the service
        return ()
    return client.remember(_listed(name), lambda: _every(client, name))


def newborn(client: Databricks, name: str, source: str, before: Collection[int]) -> tuple[Version, ...]:
    """The versions of an existing model that were made from `source` since those `before`, read anew."""
    born = (v for v in _every(client, name) if v.source == source and v.version not in before)
    found = (version(client.fresh(), name, v.version) for v in born)
    return tuple(v for v in found if v is not None)


def given(client: Databricks, name: str, number: int) -> None:
    """Remember for a while that the service gave this number: a version that was removed since is not the last one."""
    if number >= _given(client, name):
        client.snapshots.put(_last(client, name), (number, client.works.moment()))


def known_versions(client: Databricks, name: str) -> tuple[Version, ...]:
    """The same, but up to an hour old: for what is about old versions."""
    return client.kept(_known(name), lambda: every(client, name), LISTED_FOR)


def changing_model(client: Databricks, name: str) -> AbstractContextManager[None]:
    """Around a write of the model, its aliases or its tags."""
    return client.changing(at_model(name))


def changing_version(client: Databricks, name: str, number: int) -> AbstractContextManager[None]:
    """Around a write of the version or its tags."""
    return client.changing(at_version(name, number), at_model(name))


def changing_copies(client: Databricks, name: str, source: str) -> AbstractContextManager[None]:
    """Around what begins, finishes or deletes a copy of `source`."""
    return client.changing(f"copies {name} {source}", _listed(name), _known(name))


def removing_version(client: Databricks, name: str, number: int) -> AbstractContextManager[None]:
    """Around the deletion of a version: its aliases go with it."""
    return client.changing(at_version(name, number), at_model(name), _listed(name), _known(name))


def source_of(name: str, number: int) -> str:
    """How a version that was copied from another names its source."""
    return f"models:/{name}/{number}"


def at_model(name: str) -> str:
    """The path of a model."""
    return path(MODELS, name)


def at_version(name: str, number: int) -> str:
    """The path of a version."""
    return path(MODELS, name, "versions", number)


def _listed(name: str) -> str:
    return f"versions {name}"


def _known(name: str) -> str:
    return f"known versions {name}"


def _copies(client: Databricks, name: str, source: str) -> tuple[Version, ...]:
    # one listing for all sources of the model: an old pin's copy may be looked for beside the new one's
    listed = [v for v in every(client, name) if v.source == source]
    us = client.principal() if listed else ""
    found = (version(client, name, v.version) if v.created_by == us else _as_listed(v) for v in listed)
    return tuple(v for v in found if v is not None)


def _as_listed(found: Version) -> Version:
    """One that was probed for is known better than others, by chance."""
    return replace(found, tags={}, metrics=(), aliases=())


def _every(client: Databricks, name: str) -> tuple[Version, ...]:
    found = [_version(name, v) for v in client.api.pages(path(MODELS, name, "versions"), "model_versions")]
    number, last = max((v.version for v in found), default=0) + 1, _given(client, name)
    while (probed := client.api.find(at_version(name, number), WITH_ALIASES)) is not None or number <= last:
        found += [_version(name, probed)] if probed is not None else []
        number += 1
    given(client, name, max((v.version for v in found), default=0))
    return tuple(sorted(found, key=lambda v: v.version))


def _given(client: Databricks, name: str) -> int:
    number, at = client.snapshots.peek(_last(client, name)) or (0, 0.0)
    return int(number) if client.works.moment() - at < LAG else 0


def _last(client: Databricks, name: str) -> tuple[str, str]:
    return client.scope, f"last number of {name}"


def _version(name: str, found: Json) -> Version:
    return Version(
        model=name,
        version=int(found["version"]),
        status=str(found.get("status") or ""),
        source=str(found.get("source") or ""),
        run_id=str(found.get("run_id") or ""),
        model_id=str(found.get("model_id") or ""),
        created_by=str(found.get("created_by") or ""),
        created_at=int(found.get("created_at") or 0),
        tags=tags(found),
        metrics=tuple(found.get("model_metrics") or ()),
        dependencies=tuple(_dependencies(found.get("model_version_dependencies"))),
        aliases=tuple(str(a["alias_name"]) for a in found.get("aliases") or ()),
    )


def _dependencies(told: Any) -> Iterable[Mapping[str, Any]]:  # noqa: ANN401 - an answer, in one of its two shapes
    """A list in a field of its own, or that list itself."""
    return (told.get("dependencies") if isinstance(told, Mapping) else told) or ()
