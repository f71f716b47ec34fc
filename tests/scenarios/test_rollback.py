"""Rollback by `git revert`, drift by hand, and the line of versions that replaced each other."""

from typing import Any

from invariants.world import workspace
from lakeward.engine.outcome import Key
from scenarios.checks import hold
from scenarios.conftest import Stage
from scenarios.registry import UC
from scenarios.test_approvals import SIGNOFF

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
    hold(stage, key)


def test_neither_a_freeze_nor_people_nor_a_worse_metric_stop_a_rollback(stage: Stage) -> None:
    key = climb(stage, 2)
    freeze = {"from": "2026-01-01T00:00:00", "to": "2027-01-01T00:00:00", "reason": "year-end freeze"}
    window = {"name": "freeze", "type": "Window", "window": {"timezone": "Europe/Amsterdam", "deny": [freeze]}}
    stage.cluster.events.clear()
    stage.promote(1, gates=[STRICT, SIGNOFF, window])
    stage.operator.run(key)
    assert stage.ready(key) == ("True", "Promoted"), "one pass is enough"
    assert stage.told(key) == ["RollbackStarted", "GatesPassed", "CopyAdopted", "Promoted"]
    started = next(e.message for _, e in stage.cluster.events if str(e.reason) == "RollbackStarted")
    assert "are passed over" in started
    assert stage.cluster.status(key)["attempt"]["trigger"] == "Rollback"
    assert stage.registry.aliases(stage.prod) == {"champion": 1, "previous": 2}
    hold(stage, key)


def test_a_rollback_needs_no_source_any_more(stage: Stage) -> None:
    key = climb(stage, 2)
    stage.registry.call("DELETE", f"{UC}/models/{stage.dev}/versions/1")
    pin(stage, 1)
    assert stage.ready(key) == ("True", "Promoted"), stage.message(key)
    assert stage.registry.aliases(stage.prod) == {"champion": 1, "previous": 2}
    hold(stage, key)


def test_what_the_guard_does_not_let_skip_is_judged_on_the_way_back_too(stage: Stage) -> None:
    key = climb(stage, 2)
    url = stage.house.workspace("prod").url
    stage.cluster.put(workspace("env", url, promotions={"skippableOnRollback": ["Metric"]}))
    stage.promote(1, gates=[STRICT, SIGNOFF])
    stage.operator.settle(key)
    assert stage.phase(key) == "AwaitingApproval", stage.message(key)
    assert stage.registry.aliases(stage.prod) == {"champion": 2, "previous": 1}
    hold(stage, key)


def test_another_digest_than_the_pinned_one_stops_a_rollback(stage: Stage) -> None:
    key = climb(stage, 2)
    stage.promote(1, source={"model": stage.dev, "version": 1, "digest": f"sha256:{'0' * 64}"})
    stage.operator.run(key)
    stage.operator.wait_woken(key)
    stage.operator.run(key)
    assert stage.ready(key) == ("False", "DigestMismatch"), stage.message(key)
    assert sorted(stage.registry.versions(stage.prod)) == [1, 2]
    assert stage.registry.aliases(stage.prod) == {"champion": 2, "previous": 1}
    hold(stage, key)


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
    hold(stage, key)


def test_a_rollback_reaches_as_far_as_its_window(stage: Stage) -> None:
    key = climb(stage, 4, rollback={"window": 2})
    pin(stage, 1, rollback={"window": 2})
    assert stage.phase(key) == "Blocked"
    pin(stage, 2, rollback={"window": 2})
    assert stage.phase(key) == "Promoted"
    assert stage.registry.aliases(stage.prod) == {"champion": 2, "previous": 4}
    hold(stage, key)


def test_a_crash_between_the_aliases_of_a_rollback_ends_as_a_calm_one(stage: Stage) -> None:
    key = climb(stage, 2)
    stage.house.fault("reset", method="PUT", path="/aliases/champion", when="after", principal="lakeward")
    stage.house.fault("reset", method="PATCH", path="/securable-tags/", when="before", principal="lakeward")
    pin(stage, 1)
    assert stage.phase(key) == "Promoted"
    assert stage.registry.aliases(stage.prod) == {"champion": 1, "previous": 2}
    assert "lakeward_replaces" not in stage.registry.tags(stage.prod, 1)
    hold(stage, key)
