"""Ids that the workspace APIs invent: one sequence for the whole lakehouse, so that none is mistaken for another."""

from dataclasses import dataclass

from lakeward_sandbox.store import Store

_FIRST = 700_000_000_000_001
_LARGEST = 10**18


@dataclass(frozen=True)
class Numbers:
    """The number that comes next."""

    next: int = _FIRST


def take(store: Store) -> int:
    """A number that was never given before; inside a transaction."""
    kept = store.of(Numbers)
    number = (kept.get("") or Numbers()).next
    kept.put("", Numbers(number + 1))
    return number


def newest_first(number: int) -> str:
    """A key that sorts later numbers before earlier ones, as the service lists them."""
    return f"{_LARGEST - number:019d}"


def oldest_first(number: int) -> str:
    return f"{number:019d}"
