"""A ModelPromotion by a real operator: woken by what it refers to and by its own copy, at rest afterwards."""

from collections.abc import Callable
from uuid import uuid4

import pytest

from cluster.cluster import Body, Namespace, because, ready
from cluster.process import Operator
from lakeward_sandbox.launch import Lakehouse
from scenarios.registry import Registry

Make = Callable[..., Body]
MP, MLW = "modelpromotions", "mlworkspaces"


@pytest.fixture
def registry(house: Lakehouse) -> Registry:
    return Registry(house)


def promotion(catalog: str, version: int) -> Body:
    return {
        "apiVersion": "mlops.lakeward.dev/v1alpha1",
        "kind": "ModelPromotion",
        "metadata": {"name": "tumor"},
        "spec": {
            "workspaceRef": {"name": "dev"},
            "source": {"model": f"{catalog}.dev.tumor", "version": version},
            "target": {"model": f"{catalog}.prod.tumor", "createIfMissing": True},
        },
    }


def test_a_promotion_follows_its_workspace_and_its_pin_and_comes_to_rest(
    operator: Operator, team: Namespace, workspace: Make, registry: Registry
) -> None:
    catalog = f"c{uuid4().hex[:10]}"
    registry.schema(catalog, "dev", "prod")
    team.apply(promotion(catalog, registry.register(f"{catalog}.dev.tumor")))
    team.wait(MP, "tumor", because("ReferenceNotFound"))
    team.apply(workspace(unityCatalog=None))
    team.wait(MP, "tumor", ready)
    assert registry.aliases(f"{catalog}.prod.tumor") == {"champion": 1}
    team.apply(promotion(catalog, registry.register(f"{catalog}.dev.tumor")))
    team.wait(MP, "tumor", ready)
    assert registry.aliases(f"{catalog}.prod.tumor") == {"champion": 2, "previous": 1}
    operator.wait_passes(2, "ModelPromotion")
    written = operator.metric("lakeward_kubernetes_writes_total")
    operator.wait_passes(2, "ModelPromotion")
    assert operator.metric("lakeward_kubernetes_writes_total") == written
    row = team.cluster.kubectl("get", "mp", f"--namespace={team.name}").splitlines()[1].split()
    assert row[0] == "tumor"
    team.delete(MP, "tumor")
    team.wait_gone(MP, "tumor")
    assert registry.aliases(f"{catalog}.prod.tumor") == {"champion": 2, "previous": 1}
