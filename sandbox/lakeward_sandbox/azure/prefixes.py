"""Address prefixes as Microsoft.Network judges them: their notation, their size, who holds whom, who overlaps whom."""

from collections.abc import Iterable, Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network

from lakeward_sandbox.azure.errors import ArmError

Prefix = IPv4Network | IPv6Network

_SMALLEST_IPV4 = 29
_ONLY_IPV6 = 64


def parse(prefix: str, resource_id: str) -> Prefix:
    """Raises ArmError for what is no prefix, or one with host bits."""
    try:
        network = ip_network(prefix, strict=False)
    except ValueError:
        network = None
    if network is None or "/" not in prefix:
        raise ArmError(
            400,
            "InvalidAddressPrefixFormat",
            f"Address prefix {prefix} of resource {resource_id} is not formatted correctly. It should follow CIDR "
            "notation, for example 10.0.0.0/24.",
        )
    if str(network) != prefix.lower():
        raise ArmError(
            400,
            "InvalidCIDRNotation",
            f"The address prefix {prefix} in resource {resource_id} has an invalid CIDR notation. For the given prefix "
            f"length, the address prefix should be {network}.",
        )
    return network


def check_sizes(name: str, network: str, prefixes: Sequence[Prefix]) -> None:
    """Five addresses of each subnet are Azure's own, and IPv6 subnets have one size."""
    for prefix in prefixes:
        small = prefix.prefixlen > _SMALLEST_IPV4 if prefix.version == 4 else prefix.prefixlen != _ONLY_IPV6  # noqa: PLR2004 - IPv4
        if small:
            raise ArmError(400, "NetcfgInvalidSubnet", f"Subnet '{name}' is not valid in virtual network '{network}'.")


def check_inside(name: str, network: str, prefixes: Iterable[Prefix], space: Sequence[Prefix]) -> None:
    """Each prefix of a subnet lies in one prefix of the virtual network."""
    for prefix in prefixes:
        if not any(_holds(outer, prefix) for outer in space):
            raise ArmError(
                400,
                "NetcfgSubnetRangeOutsideVnet",
                f"Subnet '{name}' is not valid because its IP address range is outside the IP address range of virtual "
                f"network '{network}'.",
            )


def check_apart(name: str, network: str, prefixes: Sequence[Prefix], others: Mapping[str, Sequence[Prefix]]) -> None:
    """No address belongs to two subnets."""
    for other in (prefix for name_, prefixes_ in others.items() if name_ != name for prefix in prefixes_):
        if any(_overlap(other, prefix) for prefix in prefixes):
            raise ArmError(
                400,
                "NetcfgSubnetRangesOverlap",
                f"Subnet '{name}' is not valid because its IP address range overlaps with that of an existing subnet "
                f"in virtual network '{network}'.",
            )


def _holds(outer: Prefix, inner: Prefix) -> bool:
    if isinstance(outer, IPv4Network) and isinstance(inner, IPv4Network):
        return inner.subnet_of(outer)
    return isinstance(outer, IPv6Network) and isinstance(inner, IPv6Network) and inner.subnet_of(outer)


def _overlap(one: Prefix, other: Prefix) -> bool:
    return _holds(one, other) or _holds(other, one)
