"""An object that only looks carries the plan in its status, the same plan that the command line prints."""

from typing import Any

import pytest

from invariants.environment import Environment
from invariants.world import Cluster, Operator
from lakeward.engine import render
from lakeward.engine.outcome import Key

LOOKS = pytest.mark.parametrize("mode", ["Plan", "Observe"])


def plan(cluster: Cluster, key: Key) -> list[str] | None:
    found: list[str] | None = cluster.status(key).get("plan")
    return found


def settled(cluster: Cluster, operator: Operator, env: Environment) -> Key:
    key = cluster.put(env.manifest())
    operator.settle(key)
    assert cluster.condition(key, "Ready")["status"] == "True", cluster.status(key)
    assert "plan" not in cluster.status(key)
    return key


@LOOKS
def test_what_is_new_is_planned_and_not_made(cluster: Cluster, operator: Operator, env: Environment, mode: str) -> None:
    key = cluster.put(env.manifest(mode=mode))
    operator.settle(key)
    assert sorted(plan(cluster, key) or ()) == sorted(f"+ {address}" for address in env.addresses)
    assert (env.writes(), env.facts()) == ([], {})


@LOOKS
def test_drift_and_removals_are_planned_by_field_and_not_made(
    cluster: Cluster, operator: Operator, env: Environment, mode: str
) -> None:
    key = settled(cluster, operator, env)
    env.change(f"catalogs/{env.catalog}", comment="by hand")
    by_hand = env.facts()
    cluster.put(env.manifest(mode=mode, mlflow=None))
    env.house.clear()
    operator.settle(key)
    assert plan(cluster, key) == [
        f'~ databricks.catalog/{env.catalog} comment: "by hand" -> "two\\nlines"',
        f"= mlflow.experiment/{env.path} stays: kept by spec.deletionPolicy: Retain",
    ]
    assert (env.writes(), env.facts()) == ([], by_hand)


def test_an_object_in_place_plans_nothing_and_says_so(cluster: Cluster, operator: Operator, env: Environment) -> None:
    key = settled(cluster, operator, env)
    cluster.put(env.manifest(mode="Plan"))
    operator.settle(key)
    assert plan(cluster, key) == []


@pytest.mark.parametrize("spec", [{}, {"suspend": True}], ids=str)
def test_the_plan_leaves_the_status_with_the_mode(
    cluster: Cluster, operator: Operator, env: Environment, spec: dict[str, Any]
) -> None:
    key = cluster.put(env.manifest(mode="Plan"))
    operator.settle(key)
    assert plan(cluster, key)
    cluster.put(env.manifest(**spec))
    operator.settle(key)
    assert plan(cluster, key) is None


def test_a_plan_outlives_an_outage_but_not_its_mode(cluster: Cluster, operator: Operator, env: Environment) -> None:
    key = cluster.put(env.manifest(mode="Plan"))
    operator.settle(key)
    before = plan(cluster, key)
    cluster.secrets.clear()
    operator.run(key)
    assert before
    assert plan(cluster, key) == before
    cluster.put(env.manifest())
    operator.run(key)
    assert cluster.condition(key, "Ready")["reason"] == "SecretNotFound"
    assert plan(cluster, key) is None


def test_a_preview_is_the_plan_of_the_status_and_writes_nothing(
    cluster: Cluster, operator: Operator, env: Environment
) -> None:
    key = settled(cluster, operator, env)
    env.change(f"schemas/{env.registry}.prod", lakeward_retention="1d")
    env.house.clear()
    cluster.now += operator.tick  # readings are shared within a moment
    preview = operator.reconciler.preview(cluster.objects[key])
    assert env.calls()
    assert env.writes() == []
    cluster.put(env.manifest(mode="Plan"))
    operator.run(key)
    assert plan(cluster, key) == list(render.flat(preview.steps))
    assert len(preview.steps) == len(env.addresses)
