"""One external object as a value: its fields are the desired state, its four methods are one API call each.

Knows no vendor and no Kubernetes. A subclass is one frozen dataclass in one file of `providers`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, Self, TypeVar

if TYPE_CHECKING:
    from lakeward.engine.diff import Changes

ADOPTED = ";adopted"
UNKNOWN = "(known after apply)"
Scalar = str | int


class Phase(StrEnum):
    """Where an existing object stands, in its own service's eyes."""

    READY = "Ready"
    PROGRESSING = "Progressing"
    FAILED = "Failed"
    DELETING = "Deleting"


class Mark(StrEnum):
    """Where the owner mark of a type lives: on the object, on its parent, or nowhere."""

    OWN = "Own"
    PARENT = "Parent"
    NONE = "None"


class Client(Protocol):
    """What a resource is handed to reach the far side."""

    def fresh(self) -> Self:
        """The same client, but every read goes to the service: no snapshot answers."""
        ...

    def doubt(self) -> None:
        """A reading turned out to be old: whoever asks next reads anew."""
        ...


Clients = Mapping[str, Client]
"""The clients of one environment by provider, the first word of a resource's kind: `databricks`, `mlflow`, `azure`."""

C = TypeVar("C")


@dataclass(frozen=True)
class Ref:
    """A value that is known only after another resource exists: that resource's address and the name of its output."""

    address: str
    output: str

    def __str__(self) -> str:
        return UNKNOWN


@dataclass(frozen=True)
class Observed:
    """What exists: its state in the type of the desired one, its phase, and the outputs that others refer to.

    `message` is one line for a person: progress, or why it failed. `again` is when a look is worth it, in seconds.
    """

    state: Resource[Any]
    phase: Phase = Phase.READY
    message: str = ""
    outputs: Mapping[str, Scalar] = field(default_factory=dict)
    again: float | None = None


@dataclass(frozen=True, kw_only=True)
class Resource(ABC, Generic[C]):
    """Base of every external object. A desired field of None is unmanaged.

    kind        `<provider>.<type>`, the first half of the address
    holds_data  deleting it destroys data or identity: only with the deletion policy's consent
    mark        where the owner mark is kept
    pruned      when its entry leaves the spec it is removed; what only records history is not
    upsert      its create overwrites what is there, so it is read fresh before
    kept        it is never deleted, whatever the policy: deleting it takes what is not ours with it
    told        an event tells of its changes; what only keeps our own books is not told
    owner       the owner mark: desired by us, or found on the object; empty where nobody marked it
    after       addresses that must be in place first although no field refers to them
    """

    kind: ClassVar[str]
    holds_data: ClassVar[bool] = True
    mark: ClassVar[Mark] = Mark.OWN
    pruned: ClassVar[bool] = True
    upsert: ClassVar[bool] = False
    kept: ClassVar[bool] = False
    told: ClassVar[bool] = True

    owner: str = ""
    after: tuple[str, ...] = ()

    @property
    @abstractmethod
    def key(self) -> str:
        """The natural name within the type, as the second half of the address."""

    @classmethod
    @abstractmethod
    def at(cls, key: str) -> Self:
        """The bare object of that key, all else unmanaged: enough to observe and to delete it."""

    @abstractmethod
    def observe(self, client: C) -> Observed | None:
        """Read it; None when it does not exist. Normalises what the service adds or rewrites."""

    @abstractmethod
    def create(self, client: C) -> Observed:
        """Make it by one call and tell what the service answered. Does not wait. Conflict when it exists already."""

    @abstractmethod
    def update(self, client: C, now: Observed, changes: Changes) -> Observed:
        """Change what differs by one call and tell what the service answered. Does not wait."""

    @abstractmethod
    def delete(self, client: C) -> Observed | None:
        """Remove it by one call; absent is success. None when it is gone, else how it is on its way."""

    @property
    def address(self) -> str:
        return f"{self.kind}/{self.key}"

    @property
    def provider(self) -> str:
        return self.kind.partition(".")[0]

    @property
    def detail(self) -> str:
        """What a reviewer of its creation must see beside its address; one line."""
        return ""

    @property
    def lanes(self) -> tuple[str, ...]:
        """Names of what allows one write at a time until that write has ended on the far side."""
        return ()

    def left(self, keys: Collection[str], known: str = "") -> Self:  # noqa: ARG002 - only some types care
        """The bare object with what the inventory remembers: the entries in it, and the id that the service told.

        Enough to remove those entries, or it.
        """
        return self

    def ours(self, formerly: Collection[str], seen: Self) -> Collection[str]:  # noqa: ARG002 - most have only declared entries
        """Paths of entries that are to go unless they are declared: those that we managed before, for most types."""
        return formerly

    def requires(self) -> tuple[str, ...]:
        """Addresses of natural parents. They order the graph only where they are part of it."""
        return ()


def refs(resource: Resource[Any]) -> tuple[Ref, ...]:
    """The references in a resource's fields that are still unknown."""
    values = (getattr(resource, f.name) for f in fields(resource))
    return tuple(v for v in values if isinstance(v, Ref))


def resolve(resource: Resource[Any], outputs: Mapping[str, Mapping[str, Scalar]]) -> Resource[Any]:
    """The resource with every reference replaced whose output is known by now. `outputs` is by address."""
    known: dict[str, Any] = {}
    for f in fields(resource):
        value = getattr(resource, f.name)
        if isinstance(value, Ref) and value.output in outputs.get(value.address, {}):
            known[f.name] = outputs[value.address][value.output]
    return replace(resource, **known) if known else resource


def split(address: str) -> tuple[str, str]:
    """The kind and the key of an address."""
    kind, _, key = address.partition("/")
    return kind, key


def owned(mark: str, owner: str) -> bool:
    """Whether a mark found on an object is this owner's, made or adopted."""
    return mark.removesuffix(ADOPTED) == owner
