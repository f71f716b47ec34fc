"""Whole promotions against the real lakehouse: gates, copy, switch, record, and what may never happen on the way."""

from typing import Any

import pytest

from scenarios.checks import hold
from scenarios.conftest import Stage
from scenarios.registry import UC

QUALITY: dict[str, Any] = {
    "name": "quality",
    "type": "Metric",
    "metric": {
        "from": "ModelVersion",
        "metric": "f1_score",
        "dataset": "holdout",
        "min": "0.8",
        "vsChampion": {"minAbsoluteChange": "0.005"},
    },
}


def test_a_first_promotion_copies_switches_and_records(stage: Stage) -> None:
    version = stage.registry.register(stage.dev, {"f1_score": 0.85}, files=3)
    key = stage.promote(version, gates=[QUALITY])
    stage.operator.settle(key)
    assert stage.ready(key) == ("True", "Promoted"), stage.message(key)
    assert stage.registry.aliases(stage.prod) == {"champion": 1}
    assert stage.registry.file(stage.prod, 1, "data/part-2.bin") == bytes([2]) * 1000
    tags = stage.registry.tags(stage.prod, 1)
    assert tags["lakeward_source"] == f"models:/{stage.dev}/1"
    assert tags["lakeward_promotion"] == "test/ml/ModelPromotion/tumor"
    assert tags["lakeward_digest"].startswith("sha256:")
    assert "lakeward_promoted_at" in tags
    assert "lakeward_replaces" not in tags
    assert stage.registry.tags(stage.prod)["lakeward_state"].endswith("/1/1/promoted")
    status = stage.cluster.status(key)
    assert status["summary"] == {"source": "1", "candidate": "1", "champion": "1", "gates": "3/3"}
    assert [h["outcome"] for h in status["history"]] == ["Promoted"]
    hold(stage, key)


def test_a_promotion_tells_each_step_once_and_leaves_all_its_records(stage: Stage) -> None:
    stage.operator.settle(stage.promote(stage.registry.register(stage.dev, {"f1_score": 0.85})))
    version = stage.registry.register(stage.dev, {"f1_score": 0.9})
    stage.registry.tag(stage.dev, version, domain="ct", Approval_Legal="Approved", other="x")
    body = stage.promotion(
        version,
        gates=[QUALITY],
        tags={"pii": "false"},
        copy={"tags": {"include": ["domain", "Approval_*"]}},
        grants=[{"principal": "model-consumers", "privileges": ["EXECUTE"]}],
    )
    body["metadata"]["annotations"] = {"mlops.lakeward.dev/git-commit": "4f2c9ab"}
    key = stage.cluster.put(body)
    stage.cluster.events.clear()
    stage.operator.settle(key)
    steps = ["AttemptStarted", "GatesPassed", "CopyStarted", "Copying", "CopySucceeded", "Promoted"]
    assert (stage.ready(key), stage.told(key)) == (("True", "Promoted"), steps), stage.message(key)
    assert stage.registry.aliases(stage.prod) == {"champion": 2, "previous": 1}
    tags = stage.registry.tags(stage.prod, 2)
    assert tags.pop("lakeward_digest").startswith("sha256:")
    assert tags.pop("lakeward_promoted_at")
    assert tags == {
        "domain": "ct",
        "pii": "false",
        "lakeward_attempt": "test/ml/ModelPromotion/tumor",
        "lakeward_promotion": "test/ml/ModelPromotion/tumor",
        "lakeward_source": f"models:/{stage.dev}/2",
        "lakeward_replaces": "1",
        "lakeward_git_commit": "4f2c9ab",
    }
    uid = stage.cluster.objects[key]["metadata"]["uid"]
    assert stage.registry.tags(stage.prod) == {
        "lakeward_owner": "test/ml/ModelPromotion/tumor",
        "lakeward_state": f"{uid}/2/2/promoted",
    }
    granted = stage.registry.call("GET", f"{UC}/permissions/function/{stage.prod}")["privilege_assignments"]
    assert {(g["principal"], *g["privileges"]) for g in granted} == {("model-consumers", "EXECUTE")}
    hold(stage, key)


def test_a_second_pass_writes_nothing_and_tells_nothing(stage: Stage) -> None:
    key = stage.promote(stage.registry.register(stage.dev))
    stage.operator.settle(key)
    before, events, mark = stage.cluster.status(key), len(stage.cluster.events), stage.mark()
    stage.operator.run(key)
    assert stage.writes(mark) == []
    assert stage.cluster.status(key) == before
    assert len(stage.cluster.events) == events
    hold(stage, key)


