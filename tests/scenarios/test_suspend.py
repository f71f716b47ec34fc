"""Suspended together with a new version, or amid a copy: no step begins and nothing is finalized."""

from typing import Any

import pytest

from scenarios.checks import hold
from scenarios.conftest import Stage
from scenarios.test_approvals import vote

READ_BACK: dict[str, Any] = {"name": "artifact", "type": "Digest", "digest": {"verifyCopy": True}}
SIGNOFF: dict[str, Any] = {
    "name": "risk-signoff",
    "type": "Approval",
    "approval": {"approvers": {"groups": ["model-risk"]}},
}


def test_a_new_version_in_the_same_commit_is_not_begun(stage: Stage) -> None:
    key = stage.promote(stage.registry.register(stage.dev))
    stage.operator.settle(key)
    stage.promote(stage.registry.register(stage.dev), suspend=True, tags={"pii": "no"})
    mark = stage.mark()
    stage.operator.settle(key)
    assert (stage.phase(key), stage.ready(key)) == ("Suspended", ("False", "Suspended"))
    assert stage.cluster.condition(key, "Reconciling") == stage.cluster.condition(key, "Stalled") == {}
    assert stage.writes(mark) == []
    hold(stage, key)
    stage.promote(2, tags={"pii": "no"})
    stage.operator.settle(key)
    assert stage.registry.aliases(stage.prod) == {"champion": 2, "previous": 1}
    assert [h["outcome"] for h in stage.cluster.status(key)["history"]] == ["Promoted", "Promoted"]
    hold(stage, key)


def test_a_promotion_at_rest_stays_ready_and_repairs_nothing(stage: Stage) -> None:
    for _ in range(2):
        key = stage.promote(stage.registry.register(stage.dev))
        stage.operator.settle(key)
    stage.promote(2, suspend=True)
    stage.operator.settle(key)
    assert (stage.phase(key), stage.ready(key)) == ("Promoted", ("True", "Promoted"))
    hold(stage, key)
    stage.registry.point(stage.prod, "champion", stage.registry.register(stage.prod))
    mark = stage.mark()
    stage.operator.settle(key)
    assert stage.ready(key)[0] == "False"
    assert stage.writes(mark) == []
    stage.promote(2)
    stage.operator.settle(key)
    assert stage.registry.aliases(stage.prod) == {"champion": 2, "previous": 1}
    hold(stage, key)


@pytest.mark.parametrize("mode", [{"suspend": True}, {"mode": "Plan"}], ids=["suspended", "only planned"])
def test_a_copy_on_its_way_stops_after_the_current_file_and_goes_on_later(stage: Stage, mode: dict[str, Any]) -> None:
    key = stage.promote(stage.registry.register(stage.dev, files=3))
    held = stage.house.fault("hold", method="PUT", path="part-1.bin$", principal="lakeward")
    while stage.phase(key) != "Copying":
        stage.operator.run(key)
    stage.house.wait_held(held)
    stage.promote(1, **mode)
    stage.operator.run(key)
    mark = stage.mark()
    stage.house.release(held)
    stage.operator.wait_woken(key)
    stage.operator.run(key)
    assert stage.phase(key) == ("Suspended" if "suspend" in mode else "Planned")
    assert stage.ready(key)[0] == "False"
    assert stage.writes(mark) == []
    assert [v["status"] for v in stage.registry.versions(stage.prod).values()] == ["PENDING_REGISTRATION"]
    assert sorted(stage.registry.files(stage.prod, 1)) == ["MLmodel", "data/part-0.bin", "data/part-1.bin"]
    hold(stage, key)
    stage.promote(1)
    stage.operator.settle(key)
    assert stage.ready(key) == ("True", "Promoted"), stage.message(key)
    assert [v["status"] for v in stage.registry.versions(stage.prod).values()] == ["READY"]
    hold(stage, key)


def test_a_finished_copy_is_not_read_back_and_not_switched_to(stage: Stage) -> None:
    key = stage.promote(stage.registry.register(stage.dev), gates=[READ_BACK])
    done = stage.house.fault("delay", method="PATCH", path="/finalize$", seconds=0, principal="lakeward")
    while stage.house.hits(done) == 0:
        stage.operator.run(key)
        if stage.ready(key)[1] == "Copying":
            stage.operator.wait_woken(key)
    stage.promote(1, gates=[READ_BACK], suspend=True)
    mark = stage.mark()
    stage.operator.settle(key)
    assert stage.phase(key) == "Suspended"
    assert stage.house.requests(principal="lakeward", path="/prod/tumor/1/", after=mark) == []
    assert stage.writes(mark) == []
    assert stage.registry.aliases(stage.prod) == {}
    stage.promote(1, gates=[READ_BACK])
    stage.operator.settle(key)
    assert stage.phase(key) == "Promoted", stage.message(key)
    hold(stage, key)


def test_what_was_approved_before_counts_afterwards(stage: Stage) -> None:
    key = stage.promote(stage.registry.register(stage.dev), gates=[SIGNOFF])
    stage.operator.settle(key)
    stage.promote(1, gates=[SIGNOFF], suspend=True)
    stage.operator.settle(key)
    vote(stage, key, "bob@acme.example")
    mark = stage.mark()
    stage.operator.settle(key)
    assert (stage.phase(key), stage.writes(mark)) == ("Suspended", [])
    stage.promote(1, gates=[SIGNOFF])
    stage.operator.settle(key)
    assert stage.phase(key) == "Promoted", stage.message(key)
    hold(stage, key)


def test_a_rollback_waits_as_well(stage: Stage) -> None:
    for _ in range(2):
        key = stage.promote(stage.registry.register(stage.dev))
        stage.operator.settle(key)
    stage.promote(1, suspend=True)
    mark = stage.mark()
    stage.operator.settle(key)
    assert (stage.phase(key), stage.writes(mark)) == ("Suspended", [])
    stage.promote(1)
    stage.operator.settle(key)
    assert stage.registry.aliases(stage.prod) == {"champion": 1, "previous": 2}
    hold(stage, key)
