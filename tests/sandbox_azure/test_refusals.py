"""What Azure refuses, by status and code: the code decides what a client does, so it is a table."""

from collections.abc import Callable
from typing import Any

import pytest
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ResourceExistsError,
    ResourceNotFoundError,
)

from lakeward_sandbox.launch import Lakehouse
from sandbox.talk import Talk
from sandbox_azure.clients import Clients, clients, code, delegated, named, refusal, subnet, vnet

Attempt = Callable[[Clients, str], Any]


@pytest.fixture(scope="module")
def full(azure: Clients) -> str:
    """A group with one network of two subnets, which no refusal changes."""
    group = azure.group()
    azure.begin_vnet(group, named("a", "10.0.1.0/24"), named("b", "10.0.2.0/24")).result()
    return group


def put_vnet(name: str = "net", **fields: Any) -> Attempt:
    body: Any = fields
    return lambda azure, group: azure.network.virtual_networks.begin_create_or_update(group, name, body)


def space(*prefixes: str, subnets: Any = None) -> Attempt:
    properties = {"addressSpace": {"addressPrefixes": list(prefixes)}}
    return put_vnet(
        location="eastus2", properties=properties if subnets is None else {**properties, "subnets": subnets}
    )


def inside(*subnets: Any) -> Attempt:
    return put_vnet(**vnet(*subnets))


def put_subnet(prefix: str | None, name: str = "new", network: str = "net", **properties: Any) -> Attempt:
    body = subnet(prefix, **properties)
    return lambda azure, group: azure.network.subnets.begin_create_or_update(group, network, name, body)


def put_group(name: str, **body: Any) -> Attempt:
    return lambda azure, _group: azure.resources.resource_groups.create_or_update(name, body)


def tagged(tags: Any) -> Attempt:
    return lambda azure, group: azure.network.virtual_networks.update_tags(group, "net", {"tags": tags})


