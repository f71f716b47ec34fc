"""Approvals grow old: before the switch they are asked for again, and a promotion is never blocked for that."""

from datetime import timedelta
from typing import Any

import pytest

from lakeward.engine.outcome import Key
from scenarios.checks import hold
from scenarios.conftest import Stage
from scenarios.test_approvals import reasons, vote

SIGNOFF: dict[str, Any] = {
    "name": "risk-signoff",
    "type": "Approval",
    "approval": {"minApprovals": 2, "approvers": {"groups": ["model-risk"]}, "expiresAfter": "1h"},
}
AFTERNOON: dict[str, Any] = {
    "name": "afternoon",
    "type": "Window",
    "window": {"timezone": "UTC", "allow": [{"schedule": "0 14 * * *", "duration": "1h"}]},
}


def approve(stage: Stage, key: Key) -> None:
    for by in ("bob@acme.example", "eve@acme.example"):
        vote(stage, key, by)
        stage.operator.settle(key)


def asks_again(stage: Stage, key: Key) -> None:
    stage.operator.settle(key)
    assert (stage.phase(key), stage.ready(key)) == ("AwaitingApproval", ("False", "AwaitingApproval"))
    assert stage.cluster.condition(key, "Stalled") == {}
    assert "expired" in stage.message(key)
    assert stage.cluster.status(key)["summary"]["approvals"] == "0/2"
    told = reasons(stage, key)
    assert told.count("ApprovalExpired") == 2
    assert "ApprovalIgnored" not in told
    assert not {"GateFailed", "GateError", "Rejected"} & set(told)


@pytest.fixture
def approved(stage: Stage) -> Key:
    """Two people have approved; the window opens when that does not count any more."""
    key = stage.promote(stage.registry.register(stage.dev), gates=[SIGNOFF, AFTERNOON])
    stage.operator.settle(key)
    approve(stage, key)
    assert stage.phase(key) == "AwaitingWindow", stage.message(key)
    return key


def test_what_expires_before_the_window_opens_is_asked_for_again(stage: Stage, approved: Key) -> None:
    at = stage.cluster.objects[Key("PromotionApproval", approved.namespace, "tumor-0")]["metadata"]["creationTimestamp"]
    due = stage.cluster.status(approved)["nextCheckAt"]
    assert due == at.replace("T12:", "T13:"), "the oldest approval expires before the window opens"
    stage.cluster.now += timedelta(minutes=65)
    asks_again(stage, approved)
    approve(stage, approved)
    assert stage.phase(approved) == "AwaitingWindow"
    stage.cluster.now = stage.cluster.now.replace(hour=14, minute=1)
    stage.operator.settle(approved)
    assert stage.ready(approved) == ("True", "Promoted"), stage.message(approved)
    hold(stage, approved)


def test_one_that_is_still_good_counts_with_a_new_one(stage: Stage) -> None:
    key = stage.promote(stage.registry.register(stage.dev), gates=[SIGNOFF, AFTERNOON])
    stage.operator.settle(key)
    vote(stage, key, "bob@acme.example")
    stage.cluster.now += timedelta(minutes=50)
    vote(stage, key, "eve@acme.example")
    stage.operator.settle(key)
    assert stage.phase(key) == "AwaitingWindow"
    stage.cluster.now += timedelta(minutes=20)
    stage.operator.settle(key)
    assert stage.cluster.status(key)["summary"]["approvals"] == "1/2"
    assert reasons(stage, key).count("ApprovalExpired") == 1
    vote(stage, key, "mia@acme.example")
    stage.operator.settle(key)
    assert stage.phase(key) == "AwaitingWindow"
    hold(stage, key)


def test_what_expires_during_the_copy_is_asked_for_before_the_switch(stage: Stage) -> None:
    stage.operator.settle(stage.promote(stage.registry.register(stage.dev)))
    key = stage.promote(stage.registry.register(stage.dev), gates=[SIGNOFF])
    stage.operator.settle(key)
    held = stage.house.fault("hold", method="PUT", path="part-0.bin$", principal="lakeward")
    for by in ("bob@acme.example", "eve@acme.example"):
        vote(stage, key, by)
    while stage.phase(key) != "Copying":
        stage.operator.run(key)
    stage.house.wait_held(held)
    stage.cluster.now += timedelta(hours=2)
    stage.house.release(held)
    stage.operator.wait_woken(key)
    asks_again(stage, key)
    assert stage.registry.aliases(stage.prod) == {"champion": 1}
    approve(stage, key)
    assert stage.ready(key) == ("True", "Promoted"), stage.message(key)
    assert stage.registry.aliases(stage.prod) == {"champion": 2, "previous": 1}
    assert sorted(stage.registry.versions(stage.prod)) == [1, 2]
    hold(stage, key)
