"""Virtual networks and their subnets, as the client sees them: long-running, nested, with Azure's defaults."""

from typing import Any
from urllib.parse import urlsplit

from lakeward_sandbox.launch import Lakehouse
from sandbox.waiting import wait_for
from sandbox_azure.clients import DATABRICKS, VERSIONS, Clients, delegated, named, subnet, vnet


def names(azure: Clients, group: str) -> list[str]:
    return sorted(str(found.name) for found in azure.network.subnets.list(group, "net"))


def test_a_network_with_two_delegated_subnets_by_the_clients_poller(azure: Clients, group: str) -> None:
    made = azure.begin_vnet(group, delegated("public", "10.0.1.0/24"), delegated("private", "10.0.2.0/24")).result()
    assert made.as_dict() == azure.vnet(group)
    assert made.id == azure.path(group)
    assert made.provisioning_state == "Succeeded"
    found = {s["name"]: s["properties"] for s in made["properties"]["subnets"]}
    assert {name: properties["addressPrefix"] for name, properties in found.items()} == {
        "public": "10.0.1.0/24",
        "private": "10.0.2.0/24",
    }
    for name, properties in found.items():
        [delegation] = properties["delegations"]
        assert delegation["id"] == f"{made.id}/subnets/{name}/delegations/databricks"
        assert delegation["properties"]["serviceName"] == DATABRICKS
        assert delegation["properties"]["provisioningState"] == "Succeeded"
        assert len(delegation["properties"]["actions"]) == 3


def test_a_network_by_plain_gets_of_its_state(azure: Clients, group: str) -> None:
    begun = azure.network.virtual_networks.begin_create_or_update(group, "net", vnet(), polling=False).result()
    assert begun.provisioning_state == "Updating"
    wait_for(lambda: bool(azure.vnet(group)["properties"]["provisioningState"] == "Succeeded"))
    assert azure.vnet(group)["etag"] != begun.etag


def test_the_wire_of_a_networks_operations(house: Lakehouse, azure: Clients, group: str) -> None:
    begun = azure.ask("PUT", azure.path(group), vnet(location="East US 2"))
    assert (begun.status, begun.json["properties"]["provisioningState"]) == (201, "Updating")
    assert begun.headers["azure-asyncnotification"] == "Enabled"
    assert "location" not in begun.headers
    monitor = begun.headers["azure-asyncoperation"]
    assert monitor.startswith(
        f"{house.azure_url}{azure.scope}/providers/Microsoft.Network/locations/eastus2/operations/"
    )
    status = urlsplit(monitor).path
    wait_for(lambda: bool(azure.ask("GET", status).json == {"status": "Succeeded"}))
    again = azure.ask("PUT", azure.path(group), vnet())
    assert (again.status, again.json["properties"]["provisioningState"]) == (200, "Updating")
    wait_for(lambda: azure.vnet(group)["properties"]["provisioningState"] == "Succeeded")
    deleted = azure.ask("DELETE", azure.path(group))
    assert (deleted.status, deleted.content) == (202, b"")
    assert {"azure-asyncoperation", "location"} <= deleted.headers.keys()
    result = urlsplit(deleted.headers["location"]).path
    wait_for(lambda: azure.ask("GET", result).status == 200)
    assert azure.ask("DELETE", azure.path(group)).status == 204


def test_the_host_that_was_called_is_the_host_of_every_address(azure: Clients, group: str) -> None:
    begun = azure.ask("PUT", azure.path(group), vnet(), headers={"Host": "arm.example:8440"})
    assert begun.headers["azure-asyncoperation"].startswith("http://arm.example:8440/subscriptions/")


def test_defaults_appear_and_one_prefix_comes_back_in_the_older_field(azure: Clients, group: str) -> None:
    azure.begin_vnet(group, named("a", "10.0.1.0/24")).result()
    body = azure.vnet(group)["properties"]
    assert (body["virtualNetworkPeerings"], body["enableDdosProtection"]) == ([], False)
    [own] = body["subnets"]
    assert own["properties"] == {
        "provisioningState": "Succeeded",
        "addressPrefix": "10.0.1.0/24",
        "delegations": [],
        "privateEndpointNetworkPolicies": "Disabled",
        "privateLinkServiceNetworkPolicies": "Enabled",
    }
    body = subnet(None, addressPrefixes=["10.0.2.0/24"], privateEndpointNetworkPolicies="enabled")
    alone = azure.network.subnets.begin_create_or_update(group, "net", "b", body).result()
    assert (alone.address_prefix, alone.private_endpoint_network_policies) == ("10.0.2.0/24", "Enabled")
    two = azure.begin_subnet(group, "c", "", addressPrefixes=["10.0.3.0/24", "10.0.4.0/24"]).result()
    assert two.address_prefixes == ["10.0.3.0/24", "10.0.4.0/24"]


