"""Environments that span Azure and Databricks: whole passes against the real lakehouse, whose Azure is quick here."""

from typing import Any

from invariants.environment import Environment
from invariants.world import NAMESPACE, Cluster, Operator
from lakeward.engine.outcome import Key
from lakeward_sandbox.launch import Lakehouse


def azure(env: Environment, house: Lakehouse, **network: Any) -> dict[str, Any]:
    subnets = {
        "public": {"name": "public", "addressPrefix": "10.9.1.0/24"},
        "private": {"name": "private", "addressPrefix": "10.9.2.0/24"},
        "privateEndpoints": {"name": "pe", "addressPrefix": "10.9.3.0/24"},
    }
    return {
        "endpoints": {"azureResourceManager": house.azure_url},
        "azure": {
            "subscriptionId": house.subscription,
            "location": "eastus2",
            "tags": {"cost-center": "ml"},
            "resourceGroup": {"name": f"{env.name}-rg"},
            "network": {"name": "vnet", "addressSpace": ["10.9.0.0/16"], "subnets": subnets, **network},
        },
    }


def login(cluster: Cluster, house: Lakehouse, token: str | None = None) -> None:
    cluster.secrets[NAMESPACE, "databricks"] = {
        "databricks": house.token("lakeward"),
        "azure": token or house.token("lakeward"),
    }


def converge(operator: Operator, key: Key) -> None:
    for _ in range(30):
        operator.run(key)
        if operator.state.condition(key, "Ready")["status"] == "True":
            return
    raise AssertionError(operator.state.status(key)["conditions"])


def test_one_environment_spans_azure_and_databricks(
    cluster: Cluster, operator: Operator, env: Environment, house: Lakehouse
) -> None:
    login(cluster, house)
    key = cluster.put(env.manifest(**azure(env, house)))
    converge(operator, key)
    rows = cluster.rows(key)
    group = f"{env.name}-rg"
    assert {address for address in rows if address.startswith("azure.")} == {
        f"azure.resource_group/{group}",
        f"azure.virtual_network/{group}/vnet",
        *(f"azure.subnet/{group}/vnet/{name}" for name in ("public", "private", "pe")),
    }
    assert set(rows.values()) == {"Ready"}
    assert cluster.condition(key, "NetworkReady")["status"] == "True"
    assert cluster.status(key)["summary"]["resources"] == f"{len(rows)}/{len(rows)}"
    env.house.clear()
    before = cluster.status(key)
    operator.run(key)
    assert (env.writes(), cluster.status(key)) == ([], before)


def test_a_subnet_is_never_written_while_its_network_is_busy(
    cluster: Cluster, operator: Operator, env: Environment, house: Lakehouse
) -> None:
    login(cluster, house)
    key = cluster.put(env.manifest(**azure(env, house)))
    converge(operator, key)
    answers = [r.status for r in house.requests(principal="lakeward", method="PUT", path=f"{env.name}-rg")]
    assert len(answers) == 5
    assert set(answers) <= {200, 201}


def test_a_subscription_that_the_token_may_not_enter_is_one_condition_and_no_write(
    cluster: Cluster, operator: Operator, env: Environment, house: Lakehouse
) -> None:
    login(cluster, house)
    spec = azure(env, house)
    spec["azure"]["subscriptionId"] = house.foreign_subscription
    key = cluster.put(env.manifest(**spec))
    for _ in range(3):
        operator.run(key)
    assert cluster.condition(key, "Stalled")["reason"] == "PermissionDenied"
    assert not [r for r in house.requests(principal="lakeward") if r.workspace == "azure" and r.method != "GET"]


def test_a_network_of_somebody_else_is_not_touched(
    cluster: Cluster, operator: Operator, env: Environment, house: Lakehouse
) -> None:
    login(cluster, house)
    first = cluster.put(env.manifest(**azure(env, house)))
    converge(operator, first)
    guest = Environment(house)
    spec = azure(env, house)
    spec["azure"]["tags"] = {"cost-center": "theirs"}
    house.clear()
    key = cluster.put(guest.manifest(**spec))
    for _ in range(3):
        operator.run(key)
    assert cluster.condition(key, "Stalled")["reason"] == "ForeignObject"
    assert f"it belongs to test/ml/MLWorkspace/{env.name}" in cluster.condition(key, "Ready")["message"]
    assert not [r for r in house.requests(principal="lakeward") if r.workspace == "azure" and r.method != "GET"]


def test_what_leaves_the_spec_with_its_login_is_kept_and_said_so(
    cluster: Cluster, operator: Operator, env: Environment, house: Lakehouse
) -> None:
    login(cluster, house)
    key = cluster.put(env.manifest(**azure(env, house)))
    converge(operator, key)
    cluster.put(env.manifest())
    operator.settle(key)
    assert cluster.condition(key, "Ready")["status"] == "True"
    left = {a: s for a, s in cluster.rows(key).items() if a.startswith("azure.")}
    assert set(left.values()) == {"Retained"}
    assert len(left) == 5
