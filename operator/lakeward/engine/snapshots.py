"""Collections of the far side, read page by page once and shared by all who ask. Knows no vendor.

A reading is single-flight: a hundred objects due together cause one. It lives for `ttl` seconds by an injected clock.
Two identities never share one, because listings are filtered by caller: the scope of a client is part of its keys.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass
class _Entry:
    lock: threading.Lock = field(default_factory=threading.Lock)
    value: Any = None
    read_at: float | None = None
    epoch: int = 0


class Snapshots:
    """A cache of readings by key. Thread-safe; a failed reading is not kept."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._entries: dict[Hashable, _Entry] = {}
        self._lock = threading.Lock()

    def get(self, key: Hashable, load: Callable[[], T], ttl: float) -> T:
        """The reading of `key`, at most `ttl` seconds old; with 0 always a new one."""
        entry = self._entry(key)
        asked = self._clock()
        with entry.lock:
            if entry.read_at is not None and asked - entry.read_at < ttl:
                return entry.value  # type: ignore[no-any-return]  # the key decides the type
            epoch = entry.epoch
            started = self._clock()
            value = load()
            if entry.epoch == epoch:
                entry.value, entry.read_at = value, started
            return value

    def forget(self, key: Hashable) -> None:
        """Something behind this key was written: the next to ask reads anew; a reading on its way is not kept."""
        entry = self._entry(key)
        entry.epoch += 1
        entry.read_at = None

    def _entry(self, key: Hashable) -> _Entry:
        with self._lock:
            return self._entries.setdefault(key, _Entry())
