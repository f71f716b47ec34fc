"""Champions, aliases and models that are not as we left them: gone, adopted, renamed; and what is told of it after."""

from datetime import timedelta
from typing import Any

import pytest

from invariants.world import workspace
from lakeward.engine.outcome import Key
from scenarios.checks import hold
from scenarios.conftest import Stage
from scenarios.incidents import NEVER, SIGNOFF, by_hand, champion, gone, held_pin, let_go, promoted
from scenarios.registry import UC
from scenarios.test_approvals import vote


def test_what_is_approved_while_a_person_holds_counts_afterwards(stage: Stage) -> None:
    key = promoted(stage, 1)
    held_pin(stage, stage.registry.register(stage.dev), gates=[SIGNOFF])
    vote(stage, key, "bob@acme.example")
    stage.operator.settle(key)
    assert champion(stage) == 1
    let_go(stage, key)
    assert (champion(stage), stage.phase(key)) == (2, "Promoted")
    hold(stage, key)


def test_pinning_the_version_that_a_missing_champion_named_brings_it_back(stage: Stage) -> None:
    key = promoted(stage)
    stage.registry.call("DELETE", f"{UC}/models/{stage.prod}/aliases/champion")
    stage.promote(stage.registry.register(stage.dev))
    stage.operator.settle(key)
    assert stage.ready(key) == ("False", "ChampionGone")
    stage.promote(2)
    stage.operator.settle(key)
    assert (stage.registry.aliases(stage.prod), stage.phase(key)) == ({"champion": 2, "previous": 1}, "Promoted")
    hold(stage, key)
    stage.promote(1)
    stage.operator.settle(key)
    assert stage.cluster.status(key)["history"][0]["outcome"] == "RolledBack", "the line was not lost"


def test_a_version_that_was_adopted_as_it_is_is_no_way_back_past_the_gates(stage: Stage) -> None:
    def pin(version: int, **spec: Any) -> Key:
        made = stage.promote(version, source={"model": stage.prod, "version": version}, **spec)
        stage.operator.settle(made)
        return made

    first = stage.registry.register(stage.prod)
    stage.registry.point(stage.prod, "champion", first)
    key = pin(first, gates=[NEVER])
    assert stage.cluster.condition(key, "GatesPassed")["reason"] == "AdoptedAsIs"
    assert "lakeward_promoted_at" not in stage.registry.tags(stage.prod, first)
    assert not stage.cluster.status(key)["history"]
    pin(stage.registry.register(stage.prod))
    pin(first, gates=[NEVER])
    assert stage.phase(key) == "Evaluating"


def test_a_copy_that_a_person_made_champion_before_its_gates_passed_is_adopted_and_said_so(stage: Stage) -> None:
    version = stage.registry.register(stage.dev)
    verified = {"name": "artifact", "type": "Digest", "digest": {"verifyCopy": True}}
    key = stage.promote(version, gates=[verified])
    reading = stage.house.fault("hold", method="GET", path=f"/{stage.prod.replace('.', '/')}/1/", principal="lakeward")
    while stage.registry.versions(stage.prod).get(1, {}).get("status") != "READY":
        stage.operator.run(key)
        if stage.phase(key) == "Copying":
            stage.operator.wait_woken(key)
    stage.operator.run(key)
    stage.registry.point(stage.prod, "champion", 1)
    stage.house.release(reading)
    stage.operator.settle(key)
    assert stage.cluster.condition(key, "GatesPassed")["reason"] == "AdoptedAsIs"
    assert "AdoptedAsIs" in stage.told(key, "Warning")
    assert not stage.cluster.status(key)["history"]


@pytest.mark.parametrize("policy", ["Hold", "Report"])
def test_a_version_that_came_back_soaks_from_then_on(stage: Stage, policy: str) -> None:
    key = promoted(stage, 1, switch={"driftPolicy": policy})
    by_hand(stage, key, stage.registry.register(stage.prod), timedelta(days=1))
    by_hand(stage, key, 1, timedelta(days=10))
    assert stage.cluster.status(key)["promoted"]["since"] > "2026-03-10"


def test_a_lost_status_moves_no_time_of_a_rollback_back(stage: Stage) -> None:
    key = promoted(stage)
    stage.cluster.now += timedelta(days=2)
    stage.promote(1)
    stage.operator.settle(key)
    since = stage.cluster.status(key)["promoted"]["since"]
    del stage.cluster.objects[key]["status"]
    for _ in range(2):
        stage.operator.settle(key)
    assert stage.cluster.status(key)["promoted"]["since"] >= since
    assert not stage.cluster.status(key)["history"], "nobody knows it any more"


def test_after_the_champion_was_deleted_and_copied_again_the_way_back_is_there(stage: Stage) -> None:
    key = promoted(stage)
    stage.registry.call("DELETE", f"{UC}/models/{stage.prod}/aliases/champion")
    stage.registry.call("DELETE", f"{UC}/models/{stage.prod}/versions/2")
    stage.operator.settle(key)
    assert stage.registry.aliases(stage.prod) == {"champion": 3, "previous": 1}
    assert stage.cluster.condition(key, "RollbackReady")["status"] == "True"
    frozen = {"from": "2026-01-01T00:00:00", "to": "2027-01-01T00:00:00", "reason": "freeze"}
    window = {"name": "freeze", "type": "Window", "window": {"timezone": "Europe/Amsterdam", "deny": [frozen]}}
    stage.promote(1, gates=[window])
    stage.operator.settle(key)
    assert (champion(stage), stage.phase(key)) == (1, "Promoted")
    hold(stage, key)


