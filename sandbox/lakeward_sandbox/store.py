"""Objects on disk: typed collections of frozen dataclasses in one SQLite file, changed in transactions.
It knows no API; a snapshot is how a fault lets a reader see the past.
"""

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict
from pathlib import Path
from typing import Any, Generic, TypeVar

T = TypeVar("T")

_SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
  kind TEXT NOT NULL, key TEXT NOT NULL, parent TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (kind, key)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS by_parent ON objects (kind, parent, key);
"""

_past: ContextVar[sqlite3.Connection | None] = ContextVar("past", default=None)


class Store:
    """The one database. Every access holds its lock, so a transaction sees and leaves a consistent state."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        self._after: list[Callable[[], None]] = []
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.executescript(_SCHEMA)

    def of(self, kind: type[T]) -> "Collection[T]":
        """The collection of one dataclass."""
        return Collection(self, kind)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing: an exception takes every change back. A transaction inside another joins it."""
        with self._lock:
            if self._connection.in_transaction:
                yield
                return
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                self._after.clear()
                self._connection.execute("ROLLBACK")
                raise
            certain, self._after = self._after, []
        for action in certain:
            action()

    def after_commit(self, action: Callable[[], None]) -> None:
        """Does something that cannot be taken back, once the transaction of the caller cannot be either."""
        self._after.append(action)

    def snapshot(self) -> sqlite3.Connection:
        """A copy of everything as it is now, in memory."""
        copy = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        with self._lock:
            self._connection.backup(copy)
        return copy

    @staticmethod
    @contextmanager
    def reading(past: sqlite3.Connection) -> Iterator[None]:
        """Inside of it, reads of this context answer from a snapshot."""
        token = _past.set(past)
        try:
            yield
        finally:
            _past.reset(token)

    @staticmethod
    def shows_past() -> bool:
        """Whether the reads of this context answer from a snapshot: nothing must be changed by them."""
        return _past.get() is not None

    def execute(self, statement: str, *values: str | int) -> list[tuple[str, ...]]:
        """Runs one statement under the lock."""
        with self._lock:
            return (_past.get() or self._connection).execute(statement, values).fetchall()

    def close(self) -> None:
        with self._lock:
            self._connection.close()


class Collection(Generic[T]):
    """Objects of one kind by key; `parent` groups them for listing, always in the order of their keys."""

    def __init__(self, store: Store, kind: type[T]) -> None:
        self._store = store
        self._type = kind
        self._kind = kind.__name__

    def get(self, key: str) -> T | None:
        rows = self._store.execute("SELECT body FROM objects WHERE kind=? AND key=?", self._kind, key)
        return self._load(rows[0][0]) if rows else None

    def put(self, key: str, value: T, parent: str = "") -> None:
        body = json.dumps(asdict(value))  # type: ignore[call-overload] # every T is a dataclass; there is no type for that
        self._store.execute("INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?)", self._kind, key, parent, body)

    def delete(self, key: str) -> None:
        self._store.execute("DELETE FROM objects WHERE kind=? AND key=?", self._kind, key)

    def page(self, parent: str | None, after: str, limit: int) -> Sequence[tuple[str, T]]:
        """At most `limit` objects of one parent, or of all when it is None, that follow the key `after`."""
        where, values = ("", ()) if parent is None else (" AND parent=?", (parent,))
        rows = self._store.execute(
            f"SELECT key, body FROM objects WHERE kind=?{where} AND key>? ORDER BY key LIMIT ?",  # noqa: S608 - constants
            self._kind,
            *values,
            after,
            limit,
        )
        return [(key, self._load(body)) for key, body in rows]

    def children(self, parent: str | None) -> Sequence[T]:
        return [value for _, value in self.page(parent, "", -1)]

    def _load(self, body: str) -> T:
        fields: dict[str, Any] = json.loads(body)
        return self._type(**fields)
