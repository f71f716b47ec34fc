"""The Azure part of an MLWorkspace: a resource group and a virtual network. Part of its CRD; knows no client.

What overlaps or lies outside is refused here and at admission: Azure would say so only after a long operation.
"""

import itertools
from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import Annotated, Any

from pydantic import Field

from lakeward.api.common import NOT_OURS, Api
from lakeward.api.schema import ListSet, Rule, immutable, keys_match, matches

SUBNETS = ("public", "private", "privateEndpoints")

SubscriptionId = Annotated[
    str,
    Field(min_length=36, max_length=36),
    matches("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "must be the id of a subscription in lower case"),
    immutable("azure.subscriptionId is immutable: make another MLWorkspace in the other subscription"),
]
Location = Annotated[
    str,
    Field(min_length=2, max_length=40),
    matches("[a-z][a-z0-9]*", "must be the short name of a region, for example eastus2"),
    immutable("azure.location is immutable: what is there cannot be moved to another region"),
]
GroupName = Annotated[
    str,
    Field(min_length=1, max_length=90),
    matches("[A-Za-z0-9_()-]([A-Za-z0-9_.()-]*[A-Za-z0-9_()-])?", "must be letters, digits, _ ( ) - and inner periods"),
    immutable("azure.resourceGroup.name is immutable: a group cannot be renamed"),
]
NetworkName = Annotated[
    str,
    Field(min_length=2, max_length=64),
    matches("[A-Za-z0-9][A-Za-z0-9_.-]*[A-Za-z0-9_]", "must begin with a letter or digit and end with one or _"),
]
SubnetName = Annotated[
    str,
    Field(min_length=1, max_length=80),
    matches("[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9_])?", "must begin with a letter or digit and end with one or _"),
]
TagValue = Annotated[str, Field(max_length=256)]
Tags = Annotated[
    dict[str, TagValue],
    Field(max_length=40),
    keys_match("[A-Za-z0-9_. -]{1,128}", "names of tags must be letters, digits, _ . - and blanks, at most 128"),
    NOT_OURS,
]


def _network(text: str) -> IPv4Network | None:
    try:
        return IPv4Network(text)
    except ValueError:
        return None


Cidr = Annotated[
    str,
    Field(min_length=1, max_length=50),
    Rule(
        "isCIDR(self) && cidr(self).ip().family() == 4 && cidr(self) == cidr(self).masked()",
        "must be an IPv4 network, for example 10.0.0.0/16, with no bits behind its prefix",
        lambda text: "/" in text and _network(text) is not None,
    ),
]


class ResourceGroup(Api):
    """The resource group that everything else lies in."""

    name: GroupName
    """Name of the resource group; never deleted by Lakeward."""


class Subnet(Api):
    """A subnet of the virtual network."""

    name: SubnetName
    """Name of the subnet."""
    address_prefix: Cidr
    """Its addresses, a part of the network's."""


class Subnets(Api):
    """The subnets of a workspace; others in the network are left alone."""

    public: Subnet | None = None
    """Hosts of clusters, delegated to Databricks."""
    private: Subnet | None = None
    """Containers of clusters, delegated to Databricks."""
    private_endpoints: Subnet | None = None
    """Private endpoints, with endpoint policies disabled."""


def _given(network: Any) -> Iterator[Subnet]:  # noqa: ANN401 - the model is declared below its rules
    subnets = network.subnets
    return (s for s in (subnets.public, subnets.private, subnets.private_endpoints) if s is not None)


def _inside(network: Any) -> bool:  # noqa: ANN401 - as above
    spaces = [space for space in (_network(a) for a in network.address_space) if space]
    wanted = [_network(s.address_prefix) for s in _given(network)]
    return all(w is None or any(w.subnet_of(space) for space in spaces) for w in wanted)


def _apart(network: Any) -> bool:  # noqa: ANN401 - as above
    found = [n for n in (_network(s.address_prefix) for s in _given(network)) if n]
    return not any(a.overlaps(b) for a, b in itertools.combinations(found, 2))


def _different(network: Any) -> bool:  # noqa: ANN401 - as above
    names = [s.name.lower() for s in _given(network)]
    return len(set(names)) == len(names)


def _within(member: str) -> str:
    subnet = f"self.subnets.{member}"
    return f"(!has({subnet}) || self.addressSpace.exists(a, cidr(a).containsCIDR({subnet}.addressPrefix)))"


def _pair(template: str) -> str:
    """The template for each two subnets that are both given."""
    pairs = itertools.combinations((f"self.subnets.{member}" for member in SUBNETS), 2)
    each = " && ".join(f"(!has({a}) || !has({b}) || {template.format(a=a, b=b)})" for a, b in pairs)
    return f"!has(self.subnets) || ({each})"


class Network(Api):
    """A virtual network with the subnets of a workspace."""

    rules = (
        Rule(
            f"!has(self.subnets) || ({' && '.join(_within(member) for member in SUBNETS)})",
            "every subnet's addressPrefix must lie in the network's addressSpace",
            _inside,
            "subnets",
        ),
        Rule(
            _pair(
                "(!cidr({a}.addressPrefix).containsCIDR({b}.addressPrefix)"
                " && !cidr({b}.addressPrefix).containsCIDR({a}.addressPrefix))"
            ),
            "the addressPrefixes of two subnets overlap",
            _apart,
            "subnets",
        ),
        Rule(
            _pair("{a}.name.lowerAscii() != {b}.name.lowerAscii()"),
            "two subnets have the same name",
            _different,
            "subnets",
        ),
    )

    name: NetworkName
    """Name of the virtual network."""
    address_space: Annotated[tuple[Cidr, ...], Field(min_length=1, max_length=20), ListSet()]
    """Ranges of addresses of the network."""
    subnets: Subnets = Subnets()
    """The subnets of a workspace; others in the network are left alone."""


class Azure(Api):
    """What an environment has on Azure."""

    subscription_id: SubscriptionId
    """Id of the subscription."""
    location: Location
    """Short name of the region, for example eastus2; never changes."""
    tags: Tags = Field(default_factory=dict)
    """Tags of the group and of everything in it that Lakeward makes; other tags are left alone."""
    resource_group: ResourceGroup
    """The resource group that everything else lies in."""
    network: Network | None = None
    """A virtual network with the subnets of a workspace."""
