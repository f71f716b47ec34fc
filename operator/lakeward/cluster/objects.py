"""What we read from and write to one custom resource: lists, our finalizer, its status, events. Decides nothing."""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from lakeward.api.objects import GROUP, VERSION
from lakeward.cluster.kube import LIST_TIMEOUT, Kube
from lakeward.cluster.store import FINALIZER, Body, uid
from lakeward.engine.outcome import Event, Key

PAGE = "500"
NOTE_LIMIT = 1024
"""Bytes of a note that the API server takes."""
CONTROLLER = f"{GROUP}/operator"


@dataclass(frozen=True)
class Listing:
    """All objects of a kind as they were at one version of the store behind the API server."""

    version: int
    bodies: Mapping[Key, Body]


class Objects:
    """The custom resources of our group; `plurals` is by kind. Every method raises KubeError."""

    def __init__(self, kube: Kube, plurals: Mapping[str, str]) -> None:
        self._kube = kube
        self._plurals = plurals

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(self._plurals)

    async def list(self, kind: str) -> Listing:
        """All objects of a kind in all namespaces, page by page."""
        path = f"/apis/{GROUP}/{VERSION}/{self._plurals[kind]}"
        bodies: dict[Key, Body] = {}
        query = {"limit": PAGE}
        while True:
            page = await self._kube.get(path, query, LIST_TIMEOUT)
            bodies |= {key_of(body): body for body in page["items"]}
            rest = page["metadata"].get("continue")
            if not rest:
                return Listing(int(page["metadata"]["resourceVersion"]), bodies)
            query = {"limit": PAGE, "continue": rest}

    async def hold(self, key: Key, body: Body) -> Body:
        """Add our finalizer to exactly this version of the object; 422 when it is not the newest."""
        return await self._finalizers(key, body, [*_finalizers(body), FINALIZER])

    async def release(self, key: Key, body: Body) -> Body:
        """Remove our finalizer from exactly this version of the object; 422 when it is not the newest."""
        return await self._finalizers(key, body, [name for name in _finalizers(body) if name != FINALIZER])

    async def report(self, key: Key, body: Body, status: Mapping[str, Any]) -> Body:
        """Apply the whole status to the object of that uid; 409 when a namesake has taken its place."""
        manifest = {
            "apiVersion": f"{GROUP}/{VERSION}",
            "kind": key.kind,
            "metadata": {"name": key.name, "namespace": key.namespace, "uid": uid(body)},
            "status": status,
        }
        return await self._kube.apply(f"{self._path(key)}/status", manifest)

    async def tell(self, key: Key, body: Body, event: Event) -> None:
        """Tell an event about the object, where `kubectl describe` shows it."""
        manifest = {
            "apiVersion": "events.k8s.io/v1",
            "kind": "Event",
            "metadata": {"name": f"{key.name[:200]}.{uuid4().hex[:16]}", "namespace": key.namespace},
            "eventTime": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "reportingController": CONTROLLER,
            "reportingInstance": socket.gethostname(),
            "action": "Reconcile",
            "type": event.type,
            "reason": str(event.reason),
            "note": _note(event.message),
            "regarding": {
                "apiVersion": f"{GROUP}/{VERSION}",
                "kind": key.kind,
                "namespace": key.namespace,
                "name": key.name,
                "uid": uid(body),
            },
        }
        await self._kube.create(f"/apis/events.k8s.io/v1/namespaces/{key.namespace}/events", manifest)

    async def _finalizers(self, key: Key, body: Body, finalizers: Sequence[str]) -> Body:
        newest = {"op": "test", "path": "/metadata/resourceVersion", "value": body["metadata"]["resourceVersion"]}
        change = {"op": "add", "path": "/metadata/finalizers", "value": tuple(finalizers)}
        return await self._kube.patch(self._path(key), [newest, change])

    def _path(self, key: Key) -> str:
        return f"/apis/{GROUP}/{VERSION}/namespaces/{key.namespace}/{self._plurals[key.kind]}/{key.name}"


def key_of(body: Body) -> Key:
    return Key(body["kind"], body["metadata"]["namespace"], body["metadata"]["name"])


def _note(message: str) -> str:
    """What fits of a message, up to the end of a character."""
    return message.encode(errors="replace")[:NOTE_LIMIT].decode(errors="ignore")


def _finalizers(body: Body) -> list[str]:
    return list(body["metadata"].get("finalizers", ()))
