"""One call to Azure Resource Manager as a handler sees it, and the address in its path."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from lakeward_sandbox.azure import registry
from lakeward_sandbox.azure.errors import ArmError, group_missing, resource_missing
from lakeward_sandbox.azure.kind import ResourceType
from lakeward_sandbox.azure.world import ArmResource, World
from lakeward_sandbox.errors import Json
from lakeward_sandbox.sites import Subscription


@dataclass(frozen=True)
class ArmCall:
    """Who asks for what. `params` are the parts of the path as written, `query` has lower-case names, `seconds` is how
    long operations take, and `operation_error` is how a fault wants the operation of this call to end.
    """

    world: World
    seconds: float
    subscription: Subscription
    params: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Json
    base_url: str
    path: str
    operation_error: Mapping[str, str] | None

    @property
    def api_version(self) -> str:
        return self.query["api-version"]

    @property
    def scope(self) -> str:
        return f"/subscriptions/{self.subscription.id}"


@dataclass(frozen=True)
class Address:
    """A resource, or all of a type in a place when the path ends with the type. Names are as written, the shape of the
    id is canonical.
    """

    kind: ResourceType
    group: str
    names: list[str]
    parent_id: str
    is_collection: bool = False

    @property
    def name(self) -> str:
        return self.names[-1]

    @property
    def id(self) -> str:
        return self.below(self.parent_id)

    @property
    def is_child(self) -> bool:
        return len(self.names) > 1

    def below(self, parent_id: str) -> str:
        """The id under a parent's own spelling."""
        short = self.kind.short_name.rpartition("/")[2]
        provider = "" if self.is_child or self.kind is registry.GROUP else f"/providers/{self.kind.namespace}"
        return f"{parent_id}{provider}/{short}/{self.name}"

    def parent(self, world: World) -> ArmResource | None:
        return world.get(self.parent_id)


def group_address(call: ArmCall) -> Address:
    """The group of the path."""
    return Address(registry.GROUP, call.params["group"], [call.params["group"]], call.scope)


def address(call: ArmCall) -> Address:
    """The resource or the collection of the path, in its group. Raises ArmError."""
    group, segments = call.params["group"], call.params["rest"].strip("/").split("/")
    types, names = segments[0::2], [unquote(name) for name in segments[1::2]]
    kind = registry.kind_of(call.params["namespace"], "/".join(types), call.api_version)
    at = f"{call.scope}/resourceGroups/{group}"
    shorts = kind.short_name.split("/")
    for depth, (short, name) in enumerate(zip(shorts[:-1], names, strict=False)):
        at = f"{at}/{short}/{name}" if depth else f"{at}/providers/{kind.namespace}/{short}/{name}"
    return Address(kind, group, names, at, is_collection=len(types) > len(names))


def existing_group(call: ArmCall, name: str) -> ArmResource:
    """Raises ArmError when there is none."""
    group = call.world.get(f"{call.scope}/resourceGroups/{name}")
    if group is None:
        raise group_missing(name)
    return group


def existing(call: ArmCall, at: Address) -> ArmResource:
    """The resource at an address. Raises the ArmError of who would miss it: the group, the front door, the service."""
    if at.kind is registry.GROUP:
        return existing_group(call, at.name)
    existing_group(call, at.group)
    found = call.world.get(at.id)
    if found is None:
        raise missing(call, at)
    return found


def missing(call: ArmCall, at: Address) -> ArmError:
    """The 404 for what is not at an address."""
    if at.is_child:
        parent = call.world.get(at.parent_id)
        if parent is None:
            parent_type = at.kind.name.rpartition("/")[0]
            return resource_missing(parent_type, at.names[: parent_type.count("/")], at.group)
        own = at.kind.absent(at.below(parent.id))
        if own is not None:
            return own
    return resource_missing(at.kind.name, at.names, at.group)
