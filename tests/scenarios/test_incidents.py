"""What a person did by hand during an incident is never undone, forgotten or taken for a promotion, whatever git says
in between.
"""

from datetime import timedelta
from typing import Any

import pytest

from scenarios.checks import hold
from scenarios.conftest import Stage
from scenarios.incidents import NEVER, SIGNOFF, by_hand, champion, gone, held_pin, let_go, promoted
from scenarios.registry import UC
from scenarios.test_approvals import vote


@pytest.mark.parametrize("policy", ["Revert", "Hold", "Report"])
@pytest.mark.parametrize("edit", [{"tags": {"pii": "no"}}, {"suspend": False}])
def test_no_edit_after_an_attempt_that_was_taken_back_undoes_an_emergency(
    stage: Stage, policy: str, edit: dict[str, Any]
) -> None:
    switch = {"driftPolicy": policy}
    key = promoted(stage, switch=switch)
    stage.promote(stage.registry.register(stage.dev), gates=[NEVER], switch=switch)
    stage.operator.settle(key)
    stage.promote(2, switch=switch, suspend="suspend" in edit)
    stage.operator.settle(key)
    by_hand(stage, key, 1)
    stage.promote(2, switch=switch, **edit)
    for _ in range(2):
        stage.operator.settle(key)
    assert (champion(stage), stage.phase(key)) == (1, "Held")


def test_an_approval_does_not_bring_back_a_version_that_a_person_left(stage: Stage) -> None:
    key = promoted(stage, gates=[SIGNOFF])
    by_hand(stage, key, 1)
    stage.promote(stage.registry.register(stage.dev), gates=[SIGNOFF])
    stage.operator.settle(key)
    stage.promote(2, gates=[SIGNOFF])
    stage.operator.settle(key)
    assert (champion(stage), stage.phase(key)) == (1, "AwaitingApproval")
    vote(stage, key, "eve@acme.example")
    stage.operator.settle(key)
    assert (champion(stage), stage.phase(key)) == (2, "Promoted")
    hold(stage, key)


def test_an_approval_does_not_count_again_after_the_copy_was_deleted(stage: Stage) -> None:
    key = promoted(stage, gates=[SIGNOFF])
    stage.promote(1, gates=[SIGNOFF])
    stage.operator.settle(key)
    stage.registry.call("DELETE", f"{UC}/models/{stage.prod}/aliases/previous")
    stage.registry.call("DELETE", f"{UC}/models/{stage.prod}/versions/2")
    stage.operator.settle(key)
    stage.promote(2, gates=[SIGNOFF])
    stage.operator.settle(key)
    assert (champion(stage), stage.phase(key)) == (1, "AwaitingApproval")


def test_a_pin_that_a_person_holds_is_an_attempt_of_its_own(stage: Stage) -> None:
    key = promoted(stage, 1)
    second, third = (stage.registry.register(stage.dev) for _ in range(2))
    stage.promote(second, gates=[NEVER])
    stage.operator.settle(key)
    stage.cluster.annotate(key, hold="INC-7")
    stage.operator.settle(key)
    stage.cluster.events.clear()
    held_pin(stage, third)
    assert stage.told(key) == ["Superseded", "AttemptStarted"]
    conditions = {name: stage.cluster.condition(key, name) for name in ("GatesPassed", "InSync")}
    assert {name: found["status"] for name, found in conditions.items()} == {"GatesPassed": "Unknown", "InSync": "True"}
    assert stage.cluster.status(key).get("gates") in (None, [])
    let_go(stage, key)
    assert (champion(stage), stage.phase(key)) == (2, "Promoted")
    outcomes = [(h["source"], h["outcome"]) for h in stage.cluster.status(key)["history"]]
    assert outcomes == [(third, "Promoted"), (second, "Superseded"), (1, "Promoted")]
    assert stage.gate(key, "copy-ready")["result"] == "Pass"
    hold(stage, key)


def test_after_a_held_pin_an_emergency_holds_too(stage: Stage) -> None:
    key = promoted(stage, 1)
    stage.promote(stage.registry.register(stage.dev), gates=[NEVER])
    stage.operator.settle(key)
    third = stage.registry.register(stage.dev)
    held_pin(stage, third)
    let_go(stage, key)
    by_hand(stage, key, 1)
    stage.promote(third, tags={"a": "b"})
    stage.operator.settle(key)
    assert (champion(stage), stage.phase(key)) == (1, "Held")


def test_one_move_by_hand_is_taken_back_once_also_when_reads_lag(stage: Stage) -> None:
    stage.operator.tick = timedelta(seconds=5)
    key = promoted(stage)
    stage.cluster.now += timedelta(hours=1)
    stage.registry.point(stage.prod, "champion", stage.registry.register(stage.prod))
    lagging = {"path": f"/models/{stage.prod}$", "write_path": "/aliases/champion$", "principal": "lakeward"}
    stage.house.fault("stale", reads=50, **lagging)
    stage.cluster.events.clear()
    for _ in range(6):
        stage.operator.run(key)
    assert stage.told(key).count("DriftReverted") == 1
    assert stage.phase(key) != "Held"
    stage.house.clear()


@pytest.mark.parametrize("policy", ["Revert", "Hold"])
def test_deleting_the_bad_version_after_an_emergency_does_not_bring_it_back(stage: Stage, policy: str) -> None:
    key = promoted(stage, switch={"driftPolicy": policy})
    by_hand(stage, key, 1)
    gone(stage, 2)
    stage.operator.settle(key)
    assert (champion(stage), stage.phase(key)) == (1, "Held")
    assert list(stage.registry.versions(stage.prod)) == [1]


def test_a_person_who_moves_both_aliases_back_is_not_fought(stage: Stage) -> None:
    key = promoted(stage)
    stage.cluster.now += timedelta(minutes=10)
    stage.registry.point(stage.prod, "previous", 2)
    by_hand(stage, key, 1)
    assert (champion(stage), stage.phase(key)) == (1, "Held")


def test_a_record_that_is_written_late_after_an_emergency_is_still_ours(stage: Stage) -> None:
    key = promoted(stage)
    by_hand(stage, key, 1)
    stage.promote(stage.registry.register(stage.dev))
    refused = stage.house.fault("status", status=503, method="PATCH", path="/securable-tags/", principal="lakeward")
    while not stage.house.hits(refused):
        stage.operator.run(key)
        if stage.phase(key) == "Copying":
            stage.operator.wait_woken(key)
    assert champion(stage) == 3
    stage.operator.settle(key)
    assert stage.phase(key) == "Promoted"
    assert "AdoptedAsIs" not in stage.told(key)
    assert stage.registry.tags(stage.prod, 3)["lakeward_promoted_at"]
    assert stage.cluster.status(key)["history"][0]["outcome"] == "Promoted"


def test_an_approval_of_yesterday_does_not_bring_back_a_champion_that_was_deleted(stage: Stage) -> None:
    key = promoted(stage, gates=[SIGNOFF])
    stage.cluster.now += timedelta(days=1)
    gone(stage, 2)
    stage.operator.settle(key)
    assert stage.phase(key) == "AwaitingApproval"
    vote(stage, key, "eve@acme.example")
    stage.operator.settle(key)
    assert (champion(stage), stage.phase(key)) == (3, "Promoted")
    named = [entry["attempt"] for entry in stage.cluster.status(key)["history"]]
    assert len(named) == len(set(named)) == 3
