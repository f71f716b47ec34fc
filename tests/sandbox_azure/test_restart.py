"""Operations in flight: what they keep others from, and that they outlive the lakehouse that began them."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from lakeward_sandbox.launch import Lakehouse, start
from sandbox.waiting import wait_for
from sandbox_azure.clients import Clients, clients, code, delegated, named, refusal, subnet, vnet

LONG = 3000.0


@dataclass(frozen=True)
class Before:
    """Groups with a network each, and the monitors of its creation."""

    soon: str
    late: str
    going: str
    monitors: dict[str, str]


@pytest.fixture(scope="module")
def restarted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Before, Lakehouse]]:
    """The second lakehouse on one folder: the first died with an operation in flight, this one's own take long."""
    state = tmp_path_factory.mktemp("restart") / "state"
    monitors: dict[str, str] = {}
    with killed(state, 1.0) as azure:
        soon, late, going = (azure.group() for _ in range(3))
        azure.begin_vnet(going).result()
        monitors["soon"] = monitor(azure, "PUT", azure.path(soon), vnet(delegated("a", "10.0.1.0/24")))
        assert azure.vnet(soon)["properties"]["provisioningState"] == "Updating"
    house = start(state, azure_seconds=LONG)
    try:
        with clients(house) as azure:
            monitors["late"] = monitor(azure, "PUT", azure.path(late), vnet(named("a", "10.0.1.0/24")))
            monitors["going"] = monitor(azure, "DELETE", f"{azure.scope}/resourcegroups/{going}")
        yield Before(soon, late, going, monitors), house
    finally:
        house.stop()


@pytest.fixture
def before(restarted: tuple[Before, Lakehouse]) -> Before:
    return restarted[0]


@pytest.fixture
def azure(restarted: tuple[Before, Lakehouse]) -> Iterator[Clients]:
    with clients(restarted[1]) as opened:
        yield opened


@contextmanager
def killed(state: Path, seconds: float) -> Iterator[Clients]:
    """A lakehouse that dies at the end of the block, as by a power cut."""
    house = start(state, azure_seconds=seconds)
    try:
        with clients(house) as opened:
            yield opened
    finally:
        house.kill()


def monitor(azure: Clients, method: str, path: str, body: object = None) -> str:
    """The path of what to poll for an operation that begins."""
    answer = azure.ask(method, path, body)
    assert answer.status in {201, 202}
    assert int(answer.headers["retry-after"]) > 0
    return str(urlsplit(answer.headers.get("azure-asyncoperation") or answer.headers["location"]).path)


def test_what_was_in_flight_completes_in_the_next_lakehouse(azure: Clients, before: Before) -> None:
    wait_for(lambda: bool(azure.ask("GET", before.monitors["soon"]).json["status"] == "Succeeded"))
    found = azure.vnet(before.soon)
    assert found["properties"]["provisioningState"] == "Succeeded"
    assert [s["properties"]["provisioningState"] for s in found["properties"]["subnets"]] == ["Succeeded"]


def test_what_is_in_flight_says_so_wherever_it_is_seen(azure: Clients, before: Before) -> None:
    answer = azure.ask("GET", before.monitors["late"])
    assert (answer.status, answer.json) == (200, {"status": "InProgress"})
    assert 0 < int(answer.headers["retry-after"]) <= LONG
    found = azure.vnet(before.late)
    assert found["properties"]["provisioningState"] == "Updating"
    assert [s["properties"]["provisioningState"] for s in found["properties"]["subnets"]] == ["Updating"]
    [listed] = azure.network.virtual_networks.list(before.late)
    assert listed.provisioning_state == "Updating"


@pytest.mark.parametrize("what", ["network", "subnet", "tags", "delete", "delete subnet"])
def test_one_write_at_a_time_in_a_network(azure: Clients, before: Before, what: str) -> None:
    network, group = azure.network, before.late
    attempts = {
        "network": lambda: azure.begin_vnet(group),
        "subnet": lambda: network.subnets.begin_create_or_update(group, "net", "b", subnet("10.0.2.0/24")),
        "tags": lambda: network.virtual_networks.update_tags(group, "net", {"tags": {}}),
        "delete": lambda: network.virtual_networks.begin_delete(group, "net"),
        "delete subnet": lambda: network.subnets.begin_delete(group, "net", "a"),
    }
    refused = refusal(attempts[what])
    assert refused.error is not None
    assert (refused.status_code, refused.error.code) == (409, "AnotherOperationInProgress")
    assert before.monitors["late"] in str(refused.error.message)
    assert azure.begin_vnet(group, name=f"other-{what.replace(' ', '-')}") is not None


def test_of_parallel_writes_one_wins_and_keeps_its_network_busy(azure: Clients, before: Before) -> None:
    wait_for(lambda: bool(azure.vnet(before.soon)["properties"]["provisioningState"] == "Succeeded"))

    def write(number: int) -> int:
        path = f"{azure.path(before.soon)}/subnets/new{number}"
        return int(azure.ask("PUT", path, subnet(f"10.0.1{number}.0/24")).status)

    with ThreadPoolExecutor(4) as writers:
        assert sorted(writers.map(write, range(4))) == [201, 409, 409, 409]
    found = azure.vnet(before.soon)["properties"]
    assert sorted(s["properties"]["provisioningState"] for s in found["subnets"]) == ["Succeeded", "Updating"]
    assert found["provisioningState"] == "Updating"
    assert code(lambda: azure.begin_subnet(before.soon, "a", "10.0.1.0/25")) == "409 AnotherOperationInProgress"


def test_a_group_that_is_being_deleted_takes_nothing_in(azure: Clients, before: Before) -> None:
    assert azure.resources.resource_groups.get(before.going).properties is not None
    shown = azure.ask("GET", f"{azure.scope}/resourcegroups/{before.going}").json
    assert shown["properties"]["provisioningState"] == "Deleting"
    assert azure.ask("GET", before.monitors["going"]).status == 202
    assert azure.vnet(before.going)["name"] == "net"
    refused = "409 ResourceGroupBeingDeleted"
    assert code(lambda: azure.begin_vnet(before.going, name="new")) == refused
    assert code(lambda: azure.network.virtual_networks.begin_delete(before.going, "net")) == refused
    put = azure.resources.resource_groups.create_or_update
    assert code(lambda: put(before.going, {"location": "eastus2"})) == refused
    again = azure.ask("DELETE", f"{azure.scope}/resourcegroups/{before.going}")
    assert (again.status, urlsplit(again.headers["location"]).path) == (202, before.monitors["going"])
