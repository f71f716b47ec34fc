"""Git names another version in the middle: before the copy, during it, within the switch, and back again."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from invariants.world import workspace
from lakeward.engine.outcome import Key
from scenarios.checks import hold
from scenarios.conftest import Stage
from scenarios.registry import Registry
from scenarios.test_approvals import SIGNOFF, vote

JOBS = "/api/2.2/jobs"
APPROVED: dict[str, Any] = {"gates": [{**SIGNOFF, "approval": {**SIGNOFF["approval"], "minApprovals": 1}}]}


@pytest.fixture
def key(stage: Stage) -> Key:
    """A first version is champion; two more are registered."""
    made = stage.promote(stage.registry.register(stage.dev))
    stage.operator.settle(made)
    for files in (2, 3):
        stage.registry.register(stage.dev, files=files)
    stage.cluster.events.clear()
    return made


@contextmanager
def held(stage: Stage, key: Key, method: str, path: str) -> Iterator[None]:
    """The next pass is held in that call while the block runs, and goes on to its end after it."""
    fault = stage.house.fault("hold", method=method, path=path, principal="lakeward")
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(stage.operator.run, key)
        stage.house.wait_held(fault)
        yield
        stage.house.remove(fault)
        running.result()


def outcomes(stage: Stage, key: Key) -> list[tuple[str, int]]:
    """How the attempts ended, the last one first, and which version they were about."""
    return [(entry["outcome"], entry["source"]) for entry in stage.cluster.status(key)["history"]]


def copies(stage: Stage) -> dict[int, str]:
    """The versions of the target that are there: the source of each, and whether it is ready."""
    found = stage.registry.versions(stage.prod)
    return {n: f"{v['source'].rpartition('/')[2]} {v['status']}" for n, v in found.items()}


@pytest.mark.parametrize(
    ("method", "path", "left"),
    [("PUT", r"/fs/files/.*part-0", []), ("PATCH", "/finalize$", ["2 READY"])],
    ids=["while a file is copied", "when it cannot be stopped any more"],
)
def test_another_version_during_the_copy(stage: Stage, key: Key, method: str, path: str, left: list[str]) -> None:
    fault = stage.house.fault("hold", method=method, path=path, principal="lakeward")
    stage.promote(2)
    stage.operator.run(key)
    stage.house.wait_held(fault)
    stage.promote(3)
    stage.operator.run(key)
    stage.house.remove(fault)
    stage.operator.settle(key)
    assert stage.ready(key) == ("True", "Promoted"), stage.message(key)
    assert outcomes(stage, key) == [("Promoted", 3), ("Superseded", 2), ("Promoted", 1)]
    assert [reason for reason in stage.told(key) if reason in {"Superseded", "Promoted"}] == ["Superseded", "Promoted"]
    found = copies(stage)
    assert sorted(found.values()) == sorted(["1 READY", "3 READY", *left])
    aliases = stage.registry.aliases(stage.prod)
    assert {alias: found[number] for alias, number in aliases.items()} == {"champion": "3 READY", "previous": "1 READY"}
    for number in set(found) - set(aliases.values()):
        assert stage.registry.tags(stage.prod, number)["lakeward_attempt"] == "test/ml/ModelPromotion/tumor"
    hold(stage, key)


def test_another_version_while_people_are_asked_needs_them_again(stage: Stage, key: Key) -> None:
    stage.promote(2, **APPROVED)
    stage.operator.settle(key)
    before = stage.cluster.status(key)["attempt"]["subject"]
    stage.promote(3, **APPROVED)
    stage.operator.settle(key)
    vote(stage, key, "bob@acme.example", subject=before)
    stage.operator.settle(key)
    assert stage.phase(key) == "AwaitingApproval"
    assert stage.told(key, "Warning") == ["Superseded", "ApprovalIgnored"]
    assert outcomes(stage, key) == [("Superseded", 2), ("Promoted", 1)]
    assert copies(stage) == {1: "1 READY"}
    hold(stage, key)


def test_another_version_cancels_the_job_that_judged_the_one_before(stage: Stage, key: Key) -> None:
    prod = Registry(stage.house, "lakeward", "prod")
    tasks = [{"task_key": "main", "notebook_task": {"notebook_path": "/Shared/validate"}}]
    parameters = [{"name": name, "default": ""} for name in ("model_name", "model_version")]
    named = {"name": f"validate-{stage.catalog}", "tasks": tasks, "parameters": parameters}
    job = prod.call("POST", f"{JOBS}/create", named)["job_id"]
    stage.house.script(job, hold=True)
    url = stage.house.workspace("prod").url
    stage.cluster.put(workspace("env", url, promotions={"jobs": {"validate": {"id": job}}}))
    gate = {"name": "validation", "type": "Job", "job": {"jobRef": {"name": "validate"}}}
    stage.promote(2, gates=[gate])
    stage.operator.settle(key)
    assert stage.phase(key) == "Evaluating", stage.message(key)
    stage.promote(3)
    stage.operator.settle(key)
    assert stage.ready(key) == ("True", "Promoted"), stage.message(key)
    (run,) = prod.call("GET", f"{JOBS}/runs/list?job_id={job}")["runs"]
    assert run["state"]["result_state"] == "CANCELED"
    hold(stage, key)


def test_another_version_between_the_two_writes_of_the_switch(stage: Stage, key: Key) -> None:
    stage.promote(2)
    stage.operator.run(key)
    stage.operator.wait_woken(key)
    with held(stage, key, "PUT", "/aliases/champion"):
        assert stage.registry.aliases(stage.prod) == {"champion": 1, "previous": 1}
        stage.promote(3)
    assert stage.registry.aliases(stage.prod) == {"champion": 2, "previous": 1}
    hold(stage, key)
    stage.operator.settle(key)
    assert stage.ready(key) == ("True", "Promoted"), stage.message(key)
    assert stage.registry.aliases(stage.prod) == {"champion": 3, "previous": 2}
    assert outcomes(stage, key) == [("Promoted", 3), ("Promoted", 2), ("Promoted", 1)]
    assert [r for r in stage.told(key) if r in {"Promoted", "Superseded"}] == ["Promoted", "Promoted"]
    hold(stage, key)


def test_another_version_after_a_switch_that_was_cut_between_its_two_writes(stage: Stage, key: Key) -> None:
    stage.house.fault("reset", method="PUT", path="/aliases/champion", principal="lakeward")
    stage.promote(2)
    stage.operator.run(key)
    stage.operator.wait_woken(key)
    stage.operator.run(key)
    assert stage.registry.aliases(stage.prod) == {"champion": 1, "previous": 1}
    stage.promote(3)
    stage.operator.settle(key)
    assert stage.ready(key) == ("True", "Promoted"), stage.message(key)
    assert stage.registry.aliases(stage.prod) == {"champion": 3, "previous": 1}
    assert stage.registry.tags(stage.prod, 3)["lakeward_replaces"] == "1"
    assert "lakeward_promoted_at" not in stage.registry.tags(stage.prod, 2)
    hold(stage, key)


def test_to_the_next_version_and_back_adopts_the_copy_and_keeps_the_approval(stage: Stage, key: Key) -> None:
    stage.promote(2, **APPROVED)
    stage.operator.settle(key)
    vote(stage, key, "bob@acme.example")
    fault = stage.house.fault("hold", method="PATCH", path="/finalize$", principal="lakeward")
    stage.operator.run(key)
    stage.house.wait_held(fault)
    stage.promote(3, **APPROVED)
    stage.operator.run(key)
    stage.house.remove(fault)
    stage.operator.settle(key)
    assert stage.phase(key) == "AwaitingApproval", stage.message(key)
    assert copies(stage) == {1: "1 READY", 2: "2 READY"}
    stage.promote(2, **APPROVED)
    stage.operator.settle(key)
    assert stage.ready(key) == ("True", "Promoted"), stage.message(key)
    assert copies(stage) == {1: "1 READY", 2: "2 READY"}
    assert outcomes(stage, key) == [("Promoted", 2), ("Superseded", 3), ("Superseded", 2), ("Promoted", 1)]
    assert stage.told(key).count("Superseded") == 2
    assert stage.told(key).count("CopyAdopted") == 1
    assert stage.registry.tags(stage.prod, 2)["lakeward_approved_by"] == "bob@acme.example"
    hold(stage, key)


def test_back_before_the_first_copy_ended_waits_for_that_very_copy(stage: Stage, key: Key) -> None:
    fault = stage.house.fault("hold", method="PUT", path=r"/fs/files/.*part-0", principal="lakeward")
    stage.promote(2)
    stage.operator.run(key)
    stage.house.wait_held(fault)
    for version in (3, 2):
        stage.promote(version)
        stage.operator.run(key)
    stage.house.remove(fault)
    stage.operator.settle(key, most=20)
    assert stage.ready(key) == ("True", "Promoted"), stage.message(key)
    found = copies(stage)
    assert [text for text in found.values() if text.startswith("2")] == ["2 READY"]
    assert not [text for text in found.values() if "PENDING" in text]
    hold(stage, key)
