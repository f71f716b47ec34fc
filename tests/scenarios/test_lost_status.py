"""The status is lost while aliases say little: the record on the target tells a cut switch from a move by hand."""

from typing import Any

import pytest

from invariants.world import Operator
from lakeward.engine.outcome import Key
from lakeward.kinds.mlworkspace.kind import MLWorkspace
from lakeward.kinds.modelpromotion.kind import ModelPromotion
from scenarios.checks import hold
from scenarios.conftest import Stage
from scenarios.registry import UC

SIGNOFF: dict[str, Any] = {"name": "signoff", "type": "Approval", "approval": {}}


def promoted(stage: Stage, times: int = 2) -> Key:
    for _ in range(times):
        key = stage.promote(stage.registry.register(stage.dev))
        stage.operator.settle(key)
    return key


def begun_anew(stage: Stage, key: Key) -> None:
    """Another operator begins, and nobody knows what the status said."""
    stage.operator.stop()
    stage.cluster.objects[key].pop("status", None)
    with Operator(stage.cluster, kinds=(MLWorkspace(), ModelPromotion())) as operator:
        operator.settle(key)


def test_a_switch_that_was_cut_between_its_two_writes_is_finished(stage: Stage) -> None:
    promoted(stage, 1)
    key = stage.promote(stage.registry.register(stage.dev))
    cut = stage.house.fault("reset", method="PUT", path="/aliases/champion$", principal="lakeward", count=0)
    while stage.house.hits(cut) == 0:
        stage.operator.run(key)
        if stage.phase(key) == "Copying":
            stage.operator.wait_woken(key)
    assert stage.registry.aliases(stage.prod) == {"champion": 1, "previous": 1}
    stage.house.remove(cut)
    begun_anew(stage, key)
    assert stage.ready(key) == ("True", "Promoted")
    assert stage.registry.aliases(stage.prod) == {"champion": 2, "previous": 1}
    hold(stage, key)


@pytest.mark.parametrize(
    "edited", [{}, {"gates": [SIGNOFF]}, {"tags": {"pii": "no"}}], ids=["as it was", "gates", "tags"]
)
@pytest.mark.parametrize("lost", [True, False], ids=["status lost", "status kept"])
def test_a_move_in_an_emergency_is_not_taken_for_a_cut_switch(stage: Stage, edited: dict[str, Any], lost: bool) -> None:
    key = promoted(stage)
    stage.registry.point(stage.prod, "champion", 1)
    assert stage.registry.aliases(stage.prod) == {"champion": 1, "previous": 1}
    stage.cluster.now += stage.operator.tick
    stage.promote(2, **edited)
    mark = stage.mark()
    if lost:
        begun_anew(stage, key)
    else:
        stage.operator.settle(key)
    assert (stage.phase(key), stage.ready(key)) == ("Held", ("False", "AliasesDiffer")), stage.message(key)
    assert stage.writes(mark) == []
    hold(stage, key)


@pytest.mark.parametrize("policy", ["Revert", "Hold"])
def test_a_champion_alias_that_was_deleted_at_rest_is_drift(stage: Stage, policy: str) -> None:
    for _ in range(2):
        key = stage.promote(stage.registry.register(stage.dev), switch={"driftPolicy": policy})
        stage.operator.settle(key)
    stage.registry.call("DELETE", f"{UC}/models/{stage.prod}/aliases/champion")
    stage.operator.settle(key)
    assert stage.phase(key) == ("Promoted" if policy == "Revert" else "Held"), stage.message(key)
    aliases = {"champion": 2, "previous": 1} if policy == "Revert" else {"previous": 1}
    assert stage.registry.aliases(stage.prod) == aliases
    hold(stage, key)


@pytest.mark.parametrize("lost", [True, False], ids=["status lost", "status kept"])
def test_a_champion_alias_that_is_missing_before_the_next_version_is_never_no_champion(
    stage: Stage, lost: bool
) -> None:
    key = promoted(stage)
    stage.registry.call("DELETE", f"{UC}/models/{stage.prod}/aliases/champion")
    better: dict[str, Any] = {
        "name": "quality",
        "type": "Metric",
        "metric": {
            "from": "ModelVersion",
            "metric": "f1",
            "dataset": "holdout",
            "vsChampion": {"minAbsoluteChange": "0"},
        },
    }
    stage.promote(stage.registry.register(stage.dev, {"f1": 0.9}), gates=[better])
    if lost:
        begun_anew(stage, key)
    else:
        stage.operator.settle(key)
    assert (stage.phase(key), stage.ready(key)[0]) == ("Blocked", "False")
    rows = {row["name"]: row["result"] for row in stage.cluster.status(key)["gates"]}
    assert (rows["champion"], rows["quality"]) == ("Error", "Error")
    assert "set it again" in stage.message(key)
    assert sorted(stage.registry.versions(stage.prod)) == [1, 2]
    hold(stage, key)


def test_once_the_champion_alias_is_set_again_the_next_version_goes_on(stage: Stage) -> None:
    key = promoted(stage)
    stage.registry.call("DELETE", f"{UC}/models/{stage.prod}/aliases/champion")
    stage.promote(stage.registry.register(stage.dev))
    stage.operator.settle(key)
    assert stage.ready(key) == ("False", "ChampionGone")
    stage.registry.point(stage.prod, "champion", 2)
    stage.operator.settle(key)
    assert stage.registry.aliases(stage.prod) == {"champion": 3, "previous": 2}
    hold(stage, key)
