"""Versions that need not be kept: which ones, what is done about them, and what keeps the others."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from invariants.world import workspace
from lakeward.engine.outcome import Key
from scenarios.checks import hold
from scenarios.conftest import Stage
from scenarios.registry import MLMODEL, Registry
from scenarios.test_approvals import reasons

MARK = "lakeward_retire_after"


def guarded(stage: Stage, **promotions: Any) -> None:
    stage.cluster.put(workspace("env", stage.house.workspace("prod").url, promotions=promotions))


def kept(window: int = 1, **retention: Any) -> dict[str, Any]:
    return {"rollback": {"window": window}, "retention": retention}


def promoted(stage: Stage, times: int, **spec: Any) -> Key:
    for _ in range(times):
        key = stage.promote(stage.registry.register(stage.dev), **spec)
        stage.operator.settle(key)
        assert stage.phase(key) == "Promoted", stage.message(key)
    return key


def orphan(stage: Stage, mark: str) -> int:
    """A finished copy that was never promoted, as a superseded attempt leaves it behind."""
    hand = Registry(stage.house, "lakeward", "prod")
    tags = [{"key": "lakeward_attempt", "value": mark}, {"key": "lakeward_digest", "value": "sha256:x"}]
    number = hand.begin(stage.prod, source=f"models:/{stage.dev}/99", tags=tags)
    hand.put(stage.prod, number, "MLmodel", MLMODEL.encode())
    hand.finalize(stage.prod, number)
    return number


def serve(stage: Stage, version: int, where: str = "prod") -> None:
    entity = {"entity_name": stage.prod, "entity_version": str(version), "scale_to_zero_enabled": True}
    endpoint = {"name": f"{stage.catalog}-{version}", "config": {"served_entities": [entity]}}
    Registry(stage.house, workspace=where).call("POST", "/api/2.0/serving-endpoints", endpoint)


def listed(stage: Stage, key: Key) -> tuple[str, list[int]]:
    found = stage.cluster.status(key)["retention"]
    return found["action"], found.get("versions", [])


def marked(stage: Stage) -> list[int]:
    numbers = sorted(stage.registry.versions(stage.prod))
    return [number for number in numbers if MARK in stage.registry.tags(stage.prod, number)]


def test_of_a_dozen_versions_only_those_that_nobody_needs_go_and_one_after_the_other(stage: Stage) -> None:
    keep = kept(3, keepLast=5, action="Delete")
    guarded(stage, allowDelete=True)
    key = promoted(stage, 9, **keep)
    by_hand = stage.registry.register(stage.prod)
    left = orphan(stage, "test/ml/ModelPromotion/tumor")
    foreign = orphan(stage, "test/ml/ModelPromotion/another")
    stage.registry.point(stage.prod, "golden", 2)
    serve(stage, 3, "dev")
    stage.cluster.put(workspace("other", stage.house.workspace("dev").url))
    stage.cluster.now += timedelta(days=400)
    mark = stage.mark()
    stage.operator.settle(key)
    assert listed(stage, key) == ("Report", [1, 3, 4, left])
    assert "promotions.servedIn" in stage.cluster.status(key)["retention"]["message"]
    assert stage.writes(mark) == [], "nothing is touched while nobody says what is served"

    guarded(stage, allowDelete=True, servedIn=["env", "other"])
    stage.operator.settle(key)
    assert (listed(stage, key), marked(stage)) == (("Delete", [1, 4, left]), [1, 4, left])
    stage.registry.point(stage.prod, "audited", 4)
    stage.cluster.now += timedelta(hours=23)
    stage.operator.settle(key)
    assert marked(stage) == [1, left], "what an alias names meanwhile is kept after all"
    assert len(stage.registry.versions(stage.prod)) == 12
    for gone in (1, left):
        stage.cluster.now += timedelta(hours=2)
        stage.operator.settle(key)
        assert gone not in stage.registry.versions(stage.prod)
    stage.cluster.now += timedelta(days=30)
    stage.operator.settle(key)
    assert sorted(stage.registry.versions(stage.prod)) == [2, 3, 4, 5, 6, 7, 8, 9, by_hand, foreign]
    told = reasons(stage, key)
    assert (told.count("RetentionReport") > 0, told.count("VersionMarked"), told.count("VersionDeleted")) == (
        True,
        4,
        2,
    )
    assert stage.ready(key) == ("True", "Promoted")
    hold(stage, key, planted=[left, foreign])


def test_retention_marks_and_a_day_later_deletes_one_at_a_time(stage: Stage) -> None:
    guarded(stage, allowDelete=True, servedIn=["env"])
    key = promoted(stage, 5, **kept(keepLast=2, keepFor="1d", action="Delete"))
    stage.registry.point(stage.prod, "golden", 2)
    stage.cluster.now += timedelta(days=400)
    stage.operator.settle(key)
    assert (listed(stage, key), marked(stage)) == (("Delete", [1, 3]), [1, 3])
    assert sorted(stage.registry.versions(stage.prod)) == [1, 2, 3, 4, 5]
    stage.cluster.now += timedelta(hours=25)
    stage.operator.settle(key)
    assert sorted(stage.registry.versions(stage.prod)) == [2, 3, 4, 5]
    stage.cluster.now += timedelta(hours=2)
    stage.operator.settle(key)
    assert sorted(stage.registry.versions(stage.prod)) == [2, 4, 5]
    hold(stage, key)


@pytest.mark.parametrize(
    ("promotions", "action", "done", "tags"),
    [
        ({"servedIn": ["env"], "allowDelete": True}, "Report", "Report", []),
        ({"servedIn": ["env"], "allowDelete": True}, "Tag", "Tag", [1]),
        ({"servedIn": ["env"]}, "Delete", "Tag", [1]),
        ({"allowDelete": True}, "Delete", "Report", []),
        ({"allowDelete": True, "servedIn": ["env", "nowhere"]}, "Delete", "Report", []),
    ],
    ids=["listed", "marked", "not allowed", "no evidence", "one workspace does not answer"],
)
def test_what_the_guard_does_not_allow_is_only_marked_or_listed(
    stage: Stage, promotions: dict[str, Any], action: str, done: str, tags: list[int]
) -> None:
    guarded(stage, **promotions)
    key = promoted(stage, 3, **kept(keepLast=2, keepFor="1d", action=action))
    for _ in range(3):
        stage.cluster.now += timedelta(days=400)
        stage.operator.settle(key)
    assert (listed(stage, key), marked(stage)) == ((done, [1]), tags)
    assert sorted(stage.registry.versions(stage.prod)) == [1, 2, 3]
    assert reasons(stage, key).count("RetentionReport") == 1
    hold(stage, key)


@pytest.mark.parametrize(
    ("least", "versions"),
    [
        ({}, [1, 2]),
        ({"keepLast": 3}, [1]),
        ({"keepLast": 1}, [1, 2]),
        ({"keepFor": "150d"}, []),
        ({"keepFor": "1d"}, [1, 2]),
    ],
)
def test_the_longer_of_what_guard_and_promotion_keep_counts(
    stage: Stage, least: dict[str, Any], versions: list[int]
) -> None:
    guarded(stage, servedIn=["env"], retention=least)
    key = promoted(stage, 4, **kept(keepLast=2, action="Tag"))
    # versions bear the time of the lakehouse
    stage.cluster.now = datetime.now(UTC) + timedelta(days=89)
    stage.operator.settle(key)
    assert (listed(stage, key), marked(stage)) == (("Tag", []), [])
    stage.cluster.now += timedelta(days=2)
    stage.operator.settle(key)
    assert (listed(stage, key), marked(stage)) == (("Tag", versions), versions)
    hold(stage, key)


def test_where_a_rollback_may_go_back_to_is_kept_however_old(stage: Stage) -> None:
    guarded(stage, servedIn=["env"])
    keep = kept(2, keepLast=3, keepFor="1d", action="Tag")
    key = promoted(stage, 5, **keep)
    stage.promote(3, **keep)
    stage.operator.settle(key)
    assert stage.registry.aliases(stage.prod) == {"champion": 3, "previous": 5}
    stage.cluster.now += timedelta(days=400)
    stage.operator.settle(key)
    assert (listed(stage, key), marked(stage)) == (("Tag", []), [])
    hold(stage, key)


def test_a_mark_from_before_counts_no_more_once_versions_may_retire_again(stage: Stage) -> None:
    guarded(stage, allowDelete=True, servedIn=["env"])
    retired = kept(keepLast=2, keepFor="1d", action="Delete")
    key = promoted(stage, 4, **retired)
    stage.cluster.now += timedelta(days=400)
    stage.operator.settle(key)
    assert marked(stage) == [1, 2]
    stage.promote(4, rollback={"window": 1})
    stage.operator.settle(key)
    stage.cluster.now += timedelta(days=30)
    stage.promote(4, **retired)
    begun = stage.cluster.now
    while 1 in stage.registry.versions(stage.prod):
        stage.operator.settle(key)
        stage.cluster.now += timedelta(hours=1)
        assert stage.cluster.now - begun < timedelta(hours=40)
    assert stage.cluster.now - begun > timedelta(hours=24)
    hold(stage, key)


def test_a_version_that_may_not_be_deleted_does_not_make_the_promotion_fail(stage: Stage) -> None:
    guarded(stage, allowDelete=True, servedIn=["env"])
    key = promoted(stage, 4, **kept(keepLast=2, keepFor="1d", action="Delete"))
    forbidden: dict[str, Any] = {"status": 403, "error_code": "PERMISSION_DENIED", "count": 0, "principal": "lakeward"}
    stage.house.fault("status", method="DELETE", path="/versions/", **forbidden)
    for days in (400, 2, 2):
        stage.cluster.now += timedelta(days=days)
        stage.operator.run(key)
    assert stage.ready(key) == ("True", "Promoted")
    assert "lacks a right" in stage.cluster.status(key)["retention"]["message"]
    assert sorted(stage.registry.versions(stage.prod)) == [1, 2, 3, 4]
