"""Operations and time, on the real store: they complete when they are due, whoever looks, and after every restart."""

from pathlib import Path

import pytest

from lakeward_sandbox.azure import operations
from lakeward_sandbox.azure.operations import ArmOperation, Kind
from lakeward_sandbox.azure.wire import retry_headers
from lakeward_sandbox.azure.world import DELETING, SUCCEEDED, UPDATING, ArmResource, World
from lakeward_sandbox.store import Store

GROUP = "/subscriptions/s/resourceGroups/G"
NET = f"{GROUP}/providers/Microsoft.Network/virtualNetworks/Net"


def begin(store: Store, operation_id: str, kind: Kind, target: str, times: tuple[float, float]) -> None:
    begun, due = times
    state = UPDATING if kind == Kind.PUT else DELETING
    world = World(store, begun)
    world.put(ArmResource(target, target.rpartition("/")[2], "T", None, None, {}, state, operation=operation_id))
    operations.begin(world, ArmOperation(operation_id, kind, target, [target], begun, due))


def seen(store: Store, resource_id: str, now: float) -> str | None:
    world = World(store, now)
    operations.settle(world)
    found = world.get(resource_id)
    return found.state if found else None


def reopened(store: Store, path: Path) -> Store:
    store.close()
    return Store(path)


def test_an_operation_in_flight_stays_so_over_a_restart_until_it_is_due(tmp_path: Path) -> None:
    path = tmp_path / "objects.sqlite"
    store = Store(path)
    begin(store, "1", Kind.PUT, NET, (0, 10))
    store = reopened(store, path)
    assert seen(store, NET.lower(), 9.9) == UPDATING
    store = reopened(store, path)
    assert seen(store, NET.upper(), 10) == SUCCEEDED
    store.close()


def test_operations_complete_in_the_order_of_their_due_times(tmp_path: Path) -> None:
    store = Store(tmp_path / "objects.sqlite")
    begin(store, "2", Kind.DELETE, GROUP, (0, 20))
    begin(store, "1", Kind.PUT, NET, (0, 30))
    assert seen(store, NET, 25) is None
    assert seen(store, GROUP, 40) is None
    store.close()


def test_a_resource_that_was_made_anew_is_left_to_its_own_operation(tmp_path: Path) -> None:
    store = Store(tmp_path / "objects.sqlite")
    begin(store, "1", Kind.PUT, NET, (0, 10))
    begin(store, "2", Kind.PUT, NET, (5, 20))
    assert seen(store, NET, 15) == UPDATING
    assert seen(store, NET, 20) == SUCCEEDED
    store.close()


def test_monitors_are_forgotten_in_the_end(tmp_path: Path) -> None:
    store = Store(tmp_path / "objects.sqlite")
    begin(store, "1", Kind.PUT, NET, (0, 10))
    assert seen(store, NET, 11) == SUCCEEDED
    assert operations.find(World(store, 3000), "1") is not None
    begin(store, "2", Kind.PUT, NET, (4000, 4010))
    assert operations.find(World(store, 4000), "1") is None
    store.close()


@pytest.mark.parametrize(
    ("seconds", "headers"),
    [
        (0, {"x-ms-retry-after-ms": "10"}),
        (0.25, {"x-ms-retry-after-ms": "250"}),
        (1, {"Retry-After": "1"}),
        (2.3, {"Retry-After": "3"}),
    ],
)
def test_a_wait_is_told_so_that_clients_take_it(seconds: float, headers: dict[str, str]) -> None:
    assert retry_headers(seconds) == headers
