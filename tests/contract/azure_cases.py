"""The cases of Azure's types. Everything lies in the resource group of the free name, and its network is `net`."""

from collections.abc import Mapping
from typing import Any

from contract.cases import MARK, Case, Drift, Facts
from contract.hand import NETWORKS, Hand
from lakeward.engine.plan import Action
from lakeward.providers.azure.resource_group import ResourceGroup
from lakeward.providers.azure.subnet import Subnet
from lakeward.providers.azure.virtual_network import VirtualNetwork

DATABRICKS = "Microsoft.Databricks/workspaces"
SPACE, OTHER_SPACE = "10.1.0.0/16", "10.2.0.0/16"
LOCATION = "eastus2"


def group_at(name: str) -> str:
    return f"resourceGroups/{name}"


def network_at(name: str) -> str:
    return f"{group_at(name)}/{NETWORKS}/net"


def subnet_at(name: str, subnet: str = "hosts") -> str:
    return f"{network_at(name)}/subnets/{subnet}"


def add_group(hand: Hand, name: str) -> None:
    hand.azure.put(group_at(name), {"location": LOCATION})


def network_body(*spaces: str, **properties: Any) -> Mapping[str, Any]:
    return {"location": LOCATION, "properties": {"addressSpace": {"addressPrefixes": spaces}, **properties}}


def add_network(hand: Hand, name: str) -> None:
    hand.azure.put(network_at(name), network_body(OTHER_SPACE))


def with_network(hand: Hand, name: str) -> None:
    add_group(hand, name)
    hand.azure.put(network_at(name), network_body(SPACE))


def add_subnet(hand: Hand, name: str, subnet: str, prefix: str, **properties: Any) -> None:
    hand.azure.put(subnet_at(name, subnet), {"properties": {"addressPrefix": prefix, **properties}})


def tags_of(found: Mapping[str, Any]) -> dict[str, str]:
    return {f"tag {k}": v for k, v in (found.get("tags") or {}).items()}


def group_facts(hand: Hand, name: str) -> Facts:
    found = hand.azure.find(group_at(name)) or {}
    return {k: found[k] for k in ("name", "location") if k in found} | tags_of(found)


RESOURCE_GROUP = Case(
    type=ResourceGroup,
    desired=lambda name: ResourceGroup(name=name, location=LOCATION, tags={"team": "ml"}),
    facts=group_facts,
    theirs=add_group,
    drifts=(
        Drift(
            by_hand=lambda hand, name: hand.azure.tag(group_at(name), {"team": "theirs", "foreign": "1"}),
            action=Action.UPDATE,
            changed=("tags.team",),
            sent=("tags",),
            foreign={"tag foreign": "1"},
        ),
    ),
    create=("PUT", "/resourceGroups/[^/]+$"),
    stays=True,
    markable=True,
)


def network_facts(hand: Hand, name: str) -> Facts:
    found = hand.azure.find(network_at(name))
    if found is None:
        return {}
    properties = found["properties"]
    return {
        "location": found["location"],
        "space": properties["addressSpace"]["addressPrefixes"],
        "dns": properties.get("dhcpOptions"),
        "subnets": [s["name"] for s in properties["subnets"]],
        **tags_of(found),
    }


def spoil_network(hand: Hand, name: str) -> None:
    """Another space, and beside it servers of their own, a tag, and a subnet."""
    dns = {"dnsServers": ["10.1.0.4"]}
    tags = {"team": "theirs", "foreign": "1", MARK: hand.azure.find(network_at(name))["tags"][MARK]}
    hand.azure.put(network_at(name), {**network_body(SPACE, OTHER_SPACE, dhcpOptions=dns), "tags": tags})
    add_subnet(hand, name, "theirs", "10.1.9.0/24")


VIRTUAL_NETWORK = Case(
    type=VirtualNetwork,
    desired=lambda name: VirtualNetwork(
        group=name, name="net", location=LOCATION, address_space=(SPACE,), tags={"team": "ml"}
    ),
    prepare=add_group,
    facts=network_facts,
    theirs=add_network,
    drifts=(
        Drift(
            by_hand=spoil_network,
            action=Action.UPDATE,
            changed=("address_space", "tags.team"),
            sent=("location", "properties", "tags"),
            foreign={"tag foreign": "1", "dns": {"dnsServers": ["10.1.0.4"]}, "subnets": ["theirs"]},
        ),
        Drift(
            by_hand=lambda hand, name: hand.azure.drop(network_at(name)),
            action=Action.CREATE,
            sent=("location", "properties", "tags"),
        ),
    ),
    create=("PUT", "/virtualNetworks/net$"),
    markable=True,
)


def subnet_facts(hand: Hand, name: str) -> Facts:
    found = hand.azure.find(subnet_at(name))
    if found is None:
        return {}
    properties = found["properties"]
    return {
        "prefix": properties.get("addressPrefix"),
        "delegations": [d["properties"]["serviceName"] for d in properties["delegations"]],
        "policies": properties["privateEndpointNetworkPolicies"],
        "endpoints": [e["service"] for e in properties.get("serviceEndpoints", ())],
    }


def spoil_subnet(hand: Hand, name: str) -> None:
    endpoints = [{"service": "Microsoft.Storage"}]
    policies = {"privateEndpointNetworkPolicies": "Enabled", "serviceEndpoints": endpoints}
    add_subnet(hand, name, "hosts", "10.1.7.0/24", **policies)


SUBNET = Case(
    type=Subnet,
    desired=lambda name: Subnet(
        group=name,
        network="net",
        name="hosts",
        address_prefix="10.1.1.0/24",
        delegation=DATABRICKS,
        private_endpoint_policies="Disabled",
    ),
    prepare=with_network,
    facts=subnet_facts,
    theirs=lambda hand, name: add_subnet(hand, name, "hosts", "10.1.7.0/24"),
    drifts=(
        Drift(
            by_hand=spoil_subnet,
            action=Action.UPDATE,
            changed=("address_prefix", "delegation", "private_endpoint_policies"),
            sent=("properties",),
            foreign={"endpoints": ["Microsoft.Storage"]},
        ),
        Drift(by_hand=lambda hand, name: hand.azure.drop(subnet_at(name)), action=Action.CREATE, sent=("properties",)),
    ),
    create=("PUT", "/subnets/hosts$"),
)

AZURE_CASES: tuple[Case, ...] = (RESOURCE_GROUP, VIRTUAL_NETWORK, SUBNET)
