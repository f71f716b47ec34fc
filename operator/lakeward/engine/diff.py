"""What differs between two values of one resource type, field by field. Pure; has two sides, never three.

Markers on the fields are the rules. Normalisation belongs to `observe`, never here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import Field, dataclass, fields
from typing import TYPE_CHECKING, Annotated, Any, get_origin, get_type_hints

if TYPE_CHECKING:
    from lakeward.engine.resource import Resource

BOOKKEEPING = frozenset({"owner", "after"})


@dataclass(frozen=True)
class Immutable:
    """The service cannot change this field of an existing object."""


@dataclass(frozen=True)
class WriteOnly:
    """The service never tells this field: it is sent on create and cannot be compared."""


@dataclass(frozen=True)
class Aside:
    """Says how to work, not what should be: never compared."""


@dataclass(frozen=True)
class Unordered:
    """A tuple whose order has no meaning."""


@dataclass(frozen=True)
class Change:
    """One difference. `path` is the field, with the key after a dot for an entry of a mapping."""

    path: str
    old: object
    new: object
    immutable: bool = False

    @property
    def field(self) -> str:
        return self.path.partition(".")[0]

    def __str__(self) -> str:
        return f"{self.path}: {shown(self.old)} -> {shown(self.new)}"


Changes = tuple[Change, ...]


def diff(desired: Resource[Any], observed: Resource[Any], formerly: Collection[str] = ()) -> Changes:
    """The changes that turn `observed` into `desired`, in the order of the fields.

    A desired None is unmanaged. Of a mapping only declared keys are compared, and those in `formerly`: paths
    (`field.key`) that we managed before; such a key that left the spec is a change to None.
    """
    if type(desired) is not type(observed):
        raise TypeError(f"cannot compare {type(desired).__name__} with {type(observed).__name__}")
    found: list[Change] = []
    for f, markers in _rules(type(desired)):
        want, have = getattr(desired, f.name), getattr(observed, f.name)
        if want is None or any(isinstance(m, WriteOnly | Aside) for m in markers):
            continue
        immutable = any(isinstance(m, Immutable) for m in markers)
        unordered = any(isinstance(m, Unordered) for m in markers)
        found += _compare(f.name, want, have, formerly, immutable=immutable, unordered=unordered)
    return tuple(found)


def managed(desired: Resource[Any]) -> tuple[str, ...]:
    """The paths of all entries of mappings that this desired value manages: what the inventory remembers."""
    rules = ((f.name, markers) for f, markers in _rules(type(desired)))
    maps = ((name, getattr(desired, name)) for name, markers in rules if not any(isinstance(m, Aside) for m in markers))
    return tuple(f"{name}.{key}" for name, value in maps if isinstance(value, Mapping) for key in sorted(value))


def merged(observed: Mapping[str, str] | None, field: str, changes: Changes) -> dict[str, str]:
    """A mapping as it should be sent to a service that replaces it whole: foreign keys stay, ours change."""
    result = dict(observed or {})
    for change in changes:
        if change.field != field:
            continue
        key = change.path.partition(".")[2]
        if change.new is None:
            result.pop(key, None)
        else:
            result[key] = str(change.new)
    return result


def shown(value: object) -> str:
    """A value as a reviewer reads it, on one line."""
    if value is None:
        return "(none)"
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return text.replace("\n", "\\n").replace("\r", "\\r")


def _compare(
    name: str, want: object, have: object, formerly: Collection[str], *, immutable: bool, unordered: bool
) -> Iterator[Change]:
    if isinstance(want, Mapping):
        have = have if isinstance(have, Mapping) else {}
        gone = {p.partition(".")[2] for p in formerly if p.startswith(f"{name}.")} - set(want)
        for key in sorted(set(want) | (gone & set(have))):
            if want.get(key) != have.get(key):
                yield Change(f"{name}.{key}", have.get(key), want.get(key), immutable)
    elif unordered and isinstance(want, tuple) and isinstance(have, tuple):
        if sorted(want) != sorted(have):
            yield Change(name, have, want, immutable)
    elif want != have:
        yield Change(name, have, want, immutable)


def _rules(kind: type) -> Iterator[tuple[Field[Any], tuple[object, ...]]]:
    hints = get_type_hints(kind, include_extras=True)
    for f in fields(kind):
        if f.name in BOOKKEEPING:
            continue
        hint = hints[f.name]
        yield f, hint.__metadata__ if get_origin(hint) is Annotated else ()
