"""Samples of a desk as an operator leaves them once it has done all that there is to do for them."""

import yaml

from cli.desk import Desk
from invariants.world import Cluster, Operator
from lakeward.kinds.mlworkspace.kind import MLWorkspace
from lakeward.kinds.modelpromotion.kind import ModelPromotion


def converged(desk: Desk, *names: str) -> Cluster:
    """A cluster with these environments in it, in this order; a name may also be a path beside them."""
    cluster = Cluster()
    token = desk.house.token("lakeward")
    cluster.secrets["ml-platform", "lakehouse-token"] = {"databricks": token, "azure": token}
    with Operator(cluster, kinds=(MLWorkspace(), ModelPromotion())) as operator:
        for name in names:
            body = yaml.safe_load((desk.folder / "environments" / f"{name}.yaml").read_text())
            body["metadata"]["namespace"] = "ml-platform"
            operator.settle(cluster.put(body))
    desk.house.clear()
    return cluster
