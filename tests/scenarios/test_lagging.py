"""Answers that come late or not at all, listings that lag, a lease that is lost: there is one copy, and one writer."""

import pytest

from invariants.world import Operator
from lakeward.engine.outcome import Key
from lakeward.kinds.mlworkspace.kind import MLWorkspace
from lakeward.kinds.modelpromotion.kind import ModelPromotion
from scenarios.checks import hold
from scenarios.conftest import Stage

CREATE = {"method": "POST", "path": "/models/versions$", "principal": "lakeward"}


def creates(stage: Stage, mark: int) -> int:
    return sum(w == "POST /api/2.1/unity-catalog/models/versions" for w in stage.writes(mark))


def one_copy(stage: Stage, key: Key) -> None:
    stage.operator.settle(key, most=30)
    assert stage.ready(key) == ("True", "Promoted"), stage.message(key)
    stage.house.lag(0)
    ours = [v for v in stage.registry.versions(stage.prod).values() if v["source"] == f"models:/{stage.dev}/2"]
    assert [v["status"] for v in ours] == ["READY"]
    hold(stage, key)


@pytest.fixture
def second(stage: Stage) -> Key:
    """A first version is champion; the second is pinned, and no listing shows what is made from now on."""
    stage.operator.settle(stage.promote(stage.registry.register(stage.dev)))
    version = stage.registry.register(stage.dev)
    stage.house.lag(-1)
    return stage.promote(version)


def test_a_copy_that_no_listing_shows_is_found_by_its_number(stage: Stage, second: Key) -> None:
    mark = stage.mark()
    one_copy(stage, second)
    assert creates(stage, mark) == 1
    assert stage.registry.aliases(stage.prod) == {"champion": 2, "previous": 1}


@pytest.mark.parametrize("restarted", [False, True], ids=["the same operator", "another operator"])
def test_a_create_whose_answer_is_lost_leaves_no_second_copy(stage: Stage, second: Key, restarted: bool) -> None:
    lost = stage.house.fault("reset", when="after", **CREATE)
    while stage.house.hits(lost) == 0:
        stage.operator.run(second)
        if stage.ready(second)[1] == "Copying":
            stage.operator.wait_woken(second)
    if restarted:
        stage.operator.stop()
        with Operator(stage.cluster, kinds=(MLWorkspace(), ModelPromotion())) as operator:
            stage.operator = operator
            one_copy(stage, second)
    else:
        one_copy(stage, second)
    assert stage.registry.aliases(stage.prod)["previous"] == 1


def test_another_operator_finds_a_finished_copy_behind_a_gap_by_the_number_of_its_own(
    stage: Stage, second: Key
) -> None:
    lost = stage.house.fault("reset", when="after", **CREATE)
    done = stage.house.fault("reset", method="PATCH", path="/3/finalize$", when="after", principal="lakeward")
    while stage.house.hits(done) == 0:
        stage.operator.run(second)
        if stage.ready(second)[1] == "Copying":
            stage.operator.wait_woken(second)
    assert stage.house.hits(lost) == 1
    assert stage.registry.version(stage.prod, 2) is None
    stage.operator.stop()
    with Operator(stage.cluster, kinds=(MLWorkspace(), ModelPromotion())) as operator:
        stage.operator = operator
        one_copy(stage, second)
    assert stage.registry.aliases(stage.prod) == {"champion": 3, "previous": 1}


def test_a_create_that_is_answered_after_another_operator_made_its_own_leaves_one(stage: Stage, second: Key) -> None:
    late = stage.house.fault("hold", when="before", **CREATE)
    while stage.phase(second) != "Copying":
        stage.operator.run(second)
    stage.house.wait_held(late)
    dead = stage.operator
    dead.stop()
    with Operator(stage.cluster, kinds=(MLWorkspace(), ModelPromotion())) as operator:
        stage.operator = operator
        operator.run(second)
        stage.house.release(late)
        operator.wait_woken(second)
        one_copy(stage, second)


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/models/versions$"), ("PUT", "/prod/tumor/2/data/part-0.bin$"), ("PATCH", "/finalize$")],
)
def test_without_the_lease_nothing_is_written_any_more(stage: Stage, method: str, path: str) -> None:
    stage.operator.settle(stage.promote(stage.registry.register(stage.dev)))
    key = stage.promote(stage.registry.register(stage.dev))
    held = stage.house.fault("hold", method=method, path=path, principal="lakeward")
    while stage.phase(key) != "Copying":
        stage.operator.run(key)
    stage.house.wait_held(held)
    stage.operator.stop()
    mark = stage.mark()
    stage.house.release(held)
    stage.operator.wait_woken(key)
    stage.operator.run(key)
    assert stage.writes(mark) == []
    assert stage.registry.aliases(stage.prod) == {"champion": 1}
    with Operator(stage.cluster, kinds=(MLWorkspace(), ModelPromotion())) as operator:
        stage.operator = operator
        one_copy(stage, key)