NETWORK: list[tuple[str, str, Attempt]] = [
    ("a space outside of which a subnet stays", "400 NetcfgSubnetRangeOutsideVnet", space("10.0.0.0/23")),
    ("a space of no notation", "400 InvalidAddressPrefixFormat", space("10.0.0.0")),
    ("a space that is no address", "400 InvalidAddressPrefixFormat", space("all/8")),
    ("a space with host bits", "400 InvalidCIDRNotation", space("10.0.0.1/16")),
    ("no space", "400 InvalidRequestFormat", put_vnet(location="eastus2", properties={})),
    ("two prefixes that overlap", "400 InvalidAddressSpace", space("10.0.0.0/16", "10.0.0.0/8")),
    ("no location", "400 LocationRequired", put_vnet(properties={})),
    ("a region that is none", "400 LocationNotAvailableForResourceType", put_vnet(**vnet(location="moon"))),
    ("another location", "409 InvalidResourceLocation", put_vnet(**vnet(location="West US"))),
    ("a bad name", "400 InvalidResourceName", put_vnet("-net", **vnet())),
    ("a nested subnet outside", "400 NetcfgSubnetRangeOutsideVnet", inside(named("a", "10.1.0.0/24"))),
    (
        "nested subnets that overlap",
        "400 NetcfgSubnetRangesOverlap",
        inside(named("a", "10.0.1.0/24"), named("b", "10.0.1.128/25")),
    ),
    (
        "nested subnets of one name",
        "400 DuplicateResourceName",
        inside(named("a", "10.0.1.0/24"), named("A", "10.0.2.0/24")),
    ),
    ("a nested subnet without a name", "400 InvalidRequestFormat", inside(subnet("10.0.1.0/24"))),
    ("a network of nobody's group", "404 ResourceGroupNotFound", lambda azure, _: azure.begin_vnet("nobody")),
    (
        "a stale etag",
        "412 PreconditionFailed",
        lambda azure, group: azure.network.virtual_networks.begin_create_or_update(
            group, "net", vnet(), headers={"If-Match": 'W/"old"'}
        ),
    ),
    (
        "an etag of nothing",
        "412 PreconditionFailed",
        lambda azure, group: azure.network.virtual_networks.begin_create_or_update(
            group, "none", vnet(), headers={"If-Match": "*"}
        ),
    ),
    ("too many tags", "400 InvalidTagsCount", tagged({f"t{n}": "" for n in range(51)})),
    ("tags of one name", "400 DuplicateTagKeys", tagged({"a": "1", "A": "2"})),
    ("a tag with a slash", "400 InvalidTagNameCharacters", tagged({"a/b": "1"})),
    ("a long tag", "400 InvalidTagValueLength", tagged({"a": "x" * 257})),
    ("a network that is not there", "404 ResourceNotFound", lambda azure, group: azure.vnet(group, "none")),
    ("a patch of nothing", "404 ResourceNotFound", lambda a, g: a.network.virtual_networks.update_tags(g, "no", {})),
]
SUBNETS: list[tuple[str, str, Attempt]] = [
    ("outside", "400 NetcfgSubnetRangeOutsideVnet", put_subnet("10.1.0.0/24")),
    ("larger than its network", "400 NetcfgSubnetRangeOutsideVnet", put_subnet("10.0.0.0/8")),
    ("over another one", "400 NetcfgSubnetRangesOverlap", put_subnet("10.0.1.128/25")),
    ("growing over another one", "400 NetcfgSubnetRangesOverlap", put_subnet("10.0.0.0/22", "a")),
    ("too small", "400 NetcfgInvalidSubnet", put_subnet("10.0.9.0/30")),
    ("with host bits", "400 InvalidCIDRNotation", put_subnet("10.0.9.1/24")),
    ("without a prefix", "400 NoAddressPrefixOrPoolProvided", put_subnet(None)),
    (
        "with two prefixes in two fields",
        "400 InvalidRequestFormat",
        put_subnet("10.0.9.0/24", addressPrefixes=["::/64"]),
    ),
    ("in no network", "404 ParentResourceNotFound", put_subnet("10.0.9.0/24", network="none")),
    (
        "delegated to nobody",
        "400 InvalidServiceNameOnDelegation",
        put_subnet("10.0.9.0/24", delegations=[{"name": "d", "properties": {"serviceName": "Contoso.Cats/bowls"}}]),
    ),
    (
        "with policies of its own",
        "400 InvalidRequestFormat",
        put_subnet("10.0.9.0/24", privateEndpointNetworkPolicies="Sometimes"),
    ),
    (
        "behind a security group that is not there",
        "400 InvalidResourceReference",
        put_subnet("10.0.9.0/24", networkSecurityGroup={"id": "/subscriptions/x/resourceGroups/y"}),
    ),
    ("that is not there", "404 NotFound", lambda azure, group: azure.network.subnets.get(group, "net", "none")),
    ("of no network", "404 ResourceNotFound", lambda azure, group: azure.network.subnets.get(group, "none", "a")),
    (
        "listed of no network",
        "404 ResourceNotFound",
        lambda azure, group: list(azure.network.subnets.list(group, "no")),
    ),
]
GROUPS: list[tuple[str, str, Attempt]] = [
    ("no location", "400 LocationRequired", put_group("g")),
    ("a region that is none", "400 LocationNotAvailableForResourceGroup", put_group("g", location="moon")),
    ("a member that is none", "400 InvalidRequestContent", put_group("g", location="eastus", colour="red")),
    ("a bad name", "400 InvalidResourceGroup", put_group("ends.", location="eastus")),
    (
        "another location",
        "409 InvalidResourceGroupLocation",
        lambda azure, group: azure.resources.resource_groups.create_or_update(group, {"location": "westus"}),
    ),
    ("not there", "404 ResourceGroupNotFound", lambda azure, _: azure.resources.resource_groups.get("none")),
    ("a provider that is none", "404 InvalidResourceNamespace", lambda a, _: a.resources.providers.get("Contoso.Cats")),
    ("a filter", "400 InvalidFilterInQueryString", lambda a, _: list(a.resources.resource_groups.list(filter="x"))),
]


@pytest.mark.parametrize(
    ("expected", "attempt"),
    [
        pytest.param(expected, attempt, id=f"{what}: {title}")
        for what, table in (("network", NETWORK), ("subnet", SUBNETS), ("group", GROUPS))
        for title, expected, attempt in table
    ],
)
def test_a_refusal_has_its_code_and_changes_nothing(azure: Clients, full: str, expected: str, attempt: Attempt) -> None:
    before = azure.vnet(full)
    assert code(lambda: attempt(azure, full)) == expected
    assert azure.vnet(full) == before


@pytest.mark.parametrize(
    ("attempt", "raised"),
    [
        (NETWORK[0][2], HttpResponseError),
        (put_vnet(**vnet(location="westus")), ResourceExistsError),
        (put_subnet("10.0.9.0/24", network="none"), ResourceNotFoundError),
    ],
)
def test_the_client_raises_the_class_of_the_status(
    azure: Clients, full: str, attempt: Attempt, raised: type[HttpResponseError]
) -> None:
    assert type(refusal(lambda: attempt(azure, full))) is raised


