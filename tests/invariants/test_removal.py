"""What leaves the spec and what is deleted: data only with both keys, children first, and nothing of others."""

from typing import Any

import pytest

from invariants.environment import Environment
from invariants.world import NAMESPACE, Cluster, Operator
from lakeward.engine.outcome import Key
from scenarios.registry import UC

DELETE = {"deletionPolicy": "Delete"}


def settled(cluster: Cluster, operator: Operator, env: Environment, **spec: Any) -> Key:
    key = cluster.put(env.manifest(**spec))
    operator.settle(key)
    env.house.clear()
    return key


def catalog(env: Environment) -> str:
    return f"databricks.catalog/{env.catalog}"


def schema(env: Environment) -> str:
    return f"databricks.schema/{env.catalog}.raw"


def test_an_entry_that_leaves_the_spec_is_kept_and_stays_listed(
    cluster: Cluster, operator: Operator, env: Environment
) -> None:
    key = settled(cluster, operator, env)
    before = env.facts()
    cluster.put(env.manifest(unityCatalog=None))
    operator.settle(key)
    status = cluster.status(key)
    assert {a for a, state in cluster.rows(key).items() if state == "Retained"} == {catalog(env), schema(env)}
    assert cluster.condition(key, "Ready")["status"] == "True"
    assert operator.run(key).status == status
    assert (env.writes(), env.facts()) == ([], before)


def test_what_was_kept_comes_back_as_ours(cluster: Cluster, operator: Operator, env: Environment) -> None:
    key = settled(cluster, operator, env)
    before = cluster.status(key)
    cluster.put(env.manifest(unityCatalog=None))
    operator.settle(key)
    cluster.put(env.manifest())
    operator.settle(key)
    assert cluster.rows(key) == dict.fromkeys(env.addresses, "Ready")
    assert {row["address"] for row in before["resources"]} == env.addresses
    assert env.writes() == []


def test_pruning_data_needs_the_policy_and_a_word_for_each_address(
    cluster: Cluster, operator: Operator, env: Environment
) -> None:
    key = settled(cluster, operator, env, **DELETE)
    cluster.put(env.manifest(**DELETE, unityCatalog=None))
    operator.settle(key)
    assert cluster.rows(key)[schema(env)] == "Retained"
    assert env.writes() == []
    rows = {row["address"]: row for row in cluster.status(key)["resources"]}
    assert f"confirm-prune={schema(env)}" in rows[schema(env)]["message"]
    for address in (schema(env), catalog(env)):
        cluster.annotate(key, confirm_prune=address)
        operator.settle(key)
        assert address not in cluster.rows(key)
    assert [(r.method, r.path) for r in env.writes()] == [
        ("DELETE", f"{UC}/schemas/{env.catalog}.raw"),
        ("DELETE", f"{UC}/catalogs/{env.catalog}"),
    ]
    assert set(env.facts()) == {env.registry, f"{env.registry}.prod", env.path}


def test_a_confirmed_parent_is_kept_for_its_unconfirmed_content(
    cluster: Cluster, operator: Operator, env: Environment
) -> None:
    key = settled(cluster, operator, env, **DELETE)
    cluster.put(env.manifest(**DELETE, unityCatalog=None))
    cluster.annotate(key, confirm_prune=catalog(env))
    operator.settle(key)
    assert cluster.rows(key)[catalog(env)] == "Retained"
    assert env.writes() == []


def test_what_was_kept_and_then_deleted_by_hand_leaves_the_list(
    cluster: Cluster, operator: Operator, env: Environment
) -> None:
    key = settled(cluster, operator, env)
    cluster.put(env.manifest(unityCatalog=None))
    operator.settle(key)
    env.hand.call("DELETE", f"{UC}/schemas/{env.catalog}.raw")
    operator.settle(key)
    assert schema(env) not in cluster.rows(key)
    assert catalog(env) in cluster.rows(key)


def test_a_deleted_object_that_retains_leaves_without_any_call(
    cluster: Cluster, operator: Operator, env: Environment
) -> None:
    key = settled(cluster, operator, env)
    before = env.facts()
    cluster.delete(key)
    assert operator.run(key).released
    assert key not in cluster.objects
    assert (env.calls(), env.facts()) == ([], before)


def test_a_deleted_object_is_let_go_though_its_secret_is_gone(
    cluster: Cluster, operator: Operator, env: Environment
) -> None:
    key = settled(cluster, operator, env)
    cluster.secrets.clear()
    cluster.delete(key)
    assert operator.run(key).released


def test_deleting_data_waits_for_a_word_and_says_which(cluster: Cluster, operator: Operator, env: Environment) -> None:
    key = settled(cluster, operator, env, **DELETE)
    before = env.facts()
    cluster.delete(key)
    operator.settle(key)
    told = cluster.condition(key, "Stalled")
    assert told["reason"] == "Deleting"
    assert f"confirm-delete={cluster.objects[key]['metadata']['uid']}" in told["message"]
    status = cluster.status(key)
    cluster.events.clear()
    assert operator.run(key).status == status
    assert cluster.events == []
    assert (env.writes(), env.facts()) == ([], before)


