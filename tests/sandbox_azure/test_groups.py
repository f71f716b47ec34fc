"""Resource groups: written at once, deleted in time, one spelling for ever."""

import pytest
from azure.core.exceptions import ResourceNotFoundError

from lakeward_sandbox.launch import Lakehouse
from sandbox_azure.clients import Clients, code


def test_a_group_is_made_at_once_and_normalised(azure: Clients) -> None:
    answer = azure.ask("PUT", f"{azure.scope}/resourcegroups/Made", {"location": "East US 2", "tags": {"Lane": "Blue"}})
    assert answer.status == 201
    assert answer.json == {
        "id": f"{azure.scope}/resourceGroups/Made",
        "name": "Made",
        "type": "Microsoft.Resources/resourceGroups",
        "location": "eastus2",
        "tags": {"Lane": "Blue"},
        "properties": {"provisioningState": "Succeeded"},
    }
    again = azure.ask("PUT", f"{azure.scope}/resourcegroups/MADE", {"location": "eastus2"})
    assert (again.status, again.json["name"], "tags" in again.json) == (200, "Made", False)


def test_a_group_keeps_its_spelling_and_answers_to_any(azure: Clients) -> None:
    azure.resources.resource_groups.create_or_update("Spelled", {"location": "westeurope"})
    assert azure.resources.resource_groups.get("sPELLED").name == "Spelled"
    assert "Spelled" in [group.name for group in azure.resources.resource_groups.list()]
    with pytest.raises(ResourceNotFoundError):
        azure.resources.resource_groups.get("spelled2")


def test_a_patch_replaces_the_tags_and_nothing_else(azure: Clients, group: str) -> None:
    groups = azure.resources.resource_groups
    groups.update(group, {"tags": {"a": "1", "b": "2"}})
    patched = groups.update(group, {"tags": {"b": "3"}})
    assert (patched.tags, patched.location) == ({"b": "3"}, "eastus2")
    assert groups.get(group).tags == {"b": "3"}


def test_existence_is_asked_by_head(house: Lakehouse, azure: Clients, group: str) -> None:
    assert azure.resources.resource_groups.check_existence(group.upper()) is True
    assert azure.resources.resource_groups.check_existence("none") is False
    told = [(r.method, r.status) for r in house.requests(method="HEAD")]
    assert told == [("HEAD", 204), ("HEAD", 404)]
    assert azure.ask("HEAD", f"{azure.scope}/resourcegroups/none").content == b""


def test_deletion_is_accepted_followed_by_location_and_takes_the_content_along(azure: Clients, group: str) -> None:
    azure.begin_vnet(group).result()
    poller = azure.resources.resource_groups.begin_delete(group)
    assert poller.result() is None
    assert azure.resources.resource_groups.check_existence(group) is False
    assert code(lambda: azure.vnet(group)) == "404 ResourceGroupNotFound"
    assert not [v for v in azure.network.virtual_networks.list_all() if f"/{group}/" in str(v.id)]
    assert code(lambda: azure.resources.resource_groups.begin_delete(group)) == "404 ResourceGroupNotFound"
    azure.resources.resource_groups.create_or_update(group, {"location": "westus"})
    assert list(azure.network.virtual_networks.list(group)) == []


def test_the_wire_of_a_deletion(azure: Clients, group: str) -> None:
    path = f"{azure.scope}/resourcegroups/{group}"
    begun = azure.ask("DELETE", path)
    assert (begun.status, begun.content) == (202, b"")
    assert "azure-asyncoperation" not in begun.headers
    assert begun.headers["location"].startswith(f"{azure.plain.url}{azure.scope}/operationresults/")
    assert float(begun.headers["x-ms-retry-after-ms"]) > 0