def test_a_token_that_is_none_is_challenged(house: Lakehouse, azure: Clients) -> None:
    with clients(house, token="nobody") as nobody:
        refused = refusal(lambda: nobody.resources.resource_groups.get("g"))
        assert isinstance(refused, ClientAuthenticationError)
        assert code(lambda: nobody.begin_vnet("g")) == "401 InvalidAuthenticationToken"
    bare = Talk(house.azure_url, None).ask("GET", f"{azure.scope}/resourcegroups")
    assert (bare.status, bare.json["error"]["code"]) == (401, "AuthenticationFailed")
    assert 'error="invalid_token"' in bare.headers["www-authenticate"]


def test_a_subscription_is_entered_by_right(house: Lakehouse) -> None:
    def attempt(principal: str, subscription: str) -> str:
        with clients(house, principal, subscription) as they:
            return code(lambda: they.resources.resource_groups.create_or_update("g", {"location": "moon"}))

    assert attempt("lakeward", house.foreign_subscription) == "403 AuthorizationFailed"
    assert attempt("lakeward-dev", house.subscription) == "403 AuthorizationFailed"
    assert attempt("ana@example.com", house.foreign_subscription) == "400 LocationNotAvailableForResourceGroup"
    assert attempt("lakeward", "8f4d2c6a-35b1-4d7e-9a60-5c1e7b3f9dff") == "404 SubscriptionNotFound"
    assert attempt("lakeward", "mine") == "400 InvalidSubscriptionId"


def test_a_denial_names_the_action_and_the_scope(house: Lakehouse) -> None:
    with clients(house, "lakeward", house.foreign_subscription) as they:
        message = refusal(lambda: they.resources.resource_groups.get("g")).message
        written = refusal(lambda: they.begin_subnet("g", "a", "10.0.0.0/24")).message
    assert "action 'Microsoft.Network/virtualNetworks/subnets/write'" in written
    assert "action 'Microsoft.Resources/subscriptions/resourcegroups/read'" in message
    assert f"scope '/subscriptions/{house.foreign_subscription}/resourcegroups/g'" in message


@pytest.mark.parametrize(
    ("path", "version", "expected"),
    [
        ("resourceGroups/g", "", "400 MissingApiVersionParameter"),
        ("resourceGroups/g", "1999-01-01", "400 InvalidApiVersionParameter"),
        ("providers/Microsoft.Network/virtualNetworks", "2015-06-15", "400 NoRegisteredProviderFound"),
        ("providers/Microsoft.Network/cats", "2026-03-01", "404 InvalidResourceType"),
        ("providers/Microsoft.Network/locations/eastus/operations/none", "2026-03-01", "404 OperationNotFound"),
        ("operationresults/none", "2025-04-01", "404 OperationNotFound"),
        ("nowhere", "2025-04-01", "404 MissingSubscription"),
        ("resourceGroups?$skiptoken=%", "2025-04-01", "400 InvalidSkipToken"),
    ],
)
def test_a_version_and_a_path_must_be_known(azure: Clients, path: str, version: str, expected: str) -> None:
    sign = "&" if "?" in path else "?"
    answer = azure.plain.ask("GET", f"{azure.scope}/{path}{sign}api-version={version}")
    assert f"{answer.status} {answer.json['error']['code']}" == expected


def test_a_body_that_is_no_json_and_a_method_that_is_none(azure: Clients, full: str) -> None:
    path = azure.path(full)
    answers = [
        azure.ask("PUT", path, content=b"{", headers={"Content-Type": "application/json"}),
        azure.ask("POST", path),
        azure.ask("PATCH", f"{path}/subnets/a", {}),
        azure.ask("DELETE", f"{path}/subnets"),
    ]
    assert [f"{a.status} {a.json['error']['code']}" for a in answers] == [
        "400 InvalidRequestContent",
        *["405 MethodNotAllowed"] * 3,
    ]


def test_a_provider_must_be_registered_for_writes(house: Lakehouse) -> None:
    with clients(house, "ana@example.com", house.foreign_subscription) as they:
        group, providers = they.group(), they.resources.providers
        assert providers.get("microsoft.network").registration_state == "Registered"
        providers.unregister("Microsoft.Network")
        assert (
            code(lambda: they.begin_vnet(group, delegated("a", "10.0.1.0/24"))) == "409 MissingSubscriptionRegistration"
        )
        providers.register("Microsoft.Network")
        assert they.begin_vnet(group).result().name == "net"
        assert {p.namespace for p in providers.list()} == {"Microsoft.Network", "Microsoft.Resources"}
