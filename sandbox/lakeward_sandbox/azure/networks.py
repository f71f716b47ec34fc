"""Virtual networks. A PUT without `subnets` leaves them alone; with them it replaces them all, and `[]` removes all."""

import re
import uuid
from collections.abc import Sequence

from lakeward_sandbox.azure import fields, prefixes, subnets
from lakeward_sandbox.azure.errors import ArmError, malformed
from lakeward_sandbox.azure.kind import Change, Draft, ResourceType
from lakeward_sandbox.azure.subnets import Subnet
from lakeward_sandbox.azure.wire import NETWORK
from lakeward_sandbox.azure.world import ArmResource, World, typed
from lakeward_sandbox.errors import Json

NAME = "Microsoft.Network/virtualNetworks"
_KEPT = ("dhcpOptions", "flowTimeoutInMinutes", "encryption", "bgpCommunities", "enableVmProtection")
_SUBNET = Subnet()


class VirtualNetwork(ResourceType):
    name = NAME
    api_versions = subnets.API_VERSIONS
    wire = NETWORK
    names = re.compile(r"[A-Za-z0-9][\w.-]{0,62}\w")
    child_type = subnets.NAME

    def change(self, draft: Draft) -> Change:
        body = fields.obj(draft.body, "properties")
        space = _space(draft, body)
        properties: dict[str, object] = {
            "resourceGuid": draft.current.properties["resourceGuid"] if draft.current else str(uuid.uuid4()),
            "addressSpace": {"addressPrefixes": [str(prefix) for prefix in space]},
            "virtualNetworkPeerings": [],
            "enableDdosProtection": body.get("enableDdosProtection", False),
            "privateEndpointVNetPolicies": fields.choice(
                body, "privateEndpointVNetPolicies", ("Disabled", "Basic"), "Disabled"
            ),
            **{field: body[field] for field in _KEPT if field in body},
        }
        if fields.objects(body, "virtualNetworkPeerings"):
            raise ArmError(400, "PeeringNotServed", "The local lakehouse does not serve peerings of virtual networks.")
        children = _children(draft, body)
        _check(draft, space, children)
        return Change(properties, children)

    def properties(self, resource: ArmResource, world: World) -> Json:
        children = world.children(resource.id, subnets.NAME)
        return {**resource.properties, "subnets": [_SUBNET.shown(subnet, world) for subnet in children]}


def _space(draft: Draft, body: Json) -> list[prefixes.Prefix]:
    given = fields.strings(fields.obj(body, "addressSpace"), "addressPrefixes")
    if not given:
        raise malformed("A virtual network has an address space. Path 'properties.addressSpace.addressPrefixes'.")
    space = [prefixes.parse(prefix, draft.id) for prefix in given]
    for number, prefix in enumerate(space):
        if any(other.overlaps(prefix) for other in space[:number] if other.version == prefix.version):
            raise ArmError(
                400,
                "InvalidAddressSpace",
                f"The address prefix {prefix} of virtual network {draft.id} overlaps another one of its prefixes.",
            )
    return space


def _children(draft: Draft, body: Json) -> dict[str, dict[str, object]] | None:
    given = fields.objects(body, "subnets")
    if given is None:
        return None
    existing = typed(draft.world.children(draft.id, subnets.NAME))
    found: dict[str, dict[str, object]] = {}
    for subnet in given:
        name = fields.text(subnet, "name")
        if not name:
            raise malformed("A subnet has a name. Path 'properties.subnets'.")
        _SUBNET.check_name(name)
        name = existing[name.lower()].name if name.lower() in existing else name
        if name.lower() in {other.lower() for other in found}:
            message = f"Resource {draft.id}/ has two child resources with the same name ({name})."
            raise ArmError(400, "DuplicateResourceName", message)
        subnet_id = f"{draft.id}/subnets/{name}"
        found[name] = subnets.desired(draft.world, subnet_id, name, draft.name, fields.obj(subnet, "properties"))
    return found


def _check(draft: Draft, space: Sequence[prefixes.Prefix], children: dict[str, dict[str, object]] | None) -> None:
    if children is None:
        stored = draft.world.children(draft.id, subnets.NAME)
        children = {subnet.name: subnet.properties for subnet in stored}
    found = {name: subnets.ranges(properties, f"{draft.id}/subnets/{name}") for name, properties in children.items()}
    for name, ranges in found.items():
        prefixes.check_inside(name, draft.name, ranges, space)
        prefixes.check_apart(name, draft.name, ranges, found)
