"""A source and a target model, and an operator that makes single passes over one copy."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from copying.desk import Desk
from lakeward_sandbox.launch import Lakehouse


@pytest.fixture
def desk(house: Lakehouse) -> Iterator[Desk]:
    with ThreadPoolExecutor(2) as pool:
        made = Desk(house, pool)
        yield made
        made.close()