def test_a_confirmed_deletion_takes_all_of_ours_children_first(
    cluster: Cluster, operator: Operator, env: Environment
) -> None:
    key = settled(cluster, operator, env, **DELETE)
    cluster.delete(key)
    cluster.annotate(key, confirm_delete=cluster.objects[key]["metadata"]["uid"])
    assert operator.settle(key).released
    assert env.facts() == {}
    order = [r.path for r in env.writes()]
    for parent, child in ((env.catalog, f"{env.catalog}.raw"), (env.registry, f"{env.registry}.prod")):
        assert order.index(f"{UC}/schemas/{child}") < order.index(f"{UC}/catalogs/{parent}")


@pytest.mark.parametrize("word", ["", "yes", "uid-of-another"])
def test_a_confirmation_of_another_object_counts_for_nothing(
    cluster: Cluster, operator: Operator, env: Environment, word: str
) -> None:
    key = settled(cluster, operator, env, **DELETE)
    before = env.facts()
    cluster.delete(key)
    cluster.annotate(key, confirm_delete=word)
    operator.run(key)
    assert (env.writes(), env.facts()) == ([], before)


def test_a_wrong_confirmation_does_not_let_the_object_go(
    cluster: Cluster, operator: Operator, env: Environment
) -> None:
    key = settled(cluster, operator, env, **DELETE)
    cluster.delete(key)
    cluster.annotate(key, confirm_delete="uid-of-another")
    assert not operator.run(key).released


def test_a_confirmation_before_the_deletion_prunes_nothing(
    cluster: Cluster, operator: Operator, env: Environment
) -> None:
    key = settled(cluster, operator, env, **DELETE)
    cluster.annotate(key, confirm_delete=cluster.objects[key]["metadata"]["uid"])
    cluster.put({**env.manifest(**DELETE, unityCatalog=None), "metadata": {**cluster.objects[key]["metadata"]}})
    operator.settle(key)
    assert env.writes() == []


def test_a_catalog_that_holds_what_others_made_is_not_forced(
    cluster: Cluster, operator: Operator, env: Environment
) -> None:
    key = settled(cluster, operator, env, **DELETE)
    env.hand.call("POST", f"{UC}/schemas", {"catalog_name": env.catalog, "name": "theirs"})
    cluster.delete(key)
    cluster.annotate(key, confirm_delete=cluster.objects[key]["metadata"]["uid"])
    outcome = operator.run(key)
    assert not outcome.released
    assert outcome.failed
    assert env.catalog in env.facts()
    assert all("force" not in r.query for r in env.writes())
    env.hand.call("DELETE", f"{UC}/schemas/{env.catalog}.theirs")
    assert operator.settle(key).released
    assert env.facts() == {}


def test_what_was_adopted_is_kept_when_the_object_is_deleted(
    cluster: Cluster, operator: Operator, env: Environment
) -> None:
    env.hand.call("POST", f"{UC}/catalogs", {"name": env.catalog})
    key = settled(cluster, operator, env, **DELETE, adoptionPolicy="Adopt")
    cluster.delete(key)
    cluster.annotate(key, confirm_delete=cluster.objects[key]["metadata"]["uid"])
    assert operator.settle(key).released
    assert set(env.facts()) == {env.catalog}


def test_a_terminating_namespace_and_a_detached_object_touch_nothing(
    cluster: Cluster, operator: Operator, env: Environment
) -> None:
    key = settled(cluster, operator, env, **DELETE)
    before = env.facts()
    uid = cluster.objects[key]["metadata"]["uid"]
    cluster.delete(key)
    cluster.annotate(key, confirm_delete=uid)
    body = cluster.objects[key]
    cluster.terminating.add(NAMESPACE)
    assert operator.run(key).released
    cluster.terminating.clear()
    cluster.objects[key] = body
    cluster.annotate(key, detach=uid)
    assert operator.run(key).released
    assert (env.calls(), env.facts()) == ([], before)


def test_a_deletion_that_was_cut_short_is_finished_by_the_next_operator(
    cluster: Cluster, operator: Operator, env: Environment
) -> None:
    key = settled(cluster, operator, env, **DELETE)
    cluster.delete(key)
    cluster.annotate(key, confirm_delete=cluster.objects[key]["metadata"]["uid"])
    env.house.fault("reset", method="DELETE", path="/schemas/", principal="lakeward", count=1, when="after")
    assert not operator.run(key).released
    with Operator(cluster) as successor:
        assert successor.settle(key).released
    assert env.facts() == {}


def test_an_experiment_that_was_deleted_by_hand_does_not_hold_up_the_deletion(
    cluster: Cluster, operator: Operator, env: Environment
) -> None:
    key = settled(cluster, operator, env, **DELETE)
    found = env.hand.call("GET", f"/api/2.0/mlflow/experiments/get-by-name?experiment_name=/Shared/{env.name}")
    env.hand.call("POST", "/api/2.0/mlflow/experiments/delete", {"experiment_id": found["experiment"]["experiment_id"]})
    cluster.delete(key)
    cluster.annotate(key, confirm_delete=cluster.objects[key]["metadata"]["uid"])
    assert operator.settle(key).released
