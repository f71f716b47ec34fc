"""A person holds a promotion by an annotation: no step begins and no drift is repaired, but a rollback goes through."""

from typing import Any

from invariants.world import Body
from lakeward.engine.outcome import Key
from scenarios.checks import hold
from scenarios.conftest import Stage
from scenarios.test_approvals import reasons

HOLD = "mlops.lakeward.dev/hold"


def held(stage: Stage, version: int, reason: str = "INC-7", **spec: Any) -> Key:
    body: Body = stage.promotion(version, **spec)
    body["metadata"]["annotations"] = {HOLD: reason}
    return stage.cluster.put(body)


def promoted(stage: Stage, times: int = 2) -> Key:
    for _ in range(times):
        key = stage.promote(stage.registry.register(stage.dev))
        stage.operator.settle(key)
    return key


def test_a_hold_stops_the_move_but_no_rollback(stage: Stage) -> None:
    key = promoted(stage)
    held(stage, stage.registry.register(stage.dev))
    mark = stage.mark()
    stage.operator.settle(key)
    assert (stage.phase(key), stage.ready(key)) == ("Held", ("False", "Held"))
    assert stage.cluster.condition(key, "Stalled")["reason"] == "Held"
    assert "INC-7" in stage.message(key)
    assert stage.writes(mark) == []
    hold(stage, key)
    held(stage, 1)
    stage.operator.settle(key)
    assert stage.ready(key) == ("True", "Promoted"), stage.message(key)
    assert stage.registry.aliases(stage.prod) == {"champion": 1, "previous": 2}
    assert "RollbackStarted" in reasons(stage, key)
    hold(stage, key)


def test_a_hold_stops_the_repair_of_drift(stage: Stage) -> None:
    key = promoted(stage)
    held(stage, 2)
    stage.operator.settle(key)
    assert stage.ready(key) == ("True", "Promoted"), "a champion in place stays in place"
    other = stage.registry.register(stage.prod)
    stage.registry.point(stage.prod, "champion", other)
    mark = stage.mark()
    stage.operator.settle(key)
    assert (stage.phase(key), stage.ready(key)[0]) == ("Held", "False")
    assert stage.writes(mark) == []
    stage.promote(2)
    stage.operator.settle(key)
    assert stage.registry.aliases(stage.prod) == {"champion": 2, "previous": 1}
    assert "DriftReverted" in reasons(stage, key)
    hold(stage, key)


def test_a_hold_that_comes_during_the_copy_stops_the_switch(stage: Stage) -> None:
    key = promoted(stage, 1)
    stage.promote(stage.registry.register(stage.dev))
    copying = stage.house.fault("hold", method="PUT", path="part-0.bin$", principal="lakeward")
    while stage.phase(key) != "Copying":
        stage.operator.run(key)
    stage.house.wait_held(copying)
    held(stage, 2)
    stage.operator.run(key)
    assert stage.phase(key) == "Held"
    stage.house.release(copying)
    stage.operator.wait_woken(key)
    stage.operator.settle(key)
    assert stage.phase(key) == "Held"
    assert stage.registry.aliases(stage.prod) == {"champion": 1}
    hold(stage, key)
    stage.promote(2)
    stage.operator.settle(key)
    assert stage.registry.aliases(stage.prod) == {"champion": 2, "previous": 1}
    assert sorted(stage.registry.versions(stage.prod)) == [1, 2]
    hold(stage, key)


def test_a_hold_and_a_move_by_hand_are_the_way_back_without_git(stage: Stage) -> None:
    key = promoted(stage)
    stage.cluster.annotate(key, hold="INC-7")
    stage.registry.point(stage.prod, "champion", 1)
    mark = stage.mark()
    for _ in range(3):
        stage.operator.settle(key)
    assert (stage.phase(key), stage.ready(key)[0]) == ("Held", "False")
    assert stage.writes(mark) == []
    held(stage, 1)
    stage.operator.settle(key)
    assert stage.ready(key) == ("True", "Promoted"), "git agrees"
    assert stage.registry.aliases(stage.prod)["champion"] == 1


def test_a_first_promotion_can_be_held_before_anything_is_made(stage: Stage) -> None:
    key = held(stage, stage.registry.register(stage.dev))
    mark = stage.mark()
    stage.operator.settle(key)
    assert (stage.phase(key), stage.writes(mark)) == ("Held", [])
    stage.promote(1)
    stage.operator.settle(key)
    assert stage.phase(key) == "Promoted"
    hold(stage, key)
