"""Listings: of a group, of the subscription, page after page."""

from typing import Any

from lakeward_sandbox.launch import Lakehouse
from sandbox_azure.clients import Clients, clients, vnet


def test_networks_come_in_pages_that_follow_each_other(house: Lakehouse, azure: Clients, group: str) -> None:
    wanted = {f"n{number:03}" for number in range(55)}
    for name in wanted:
        azure.network.virtual_networks.begin_create_or_update(group, name, vnet(), polling=False)
    house.clear()
    listed: list[Any] = list(azure.network.virtual_networks.list(group))
    assert sorted(found.name for found in listed) == sorted(wanted)
    first, second = house.requests(path="/virtualNetworks")
    assert first.path == second.path
    assert "skiptoken" in second.query
    everywhere = [found for found in azure.network.virtual_networks.list_all() if f"/{group}/" in str(found.id)]
    assert len(everywhere) == len(wanted)
    assert len(list(azure.resources.resources.list_by_resource_group(group))) == len(wanted)


def test_a_page_holds_what_was_asked_for(azure: Clients) -> None:
    made = {azure.group() for _ in range(3)}
    pages = [list(page) for page in azure.resources.resource_groups.list(top=2).by_page()]
    assert all(len(page) == 2 for page in pages[:-1])
    assert made <= {group.name for page in pages for group in page}


def test_listings_show_what_is_there_and_no_more(house: Lakehouse, azure: Clients, group: str) -> None:
    azure.begin_vnet(group).result()
    [summary] = [r for r in azure.resources.resources.list() if f"/{group}/" in str(r.id)]
    assert (summary.type, summary.location) == ("Microsoft.Network/virtualNetworks", "eastus2")
    with clients(house, "ana@example.com", house.foreign_subscription) as they:
        assert not [v for v in they.network.virtual_networks.list_all() if f"/{group}/" in str(v.id)]


def test_only_own_subscriptions_are_listed(house: Lakehouse) -> None:
    def listed(principal: str) -> list[str]:
        with clients(house, principal) as they:
            found = they.ask("GET", "/subscriptions").json["value"]
            return [subscription["subscriptionId"] for subscription in found]

    assert listed("lakeward") == [house.subscription]
    assert listed("ana@example.com") == [house.subscription, house.foreign_subscription]
    assert listed("lakeward-dev") == []


def test_a_subscription_tells_of_itself_and_its_regions(house: Lakehouse, azure: Clients) -> None:
    assert azure.ask("GET", azure.scope).json["subscriptionId"] == house.subscription
    regions = {r["name"]: r["displayName"] for r in azure.ask("GET", f"{azure.scope}/locations").json["value"]}
    assert regions["eastus2"] == "East US 2"
