"""A promotion is deleted at an awkward moment: what was begun is finished or taken back, and nobody is kept waiting."""

from datetime import timedelta
from typing import Any

import pytest

from lakeward.engine.outcome import Key, Outcome
from scenarios.checks import hold
from scenarios.conftest import Stage

PART = {"method": "PUT", "path": "/prod/tumor/.*part-0.bin$", "principal": "lakeward"}


def copying(stage: Stage, effect: str = "hold", files: int = 2) -> tuple[Key, str]:
    """A promotion in the middle of its copy."""
    key = stage.promote(stage.registry.register(stage.dev, files=files))
    held = stage.house.fault(effect, **PART)
    while stage.phase(key) != "Copying":
        stage.operator.run(key)
    stage.house.wait_held(held)
    return key, held


def gone(stage: Stage, key: Key, minutes: int = 3) -> Outcome:
    """Passes until the object is gone, which is not later than two minutes after its deletion."""
    begun = stage.cluster.now
    while key in stage.cluster.objects:
        outcome = stage.operator.run(key)
        assert stage.cluster.now - begun <= timedelta(minutes=minutes)
    return outcome


def test_deletion_at_rest_releases_the_claim_and_moves_no_alias(stage: Stage) -> None:
    key = stage.promote(stage.registry.register(stage.dev))
    stage.operator.settle(key)
    stage.cluster.delete(key)
    mark = stage.mark()
    assert stage.operator.settle(key).released
    assert len(stage.writes(mark)) == 1
    assert "lakeward_owner" not in stage.registry.tags(stage.prod)
    assert stage.registry.aliases(stage.prod) == {"champion": 1}
    hold(stage, key)


def test_a_copy_on_its_way_is_stopped_and_removed(stage: Stage) -> None:
    key, held = copying(stage)
    stage.cluster.delete(key)
    stage.operator.run(key)
    assert stage.phase(key) == "Deleting"
    stage.house.release(held)
    stage.operator.wait_woken(key)
    assert gone(stage, key).left == ()
    assert stage.registry.versions(stage.prod) == {}
    assert "lakeward_owner" not in stage.registry.tags(stage.prod)
    hold(stage, key)


def test_one_that_hangs_is_not_waited_for(stage: Stage) -> None:
    key, held = copying(stage)
    stage.cluster.delete(key)
    left = gone(stage, key).left
    assert left == (f"databricks.model_version/{stage.prod}:{stage.dev}/1",)
    assert "lakeward_owner" not in stage.registry.tags(stage.prod)
    stage.house.release(held)
    stage.operator.wait_woken(key)
    assert stage.registry.versions(stage.prod) == {}, "it takes its own leavings with it when it can"


def test_a_switch_that_was_begun_is_finished(stage: Stage) -> None:
    for _ in range(2):
        key = stage.promote(stage.registry.register(stage.dev))
        stage.operator.settle(key)
    stage.promote(stage.registry.register(stage.dev))
    cut = stage.house.fault("reset", method="PUT", path="/aliases/champion$", principal="lakeward")
    while stage.house.hits(cut) == 0:
        stage.operator.run(key)
        if stage.ready(key)[1] == "Copying":
            stage.operator.wait_woken(key)
    assert stage.registry.aliases(stage.prod) == {"champion": 2, "previous": 2}
    stage.cluster.delete(key)
    assert gone(stage, key).left == ()
    assert stage.registry.aliases(stage.prod) == {"champion": 3, "previous": 2}
    assert stage.registry.tags(stage.prod, 3)["lakeward_replaces"] == "2"
    assert "lakeward_owner" not in stage.registry.tags(stage.prod)
    assert sorted(stage.registry.versions(stage.prod)) == [1, 2, 3]
    hold(stage, key)


def test_a_move_that_was_not_begun_is_left_and_its_finished_copy_stays(stage: Stage) -> None:
    key = stage.promote(stage.registry.register(stage.dev))
    stage.operator.settle(key)
    stage.promote(stage.registry.register(stage.dev))
    cut = stage.house.fault("reset", method="PUT", path="/aliases/previous$", principal="lakeward")
    while stage.house.hits(cut) == 0:
        stage.operator.run(key)
        if stage.ready(key)[1] == "Copying":
            stage.operator.wait_woken(key)
    stage.cluster.delete(key)
    assert gone(stage, key).left == ()
    assert stage.registry.aliases(stage.prod) == {"champion": 1}
    assert {v["status"] for v in stage.registry.versions(stage.prod).values()} == {"READY"}
    hold(stage, key)


@pytest.mark.parametrize("fault", [{"status": 503}, {"status": 429, "error_code": "REQUEST_LIMIT_EXCEEDED"}], ids=str)
def test_a_workspace_that_does_not_answer_just_then_is_asked_again(stage: Stage, fault: dict[str, Any]) -> None:
    stage.operator.tick = timedelta(seconds=10)
    key = stage.promote(stage.registry.register(stage.dev))
    stage.operator.settle(key)
    stage.cluster.delete(key)
    stage.house.fault("status", method="GET", path="/unity-catalog/models/", principal="lakeward", **fault)
    assert not stage.operator.run(key).released
    assert gone(stage, key).left == ()
    assert "lakeward_owner" not in stage.registry.tags(stage.prod)
    hold(stage, key)


def test_one_that_does_not_answer_for_two_minutes_is_not_waited_for(stage: Stage) -> None:
    key = stage.promote(stage.registry.register(stage.dev))
    stage.operator.settle(key)
    stage.cluster.delete(key)
    stage.house.fault("status", status=503, principal="lakeward", count=0)
    assert f"databricks.model_claim/{stage.prod}" in gone(stage, key).left
    stage.house.clear()
    assert stage.registry.aliases(stage.prod) == {"champion": 1}


@pytest.mark.parametrize("first", ["Secret", "MLWorkspace", "both"])
@pytest.mark.parametrize("terminating", [True, False], ids=["the namespace ends", "the namespace stays"])
def test_without_its_login_it_goes_at_once_and_says_what_is_left(stage: Stage, first: str, terminating: bool) -> None:
    key = stage.promote(stage.registry.register(stage.dev))
    stage.operator.settle(key)
    stage.promote(stage.registry.register(stage.dev, files=3))
    held = stage.house.fault("hold", **PART)
    while stage.phase(key) != "Copying":
        stage.operator.run(key)
    stage.house.wait_held(held)
    if first != "MLWorkspace":
        stage.cluster.secrets.clear()
    if first != "Secret":
        del stage.cluster.objects[Key("MLWorkspace", key.namespace, "env")]
    if terminating:
        stage.cluster.terminating.add(key.namespace)
    stage.cluster.delete(key)
    left = gone(stage, key).left
    assert {address.partition("/")[0] for address in left} == {
        "databricks.registered_model",
        "databricks.model_claim",
        "databricks.model_version",
    }
    stage.house.release(held)
    stage.operator.wait_woken(key)
    assert stage.registry.aliases(stage.prod) == {"champion": 1}
    assert {n: v["status"] for n, v in stage.registry.versions(stage.prod).items()} == {1: "READY"}
    hold(stage, key)
