"""Somebody moves the champion by hand: taken back, held or told, never believed too early, never fought for ever."""

from datetime import timedelta
from typing import Any

import pytest

from lakeward.engine.outcome import Key
from scenarios.checks import hold
from scenarios.conftest import Stage

POLICIES = ("Revert", "Hold", "Report")


def promoted(stage: Stage, times: int = 2, **spec: Any) -> Key:
    """So many promotions, one after the other."""
    for _ in range(times):
        key = stage.promote(stage.registry.register(stage.dev), **spec)
        stage.operator.settle(key)
    stage.cluster.events.clear()
    return key


def by_hand(stage: Stage) -> int:
    """Somebody makes a version of their own the champion."""
    number = stage.registry.register(stage.prod)
    stage.registry.point(stage.prod, "champion", number)
    return number


@pytest.mark.parametrize(
    ("policy", "phase", "ready", "told"),
    [
        ("Revert", "Promoted", "True", ["DriftDetected", "DriftReverted"]),
        ("Hold", "Held", "False", ["DriftDetected", "AliasesDiffer"]),
        ("Report", "Promoted", "False", ["DriftDetected", "AliasesDiffer"]),
    ],
)
def test_a_move_by_hand_follows_the_drift_policy(
    stage: Stage, policy: str, phase: str, ready: str, told: list[str]
) -> None:
    key = promoted(stage, switch={"driftPolicy": policy})
    other = by_hand(stage)
    mark = stage.mark()
    stage.operator.settle(key)
    stage.operator.run(key)
    assert (stage.phase(key), stage.ready(key)[0]) == (phase, ready)
    assert stage.told(key) == told
    assert stage.told(key, "Warning")[0] == "DriftDetected"
    back = policy == "Revert"
    assert stage.registry.aliases(stage.prod) == {"champion": 2 if back else other, "previous": 1}
    assert stage.cluster.condition(key, "InSync")["status"] == ("True" if back else "False")
    assert [w.rpartition("/")[2] for w in stage.writes(mark)] == (["champion"] if back else [])
    hold(stage, key)


@pytest.mark.parametrize("policy", POLICIES)
def test_a_move_back_to_previous_is_an_emergency_and_holds_whatever_the_policy_says(stage: Stage, policy: str) -> None:
    key = promoted(stage, switch={"driftPolicy": policy})
    stage.registry.point(stage.prod, "champion", 1)
    mark = stage.mark()
    stage.operator.settle(key)
    stage.operator.run(key)
    assert (stage.phase(key), stage.ready(key)) == ("Held", ("False", "AliasesDiffer"))
    assert "edit spec.source to go on" in stage.message(key)
    assert stage.cluster.condition(key, "Stalled")["status"] == "True"
    assert stage.writes(mark) == []
    hold(stage, key)
    stage.promote(stage.registry.register(stage.dev), switch={"driftPolicy": policy})
    stage.operator.settle(key)
    assert stage.ready(key) == ("True", "Promoted"), stage.message(key)
    assert stage.registry.aliases(stage.prod) == {"champion": 3, "previous": 1}
    hold(stage, key)


def test_a_hold_ends_when_the_champion_is_moved_back(stage: Stage) -> None:
    key = promoted(stage)
    stage.registry.point(stage.prod, "champion", 1)
    stage.operator.settle(key)
    assert stage.phase(key) == "Held"
    stage.registry.point(stage.prod, "champion", 2)
    stage.operator.settle(key)
    assert stage.ready(key) == ("True", "Promoted"), stage.message(key)
    hold(stage, key)


@pytest.mark.parametrize("policy", POLICIES)
def test_a_champion_that_differs_right_after_the_switch_is_not_called_drift(stage: Stage, policy: str) -> None:
    stage.operator.tick = timedelta(seconds=1)
    key = promoted(stage, switch={"driftPolicy": policy})
    other = by_hand(stage)
    mark = stage.mark()
    outcome = stage.operator.run(key)
    assert stage.writes(mark) == []
    assert (stage.phase(key), stage.told(key, "Warning")) == ("Switching", [])
    assert outcome.after is not None
    assert 50 < outcome.after < 60
    stage.cluster.now += timedelta(seconds=60)
    stage.operator.settle(key)
    assert "DriftDetected" in stage.told(key, "Warning")
    assert stage.registry.aliases(stage.prod) == {"champion": 2 if policy == "Revert" else other, "previous": 1}
    hold(stage, key)


def test_a_stale_reading_of_the_aliases_after_the_switch_moves_nothing(stage: Stage) -> None:
    stage.operator.tick = timedelta(seconds=1)
    key = promoted(stage, times=1)
    stage.promote(stage.registry.register(stage.dev))
    stage.operator.run(key)
    stage.operator.wait_woken(key)
    stale = {"path": f"/models/{stage.prod}$", "write_path": "/aliases/champion$", "principal": "lakeward"}
    fault = stage.house.fault("stale", reads=50, **stale)
    stage.operator.run(key)
    mark = stage.mark()
    for _ in range(4):
        stage.operator.run(key)
    assert not [w for w in stage.writes(mark) if "/aliases/" in w]
    assert stage.told(key, "Warning") == []
    stage.house.remove(fault)
    stage.operator.settle(key)
    assert stage.ready(key) == ("True", "Promoted"), stage.message(key)
    assert stage.registry.aliases(stage.prod) == {"champion": 2, "previous": 1}
    assert stage.told(key, "Warning") == []
    hold(stage, key)


def test_who_moves_the_champion_again_and_again_is_not_fought_for_ever(stage: Stage) -> None:
    key = promoted(stage)
    for _ in range(3):
        other = by_hand(stage)
        stage.operator.settle(key)
        assert stage.registry.aliases(stage.prod)["champion"] == 2
    assert stage.told(key).count("DriftReverted") == 3
    stage.registry.point(stage.prod, "champion", other)
    mark = stage.mark()
    stage.operator.settle(key)
    assert (stage.phase(key), stage.ready(key)) == ("Held", ("False", "AliasesDiffer"))
    assert "taken back 3 times within an hour" in stage.message(key)
    assert stage.writes(mark) == []
    hold(stage, key)
    stage.cluster.now += timedelta(hours=2)
    stage.operator.settle(key)
    assert stage.ready(key) == ("False", "AliasesDiffer"), "time alone does not end it"
    assert stage.writes(mark) == []
    stage.registry.point(stage.prod, "champion", 2)
    stage.operator.settle(key)
    assert stage.ready(key) == ("True", "Promoted"), stage.message(key)
    assert stage.registry.aliases(stage.prod) == {"champion": 2, "previous": 1}
    stage.registry.point(stage.prod, "champion", other)
    stage.operator.settle(key)
    assert stage.registry.aliases(stage.prod)["champion"] == 2, "and a new one is taken back again"
    hold(stage, key)


def test_git_that_agrees_with_an_emergency_move_ends_the_hold_and_finds_an_earlier_version(stage: Stage) -> None:
    key = promoted(stage, times=3)
    stage.registry.point(stage.prod, "champion", 2)
    stage.operator.settle(key)
    assert stage.phase(key) == "Held"
    stage.promote(2)
    stage.operator.settle(key)
    assert stage.ready(key) == ("True", "Promoted"), stage.message(key)
    assert stage.registry.aliases(stage.prod) == {"champion": 2, "previous": 1}
    hold(stage, key)
