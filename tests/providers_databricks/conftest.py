"""The operator's client at the lakehouse, and a person beside it."""

from collections.abc import Iterator

import pytest

from contract.bench import Bench, bench
from lakeward_sandbox.launch import Lakehouse


@pytest.fixture
def place(house: Lakehouse) -> Iterator[Bench]:
    with bench(house) as made:
        yield made
