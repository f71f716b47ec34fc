"""An Azure virtual network. Its owner mark is a tag. Its subnets are resources of their own, whoever made them.

An update sends what was read with what differs, but without `subnets`: then the service leaves them as they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Self

from lakeward.engine.diff import Aside, Changes, Immutable, Unordered
from lakeward.engine.errors import Invalid
from lakeward.engine.reasons import Reason
from lakeward.engine.resource import Observed, Resource
from lakeward.providers.azure import tags
from lakeward.providers.azure.client import Azure, short, writable
from lakeward.providers.azure.resource_group import ResourceGroup
from lakeward.providers.azure.wire import Json, path

NETWORKS = path("providers", "Microsoft.Network", "virtualNetworks")
HELD_RETRY = 300.0


@dataclass(frozen=True)
class VirtualNetwork(Resource[Azure]):
    """A virtual network by group and name. `address_space` is all of it; the declared `tags` are kept.

    found  what the service answered, the ground of an update
    """

    kind: ClassVar[str] = "azure.virtual_network"
    upsert: ClassVar[bool] = True

    group: str
    name: str
    location: Annotated[str | None, Immutable()] = None
    address_space: Annotated[tuple[str, ...] | None, Unordered()] = None
    tags: Mapping[str, str] | None = None
    found: Annotated[Json | None, Aside()] = field(default=None, compare=False, repr=False)

    @property
    def key(self) -> str:
        return f"{self.group}/{self.name}".lower()

    @classmethod
    def at(cls, key: str) -> Self:
        group, _, name = key.partition("/")
        return cls(group=group, name=name)

    @property
    def lanes(self) -> tuple[str, ...]:
        return (f"vnet/{self.key}",)

    def requires(self) -> tuple[str, ...]:
        return (ResourceGroup(name=self.group).address,)

    def observe(self, client: Azure) -> Observed | None:
        found = client.api.find(self._path) if client.always_fresh else network(client, self.group, self.name)
        return self._seen(client, found) if found is not None else None

    def create(self, client: Azure) -> Observed:
        space = {"addressPrefixes": list(self.address_space or ())}
        body = {"location": self.location, "tags": tags.created(self), "properties": {"addressSpace": space}}
        with client.changing(NETWORKS, self._path):
            return self._seen(client, client.put(self._path, body, absent=True))

    def update(self, client: Azure, now: Observed, changes: Changes) -> Observed:
        before: Json = now.state.found or {}  # type: ignore[attr-defined]  # an observation of the same type
        body = writable(before)
        body["tags"] = tags.updated(self, now, changes)
        properties: dict[str, Any] = body["properties"]
        properties.pop("subnets", None)
        if any(c.field == "address_space" for c in changes):
            space = properties.get("addressSpace") or {}
            properties["addressSpace"] = {**space, "addressPrefixes": list(self.address_space or ())}
        with client.changing(NETWORKS, self._path):
            return self._seen(client, client.put(self._path, body, before))

    def delete(self, client: Azure) -> Observed | None:
        left = (client.api.find(self._path) or {}).get("properties", {}).get("subnets") or ()
        if left:
            # ours went before it; what is left is somebody else's, and the service would take it along
            names = ", ".join(sorted(str(s["name"]) for s in left))
            text = f"it still holds subnets: {names}; delete them first, or keep the network"
            raise Invalid(text, reason=Reason.FOREIGN_OBJECT, retry_after=HELD_RETRY)
        with client.changing(NETWORKS, self._path):
            return client.drop(self, self._path)

    @property
    def _path(self) -> str:
        return network_path(self.group, self.name)

    def _seen(self, client: Azure, found: Json) -> Observed:
        owner, others = tags.read(found, self.tags)
        space = (found.get("properties") or {}).get("addressSpace") or {}
        state = VirtualNetwork(
            group=self.group,
            name=self.name,
            location=short(found),
            address_space=tuple(str(p) for p in space.get("addressPrefixes") or ()),
            tags=others,
            owner=owner,
            found=found,
        )
        return client.seen(state, self._path, found)


def network_path(group: str, name: str) -> str:
    """Where a network is, below its subscription."""
    return f"{path('resourceGroups', group)}{NETWORKS}{path(name)}"


def network(client: Azure, group: str, name: str) -> Json | None:
    """A network with its subnets by the shared listing; read by itself while anything in it moves."""
    listed = client.listing(NETWORKS, _key).get(f"{group}/{name}".lower())
    return client.current(listed, network_path(group, name), "subnets")


def _key(found: Json) -> str:
    parts = str(found["id"]).lower().split("/")
    return f"{parts[4]}/{parts[-1]}"