def test_a_tag_that_leaves_the_spec_leaves_the_version_and_no_other(stage: Stage) -> None:
    both = {"pii": "false", "gdpr": "art-6"}
    key = stage.promote(stage.registry.register(stage.dev), tags=both)
    stage.operator.settle(key)
    stage.registry.tag(stage.prod, 1, by_hand="x")
    records = stage.registry.tags(stage.prod, 1).keys() - both.keys()
    stage.promote(1, tags={"pii": "false"})
    stage.operator.settle(key)
    assert stage.registry.tags(stage.prod, 1).keys() == records | {"pii"}
    stage.promote(1, provenance={"tags": False})
    stage.operator.settle(key)
    assert stage.registry.tags(stage.prod, 1).keys() == records
    mark = stage.mark()
    stage.operator.run(key)
    assert stage.writes(mark) == []
    hold(stage, key)


def test_a_version_that_is_replaced_keeps_its_tags(stage: Stage) -> None:
    key = stage.promote(stage.registry.register(stage.dev), tags={"pii": "false"})
    stage.operator.settle(key)
    stage.promote(stage.registry.register(stage.dev))
    stage.operator.settle(key)
    assert stage.registry.tags(stage.prod, 1)["pii"] == "false"
    assert "pii" not in stage.registry.tags(stage.prod, 2)
    hold(stage, key)


def test_the_next_version_keeps_the_old_champion_as_previous(stage: Stage) -> None:
    key = stage.promote(stage.registry.register(stage.dev, {"f1_score": 0.85}), gates=[QUALITY])
    stage.operator.settle(key)
    mark = stage.mark()
    stage.promote(stage.registry.register(stage.dev, {"f1_score": 0.9}), gates=[QUALITY])
    stage.operator.settle(key)
    assert stage.ready(key) == ("True", "Promoted"), stage.message(key)
    assert stage.registry.aliases(stage.prod) == {"champion": 2, "previous": 1}
    assert stage.registry.tags(stage.prod, 2)["lakeward_replaces"] == "1"
    moves = [w.rpartition("/")[2] for w in stage.writes(mark) if "/aliases/" in w]
    assert moves == ["previous", "champion"]
    assert [h["target"] for h in stage.cluster.status(key)["history"]] == [2, 1]
    hold(stage, key)


def test_a_worse_version_is_blocked_and_nothing_is_copied(stage: Stage) -> None:
    key = stage.promote(stage.registry.register(stage.dev, {"f1_score": 0.85}), gates=[QUALITY])
    stage.operator.settle(key)
    mark = stage.mark()
    stage.promote(stage.registry.register(stage.dev, {"f1_score": 0.82}), gates=[QUALITY])
    outcome = stage.operator.settle(key)
    assert (stage.phase(key), stage.ready(key)) == ("Blocked", ("False", "GateFailed"))
    assert "0.82" in stage.message(key)
    assert "0.85" in stage.message(key)
    assert outcome.after == 300
    assert stage.registry.aliases(stage.prod) == {"champion": 1}
    assert stage.writes(mark) == []
    assert list(stage.registry.versions(stage.prod)) == [1]
    hold(stage, key)


def test_a_blocked_promotion_goes_on_by_itself_when_git_names_a_better_version(stage: Stage) -> None:
    key = stage.promote(stage.registry.register(stage.dev, {"f1_score": 0.5}), gates=[QUALITY])
    stage.operator.settle(key)
    assert stage.phase(key) == "Blocked"
    stage.promote(stage.registry.register(stage.dev, {"f1_score": 0.9}), gates=[QUALITY])
    stage.operator.settle(key)
    assert stage.phase(key) == "Promoted"
    assert [h["outcome"] for h in stage.cluster.status(key)["history"]] == ["Promoted", "Blocked"]
    hold(stage, key)


@pytest.mark.parametrize(("rule", "phase", "passed"), [("Pass", "Promoted", "True"), ("Fail", "Blocked", "False")])
def test_without_a_champion_it_is_as_the_gate_says(stage: Stage, rule: str, phase: str, passed: str) -> None:
    versus = {**QUALITY["metric"]["vsChampion"], "onNoChampion": rule}
    gate = {**QUALITY, "metric": {**QUALITY["metric"], "vsChampion": versus}}
    key = stage.promote(stage.registry.register(stage.dev, {"f1_score": 0.85}), gates=[gate])
    stage.operator.settle(key)
    assert stage.phase(key) == phase, stage.message(key)
    assert stage.cluster.condition(key, "GatesPassed")["status"] == passed
    assert stage.registry.aliases(stage.prod) == ({"champion": 1} if phase == "Promoted" else {})
    assert stage.cluster.condition(key, "RollbackReady")["reason"] == "NoPrevious"
    hold(stage, key)


