"""What there is in the local Azure: resources by id, whatever their type. Ids are looked up without regard to case and
keep the casing of their creation. It knows no type, no request and no operation.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from lakeward_sandbox.store import Store

SUCCEEDED, UPDATING, DELETING, FAILED = "Succeeded", "Updating", "Deleting", "Failed"


def new_etag() -> str:
    return f'W/"{uuid.uuid4()}"'


@dataclass(frozen=True)
class ArmResource:
    """One resource group, resource or child. `operation` is the id of the operation in flight on it, or empty."""

    id: str
    name: str
    type: str
    location: str | None
    tags: dict[str, str] | None
    properties: dict[str, object]
    state: str = SUCCEEDED
    etag: str = field(default_factory=new_etag)
    operation: str = ""

    def changed(self, state: str, operation: str = "") -> "ArmResource":
        """In another state; every step of an operation has an etag of its own."""
        return replace(self, state=state, operation=operation, etag=new_etag())


def parent_of(resource_id: str) -> str:
    """The id without its last type and name: a group's subscription, a resource's group, a child's resource."""
    above = resource_id.rsplit("/", 2)[0]
    namespace = above.rsplit("/", 2)
    return namespace[0] if len(namespace) > 1 and namespace[1].lower() == "providers" else above


def root_of(resource_id: str) -> str:
    """The resource on which operations exclude each other: the one directly in the group, or the group itself."""
    return "/".join(resource_id.split("/")[:9])


@dataclass(frozen=True)
class World:
    """All resources, at one moment."""

    store: Store
    now: float

    def get(self, resource_id: str) -> ArmResource | None:
        return self.store.of(ArmResource).get(resource_id.lower())

    def put(self, resource: ArmResource) -> None:
        key = resource.id.lower()
        self.store.of(ArmResource).put(key, resource, parent_of(key))

    def children(self, parent_id: str, type_name: str | None = None) -> Sequence[ArmResource]:
        """What is directly in a subscription, a group or a resource."""
        found = self.store.of(ArmResource).children(parent_id.lower())
        return [resource for resource in found if type_name in {None, resource.type}]

    def below(self, scope: str, type_name: str) -> Sequence[ArmResource]:
        """All of one type, at any depth below a scope."""
        within = scope.lower() + "/"
        found = self.store.of(ArmResource).children(None)
        return [r for r in found if r.type == type_name and r.id.lower().startswith(within)]

    def drop(self, resource_id: str) -> None:
        """Removes a resource with all that is below it."""
        for child in self.children(resource_id):
            self.drop(child.id)
        self.store.of(ArmResource).delete(resource_id.lower())


def typed(resources: Sequence[ArmResource]) -> Mapping[str, ArmResource]:
    """By lower-case name."""
    return {resource.name.lower(): resource for resource in resources}
