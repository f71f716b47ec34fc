"""Whole passes over MLWorkspaces against the real lakehouse."""

from invariants.world import Cluster, Operator, workspace
from lakeward_sandbox.launch import Lakehouse


def test_a_second_pass_writes_nothing(house: Lakehouse, cluster: Cluster, operator: Operator) -> None:
    key = cluster.put(
        workspace(
            "noop",
            house.workspace("dev").url,
            unityCatalog={"catalogs": [{"name": "noop", "comment": "one\ntwo", "schemas": [{"name": "raw"}]}]},
            mlflow={"experiments": [{"path": "/Shared/noop"}]},
        )
    )
    operator.settle(key)
    print(cluster.status(key), cluster.events)
    assert 0
