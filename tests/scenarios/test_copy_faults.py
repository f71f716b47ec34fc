"""The copy does not work out: refused by the registry, cut in its upload, or left behind by a crash."""

from typing import Any

import pytest

from invariants.world import Operator
from lakeward.engine.outcome import Key
from lakeward.kinds.mlworkspace.kind import MLWorkspace
from lakeward.kinds.modelpromotion.kind import ModelPromotion
from scenarios.checks import hold
from scenarios.conftest import Stage
from scenarios.registry import Registry

FINALIZE = {"method": "PATCH", "path": "/finalize$", "principal": "lakeward"}
UPLOAD = {"method": "PUT", "path": "/fs/files/", "principal": "lakeward"}


@pytest.fixture
def key(stage: Stage) -> Key:
    """A first version is champion; the second is pinned, and nobody has looked at it yet."""
    made = stage.promote(stage.registry.register(stage.dev))
    stage.operator.settle(made)
    stage.promote(stage.registry.register(stage.dev, files=3))
    stage.cluster.events.clear()
    return made


def unfinished(stage: Stage, mark: str) -> int:
    """What a killed operator leaves of a copy: a version of the operator's principal without files."""
    tags = [{"key": "lakeward_attempt", "value": mark}]
    return Registry(stage.house, "lakeward", "prod").begin(stage.prod, source=f"models:/{stage.dev}/2", tags=tags)


def test_a_copy_that_the_registry_refuses_once_is_made_again(stage: Stage, key: Key) -> None:
    stage.house.fault("fail", **FINALIZE)
    stage.operator.settle(key)
    assert stage.ready(key) == ("True", "Promoted"), stage.message(key)
    assert sorted(stage.registry.versions(stage.prod)) == [1, 3]
    assert "CopyFailed" not in stage.told(key)
    hold(stage, key)


def test_a_copy_that_the_registry_refuses_twice_needs_a_person_and_recovers(stage: Stage, key: Key) -> None:
    fault = stage.house.fault("fail", count=0, **FINALIZE)
    stage.operator.run(key)
    stage.operator.wait_woken(key)
    outcome = stage.operator.run(key)
    assert (stage.phase(key), stage.ready(key)) == ("Failed", ("False", "CopyFailed"))
    assert stage.house.hits(fault) == 2
    copied = stage.cluster.condition(key, "Copied")
    assert (copied["status"], copied["reason"]) == ("False", "CopyFailed")
    assert stage.told(key, "Warning") == ["CopyFailed"]
    assert list(stage.registry.versions(stage.prod)) == [1]
    assert stage.registry.aliases(stage.prod) == {"champion": 1}
    assert outcome.after is not None
    assert outcome.after >= 300
    hold(stage, key)
    stage.house.remove(fault)
    stage.operator.settle(key)
    assert stage.ready(key) == ("True", "Promoted"), stage.message(key)
    hold(stage, key)


@pytest.mark.parametrize("effect", ["reset", "status"])
def test_an_upload_that_breaks_off_is_taken_up_again(stage: Stage, key: Key, effect: str) -> None:
    how: dict[str, Any] = {"status": 503} if effect == "status" else {}
    fault = stage.house.fault(effect, offset=2, count=0, **UPLOAD, **how)
    for _ in range(3):
        stage.operator.run(key)
        if stage.operator.works_for(key):
            stage.operator.wait_woken(key)
    assert stage.phase(key) == "Copying", stage.message(key)
    assert stage.cluster.condition(key, "Stalled") == {}
    assert stage.registry.aliases(stage.prod) == {"champion": 1}
    stage.house.remove(fault)
    stage.operator.settle(key)
    assert stage.ready(key) == ("True", "Promoted"), stage.message(key)
    assert {v["status"] for v in stage.registry.versions(stage.prod).values()} == {"READY"}
    hold(stage, key)


def test_a_copy_that_a_dead_operator_left_is_replaced(stage: Stage, key: Key) -> None:
    left = unfinished(stage, "test/ml/ModelPromotion/tumor")
    stage.operator.settle(key)
    assert stage.ready(key) == ("True", "Promoted"), stage.message(key)
    assert left not in stage.registry.versions(stage.prod)
    assert stage.told(key).count("OrphanRemoved") == 1
    hold(stage, key)


def test_an_unfinished_copy_of_somebody_else_is_left_alone(stage: Stage, key: Key) -> None:
    left = unfinished(stage, "other/ml/ModelPromotion/tumor")
    stage.operator.settle(key)
    assert stage.ready(key) == ("True", "Promoted"), stage.message(key)
    assert stage.registry.versions(stage.prod)[left]["status"] == "PENDING_REGISTRATION"
    assert "OrphanRemoved" not in stage.told(key)
    hold(stage, key)


def test_an_unfinished_copy_that_an_alias_names_is_left_alone(stage: Stage, key: Key) -> None:
    left = unfinished(stage, "test/ml/ModelPromotion/tumor")
    stage.registry.point(stage.prod, "golden", left)
    stage.operator.settle(key)
    assert stage.ready(key) == ("True", "Promoted"), stage.message(key)
    assert stage.registry.versions(stage.prod)[left]["status"] == "PENDING_REGISTRATION"
    assert "OrphanRemoved" not in stage.told(key)
    hold(stage, key)


def test_an_operator_that_ends_amid_the_upload_is_followed_by_one_that_begins_anew(stage: Stage, key: Key) -> None:
    fault = stage.house.fault("hold", offset=1, **UPLOAD)
    stage.operator.run(key)
    stage.house.wait_held(fault)
    stage.operator.stop()
    stage.house.remove(fault)
    stage.operator.wait_woken(key)
    (left,) = (n for n, v in stage.registry.versions(stage.prod).items() if v["status"] != "READY")
    with Operator(stage.cluster, kinds=(MLWorkspace(), ModelPromotion())) as next_one:
        next_one.settle(key)
    assert stage.ready(key) == ("True", "Promoted"), stage.message(key)
    assert left not in stage.registry.versions(stage.prod)
    assert {v["status"] for v in stage.registry.versions(stage.prod).values()} == {"READY"}
    hold(stage, key)