def test_a_version_that_does_not_exist_is_named(stage: Stage) -> None:
    stage.registry.register(stage.dev)
    key = stage.promote(7)
    stage.operator.settle(key)
    assert (stage.phase(key), stage.ready(key)) == ("Blocked", ("False", "SourceNotFound"))
    assert f"{stage.dev} version 7 does not exist" in stage.message(key)


def test_a_target_that_does_not_exist_is_named_with_the_way_out(stage: Stage) -> None:
    stage.registry.register(stage.dev)
    key = stage.promote(1, target={"model": stage.prod})
    stage.operator.run(key)
    assert stage.ready(key) == ("False", "TargetNotFound")
    assert "spec.target.createIfMissing" in stage.message(key)


def test_a_workspace_that_does_not_exist_is_named(stage: Stage) -> None:
    stage.registry.register(stage.dev)
    key = stage.promote(1, workspaceRef={"name": "nowhere"})
    outcome = stage.operator.run(key)
    assert stage.ready(key) == ("False", "ReferenceNotFound")
    assert (
        stage.message(key)
        == "spec.workspaceRef.name: there is no MLWorkspace nowhere in this namespace; create it, or name another"
    )
    assert outcome.after == 30


def test_a_new_pin_whose_workspace_is_missing_is_not_promoted(stage: Stage) -> None:
    key = stage.promote(stage.registry.register(stage.dev))
    stage.operator.settle(key)
    stage.promote(stage.registry.register(stage.dev), workspaceRef={"name": "nowhere"})
    for _ in range(2):
        stage.operator.run(key)
        assert (stage.phase(key), stage.ready(key)) == ("Pending", ("False", "ReferenceNotFound"))
    stage.promote(2)
    stage.operator.settle(key)
    assert stage.phase(key) == "Promoted"
    hold(stage, key)


def test_an_alias_only_promotion_copies_nothing(stage: Stage) -> None:
    stage.registry.register(stage.dev)
    version = stage.registry.register(stage.dev)
    key = stage.promote(version, target={"model": stage.dev})
    mark = stage.mark()
    stage.operator.settle(key)
    assert stage.ready(key) == ("True", "Promoted"), stage.message(key)
    assert stage.registry.aliases(stage.dev) == {"champion": 2}
    assert not [w for w in stage.writes(mark) if w.endswith("/models/versions")]
    hold(stage, key)


def test_an_alias_only_promotion_finds_the_champion_that_listings_do_not_show(stage: Stage) -> None:
    stage.registry.point(stage.dev, "champion", stage.registry.register(stage.dev, {"f1_score": 0.9}))
    worse, better = (stage.registry.register(stage.dev, {"f1_score": score}) for score in (0.85, 0.95))
    key = stage.promote(worse, target={"model": stage.dev}, gates=[QUALITY])
    mark = stage.mark()
    stage.operator.settle(key)
    assert stage.ready(key) == ("False", "GateFailed")
    assert "0.9" in stage.message(key)
    stage.promote(better, target={"model": stage.dev}, gates=[QUALITY])
    stage.operator.settle(key)
    assert stage.ready(key) == ("True", "Promoted"), stage.message(key)
    assert stage.registry.aliases(stage.dev) == {"champion": better, "previous": 1}
    assert [w.split(" ")[0] for w in stage.writes(mark) if "/aliases/" not in w] == ["PATCH"] * 4, "only tags"
    hold(stage, key)


def test_a_champion_that_nobody_promoted_is_adopted_as_it_is(stage: Stage) -> None:
    version = stage.registry.register(stage.dev)
    stage.registry.point(stage.dev, "champion", version)
    key = stage.promote(version, target={"model": stage.dev}, gates=[QUALITY])
    stage.operator.settle(key)
    assert stage.ready(key) == ("True", "Promoted")
    assert stage.cluster.condition(key, "GatesPassed")["reason"] == "AdoptedAsIs"
    assert [e.reason for k, e in stage.cluster.events if k == key and e.type == "Warning"] == ["AdoptedAsIs"]
    hold(stage, key)


def test_a_suspended_promotion_writes_nothing(stage: Stage) -> None:
    key = stage.promote(stage.registry.register(stage.dev), suspend=True)
    mark = stage.mark()
    stage.operator.run(key)
    assert (stage.phase(key), stage.writes(mark)) == ("Suspended", [])
    stage.promote(1)
    stage.operator.settle(key)
    assert stage.phase(key) == "Promoted"


def test_a_promotion_in_mode_plan_writes_nothing(stage: Stage) -> None:
    key = stage.promote(stage.registry.register(stage.dev), mode="Plan")
    mark = stage.mark()
    stage.operator.run(key)
    assert (stage.phase(key), stage.writes(mark)) == ("Planned", [])
