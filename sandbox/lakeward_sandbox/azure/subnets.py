"""Subnets: resources of their own inside of a virtual network, written alone or with it."""

import re
from collections.abc import Mapping, Sequence

from lakeward_sandbox.azure import fields, prefixes
from lakeward_sandbox.azure.errors import ArmError, malformed
from lakeward_sandbox.azure.kind import Change, Draft, ResourceType
from lakeward_sandbox.azure.wire import NETWORK
from lakeward_sandbox.azure.world import ArmResource, World
from lakeward_sandbox.errors import Json

NAME = "Microsoft.Network/virtualNetworks/subnets"
API_VERSIONS = frozenset({"2026-03-01"})

_POLICIES = ("Disabled", "Enabled", "NetworkSecurityGroupEnabled", "RouteTableEnabled")
_LINK_POLICIES = ("Enabled", "Disabled")
_SUBNET = "Microsoft.Network/virtualNetworks/subnets"
# what a delegation allows its service
_SERVICES: Mapping[str, Sequence[str]] = {
    "Microsoft.Databricks/workspaces": (
        f"{_SUBNET}/join/action",
        f"{_SUBNET}/prepareNetworkPolicies/action",
        f"{_SUBNET}/unprepareNetworkPolicies/action",
    ),
    "Microsoft.ContainerInstance/containerGroups": (f"{_SUBNET}/action",),
    "Microsoft.Network/dnsResolvers": (f"{_SUBNET}/join/action",),
    "Microsoft.Sql/managedInstances": (
        f"{_SUBNET}/join/action",
        f"{_SUBNET}/prepareNetworkPolicies/action",
        f"{_SUBNET}/unprepareNetworkPolicies/action",
    ),
    "Microsoft.Web/serverFarms": (f"{_SUBNET}/action",),
}
_REFERENCES = ("networkSecurityGroup", "routeTable", "natGateway")
_KEPT = ("serviceEndpoints", "sharingScope", "defaultOutboundAccess")


class Subnet(ResourceType):
    name = NAME
    api_versions = API_VERSIONS
    wire = NETWORK
    names = re.compile(r"\w([\w.-]{0,78}\w)?")
    tracked = False

    def change(self, draft: Draft) -> Change:
        network = draft.parent
        assert network is not None  # noqa: S101 - the engine refuses a child without its parent
        properties = desired(draft.world, draft.id, draft.name, network.name, fields.obj(draft.body, "properties"))
        space = space_of(network)
        others = {
            s.name: ranges(s.properties, s.id) for s in draft.world.children(network.id, NAME) if s.id != draft.id
        }
        mine = ranges(properties, draft.id)
        prefixes.check_inside(draft.name, network.name, mine, space)
        prefixes.check_apart(draft.name, network.name, mine, others)
        return Change(properties)

    def properties(self, resource: ArmResource, world: World) -> Json:  # noqa: ARG002 - a subnet shows itself only
        delegations = [_shown_delegation(resource, d) for d in fields.objects(resource.properties, "delegations") or ()]
        return {**resource.properties, "delegations": delegations}

    def absent(self, resource_id: str) -> ArmError | None:
        return ArmError(404, "NotFound", f"Resource {resource_id} not found.")


def desired(world: World, subnet_id: str, name: str, network: str, body: Json) -> dict[str, object]:
    """What a subnet becomes by the properties of a body, with the service's defaults. Raises ArmError."""
    wanted = _prefixes(body)
    if not wanted:
        raise ArmError(400, "NoAddressPrefixOrPoolProvided", f"Subnet {subnet_id} has no address prefix.")
    prefixes.check_sizes(name, network, [prefixes.parse(prefix, subnet_id) for prefix in wanted])
    # one prefix comes back in the older field, however it was sent
    properties: dict[str, object] = {"addressPrefix": wanted[0]} if len(wanted) == 1 else {"addressPrefixes": wanted}
    properties |= {field: body[field] for field in _KEPT if field in body}
    properties |= _references(world, subnet_id, body)
    properties["delegations"] = _delegations(subnet_id, body)
    for field, allowed in (
        ("privateEndpointNetworkPolicies", _POLICIES),
        ("privateLinkServiceNetworkPolicies", _LINK_POLICIES),
    ):
        properties[field] = fields.choice(body, field, allowed, allowed[0])
    return properties


def ranges(properties: Json, subnet_id: str) -> list[prefixes.Prefix]:
    """The address ranges of a subnet's stored properties."""
    return [prefixes.parse(prefix, subnet_id) for prefix in _prefixes(properties)]


def space_of(network: ArmResource) -> list[prefixes.Prefix]:
    """The address space of a stored virtual network."""
    space = fields.strings(fields.obj(network.properties, "addressSpace"), "addressPrefixes")
    return [prefixes.parse(prefix, network.id) for prefix in space]


def _prefixes(body: Json) -> list[str]:
    one, many = fields.text(body, "addressPrefix"), fields.strings(body, "addressPrefixes")
    if one and many and many != [one]:
        raise malformed("Both addressPrefix and addressPrefixes are given. Path 'properties.addressPrefixes'.")
    return many or ([one] if one else [])


def _references(world: World, subnet_id: str, body: Json) -> dict[str, object]:
    found: dict[str, object] = {}
    for field in _REFERENCES:
        target = fields.text(fields.obj(body, field), "id")
        if target is None:
            continue
        if world.get(target) is None:
            raise ArmError(
                400,
                "InvalidResourceReference",
                f"Resource {target} referenced by resource {subnet_id} was not found. Please make sure that the "
                "referenced resource exists, and that both resources are in the same region.",
            )
        found[field] = {"id": target}
    return found


def _delegations(subnet_id: str, body: Json) -> list[Json]:
    delegations: list[Json] = []
    for given in fields.objects(body, "delegations") or ():
        name, service = fields.text(given, "name"), fields.text(fields.obj(given, "properties"), "serviceName")
        if not name or not service:
            raise malformed("A delegation has a name and a properties.serviceName. Path 'properties.delegations'.")
        known = next((known for known in _SERVICES if known.lower() == service.lower()), None)
        if known is None:
            raise ArmError(
                400,
                "InvalidServiceNameOnDelegation",
                f"The service name {service} specified on delegation {subnet_id}/delegations/{name} is not valid. "
                f"Valid value(s) are: {','.join(_SERVICES)}",
            )
        delegations.append({"name": name, "serviceName": known})
    return delegations


def _shown_delegation(subnet: ArmResource, delegation: Json) -> Json:
    service = str(delegation["serviceName"])
    return {
        "name": delegation["name"],
        "id": f"{subnet.id}/delegations/{delegation['name']}",
        "etag": subnet.etag,
        "properties": {
            "provisioningState": subnet.state,
            "serviceName": service,
            "actions": list(_SERVICES[service]),
        },
        "type": f"{NAME}/delegations",
    }
