"""Somebody else moves the champion while a promotion waits, or in the middle of its switch: it is judged anew."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from lakeward.engine.outcome import Key
from scenarios.checks import hold
from scenarios.conftest import Stage
from scenarios.test_approvals import SIGNOFF, vote

BETTER: dict[str, Any] = {
    "name": "quality",
    "type": "Metric",
    "metric": {"from": "ModelVersion", "metric": "f1", "dataset": "holdout", "vsChampion": {"minAbsoluteChange": "0"}},
}
APPROVED: dict[str, Any] = {**SIGNOFF, "approval": {**SIGNOFF["approval"], "minApprovals": 1}}


@pytest.fixture
def waiting(stage: Stage) -> Key:
    """The champion has 0.85, the pinned version 0.9; somebody approved it, somebody else must still."""
    key = stage.promote(stage.registry.register(stage.dev, {"f1": 0.85}))
    stage.operator.settle(key)
    stage.promote(stage.registry.register(stage.dev, {"f1": 0.9}), gates=[BETTER, SIGNOFF])
    stage.operator.settle(key)
    vote(stage, key, "bob@acme.example")
    stage.operator.settle(key)
    assert stage.phase(key) == "AwaitingApproval", stage.message(key)
    assert stage.gate(key, "quality")["result"] == "Pass"
    stage.cluster.events.clear()
    return key


def by_hand(stage: Stage, f1: float) -> int:
    """Somebody makes another version of the target its champion."""
    number = stage.registry.register(stage.prod, {"f1": f1})
    stage.registry.point(stage.prod, "champion", number)
    return number


def test_a_better_champion_meanwhile_blocks_what_was_good_enough_before(stage: Stage, waiting: Key) -> None:
    other = by_hand(stage, 0.95)
    stage.operator.settle(waiting)
    assert (stage.phase(waiting), stage.ready(waiting)) == ("Blocked", ("False", "GateFailed"))
    assert f"champion {other}" in stage.gate(waiting, "quality")["evidence"]
    assert stage.told(waiting) == ["ChampionChanged", "GateFailed"]
    assert stage.registry.aliases(stage.prod) == {"champion": other}
    hold(stage, waiting)


def test_a_worse_champion_meanwhile_is_replaced_and_the_approval_stays(stage: Stage, waiting: Key) -> None:
    subject = stage.cluster.status(waiting)["attempt"]["subject"]
    other = by_hand(stage, 0.87)
    stage.operator.settle(waiting)
    status = stage.cluster.status(waiting)
    assert (status["attempt"]["subject"], status["summary"]["approvals"]) == (subject, "1/2")
    assert stage.told(waiting) == ["ChampionChanged"]
    vote(stage, waiting, "eve@acme.example")
    stage.operator.settle(waiting)
    assert stage.ready(waiting) == ("True", "Promoted"), stage.message(waiting)
    assert stage.registry.aliases(stage.prod) == {"champion": 3, "previous": other}
    assert stage.registry.tags(stage.prod, 3)["lakeward_replaces"] == str(other)
    hold(stage, waiting)


@pytest.mark.parametrize(("f1", "phase"), [(0.95, "Blocked"), (0.87, "Promoted")])
def test_a_champion_that_changes_within_the_switch_is_seen_before_it_is_replaced(
    stage: Stage, f1: float, phase: str
) -> None:
    key = stage.promote(stage.registry.register(stage.dev, {"f1": 0.85}))
    stage.operator.settle(key)
    stage.promote(stage.registry.register(stage.dev, {"f1": 0.9}), gates=[BETTER, APPROVED])
    stage.operator.settle(key)
    vote(stage, key, "bob@acme.example")
    stage.cluster.events.clear()
    fault = stage.house.fault("hold", method="PUT", path="/aliases/previous", principal="lakeward")
    with ThreadPoolExecutor(1) as pool:
        passes = pool.submit(stage.operator.settle, key)
        stage.house.wait_held(fault)
        other = by_hand(stage, f1)
        stage.house.release(fault)
        passes.result()
    assert stage.phase(key) == phase, stage.message(key)
    assert stage.told(key).count("ChampionChanged") == 1
    assert stage.cluster.status(key)["summary"]["approvals"] == "1/1"
    serves = {"champion": other, "previous": 1} if phase == "Blocked" else {"champion": 2, "previous": other}
    assert stage.registry.aliases(stage.prod) == serves
    hold(stage, key)
