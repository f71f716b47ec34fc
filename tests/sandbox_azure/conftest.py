"""A lakehouse whose Azure is quick, and the clients of its principals."""

from collections.abc import Iterator

import pytest

from lakeward_sandbox.launch import Lakehouse, lakehouse
from sandbox_azure.clients import Clients, clients

SECONDS = 0.1


@pytest.fixture(scope="session")
def quick_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lakehouse]:
    with lakehouse(tmp_path_factory.mktemp("azure") / "state", azure_seconds=SECONDS) as running:
        yield running


@pytest.fixture
def house(quick_house: Lakehouse) -> Iterator[Lakehouse]:
    """In the place of the shared one, which takes its time."""
    quick_house.clear()
    yield quick_house
    quick_house.clear()


@pytest.fixture(scope="session")
def azure(quick_house: Lakehouse) -> Iterator[Clients]:
    """As lakeward."""
    with clients(quick_house) as opened:
        yield opened


@pytest.fixture
def group(azure: Clients) -> str:
    return azure.group()
