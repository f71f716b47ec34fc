"""What a kind is and what it may ask of the world: the one file of this room that the others import.

A kind gathers (reads only), compiles (pure) and reports (pure). It knows no Kubernetes client and no Kopf.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeVar, runtime_checkable

from lakeward.api.mlworkspace import MLWorkspaceSpec
from lakeward.api.objects import Object
from lakeward.engine.conditions import Condition
from lakeward.engine.outcome import Event, Key
from lakeward.engine.resource import Clients, Resource
from lakeward.engine.results import Results
from lakeward.judgement.approval import Identity

S = TypeVar("S")
E = TypeVar("E", bound="Evidence")

LONGEST_MARK = 256


class World(Protocol):
    """Everything a pass may read that is not the far side: objects, Secrets, the clock, clients.

    In the cluster objects come from the watched store; on the command line from a directory of manifests.
    """

    cluster: str
    complete: bool
    """Whether what `get` does not find does not exist."""

    def get(self, kind: str, namespace: str, name: str) -> Mapping[str, Any] | None:
        """The body of another custom resource, or None."""
        ...

    def all(self, kind: str) -> Iterable[Mapping[str, Any]]:
        """The bodies of all custom resources of a kind, in all namespaces that are known."""
        ...

    def secret(self, namespace: str, name: str, key: str, field: str) -> str:
        """One value of a Secret; Unavailable(SecretNotFound) names the Secret, the key and the `field` that asked."""
        ...

    def clients(self, workspace: MLWorkspaceSpec, asker: Key) -> Clients:
        """Logged-in clients of an environment in the asker's namespace, whom long work wakes when it has ended.

        Raises Invalid(HostNotAllowed) before any call to a host that is not allowed.
        """
        ...

    def terminating(self, namespace: str) -> bool:
        """Whether the namespace is being deleted: nothing outside is deleted for its objects then."""
        ...

    def now(self) -> datetime:
        """The time, aware, UTC."""
        ...

    def identity(self, namespace: str) -> Identity | None:
        """Whether approvers are who they say in this namespace; None where it cannot be known.

        Raises Unavailable where the API server does not answer.
        """
        ...

    def person(self, databricks_user: str) -> str | None:
        """The Kubernetes name of a Databricks user; None for who is no person or is mapped by no setting."""
        ...


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What gather brought: at least the clients of the object's own environment, and the time."""

    clients: Clients
    now: datetime


@dataclass(frozen=True)
class Desired:
    """What should be outside, as compile decided: resources, in any order.

    orphaned  owner marks whose holders do not exist any more: what carries one of them may be taken over
    """

    resources: tuple[Resource[Any], ...] = ()
    orphaned: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Account:
    """What a kind says about a pass beside the general conditions, the inventory and the events of the engine.

    `ready` replaces the engine's Ready where the kind knows better; `after` is the next known instant in seconds.
    """

    phase: str
    summary: Mapping[str, str] = field(default_factory=dict)
    conditions: tuple[Condition, ...] = ()
    status: Mapping[str, Any] = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    after: float | None = None


class Kind(Protocol[S, E]):
    """One custom resource type. `name` is the kind of its manifests, `spec` its model.

    `leaves_marks` says that a deleted object has something to take back outside even when its data is retained.
    """

    name: str
    spec: type[S]
    leaves_marks: bool

    def refs(self, obj: Object[S]) -> frozenset[Key]:
        """The other objects whose change must wake this one."""
        ...

    def gather(self, obj: Object[S], world: World) -> E:
        """Read what the decision needs. Raises a Problem; writes nothing."""
        ...

    def compile(self, obj: Object[S], evidence: E) -> Desired:
        """Decide what should be. Pure; raises Invalid."""
        ...

    def leave(self, obj: Object[S], evidence: E) -> Desired:
        """What stays wanted while a deleted object goes, for the sake of others. Pure."""
        ...

    def report(self, obj: Object[S], evidence: E, results: Results) -> Account:
        """Tell the pass in the kind's own words. Pure."""
        ...


@runtime_checkable
class Speaks(Protocol):
    """Beside a Kind, where its objects say something to others that cannot refer to them, for lack of their names."""

    def wakes(self, obj: Any) -> frozenset[Key]:  # noqa: ANN401 - an Object[S] of the kind
        """The objects that must look again when this one is new, changed in its spec or metadata, or gone."""
        ...


def owner(cluster: str, obj: Object[Any]) -> str:
    """The owner mark: no uid in it, so that a cluster rebuilt from git recognises its own; hashed when too long."""
    mark = f"{cluster}/{obj.namespace}/{obj.kind}/{obj.name}"
    return mark if len(mark) <= LONGEST_MARK else f"{cluster}/{hashlib.sha256(mark.encode()).hexdigest()}"
