"""A subnet of a virtual network. It has no place for an owner mark: it inherits the one of its network.

It is read with its network; its writes exclude each other with all others of that network.
"""

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Self

from lakeward.engine.diff import Aside, Changes
from lakeward.engine.resource import Mark, Observed, Resource
from lakeward.providers.azure.client import Azure, writable
from lakeward.providers.azure.virtual_network import NETWORKS, VirtualNetwork, network, network_path
from lakeward.providers.azure.wire import Json, path

DISABLED = "Disabled"


@dataclass(frozen=True)
class Subnet(Resource[Azure]):
    """A subnet by group, network and name.

    delegation                 the service that it is delegated to, empty for none
    private_endpoint_policies  Disabled or Enabled
    found                      what the service answered, the ground of an update
    """

    kind: ClassVar[str] = "azure.subnet"
    mark: ClassVar[Mark] = Mark.PARENT
    upsert: ClassVar[bool] = True

    group: str
    network: str
    name: str
    address_prefix: str | None = None
    delegation: str | None = None
    private_endpoint_policies: str | None = None
    found: Annotated[Json | None, Aside()] = field(default=None, compare=False, repr=False)

    @property
    def key(self) -> str:
        return f"{self.group}/{self.network}/{self.name}".lower()

    @classmethod
    def at(cls, key: str) -> Self:
        group, parent, name = key.split("/", 2)
        return cls(group=group, network=parent, name=name)

    @property
    def lanes(self) -> tuple[str, ...]:
        return self._parent.lanes

    def requires(self) -> tuple[str, ...]:
        return (self._parent.address,)

    def observe(self, client: Azure) -> Observed | None:
        found = client.api.find(self._path) if client.always_fresh else self._listed(client)
        return self._seen(client, found) if found is not None else None

    def create(self, client: Azure) -> Observed:
        with self._changing(client):
            return self._seen(client, client.put(self._path, {"properties": self._declared()}, absent=True))

    def update(self, client: Azure, now: Observed, changes: Changes) -> Observed:
        before: Json = now.state.found or {}  # type: ignore[attr-defined]  # an observation of the same type
        body = writable(before)
        properties: dict[str, Any] = body["properties"]
        declared = self._declared({c.field for c in changes})
        if "addressPrefix" in declared:
            properties.pop("addressPrefixes", None)
        properties.update(declared)
        with self._changing(client):
            return self._seen(client, client.put(self._path, body, before))

    def delete(self, client: Azure) -> Observed | None:
        with self._changing(client):
            return client.drop(self, self._path)

    @property
    def _parent(self) -> VirtualNetwork:
        return VirtualNetwork(group=self.group, name=self.network)

    @property
    def _path(self) -> str:
        return network_path(self.group, self.network) + path("subnets", self.name)

    def _changing(self, client: Azure) -> AbstractContextManager[None]:
        return client.changing(NETWORKS, network_path(self.group, self.network))

    def _listed(self, client: Azure) -> Json | None:
        parent = network(client, self.group, self.network) or {}
        inside = (parent.get("properties") or {}).get("subnets") or ()
        return next((s for s in inside if str(s["name"]).lower() == self.name.lower()), None)

    def _declared(self, only: set[str] | None = None) -> dict[str, Any]:
        """What is declared, as properties: all of it, or those fields only."""
        service = self.delegation
        delegations = [{"name": "delegation", "properties": {"serviceName": service}}] if service else []
        members = {
            "address_prefix": ("addressPrefix", self.address_prefix),
            "delegation": ("delegations", delegations if service is not None else None),
            "private_endpoint_policies": ("privateEndpointNetworkPolicies", self.private_endpoint_policies),
        }
        return {
            member: value
            for name, (member, value) in members.items()
            if value is not None and (only is None or name in only)
        }

    def _seen(self, client: Azure, found: Json) -> Observed:
        properties: Json = found.get("properties") or {}
        prefix = properties.get("addressPrefix") or ",".join(properties.get("addressPrefixes") or ())
        services = [str(d["properties"]["serviceName"]) for d in properties.get("delegations") or ()]
        delegation = ",".join(services)
        if self.delegation and delegation.lower() == self.delegation.lower():
            delegation = self.delegation
        state = Subnet(
            group=self.group,
            network=self.network,
            name=self.name,
            address_prefix=prefix,
            delegation=delegation,
            private_endpoint_policies=properties.get("privateEndpointNetworkPolicies") or DISABLED,
            found=found,
        )
        return client.seen(state, self._path, found)
