"""What a Databricks resource is handed: the API, readings shared by snapshots, and long work.

Knows no resource type. A view of a client answers readings that are not older than its moments.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeVar

from lakeward.engine.snapshots import Snapshots
from lakeward.engine.work import Works
from lakeward.providers.databricks.api import Api, Json

T = TypeVar("T")
UC = "/api/2.1/unity-catalog"
ME = "/api/2.0/preview/scim/v2/Me"
EVER, FOR_EVER = 0.0, float("inf")
ONCE = ("me", "metastore")


@dataclass(frozen=True)
class CopyLimits:
    """How much one copy may move, in bytes: by the operator itself, and by whatever executor."""

    in_process: int = 2 * 1024**3
    most: int = 100 * 1024**3


@dataclass(frozen=True)
class Databricks:
    """One identity at one workspace, seen by one pass.

    listed_since  collections read at this moment or later are recent enough (monotonic seconds)
    read_since    the same for single objects: what this pass has read once is not read again
    wake          called when long work of this pass's object has ended
    limits        what copies of model versions may move
    """

    api: Api
    scope: str
    snapshots: Snapshots
    works: Works
    listed_since: float
    read_since: float
    wake: Callable[[], None]
    limits: CopyLimits = CopyLimits()

    def fresh(self) -> Databricks:
        """Every reading goes to the service."""
        return replace(self, listed_since=float("inf"), read_since=float("inf"))

    def doubt(self) -> None:
        """Every reading of this identity is in doubt; who it is, and where, is not."""
        self.snapshots.forget_all(self.scope, but=ONCE)

    def listing(
        self, at: str, field: str, query: Mapping[str, Any] | None = None, key: str = "name"
    ) -> Mapping[str, Json]:
        """A whole collection by `key`, read page by page once for all who share this identity."""
        asked = tuple(sorted((query or {}).items()))

        def load() -> Mapping[str, Json]:
            return {str(item[key]): item for item in self.api.pages(at, field, query)}

        return self.snapshots.get((self.scope, at, asked), load, self.listed_since)

    @property
    def always_fresh(self) -> bool:
        """Whether only a fresh answer will do: then an entry is read by its own GET instead of the listing."""
        return self.listed_since == float("inf")

    def reading(self, at: str, query: Mapping[str, Any] | None = None) -> Json | None:
        """A single object, read once by each pass; None when it is not there."""
        return self.snapshots.get((self.scope, at), lambda: self.api.find(at, query), self.read_since)

    def scanned(self, key: str, load: Callable[[], T]) -> T:
        """A reading of what no listing has, under a key of its own: shared as long as a listing is."""
        return self.snapshots.get((self.scope, key), load, self.listed_since)

    def remember(self, key: str, load: Callable[[], T]) -> T:
        """A composed reading under a key of its own, once by each pass."""
        return self.snapshots.get((self.scope, key), load, self.read_since)

    def kept(self, key: str, load: Callable[[], T], seconds: float) -> T:
        """A reading of what changes seldom, under a key of its own: shared by all passes until it is that old."""
        return self.snapshots.get((self.scope, key), load, self.read_since - seconds, seconds)

    def lasting(self, key: str, load: Callable[[], T], seconds: float) -> T:
        """A reading of what never changes: even a fresh view does not ask again; let go when it is that old."""
        return self.snapshots.get((self.scope, key), load, EVER, seconds)

    @contextmanager
    def changing(self, *keys: str, query: Mapping[str, Any] | None = None) -> Iterator[None]:
        """Around a write: no reading behind these keys is kept that was begun before it or meanwhile."""
        asked = tuple(sorted((query or {}).items()))
        every = [full for key in keys for full in ((self.scope, key), (self.scope, key, asked))]
        self._forget(every)
        try:
            yield
        finally:
            self._forget(every)

    def _forget(self, keys: Iterable[tuple[object, ...]]) -> None:
        for key in keys:
            self.snapshots.forget(key)

    def principal(self) -> str:
        """The user or service principal behind the token, as the service writes it into `created_by`."""
        me = self.once("me", ME)
        return str(me.get("userName") or me.get("applicationId") or "")

    def once(self, key: Literal["me", "metastore"], at: str) -> Json:
        """What an identity is told once and for ever; even a fresh view does not ask again."""
        return self.lasting(key, lambda: self.api.do("GET", at), FOR_EVER)


def scope(host: str, token: str) -> str:
    """What keeps the readings of two identities apart, without the secret in it."""
    return f"{host}#{hashlib.sha256(token.encode()).hexdigest()[:16]}"


def tags(json: Json) -> dict[str, str]:
    """The tags of a model or version as a mapping."""
    entries: Iterable[Json] = json.get("tags") or ()
    return {str(t["key"]): str(t.get("value", "")) for t in entries}
