"""The source version is not there yet, fails to register, or goes: before the copy, during it, and afterwards."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lakeward.engine.outcome import Key
from scenarios.checks import hold
from scenarios.conftest import Stage
from scenarios.registry import MLMODEL, UC

POLICY: dict[str, Any] = {"gatePolicy": {"pendingDeadline": "2h"}}


def begun(stage: Stage) -> int:
    """A version that somebody began to register."""
    stage.registry.register(stage.dev)
    number = stage.registry.begin(stage.dev, source="models:/m-7")
    stage.registry.put(stage.dev, number, "MLmodel", MLMODEL.encode())
    # how old a version is, is for the service to say: let this be the hour of the cluster, too
    stage.cluster.now = datetime.now(UTC)
    return number


def delete(stage: Stage, version: int) -> None:
    stage.registry.call("DELETE", f"{UC}/models/{stage.dev}/versions/{version}")


@pytest.mark.parametrize("alone", [False, True], ids=["to be copied", "only aliases"])
def test_a_source_that_never_becomes_ready_fails_at_the_deadline_and_is_left_alone(stage: Stage, alone: bool) -> None:
    version = begun(stage)
    target = {"model": stage.dev} if alone else {"model": stage.prod, "createIfMissing": True}
    key = stage.promote(version, target=target, **POLICY)
    stage.operator.settle(key)
    assert (stage.phase(key), stage.ready(key)) == ("Evaluating", ("False", "GatesPending"))
    assert "is still being registered" in stage.message(key)
    stage.cluster.now += timedelta(hours=3)
    stage.operator.settle(key)
    assert (stage.phase(key), stage.ready(key)) == ("Failed", ("False", "SourceNotReady"))
    assert stage.cluster.condition(key, "Stalled")["reason"] == "SourceNotReady"
    assert "was not registered before the deadline" in stage.message(key)
    assert stage.told(key, "Warning") == ["SourceNotReady"]
    assert stage.registry.version(stage.dev, version)["status"] == "PENDING_REGISTRATION"
    assert not [w for w in stage.writes() if w.startswith("DELETE") or "/aliases/" in w]
    hold(stage, key)
    stage.registry.finalize(stage.dev, version)
    stage.operator.settle(key)
    assert stage.ready(key) == ("True", "Promoted"), stage.message(key)
    hold(stage, key)


def test_a_source_that_failed_to_register_blocks_at_once(stage: Stage) -> None:
    version = begun(stage)
    stage.house.fault("fail", method="PATCH", path="/finalize$", principal="ana@example.com")
    stage.registry.finalize(stage.dev, version)
    key = stage.promote(version, **POLICY)
    stage.operator.settle(key)
    assert stage.phase(key) == "Blocked"
    assert "failed to register; register a new version and pin that" in stage.message(key)
    assert stage.registry.find(f"{UC}/models/{stage.prod}") is None
    hold(stage, key)


@pytest.fixture
def waiting(stage: Stage) -> tuple[Key, int]:
    """A champion, and a pinned version that waits for a tag."""
    stage.operator.settle(stage.promote(stage.registry.register(stage.dev)))
    version = stage.registry.register(stage.dev, files=3)
    tag = {"name": "validated", "type": "Tag", "tag": {"from": "Source", "key": "checked", "in": ["yes"]}}
    key = stage.promote(version, gates=[tag])
    stage.operator.settle(key)
    assert stage.phase(key) == "Evaluating"
    stage.cluster.events.clear()
    return key, version


def test_a_source_that_goes_before_its_copy_fails(stage: Stage, waiting: tuple[Key, int]) -> None:
    key, version = waiting
    delete(stage, version)
    stage.operator.settle(key)
    assert (stage.phase(key), stage.ready(key)) == ("Failed", ("False", "SourceGone"))
    assert f"{stage.dev} version {version} does not exist" in stage.message(key)
    assert stage.cluster.condition(key, "SourceAvailable")["status"] == "False"
    assert set(stage.told(key)) == {"SourceGone"}
    assert stage.registry.aliases(stage.prod) == {"champion": 1}
    hold(stage, key)


def test_a_source_that_goes_during_its_copy_fails_and_leaves_no_half_copy(
    stage: Stage, waiting: tuple[Key, int]
) -> None:
    key, version = waiting
    stage.registry.tag(stage.dev, version, checked="yes")
    fault = stage.house.fault("hold", method="PUT", path=r"/fs/files/.*part-0", principal="lakeward")
    stage.operator.run(key)
    stage.house.wait_held(fault)
    delete(stage, version)
    stage.house.remove(fault)
    stage.operator.settle(key, most=20)
    assert (stage.phase(key), stage.ready(key)) == ("Failed", ("False", "SourceGone")), stage.message(key)
    assert list(stage.registry.versions(stage.prod)) == [1]
    assert stage.registry.aliases(stage.prod) == {"champion": 1}
    hold(stage, key)


def test_a_source_that_goes_after_its_copy_is_told_and_changes_nothing(stage: Stage) -> None:
    for _ in range(2):
        key = stage.promote(stage.registry.register(stage.dev))
        stage.operator.settle(key)
    delete(stage, 2)
    stage.cluster.events.clear()
    mark = stage.mark()
    stage.operator.settle(key)
    assert (stage.phase(key), stage.ready(key)) == ("Promoted", ("True", "Promoted"))
    gone = stage.cluster.condition(key, "SourceAvailable")
    assert (gone["status"], gone["reason"]) == ("False", "SourceGone")
    assert stage.told(key) == ["SourceGone"]
    assert stage.told(key, "Warning") == ["SourceGone"]
    assert stage.cluster.status(key)["source"]["createdBy"] == "ana@example.com"
    assert stage.writes(mark) == []
    stage.operator.run(key)
    assert stage.told(key) == ["SourceGone"]
    hold(stage, key)


def test_a_source_that_goes_between_copy_and_switch_is_promoted_no_more(stage: Stage) -> None:
    stage.operator.settle(stage.promote(stage.registry.register(stage.dev)))
    key = stage.promote(stage.registry.register(stage.dev))
    stage.operator.run(key)
    stage.operator.wait_woken(key)
    delete(stage, 2)
    stage.operator.settle(key)
    assert (stage.phase(key), stage.ready(key)) == ("Failed", ("False", "SourceGone")), stage.message(key)
    assert stage.registry.aliases(stage.prod) == {"champion": 1}
    hold(stage, key)


def test_a_source_that_goes_with_its_alias_is_not_taken_for_a_first_promotion(stage: Stage) -> None:
    for _ in range(2):
        key = stage.promote(stage.registry.register(stage.dev), target={"model": stage.dev})
        stage.operator.settle(key)
    delete(stage, 2)
    mark = stage.mark()
    stage.operator.settle(key)
    assert (stage.phase(key), stage.ready(key)) == ("Failed", ("False", "SourceGone")), stage.message(key)
    assert stage.registry.aliases(stage.dev) == {"previous": 1}
    assert stage.writes(mark) == []
    hold(stage, key)
