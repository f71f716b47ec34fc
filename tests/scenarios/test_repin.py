"""A version that was reverted is pinned again: it goes the whole way, and what was approved before says nothing now."""

from typing import Any

import pytest

from lakeward.engine.outcome import Key
from scenarios.checks import hold
from scenarios.conftest import Stage
from scenarios.test_approvals import vote

SIGNOFF: dict[str, Any] = {
    "name": "risk-signoff",
    "type": "Approval",
    "approval": {"approvers": {"groups": ["model-risk"]}},
}


@pytest.fixture
def reverted(stage: Stage) -> Key:
    """Two approved versions were champion one after the other; git went back to the first and now names the second."""
    for _ in range(2):
        key = stage.promote(stage.registry.register(stage.dev), gates=[SIGNOFF])
        stage.operator.settle(key)
        vote(stage, key, "bob@acme.example")
        stage.operator.settle(key)
    stage.promote(1, gates=[SIGNOFF])
    stage.operator.settle(key)
    assert stage.registry.aliases(stage.prod) == {"champion": 1, "previous": 2}, stage.message(key)
    stage.promote(2, gates=[SIGNOFF])
    return key


def waits(stage: Stage, key: Key) -> None:
    stage.operator.settle(key)
    assert (stage.phase(key), stage.ready(key)) == ("AwaitingApproval", ("False", "AwaitingApproval"))
    row = next(r for r in stage.cluster.status(key)["approvals"] if r["object"] == "tumor-1")
    assert (row["counted"], row["message"]) == (
        False,
        "it is older than the last time that this version left champion; approve anew",
    )
    assert stage.registry.aliases(stage.prod) == {"champion": 1, "previous": 2}


def test_an_approval_from_before_it_left_does_not_count(stage: Stage, reverted: Key) -> None:
    waits(stage, reverted)
    vote(stage, reverted, "eve@acme.example")
    stage.operator.settle(reverted)
    assert stage.ready(reverted) == ("True", "Promoted"), stage.message(reverted)
    assert stage.registry.aliases(stage.prod) == {"champion": 2, "previous": 1}
    assert sorted(stage.registry.versions(stage.prod)) == [1, 2]
    hold(stage, reverted)


@pytest.mark.parametrize("kept", ["nothing", "no history", "another version's history"])
def test_nor_does_it_when_the_history_does_not_tell_any_more(stage: Stage, reverted: Key, kept: str) -> None:
    status = stage.cluster.objects[reverted]["status"]
    if kept == "nothing":
        del stage.cluster.objects[reverted]["status"]
    else:
        others = [entry for entry in status["history"] if entry["source"] == 1]
        status["history"] = others if kept == "another version's history" else []
    stage.operator.run(reverted)
    waits(stage, reverted)
    hold(stage, reverted)


def test_other_gates_are_asked_again_too(stage: Stage) -> None:
    gate = {"name": "validated", "type": "Tag", "tag": {"from": "Source", "key": "validated", "in": ["yes"]}}
    for version in (1, 2, 1):
        if version > len(stage.registry.versions(stage.dev)):
            stage.registry.register(stage.dev)
        key = stage.promote(version)
        stage.operator.settle(key)
    assert stage.registry.aliases(stage.prod) == {"champion": 1, "previous": 2}
    stage.promote(2, gates=[gate])
    stage.operator.settle(key)
    assert stage.phase(key) == "Evaluating"
    assert stage.registry.aliases(stage.prod) == {"champion": 1, "previous": 2}
    hold(stage, key)
