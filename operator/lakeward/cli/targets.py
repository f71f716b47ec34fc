"""Promotions among manifests that would fight for one model: two objects with one target. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lakeward.engine.outcome import Key

PROMOTION, WORKSPACE = "ModelPromotion", "MLWorkspace"
Body = Mapping[str, Any]


@dataclass(frozen=True)
class Conflict:
    """Promotions that name one target model at one workspace, in the order of the manifests."""

    target: str
    keys: tuple[Key, ...]

    def __str__(self) -> str:
        names = " and ".join(f"{key.namespace}/{key.name}" for key in self.keys)
        return f"{names} have one target, {self.target}: a model has one promotion only"


def promotions(objects: Iterable[Key]) -> tuple[Key, ...]:
    """The promotions among these objects, in their order."""
    return tuple(key for key in objects if key.kind == PROMOTION)


def conflicts(objects: Mapping[Key, Body]) -> tuple[Conflict, ...]:
    """Every target that more than one promotion names, whatever their namespaces."""
    found: dict[tuple[str, str], list[Key]] = defaultdict(list)
    for key, body in objects.items():
        target = _text(body, "spec", "target", "model").lower()
        if key.kind == PROMOTION and target:
            found[_host(key, body, objects), target].append(key)
    return tuple(_conflicts(found))


def _conflicts(found: Mapping[tuple[str, str], list[Key]]) -> Iterator[Conflict]:
    for (_, target), keys in found.items():
        if len(keys) > 1:
            yield Conflict(target, tuple(keys))


def _host(key: Key, body: Body, objects: Mapping[Key, Body]) -> str:
    """The workspace's host; where it is not among the manifests, the reference tells workspaces apart."""
    name = _text(body, "spec", "workspaceRef", "name")
    host = _text(objects.get(Key(WORKSPACE, key.namespace, name), {}), "spec", "databricks", "host")
    return host.lower().rstrip("/") or f"{key.namespace}/{name}"


def _text(body: Body, *path: str) -> str:
    found: object = body
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, str) else ""
