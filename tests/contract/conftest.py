"""A lakehouse whose Azure is quick, in the place of the shared one, and a bench in it."""

from collections.abc import Iterator

import pytest

from contract.bench import Bench, bench
from lakeward_sandbox.launch import Lakehouse, lakehouse

SECONDS = 0.1


@pytest.fixture(scope="session")
def shared_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lakehouse]:
    with lakehouse(tmp_path_factory.mktemp("contract") / "state", azure_seconds=SECONDS) as running:
        yield running


@pytest.fixture
def place(house: Lakehouse) -> Iterator[Bench]:
    with bench(house) as made:
        yield made
