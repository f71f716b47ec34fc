"""The gates Tag and Digest, and the second pin, against the real lakehouse."""

from typing import Any

import pytest

from scenarios.conftest import Stage

TAGGED: dict[str, Any] = {
    "name": "validated",
    "type": "Tag",
    "tag": {"from": "Source", "key": "validation_status", "in": ["passed"]},
}
HASHED: dict[str, Any] = {"name": "artifact", "type": "Digest", "digest": {"verifyCopy": True}}
TAGS = "/api/2.1/unity-catalog/subentity-tags/FUNCTION"


def tag(stage: Stage, value: str) -> None:
    change = {"changes": {"add_tags": [{"key": "validation_status", "value": value}]}}
    stage.registry.call("PATCH", f"{TAGS}/{stage.dev}/1", change)


def test_a_tag_is_waited_for_then_refused_then_taken(stage: Stage) -> None:
    key = stage.promote(stage.registry.register(stage.dev), gates=[TAGGED])
    stage.operator.settle(key)
    assert stage.phase(key) == "Evaluating"
    assert "waits for the tag validation_status" in stage.message(key)
    tag(stage, "failed")
    stage.operator.settle(key)
    assert stage.ready(key) == ("False", "GateFailed")
    tag(stage, "passed")
    stage.operator.settle(key)
    assert stage.ready(key) == ("True", "Promoted")


def test_a_copy_is_read_back_before_the_switch(stage: Stage) -> None:
    key = stage.promote(stage.registry.register(stage.dev, files=2), gates=[HASHED])
    stage.operator.settle(key)
    assert stage.ready(key) == ("True", "Promoted"), stage.message(key)
    gate = next(g for g in stage.cluster.status(key)["gates"] if g["name"] == "artifact")
    assert gate["observed"] == stage.registry.tags(stage.prod, 1)["lakeward_digest"]
    read = stage.house.requests(principal="lakeward", method="GET", path="/fs/files/Models/")
    assert sorted(r.path for r in read if "/prod/" in r.path) == [
        f"/api/2.0/fs/files/Models/{stage.prod.replace('.', '/')}/1/{name}"
        for name in ("MLmodel", "data/part-0.bin", "data/part-1.bin")
    ]


def test_a_pinned_digest_that_is_right_promotes_and_one_that_is_not_leaves_no_copy(stage: Stage) -> None:
    stage.registry.register(stage.dev)
    key = stage.promote(1)
    stage.operator.settle(key)
    known = stage.registry.tags(stage.prod, 1)["lakeward_digest"]
    stage.registry.register(stage.dev)
    stage.promote(2, source={"model": stage.dev, "version": 2, "digest": "sha256:" + "0" * 64})
    stage.operator.run(key)
    stage.operator.wait_woken(key)
    stage.operator.run(key)
    assert stage.ready(key) == ("False", "DigestMismatch")
    assert "spec.source.digest" in stage.message(key)
    assert list(stage.registry.versions(stage.prod)) == [1]
    assert stage.registry.aliases(stage.prod) == {"champion": 1}
    stage.promote(2, source={"model": stage.dev, "version": 2, "digest": known})
    stage.operator.settle(key)
    assert stage.ready(key) == ("True", "Promoted"), "equal files have equal digests"


@pytest.mark.parametrize(("right", "phase"), [(True, "Promoted"), (False, "Blocked")])
def test_where_nothing_is_copied_the_files_themselves_are_hashed(stage: Stage, right: bool, phase: str) -> None:
    stage.registry.register(stage.dev)
    key = stage.promote(1)
    stage.operator.settle(key)
    known = stage.registry.tags(stage.prod, 1)["lakeward_digest"] if right else "sha256:" + "0" * 64
    source = {"model": stage.dev, "version": 1, "digest": known}
    gate = {**HASHED, "digest": {}}
    alone = stage.promote(1, name="alone", source=source, target={"model": stage.dev}, gates=[gate])
    for _ in range(8):
        stage.operator.run(alone)
        if stage.phase(alone) == phase:
            break
        if "queued" in stage.message(alone) or "hashing" in stage.message(alone):
            stage.operator.wait_woken(alone)
    assert stage.phase(alone) == phase, stage.message(alone)
