"""The watched objects as they are known now, and who refers to whom. Knows no client.

Bodies are never changed in place. Reads are safe from any thread; writes belong to the event loop.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from enum import Enum, auto
from typing import Any

from lakeward.api.objects import kind_info
from lakeward.engine.outcome import Key

Body = Mapping[str, Any]

FINALIZER = "mlops.lakeward.dev/cleanup"
REMEMBERED = 4096


class News(Enum):
    """What a body tells that was not known."""

    NOTHING = auto()
    ECHO = auto()
    """Our own status came back: no pass for this object, but those that refer to it want to know."""
    CHANGE = auto()
    DELETION = auto()


class Store:
    """Bodies by key without managed fields, which would double them."""

    def __init__(self) -> None:
        self._bodies: dict[Key, Body] = {}
        self._gone: OrderedDict[str, None] = OrderedDict()
        self._written: dict[Key, Body] = {}
        self._refs: dict[Key, frozenset[Key]] = {}
        self._dependents: dict[Key, set[Key]] = {}

    def get(self, key: Key) -> Body | None:
        """The newest body of an object that exists."""
        return self._bodies.get(key)

    def keys(self, kind: str) -> frozenset[Key]:
        return frozenset(key for key in self._bodies if key.kind == kind)

    def items(self) -> tuple[tuple[Key, Body], ...]:
        return tuple(self._bodies.items())

    def put(self, key: Key, body: Body) -> News:
        """Take in what the API server said, in whatever order it arrives, and tell whether it is news.

        Our own writes are no news: the finalizer that we add, the status that we `expect`.
        """
        if uid(body) in self._gone:
            return News.NOTHING
        known = self._bodies.get(key)
        if known is not None and uid(known) == uid(body) and version(body) <= version(known):
            return News.NOTHING
        body = _slim(body)
        self._bodies[key] = body
        if known is None or uid(known) != uid(body):
            return News.DELETION if deleting(body) else News.CHANGE
        if deleting(body) and not deleting(known):
            return News.DELETION
        return self._compare(key, known, body)

    def expect(self, key: Key, status: Body) -> None:
        """We are about to write this status: when it comes back by the watch it is an echo."""
        self._written[key] = status

    def drop(self, key: Key, dead: str) -> bool:
        """The object with the uid `dead` is gone, whatever arrives late. True if it was the one that we knew."""
        self._gone[dead] = None
        if len(self._gone) > REMEMBERED:
            self._gone.popitem(last=False)
        known = self._bodies.get(key)
        if known is None or uid(known) != dead:
            return False
        del self._bodies[key]
        self._written.pop(key, None)
        self.link(key, ())
        return True

    def link(self, key: Key, refs: Iterable[Key]) -> None:
        """The object refers to these others from now on."""
        now, before = frozenset(refs), self._refs.pop(key, frozenset())
        for ref in before - now:
            self._dependents[ref].discard(key)
            if not self._dependents[ref]:
                del self._dependents[ref]
        for ref in now - before:
            self._dependents.setdefault(ref, set()).add(key)
        if now:
            self._refs[key] = now

    def dependents(self, key: Key) -> frozenset[Key]:
        """Who refers to this object, whether it exists or not."""
        return frozenset(self._dependents.get(key, ()))

    def _compare(self, key: Key, known: Body, body: Body) -> News:
        if _content(known) != _content(body) or (has_finalizer(known) and not has_finalizer(body)):
            return News.CHANGE
        status = body.get("status")
        if status == known.get("status"):
            return News.NOTHING
        return News.ECHO if status == self._written.get(key) else News.CHANGE


def uid(body: Body) -> str:
    return str(body["metadata"].get("uid", ""))


def version(body: Body) -> int:
    """The resource version as a number; Kubernetes promises since 1.35 that they compare."""
    return int(body["metadata"]["resourceVersion"])


def deleting(body: Body) -> bool:
    return bool(body["metadata"].get("deletionTimestamp"))


def has_finalizer(body: Body) -> bool:
    return FINALIZER in body["metadata"].get("finalizers", ())


def guarded(body: Body) -> bool:
    """Whether objects of this kind carry our finalizer."""
    info = kind_info(str(body.get("kind")))
    return info is None or info.guarded


def _slim(body: Body) -> Body:
    metadata = {name: value for name, value in body["metadata"].items() if name != "managedFields"}
    return {**body, "metadata": metadata}


_NOISE = frozenset({"resourceVersion", "managedFields", "finalizers", "generation"})


def _content(body: Body) -> tuple[Any, Any]:
    """What only others write: the spec and the metadata without the server's bookkeeping."""
    return body.get("spec"), {name: value for name, value in body["metadata"].items() if name not in _NOISE}