def test_a_version_of_another_model_that_never_was_is_not_gone(stage: Stage) -> None:
    key = promoted(stage, 1)
    other = f"{stage.catalog}.dev.archive"
    stage.registry.register(other)
    stage.registry.call("DELETE", f"{UC}/models/{other}/versions/1")
    stage.promote(1, source={"model": other, "version": 1})
    stage.operator.settle(key)
    assert stage.ready(key) == ("False", "SourceNotFound")


def test_a_dependency_that_stopped_with_its_next_version_does_not_stop_this_one(stage: Stage) -> None:
    stage.registry.call("POST", f"{UC}/schemas", {"catalog_name": stage.catalog, "name": "test"})
    target = {"model": f"{stage.catalog}.test.tumor", "createIfMissing": True}
    first = stage.promote(stage.registry.register(stage.dev), name="first", target=target)
    stage.operator.settle(first)
    unknown = {"name": "run", "type": "Job", "job": {"jobRef": {"name": "unknown"}}}
    stage.promote(stage.registry.register(stage.dev), name="first", target=target, gates=[unknown])
    stage.operator.settle(first)
    assert stage.phase(first) == "Blocked"
    source = {"model": target["model"], "version": 1}
    key = stage.promote(1, name="prod", source=source, dependsOn=[{"name": "first"}])
    stage.operator.settle(key)
    assert (stage.phase(key), stage.gate(key, "dependsOn")["result"]) == ("Evaluating", "Pending")


@pytest.mark.parametrize("policy", ["Revert", "Report"])
def test_the_drift_policy_holds_for_what_was_found_in_place(stage: Stage, policy: str) -> None:
    switch = {"driftPolicy": policy}
    key = promoted(stage, switch=switch)
    stage.cluster.delete(key)
    stage.operator.settle(key)
    key = stage.promote(2, switch=switch)
    stage.operator.settle(key)
    assert stage.cluster.status(key)["attempt"]["trigger"] == "InPlace"
    other = stage.registry.register(stage.prod)
    by_hand(stage, key, other)
    assert champion(stage) == (2 if policy == "Revert" else other)
    stage.registry.point(stage.prod, "champion", 2)
    stage.operator.settle(key)
    stage.cluster.events.clear()
    stage.promote(stage.registry.register(stage.dev), switch=switch)
    stage.operator.settle(key)
    assert stage.phase(key) == "Promoted"
    assert "Superseded" not in stage.told(key)


def test_a_model_that_was_deleted_is_promoted_anew(stage: Stage) -> None:
    key = promoted(stage)
    for alias in ("champion", "previous"):
        stage.registry.call("DELETE", f"{UC}/models/{stage.prod}/aliases/{alias}")
    for version in (1, 2):
        gone(stage, version)
    stage.registry.call("DELETE", f"{UC}/models/{stage.prod}")
    stage.promote(stage.registry.register(stage.dev))
    stage.operator.settle(key)
    assert stage.ready(key) == ("True", "Promoted"), stage.message(key)


@pytest.mark.parametrize("policy", ["Revert", "Hold", "Report"])
def test_another_name_for_the_champion_is_a_move_that_gates_judge(stage: Stage, policy: str) -> None:
    key = promoted(stage, switch={"driftPolicy": policy})
    renamed = {"driftPolicy": policy, "aliases": {"champion": "live"}}
    allowed = {"aliases": {"champion": "live"}}
    stage.cluster.put(workspace("env", stage.house.workspace("prod").url, promotions=allowed))
    stage.promote(2, switch=renamed, gates=[NEVER])
    for _ in range(2):
        stage.operator.settle(key)
        assert stage.phase(key) == "Evaluating"
    stage.promote(2, switch=renamed)
    stage.operator.settle(key)
    assert stage.phase(key) == "Promoted"
    assert stage.registry.aliases(stage.prod) == {"champion": 2, "previous": 1, "live": 2}


def test_attempts_that_came_to_nothing_do_not_push_a_promotion_out_of_the_history(stage: Stage) -> None:
    key = promoted(stage)
    for _ in range(11):
        stage.promote(stage.registry.register(stage.dev), gates=[NEVER])
        stage.operator.settle(key)
    history = stage.cluster.status(key)["history"]
    assert [entry["outcome"] for entry in history] == [*["Superseded"] * 8, "Promoted", "Promoted"]


@pytest.mark.parametrize("since", ["9999-12-31T23:59:59+00:00", "never", ""])
def test_a_time_that_no_clock_comes_to_stops_no_pass(stage: Stage, since: str) -> None:
    key = promoted(stage)
    stage.registry.tag(stage.prod, 2, lakeward_promoted_at=since or "0")
    stage.cluster.objects[key]["status"]["promoted"]["since"] = since
    by_hand(stage, key, stage.registry.register(stage.prod))
    assert champion(stage) == 2


def test_a_status_without_the_name_of_its_attempt_stops_no_pass(stage: Stage) -> None:
    key = promoted(stage)
    del stage.cluster.objects[key]["status"]["attempt"]["id"]
    stage.operator.settle(key)
    assert stage.phase(key) == "Promoted"
