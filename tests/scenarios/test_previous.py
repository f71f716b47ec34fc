"""What `previous` names: never the champion itself for longer than it takes to find the version before."""

from typing import Any

import pytest

from lakeward.engine.outcome import Key
from scenarios.checks import always, hold
from scenarios.conftest import Stage
from scenarios.registry import UC


def promoted(stage: Stage, times: int) -> Key:
    for _ in range(times):
        key = stage.promote(stage.registry.register(stage.dev))
        stage.operator.settle(key)
    return key


def test_a_previous_that_names_the_champion_is_put_right(stage: Stage) -> None:
    key = promoted(stage, 3)
    stage.registry.point(stage.prod, "previous", 3)
    stage.operator.settle(key)
    assert stage.ready(key) == ("True", "Promoted")
    assert stage.registry.aliases(stage.prod) == {"champion": 3, "previous": 2}
    assert stage.cluster.condition(key, "RollbackReady")["status"] == "True"
    hold(stage, key)


@pytest.mark.parametrize("before", ["none", "given up", "gone"])
def test_where_no_version_before_is_good_it_says_so_and_writes_nothing(stage: Stage, before: str) -> None:
    key = promoted(stage, 1 if before == "none" else 2)
    champion = 1 if before == "none" else 2
    if before == "given up":
        stage.registry.tag(stage.prod, 1, lakeward_failed="2027-01-01T00:00:00Z")
    stage.registry.point(stage.prod, "previous", champion)
    if before == "gone":
        stage.registry.call("DELETE", f"{UC}/models/{stage.prod}/versions/1")
    mark = stage.mark()
    stage.operator.settle(key)
    assert stage.ready(key) == ("True", "Promoted")
    assert stage.registry.aliases(stage.prod) == {"champion": champion, "previous": champion}
    condition = stage.cluster.condition(key, "RollbackReady")
    assert (condition["status"], condition["reason"]) == ("False", "NoPrevious")
    assert stage.writes(mark) == []
    always(stage, key)


def test_a_previous_that_somebody_took_away_is_set_again(stage: Stage) -> None:
    key = promoted(stage, 2)
    stage.registry.call("DELETE", f"{UC}/models/{stage.prod}/aliases/previous")
    stage.operator.settle(key)
    assert stage.registry.aliases(stage.prod) == {"champion": 2, "previous": 1}
    hold(stage, key)


@pytest.mark.parametrize("crash", ["before", "after"])
def test_a_rollback_that_is_cut_leaves_no_previous_that_names_the_champion(stage: Stage, crash: str) -> None:
    key = promoted(stage, 3)
    how: dict[str, Any] = {"method": "PUT", "path": "/aliases/champion$", "principal": "lakeward", "when": crash}
    stage.house.fault("reset", **how)
    stage.promote(2)
    stage.operator.settle(key)
    assert stage.registry.aliases(stage.prod) == {"champion": 2, "previous": 3}
    hold(stage, key)
