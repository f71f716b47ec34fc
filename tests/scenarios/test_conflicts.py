"""Two promotions of one target: who comes first, what the other one is told, and when it may take over."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from invariants.world import NAMESPACE, Operator, workspace
from lakeward.engine.outcome import Key
from lakeward.kinds.mlworkspace.kind import MLWorkspace
from lakeward.kinds.modelpromotion.kind import ModelPromotion
from scenarios.checks import hold
from scenarios.conftest import Stage
from scenarios.registry import UC
from scenarios.test_approvals import reasons
from scenarios.witness import Witnessed


@pytest.fixture
def elsewhere(stage: Stage) -> Iterator[Stage]:
    """Another cluster with an operator of its own, on the same lakehouse."""
    cluster = Witnessed(stage.cluster.witness)
    cluster.name = "other"
    cluster.secrets[NAMESPACE, "databricks"] = {"databricks": stage.house.token("lakeward")}
    cluster.put(workspace("env", stage.house.workspace("prod").url))
    with Operator(cluster, kinds=(MLWorkspace(), ModelPromotion())) as operator:
        yield Stage(stage.house, cluster, operator, stage.registry, stage.catalog)


def lost(stage: Stage, key: Key) -> None:
    """Passes of a promotion that must not come first: it is told so, and nothing is written for it."""
    mark = stage.mark()
    for _ in range(3):
        stage.operator.run(key)
    assert (stage.phase(key), stage.ready(key)) == ("Failed", ("False", "TargetConflict")), stage.message(key)
    assert stage.cluster.condition(key, "Stalled")["reason"] == "TargetConflict"
    assert reasons(stage, key).count("TargetConflict") == 1
    assert stage.writes(mark) == []


def in_namespace(stage: Stage, namespace: str, version: int, name: str) -> Key:
    """A promotion of a team of its own, through an MLWorkspace of its own."""
    stage.cluster.secrets[namespace, "databricks"] = {"databricks": stage.house.token("lakeward")}
    env = workspace("env", stage.house.workspace("prod").url)
    env["metadata"]["namespace"] = namespace
    stage.cluster.put(env)
    body = stage.promotion(version, name)
    body["metadata"]["namespace"] = namespace
    return stage.cluster.put(body)


def test_two_promotions_of_one_target_do_not_fight(stage: Stage) -> None:
    first, second = stage.registry.register(stage.dev), stage.registry.register(stage.dev)
    winner = stage.promote(first, name="winner")
    stage.operator.settle(winner)
    loser = stage.promote(second, name="loser")
    lost(stage, loser)
    assert "ModelPromotion winner" in stage.message(loser)
    stage.cluster.delete(winner)
    stage.operator.settle(winner)
    stage.operator.settle(loser)
    assert stage.phase(loser) == "Promoted"
    assert stage.registry.aliases(stage.prod) == {"champion": 2, "previous": 1}
    hold(stage, loser)


def test_where_nobody_has_claimed_the_target_the_older_one_comes_first(stage: Stage) -> None:
    first, second = stage.registry.register(stage.dev), stage.registry.register(stage.dev)
    older = stage.promote(first, name="zulu")
    stage.cluster.now += stage.operator.tick
    younger = stage.promote(second, name="alpha")
    lost(stage, younger)
    stage.operator.settle(older)
    mark = stage.mark()
    stage.operator.run(younger)
    assert stage.writes(mark) == []
    assert stage.registry.aliases(stage.prod) == {"champion": 1}
    hold(stage, older)


def test_an_older_one_that_cannot_log_in_stands_in_nobodys_way(stage: Stage) -> None:
    version = stage.registry.register(stage.dev)
    older = stage.promote(version, name="older", workspaceRef={"name": "nowhere"})
    stage.operator.run(older)
    younger = stage.promote(version, name="younger")
    stage.operator.settle(younger)
    assert stage.phase(younger) == "Promoted", stage.message(younger)
    hold(stage, younger)


@pytest.mark.parametrize("claimed", [True, False])
def test_the_winner_in_another_namespace_is_not_named(stage: Stage, claimed: bool) -> None:
    version = stage.registry.register(stage.dev)
    winner = in_namespace(stage, "hidden-team", version, "hidden-name")
    if claimed:
        stage.operator.settle(winner)
    stage.cluster.now += stage.operator.tick
    loser = stage.promote(version)
    lost(stage, loser)
    assert "another promotion" in stage.message(loser)
    told = json.dumps([stage.cluster.status(loser), [e.message for k, e in stage.cluster.events if k == loser]])
    assert "hidden" not in told
    stage.operator.settle(winner)
    hold(stage, winner)


def test_another_cluster_loses_and_goes_on_when_the_winner_is_gone(stage: Stage, elsewhere: Stage) -> None:
    first, second = stage.registry.register(stage.dev), stage.registry.register(stage.dev)
    winner = stage.promote(first)
    stage.operator.settle(winner)
    loser = elsewhere.promote(second)
    lost(elsewhere, loser)
    assert "another promotion" in elsewhere.message(loser)
    stage.operator.settle(winner)
    assert stage.ready(winner) == ("True", "Promoted")
    stage.cluster.delete(winner)
    stage.operator.settle(winner)
    elsewhere.operator.settle(loser)
    assert elsewhere.registry.aliases(stage.prod) == {"champion": 2, "previous": 1}
    hold(elsewhere, loser)


def test_a_name_in_another_case_is_no_second_name(stage: Stage) -> None:
    version = stage.registry.register(stage.dev)
    winner = stage.promote(version, name="winner")
    stage.operator.settle(winner)
    other = stage.promote(version, name="other", target={"model": stage.prod.replace("tumor", "Tumor")})
    mark = stage.mark()
    stage.operator.run(other)
    assert (stage.phase(other), stage.ready(other)) == ("Failed", ("False", "InvalidSpec"))
    assert stage.message(other).startswith("spec.target.model")
    assert stage.writes(mark) == []
    hold(stage, winner)


def recreated(stage: Stage, key: Key, version: int, **spec: Any) -> Key:
    """The promotion as git made it anew: its status, its uid and its generation are those of a new object."""
    del stage.cluster.objects[key]
    stage.cluster.now += stage.operator.tick
    return stage.promote(version, **spec)


def test_one_that_is_made_anew_adopts_what_it_finds_and_says_so(stage: Stage) -> None:
    for _ in range(2):
        key = stage.promote(stage.registry.register(stage.dev))
        stage.operator.settle(key)
    stage.cluster.events.clear()
    recreated(stage, key, 2)
    mark = stage.mark()
    stage.operator.settle(key)
    assert stage.ready(key) == ("True", "Promoted")
    assert stage.cluster.condition(key, "GatesPassed")["reason"] == "AdoptedAsIs"
    assert [e.reason for k, e in stage.cluster.events if k == key and e.type == "Warning"] == ["AdoptedAsIs"]
    assert [w.rpartition("/")[2] for w in stage.writes(mark)] == [stage.prod], "only whose record it is changes"
    assert stage.registry.aliases(stage.prod) == {"champion": 2, "previous": 1}
    before = stage.cluster.status(key)
    stage.operator.run(key)
    assert stage.cluster.status(key) == before
    hold(stage, key)


@pytest.mark.parametrize(
    ("moved_to", "phase", "champion"),
    [("previous", "Held", 1), ("elsewhere", "Promoted", 2), ("nowhere", "Promoted", 2)],
)
def test_one_that_is_made_anew_takes_another_champion_for_a_move_by_hand(
    stage: Stage, moved_to: str, phase: str, champion: int
) -> None:
    for _ in range(2):
        key = stage.promote(stage.registry.register(stage.dev))
        stage.operator.settle(key)
    if moved_to == "nowhere":
        stage.registry.call("DELETE", f"{UC}/models/{stage.prod}/aliases/champion")
    else:
        by_hand = 1 if moved_to == "previous" else stage.registry.register(stage.prod)
        stage.registry.point(stage.prod, "champion", by_hand)
    gate = {"name": "signoff", "type": "Approval", "approval": {}}
    recreated(stage, key, 2, gates=[gate])
    stage.operator.settle(key)
    assert stage.phase(key) == phase, stage.message(key)
    assert stage.registry.aliases(stage.prod)["champion"] == champion
    hold(stage, key)


def test_a_claim_whose_holder_is_gone_is_taken_over(stage: Stage) -> None:
    first = stage.promote(stage.registry.register(stage.dev), name="first")
    stage.operator.settle(first)
    del stage.cluster.objects[first]
    second = stage.promote(1, name="second")
    stage.operator.settle(second)
    assert stage.ready(second) == ("True", "Promoted"), stage.message(second)
    assert {"ClaimTakenOver", "AdoptedAsIs"} <= set(reasons(stage, second))
    assert stage.registry.tags(stage.prod)["lakeward_owner"].startswith("test/ml/ModelPromotion/second")
    hold(stage, second)


def test_whoever_takes_over_goes_the_whole_way_to_another_version(stage: Stage) -> None:
    first = stage.promote(stage.registry.register(stage.dev), name="first")
    stage.operator.settle(first)
    del stage.cluster.objects[first]
    second = stage.promote(stage.registry.register(stage.dev), name="second")
    stage.operator.settle(second)
    assert stage.registry.aliases(stage.prod) == {"champion": 2, "previous": 1}
    assert {"ClaimTakenOver", "AttemptStarted"} <= set(reasons(stage, second))
    hold(stage, second)


def test_a_claim_of_another_cluster_goes_only_to_who_names_it(stage: Stage, elsewhere: Stage) -> None:
    first = elsewhere.promote(stage.registry.register(stage.dev), name="gone")
    elsewhere.operator.settle(first)
    second = stage.promotion(stage.registry.register(stage.dev), "second")
    key = stage.cluster.put(second)
    for named in ("other/ml/ModelPromotion/another", ""):
        stage.cluster.annotate(key, take_over=named)
        stage.operator.run(key)
        assert stage.ready(key) == ("False", "TargetConflict")
    stage.cluster.annotate(key, take_over="other/ml/ModelPromotion/gone")
    stage.operator.settle(key)
    assert stage.ready(key) == ("True", "Promoted"), stage.message(key)
    assert "ClaimTakenOver" in reasons(stage, key)
    assert stage.registry.aliases(stage.prod) == {"champion": 2, "previous": 1}
    mark = stage.mark()
    elsewhere.operator.run(first)
    assert elsewhere.ready(first) == ("False", "TargetConflict"), "who lost it does not fight for it"
    assert stage.writes(mark) == []
    hold(stage, key)
