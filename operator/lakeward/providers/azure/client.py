"""What an Azure resource is handed: the API, readings shared by snapshots, and how an object stands in Azure's eyes.

Knows no resource type. A view of a client answers readings that are not older than its moments.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from lakeward.engine.resource import Observed, Phase, Resource
from lakeward.engine.snapshots import Snapshots
from lakeward.providers.azure.api import Api
from lakeward.providers.azure.operations import PAUSE
from lakeward.providers.azure.wire import Json, error_of, told

EVER = 0.0
ACCEPTED = 202
SUCCEEDED = "Succeeded"
PHASES = {
    "succeeded": Phase.READY,
    "failed": Phase.FAILED,
    "canceled": Phase.FAILED,
    "deleting": Phase.DELETING,
}
MOVING = frozenset({Phase.PROGRESSING, Phase.DELETING})
# what the service says of an object and nobody can set
TOLD = frozenset({"id", "name", "type", "etag"})
TOLD_PROPERTIES = frozenset({"provisioningState", "resourceGuid"})


@dataclass(frozen=True)
class Azure:
    """One identity at one subscription, seen by one pass.

    listed_since  collections read at this moment or later are recent enough (monotonic seconds)
    read_since    the same for single objects: what this pass has read once is not read again
    """

    api: Api
    scope: str
    snapshots: Snapshots
    listed_since: float
    read_since: float

    def fresh(self) -> Azure:
        """Every reading goes to the service."""
        return replace(self, listed_since=float("inf"), read_since=float("inf"))

    def doubt(self) -> None:
        """Every reading of this identity is in doubt."""
        self.snapshots.forget_all(self.scope)

    @property
    def always_fresh(self) -> bool:
        """Whether only a fresh answer will do: then an object is read by its own GET instead of the listing."""
        return self.listed_since == float("inf")

    def listing(self, at: str, key: Callable[[Json], str]) -> Mapping[str, Json]:
        """All objects of a type in the subscription, read once for all who share this identity."""

        def load() -> Mapping[str, Json]:
            return {key(entry): entry for entry in self.api.entries(at)}

        return self.snapshots.get((self.scope, at), load, self.listed_since)

    def current(self, listed: Json | None, at: str, inside: str = "") -> Json | None:
        """An entry of a listing; while it or anything `inside` of it moves, its own GET, once by each pass."""
        if listed is None:
            return None
        entries = [listed, *((listed.get("properties") or {}).get(inside) or ())]
        if not any(_phase(entry) in MOVING for entry in entries):
            return listed
        return self.snapshots.get((self.scope, at), lambda: self.api.find(at), self.read_since)

    @contextmanager
    def changing(self, *keys: str) -> Iterator[None]:
        """Around a write: no reading behind these keys is kept that was begun before it or meanwhile."""
        self._forget(keys)
        try:
            yield
        finally:
            self._forget(keys)

    def put(self, at: str, body: Json, before: Json | None = None, *, absent: bool = False) -> Json:
        """Write an object whole. It must still be as `before` was read, or still be `absent`."""
        etag = (before or {}).get("etag")
        headers = {"If-None-Match": "*"} if absent else {"If-Match": str(etag)} if etag else {}
        reply = self.api.put(at, body, headers)
        self.api.operations.begin(at, reply.monitor, reply.pause)
        return reply.json

    def drop(self, resource: Resource[Azure], at: str) -> Observed | None:
        """Remove an object: None when it is gone, else that it goes."""
        reply = self.api.drop(at)
        if reply is None or reply.status != ACCEPTED:
            return None
        self.api.operations.begin(at, reply.monitor, reply.pause)
        return Observed(resource, Phase.DELETING, "is being deleted", again=reply.pause or PAUSE)

    def seen(self, state: Resource[Azure], at: str, found: Json) -> Observed:
        """How an object stands by what the service says of it."""
        phase, outputs = _phase(found), {"id": str(found.get("id", ""))}
        if phase in MOVING:
            return Observed(state, phase, f"is {_said(found)} in Azure", outputs, self.api.operations.pause(at))
        return Observed(state, phase, self._failure(at) if phase is Phase.FAILED else "", outputs)

    def _failure(self, at: str) -> str:
        """Why the last operation on it failed, empty when nobody remembers."""
        monitor = self.api.operations.monitor(at)
        if not monitor:
            return ""
        key = (self.scope, monitor)
        told_by: Json | None = self.snapshots.get(key, lambda: self.api.ended(monitor), EVER)
        ended = told_by or {}
        if PHASES.get(str(ended.get("status")).lower()) is not Phase.FAILED:
            # it has not ended, or not so: that is no answer to keep
            self.snapshots.forget(key)
            return ""
        return told(*error_of(ended))

    def _forget(self, keys: tuple[str, ...]) -> None:
        for key in keys:
            self.snapshots.forget((self.scope, key))


def scope(host: str, subscription: str, token: str) -> str:
    """What keeps the readings of two identities apart, without the secret in it."""
    return f"{host}/{subscription}#{hashlib.sha256(token.encode()).hexdigest()[:16]}"


def short(found: Json) -> str:
    """The location of an object as its short name: some services answer `East US 2`, most `eastus2`."""
    return str(found.get("location") or "").replace(" ", "").lower()


def writable(found: Json) -> dict[str, Any]:
    """What was read as it may be written back: all of it, known to us or not, but what only the service says."""
    properties = {k: v for k, v in (found.get("properties") or {}).items() if k not in TOLD_PROPERTIES}
    return {**{k: v for k, v in found.items() if k not in TOLD}, "properties": properties}


def _said(found: Json) -> str:
    return str((found.get("properties") or {}).get("provisioningState") or SUCCEEDED)


def _phase(found: Json) -> Phase:
    return PHASES.get(_said(found).lower(), Phase.PROGRESSING)
