"""The gates Tag and Digest, and the second pin, against the real lakehouse."""

from typing import Any

import pytest

from scenarios.checks import hold
from scenarios.conftest import Stage
from scenarios.registry import UC

TAGGED: dict[str, Any] = {
    "name": "validated",
    "type": "Tag",
    "tag": {"from": "Source", "key": "validation_status", "in": ["passed"]},
}
HASHED: dict[str, Any] = {"name": "artifact", "type": "Digest", "digest": {"verifyCopy": True}}


def test_a_tag_is_waited_for_however_often_it_is_looked_for(stage: Stage) -> None:
    version = stage.registry.register(stage.dev)
    key = stage.promote(version, gates=[TAGGED])
    for _ in range(3):
        outcome = stage.operator.run(key)
        assert outcome.after == 30
    assert (stage.phase(key), stage.ready(key)) == ("Evaluating", ("False", "GatesPending"))
    assert "waits for the tag validation_status" in stage.message(key)
    assert stage.registry.find(f"{UC}/models/{stage.prod}") is None
    stage.registry.tag(stage.dev, version, validation_status="passed")
    phases = []
    for _ in range(2):
        stage.operator.run(key)
        phases.append(stage.phase(key))
    assert phases == ["Copying", "Copying"], "the target is made and claimed in one pass"
    stage.operator.settle(key)
    assert stage.ready(key) == ("True", "Promoted"), stage.message(key)
    seen = ["AttemptStarted", "GatesPending", "GatesPassed", "CopyStarted", "Copying", "CopySucceeded", "Promoted"]
    assert stage.told(key) == seen
    assert stage.cluster.objects[key]["metadata"]["generation"] == 1
    hold(stage, key)


def test_a_tag_with_another_value_blocks_until_it_is_mended(stage: Stage) -> None:
    version = stage.registry.register(stage.dev)
    stage.registry.tag(stage.dev, version, validation_status="failed")
    key = stage.promote(version, gates=[TAGGED], gatePolicy={"retryInterval": "2m"})
    outcome = stage.operator.settle(key)
    assert (stage.phase(key), stage.ready(key)) == ("Blocked", ("False", "GateFailed"))
    assert outcome.after == 120
    stage.registry.tag(stage.dev, version, validation_status="passed")
    stage.operator.settle(key)
    assert stage.ready(key) == ("True", "Promoted"), stage.message(key)
    hold(stage, key)


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
    hold(stage, key)


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
    hold(stage, key)


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
    hold(stage, alone)