def test_a_put_of_the_network_keeps_replaces_or_removes_its_subnets(azure: Clients, group: str) -> None:
    azure.begin_vnet(group, named("a", "10.0.1.0/24"), named("b", "10.0.2.0/24")).result()
    guid = azure.vnet(group)["properties"]["resourceGuid"]
    azure.begin_vnet(group, enableDdosProtection=True).result()
    assert names(azure, group) == ["a", "b"]
    azure.begin_vnet(group, named("B", "10.0.3.0/24"), named("c", "10.0.1.0/24")).result()
    assert names(azure, group) == ["b", "c"]
    azure.begin_vnet(group, subnets=[]).result()
    assert names(azure, group) == []
    assert azure.vnet(group)["properties"]["resourceGuid"] == guid


def test_a_subnet_is_a_resource_of_its_own(azure: Clients, group: str) -> None:
    azure.begin_vnet(group).result()
    before = azure.vnet(group)
    made = azure.begin_subnet(group, "Own", "10.0.1.0/24").result()
    assert made.id == f"{azure.path(group)}/subnets/Own"
    assert azure.network.subnets.get(group, "NET", "oWN").as_dict() == made.as_dict()
    assert azure.vnet(group)["etag"] != before["etag"]
    grown = azure.begin_subnet(group, "own", "10.0.0.0/23", delegations=delegated("x", "")["properties"]["delegations"])
    assert (grown.result().address_prefix, grown.result().name) == ("10.0.0.0/23", "Own")
    shrunk = azure.begin_subnet(group, "own", "10.0.1.0/26").result()
    assert (shrunk.address_prefix, shrunk["properties"]["delegations"]) == ("10.0.1.0/26", [])
    azure.network.subnets.begin_delete(group, "net", "own").result()
    azure.network.subnets.begin_delete(group, "net", "own").result()
    assert azure.vnet(group)["properties"]["subnets"] == []


def test_what_was_got_can_be_put_back(azure: Clients, group: str) -> None:
    azure.begin_vnet(group, delegated("a", "10.0.1.0/24")).result()
    before = azure.network.virtual_networks.get(group, "net")
    azure.network.virtual_networks.begin_create_or_update(group, "net", before).result()
    assert without_etags(azure.vnet(group)) == without_etags(before.as_dict())


def test_ids_and_names_keep_the_spelling_of_their_creation(azure: Clients) -> None:
    azure.resources.resource_groups.create_or_update("Spell-Net", {"location": "East US 2"})
    azure.network.virtual_networks.begin_create_or_update("SPELL-NET", "Net", vnet(location="EastUS2")).result()
    found = azure.network.virtual_networks.begin_create_or_update(
        "spell-net", "nET", vnet(location="east us 2")
    ).result()
    assert (found.name, found.location) == ("Net", "eastus2")
    assert found.id == f"{azure.scope}/resourceGroups/Spell-Net/providers/Microsoft.Network/virtualNetworks/Net"
    shouted = str(found.id).upper().replace("/SUBSCRIPTIONS", "/Subscriptions")
    assert azure.plain.ask("GET", shouted, query={"API-Version": "2026-03-01"}).json["id"] == found.id


def test_a_patch_of_tags_is_synchronous(azure: Clients, group: str) -> None:
    azure.begin_vnet(group, named("a", "10.0.1.0/24")).result()
    patched = azure.network.virtual_networks.update_tags(group, "net", {"tags": {"lane": "blue"}})
    assert (patched.provisioning_state, patched.tags) == ("Succeeded", {"lane": "blue"})
    azure.begin_vnet(group).result()
    assert "tags" not in azure.vnet(group)


def test_an_etag_is_honoured_where_a_caller_names_one(azure: Clients, group: str) -> None:
    azure.begin_vnet(group).result()
    etag = azure.vnet(group)["etag"]
    assert azure.ask("GET", azure.path(group)).headers["etag"] == etag
    put = azure.network.virtual_networks.begin_create_or_update
    put(group, "net", vnet(), headers={"If-Match": etag}).result()
    assert azure.vnet(group)["etag"] != etag
    put(group, "net", vnet(), headers={"If-Match": "*"}).result()
    put(group, "other", vnet(), headers={"If-None-Match": "*"}).result()
    azure.network.subnets.begin_create_or_update(group, "net", "a", subnet("10.0.1.0/24")).result()


def test_a_poller_is_resumed_from_its_token(azure: Clients, group: str) -> None:
    token = azure.begin_vnet(group).continuation_token()
    resumed = azure.network.virtual_networks.begin_create_or_update(group, "net", vnet(), continuation_token=token)
    assert resumed.result().provisioning_state == "Succeeded"


def test_existence_of_any_resource_is_asked_by_head(azure: Clients, group: str) -> None:
    azure.begin_vnet(group).result()
    exists, version = azure.resources.resources.check_existence_by_id, VERSIONS["network"]
    assert exists(azure.path(group), api_version=version) is True
    assert exists(azure.path(group, "virtualNetworks/none"), api_version=version) is False


def without_etags(body: Any) -> Any:
    if isinstance(body, dict):
        return {key: without_etags(value) for key, value in body.items() if key != "etag"}
    return [without_etags(item) for item in body] if isinstance(body, list) else body
