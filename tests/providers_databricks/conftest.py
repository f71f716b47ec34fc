"""The operator's client at the lakehouse, and a person beside it."""

from collections.abc import Iterator

import pytest

from contract.bench import Bench, bench
from lakeward_sandbox.launch import Lakehouse
from scenarios.registry import UC


@pytest.fixture
def place(house: Lakehouse) -> Iterator[Bench]:
    """Its catalog is gone after the test: a workspace may have few versions that wait for files."""
    with bench(house) as made:
        yield made
        house.clear()
        if made.hand.find(f"{UC}/catalogs/{made.name}") is not None:
            made.hand.call("DELETE", f"{UC}/catalogs/{made.name}?force=true")
