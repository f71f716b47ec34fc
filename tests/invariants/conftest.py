"""A cluster with one login to the lakehouse, an operator on it, and an environment that the test may use up."""

from collections.abc import Iterator

import pytest

from invariants.environment import Environment
from invariants.world import NAMESPACE, Cluster, Operator
from lakeward_sandbox.launch import Lakehouse


@pytest.fixture
def cluster(house: Lakehouse) -> Cluster:
    made = Cluster()
    made.secrets[NAMESPACE, "databricks"] = {"databricks": house.token("lakeward")}
    return made


@pytest.fixture
def operator(house: Lakehouse, cluster: Cluster) -> Iterator[Operator]:
    with Operator(cluster, canary=house.token("lakeward")) as running:
        yield running


@pytest.fixture
def env(house: Lakehouse) -> Environment:
    return Environment(house)
