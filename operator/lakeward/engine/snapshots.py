"""Readings of the far side, made once and shared by all who ask. Knows no vendor.

A reading is single-flight: a hundred objects due together cause one. Who asks says how old it may be. Two identities
never share one, because listings are filtered by caller: the scope of a client is part of its keys.
"""

import threading
from collections.abc import Callable, Collection, Hashable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from lakeward.engine.errors import Problem

T = TypeVar("T")


@dataclass
class _Entry:
    lock: threading.Lock = field(default_factory=threading.Lock)
    value: Any = None
    read_at: float = float("-inf")
    epoch: int = 0
    error: Problem | None = None
    failed_at: float = float("-inf")
    keep: float = 0.0
    lasting: bool = False

    @property
    def in_use(self) -> bool:
        return self.lasting or self.lock.locked()


class Snapshots:
    """A cache of readings by key. Thread-safe; a failed reading is told to all who waited for it, and not kept."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._entries: dict[Hashable, _Entry] = {}
        self._lock = threading.Lock()

    def get(self, key: Hashable, load: Callable[[], T], since: float, keep: float = 0.0) -> T:
        """The reading of `key` if it was begun at `since` or later by our clock, else a new one.

        Sweeps spare it for `keep` seconds longer than others.
        """
        entry = self._entry(key)
        asked = self._clock()
        with entry.lock:
            with self._lock:
                if entry.read_at >= since:
                    return entry.value  # type: ignore[no-any-return]  # the key decides the type
                if entry.error is not None and entry.failed_at > asked:
                    raise entry.error
                epoch, begun = entry.epoch, self._clock()
            try:
                value = load()
            except Problem as problem:
                with self._lock:
                    # what was read before must not answer for what cannot be read now
                    entry.error, entry.failed_at, entry.read_at = problem, self._clock(), float("-inf")
                raise
            with self._lock:
                entry.error = None
                if entry.epoch == epoch:
                    entry.value, entry.read_at, entry.keep = value, begun, keep
            return value

    def peek(self, key: Hashable) -> Any:  # noqa: ANN401 - the key decides the type
        """What is kept of `key`, however old; None where nothing is."""
        with self._lock:
            entry = self._entries.get(key)
            return entry.value if entry is not None and entry.read_at > float("-inf") else None

    def put(self, key: Hashable, value: object) -> None:
        """Keep a reading that was made elsewhere, of something that never changes: only `forget` ends it."""
        entry = self._entry(key)
        with self._lock:
            entry.value, entry.read_at, entry.lasting = value, self._clock(), True

    def forget(self, key: Hashable) -> None:
        """Something behind this key was written: the next to ask reads anew; a reading on its way is not kept."""
        entry = self._entry(key)
        with self._lock:
            entry.epoch += 1
            entry.read_at, entry.lasting = float("-inf"), False

    def forget_all(self, scope: str, but: Collection[str] = ()) -> None:
        """Every reading of a scope, the first part of its keys, is in doubt, save those with such a second part."""
        with self._lock:
            keys = [key for key in self._entries if isinstance(key, tuple) and key[0] == scope and key[1] not in but]
        for key in keys:
            self.forget(key)

    def sweep(self, before: float) -> None:
        """Let go of readings that were begun before that moment, so that what nobody asks for any more is not kept."""
        with self._lock:
            aged = ((key, entry) for key, entry in self._entries.items() if entry.read_at + entry.keep < before)
            old = [key for key, entry in aged if not entry.in_use]
            for key in old:
                del self._entries[key]

    def _entry(self, key: Hashable) -> _Entry:
        with self._lock:
            return self._entries.setdefault(key, _Entry())
