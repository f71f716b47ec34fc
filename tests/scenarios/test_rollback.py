"""Rollback by `git revert`, drift by hand, and the line of versions that replaced each other."""

from typing import Any

from lakeward.engine.outcome import Key
from scenarios.conftest import Stage

STRICT: dict[str, Any] = {
    "name": "quality",
    "type": "Metric",
    "metric": {"from": "ModelVersion", "metric": "f1", "dataset": "holdout", "vsChampion": {"minAbsoluteChange": "0"}},
}


def climb(stage: Stage, versions: int, **spec: Any) -> Key:
    """So many promotions, each of a better version."""
    for n in range(1, versions + 1):
        key = stage.promote(stage.registry.register(stage.dev, {"f1": 0.8 + n / 100}), gates=[STRICT], **spec)
        stage.operator.settle(key)
        assert stage.phase(key) == "Promoted", stage.message(key)
    return key


def pin(stage: Stage, version: int, **spec: Any) -> None:
    key = stage.promote(version, gates=[STRICT], **spec)
    stage.operator.settle(key)


def test_git_revert_rolls_back_with_three_writes_and_no_copy(stage: Stage) -> None:
    key = climb(stage, 2)
    mark = stage.mark()
    pin(stage, 1)
    assert stage.ready(key) == ("True", "Promoted"), stage.message(key)
    assert stage.registry.aliases(stage.prod) == {"champion": 1, "previous": 2}
    assert [w.split("/")[-1] for w in stage.writes(mark)] == ["previous", "champion", stage.prod]
    assert "RollbackStarted" in [e.reason for k, e in stage.cluster.events if k == key]
    history = stage.cluster.status(key)["history"]
    assert [(h["outcome"], h["target"]) for h in history] == [("RolledBack", 1), ("Promoted", 2), ("Promoted", 1)]


def test_the_version_that_was_just_reverted_takes_all_gates_again(stage: Stage) -> None:
    key = climb(stage, 2)
    pin(stage, 1)
    stage.cluster.events.clear()
    worse = stage.registry.register(stage.dev, {"f1": 0.1})
    pin(stage, worse)
    assert stage.phase(key) == "Blocked"
    pin(stage, 2)
    assert stage.phase(key) == "Promoted"
    assert "RollbackStarted" not in [e.reason for k, e in stage.cluster.events if k == key]


def test_a_rollback_reaches_as_far_as_its_window(stage: Stage) -> None:
    key = climb(stage, 4, rollback={"window": 2})
    pin(stage, 1, rollback={"window": 2})
    assert stage.phase(key) == "Blocked"
    pin(stage, 2, rollback={"window": 2})
    assert stage.phase(key) == "Promoted"
    assert stage.registry.aliases(stage.prod) == {"champion": 2, "previous": 4}


def test_a_rollback_does_not_wait_for_other_environments(stage: Stage) -> None:
    stage.registry.call("POST", "/api/2.1/unity-catalog/schemas", {"catalog_name": stage.catalog, "name": "test"})
    target = {"model": f"{stage.catalog}.test.tumor", "createIfMissing": True}
    for version in (1, 2):
        stage.registry.register(stage.dev)
        stage.operator.settle(stage.promote(version, name="first", target=target))
        key = stage.promote(version, name="prod", dependsOn=[{"name": "first"}])
        stage.operator.settle(key)
    stage.promote(1, name="prod", dependsOn=[{"name": "first"}])
    stage.operator.settle(key)
    assert stage.phase(key) == "Promoted"
    assert stage.registry.aliases(stage.prod)["champion"] == 1


def test_a_crash_between_the_aliases_of_a_rollback_ends_as_a_calm_one(stage: Stage) -> None:
    key = climb(stage, 2)
    stage.house.fault("reset", method="PUT", path="/aliases/champion", when="after", principal="lakeward")
    stage.house.fault("reset", method="PATCH", path="/securable-tags/", when="before", principal="lakeward")
    pin(stage, 1)
    assert stage.phase(key) == "Promoted"
    assert stage.registry.aliases(stage.prod) == {"champion": 1, "previous": 2}
    assert "lakeward_replaces" not in stage.registry.tags(stage.prod, 1)
