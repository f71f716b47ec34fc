"""The job of a gate: one run for each subject, gate and retry, and none while something that costs nothing says no."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from invariants.world import Operator, workspace
from lakeward.engine.outcome import Key
from lakeward.kinds.mlworkspace.kind import MLWorkspace
from lakeward.kinds.modelpromotion.kind import ModelPromotion
from sandbox.waiting import wait_for
from scenarios.checks import hold
from scenarios.conftest import Stage
from scenarios.registry import Registry
from scenarios.test_approvals import reasons
from scenarios.test_evidence_gates import TAGGED

JOBS = "/api/2.2/jobs"
GATE: dict[str, Any] = {
    "name": "validation-run",
    "type": "Job",
    "job": {"jobRef": {"name": "validate"}, "parameters": {"suite": "full"}},
}
PROGRAM = b"""import sys
name, *others = sys.argv[1:]
assert name.endswith(".dev.tumor") and others == ["1", "full"], sys.argv
"""


@dataclass
class Job:
    """A job of the workspace that the guard names."""

    name: str
    number: int
    hand: Registry

    def runs(self) -> list[dict[str, Any]]:
        """All of them, the oldest first."""
        found = self.hand.call("GET", f"{JOBS}/runs/list?job_id={self.number}").get("runs") or []
        return list(reversed(found))

    def results(self) -> list[str]:
        return [str(run["state"].get("result_state", run["state"]["life_cycle_state"])) for run in self.runs()]


def installed(stage: Stage, task: dict[str, Any], **settings: Any) -> Job:
    hand = Registry(stage.house, workspace="prod")
    name = f"validate-{stage.catalog}"
    parameters = [{"name": n, "default": ""} for n in ("model_name", "model_version", "suite")]
    body = {"name": name, "tasks": [{"task_key": "main", **task}], "parameters": parameters, **settings}
    number = hand.call("POST", f"{JOBS}/create", body)["job_id"]
    entry = {"service_principal_name": "lakeward", "permission_level": "CAN_MANAGE_RUN"}
    hand.call("PATCH", f"/api/2.0/permissions/jobs/{number}", {"access_control_list": [entry]})
    guard = {"jobs": {"validate": {"name": name}}}
    stage.cluster.put(workspace("env", stage.house.workspace("prod").url, promotions=guard))
    return Job(name, number, hand)


@pytest.fixture
def job(stage: Stage) -> Iterator[Job]:
    made = installed(stage, {"notebook_task": {"notebook_path": "/Shared/check"}})
    yield made
    stage.house.clear()


def gate(stage: Stage, key: Key) -> Any:
    return next(row for row in stage.cluster.status(key)["gates"] if row["name"] == "validation-run")


def restarted(stage: Stage, key: Key) -> Iterator[None]:
    """Another operator begins, which knows no status."""
    stage.operator.stop()
    del stage.cluster.objects[key]["status"]
    with Operator(stage.cluster, kinds=(MLWorkspace(), ModelPromotion())) as operator:
        stage.operator = operator
        yield


def test_a_program_that_really_runs_is_told_what_to_check(stage: Stage) -> None:
    path = f"/Shared/{stage.catalog}.py"
    hand = Registry(stage.house, workspace="prod")
    content = base64.b64encode(PROGRAM).decode()
    hand.call("POST", "/api/2.0/workspace/mkdirs", {"path": "/Shared"})
    hand.call("POST", "/api/2.0/workspace/import", {"path": path, "format": "RAW", "content": content})
    told = [f"{{{{job.parameters.{name}}}}}" for name in ("model_name", "model_version", "suite")]
    task = {"environment_key": "default", "spark_python_task": {"python_file": path, "parameters": told}}
    environments = [{"environment_key": "default", "spec": {"client": "2"}}]
    job = installed(stage, task, environments=environments)
    key = stage.promote(stage.registry.register(stage.dev), gates=[GATE])
    stage.operator.run(key)
    assert (stage.phase(key), gate(stage, key)["result"]) == ("Evaluating", "Pending")
    assert stage.registry.versions(stage.prod) == {}
    wait_for(lambda: job.results() == ["SUCCESS"], 60.0)
    stage.operator.settle(key)
    assert stage.ready(key) == ("True", "Promoted"), stage.message(key)
    (run,) = job.runs()
    assert gate(stage, key)["evidence"] == run["run_page_url"]
    hold(stage, key)


def test_a_run_that_failed_is_made_again_only_on_request(stage: Stage, job: Job) -> None:
    stage.house.script(job.name, "FAILED", message="drift of f1")
    key = stage.promote(stage.registry.register(stage.dev), gates=[GATE])
    stage.operator.settle(key)
    assert (stage.phase(key), stage.ready(key)) == ("Blocked", ("False", "GateFailed")), stage.message(key)
    assert "drift of f1" in stage.message(key)
    assert "mlops.lakeward.dev/requested-at" in stage.message(key)
    stage.house.script(job.name)
    for _ in range(3):
        stage.operator.run(key)
    assert job.results() == ["FAILED"]
    stage.cluster.annotate(key, requested_at="2026-03-01T13:00:00Z")
    stage.operator.settle(key)
    assert stage.ready(key) == ("True", "Promoted"), stage.message(key)
    assert job.results() == ["FAILED", "SUCCESS"]
    assert reasons(stage, key).count("JobRetried") == 1
    hold(stage, key)


def test_a_request_is_good_for_one_more_run_of_each_failed_one(stage: Stage, job: Job) -> None:
    stage.house.script(job.name, "FAILED")
    key = stage.promote(stage.registry.register(stage.dev), gates=[GATE])
    stage.operator.settle(key)
    for n in (1, 2):
        stage.cluster.annotate(key, requested_at=f"2026-03-01T13:00:0{n}Z")
        for _ in range(3):
            stage.operator.settle(key)
        assert (stage.phase(key), len(job.runs())) == ("Blocked", n + 1)
    assert reasons(stage, key).count("JobRetried") == 2
    hold(stage, key)


@pytest.mark.parametrize("result", ["SUCCESS", "FAILED"])
def test_with_the_status_lost_the_same_run_is_found(stage: Stage, job: Job, result: str) -> None:
    stage.house.script(job.name, result, hold=True)
    key = stage.promote(stage.registry.register(stage.dev), gates=[GATE])
    stage.operator.settle(key)
    for _ in restarted(stage, key):
        stage.operator.settle(key)
        assert job.results() == ["RUNNING"]
        stage.house.release_runs(job.name)
        stage.operator.settle(key)
        assert job.results() == [result]
        assert stage.phase(key) == ("Promoted" if result == "SUCCESS" else "Blocked")
        hold(stage, key)


def test_with_the_status_lost_after_a_retry_no_run_is_made_twice(stage: Stage, job: Job) -> None:
    stage.house.script(job.name, "FAILED", count=1)
    key = stage.promote(stage.registry.register(stage.dev), gates=[GATE])
    stage.operator.settle(key)
    stage.house.script(job.name, "SUCCESS", hold=True)
    stage.cluster.annotate(key, requested_at="2026-03-01T13:00:00Z")
    stage.operator.settle(key)
    assert job.results() == ["FAILED", "RUNNING"]
    for _ in restarted(stage, key):
        stage.operator.settle(key)
        assert job.results() == ["FAILED", "RUNNING"]
        stage.house.release_runs(job.name)
        stage.cluster.annotate(key, requested_at="2026-03-01T13:30:00Z")
        stage.operator.settle(key)
        assert job.results() == ["FAILED", "SUCCESS"]
        assert stage.phase(key) == "Promoted", stage.message(key)
        hold(stage, key)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_start_whose_answer_is_lost_is_one_start(stage: Stage, job: Job, when: str) -> None:
    lost = stage.house.fault("reset", method="POST", path="/jobs/run-now", when=when, principal="lakeward")
    key = stage.promote(stage.registry.register(stage.dev), gates=[GATE])
    stage.operator.settle(key, most=20)
    assert stage.house.hits(lost) == 1
    assert stage.ready(key) == ("True", "Promoted"), stage.message(key)
    assert job.results() == ["SUCCESS"]
    hold(stage, key)


@pytest.mark.parametrize("mode", [{"mode": "Plan"}, {"mode": "Observe"}, {"suspend": True}], ids=str)
def test_who_only_looks_starts_no_run(stage: Stage, job: Job, mode: dict[str, Any]) -> None:
    key = stage.promote(stage.registry.register(stage.dev), gates=[GATE], **mode)
    stage.operator.settle(key)
    assert job.runs() == []
    stage.promote(1, gates=[GATE])
    stage.operator.settle(key)
    assert (stage.phase(key), job.results()) == ("Promoted", ["SUCCESS"])
    hold(stage, key)


def test_no_run_begins_while_a_gate_that_costs_nothing_says_no(stage: Stage, job: Job) -> None:
    key = stage.promote(stage.registry.register(stage.dev), gates=[TAGGED, GATE])
    stage.registry.tag(stage.dev, 1, validation_status="failed")
    stage.operator.settle(key)
    assert (stage.phase(key), job.runs()) == ("Blocked", [])
    stage.registry.tag(stage.dev, 1, validation_status="passed")
    stage.operator.settle(key)
    assert (stage.phase(key), job.results()) == ("Promoted", ["SUCCESS"])
    hold(stage, key)


def test_a_run_that_goes_on_is_not_cancelled_by_a_gate_that_says_no_meanwhile(stage: Stage, job: Job) -> None:
    stage.house.script(job.name, hold=True)
    key = stage.promote(stage.registry.register(stage.dev), gates=[TAGGED, GATE])
    stage.operator.settle(key)
    stage.registry.tag(stage.dev, 1, validation_status="failed")
    stage.operator.settle(key)
    assert (stage.phase(key), job.results()) == ("Blocked", ["RUNNING"])
    stage.house.release_runs(job.name)
    stage.registry.tag(stage.dev, 1, validation_status="passed")
    stage.operator.settle(key)
    assert (stage.phase(key), job.results()) == ("Promoted", ["SUCCESS"])
    hold(stage, key)


@pytest.mark.parametrize("how", ["another version", "another gate", "deleted"])
def test_a_run_that_nobody_wants_any_more_is_cancelled(stage: Stage, job: Job, how: str) -> None:
    stage.house.script(job.name, hold=True, count=1)
    key = stage.promote(stage.registry.register(stage.dev), gates=[GATE])
    stage.operator.settle(key)
    assert job.results() == ["RUNNING"]
    match how:
        case "another version":
            stage.promote(stage.registry.register(stage.dev), gates=[GATE])
        case "another gate":
            stage.promote(1)
        case _:
            stage.cluster.delete(key)
    stage.operator.settle(key)
    assert job.results() == (["CANCELED", "SUCCESS"] if how == "another version" else ["CANCELED"])
    assert key not in stage.cluster.objects or stage.phase(key) == "Promoted"
    hold(stage, key)


@pytest.mark.parametrize("mode", ["Warn", "Enforce"])
def test_a_job_that_cannot_be_started_stops_only_where_its_gate_enforces(stage: Stage, job: Job, mode: str) -> None:
    refused: dict[str, Any] = {"status": 403, "error_code": "PERMISSION_DENIED", "count": 0, "principal": "lakeward"}
    stage.house.fault("status", method="POST", path="/jobs/run-now", **refused)
    version = stage.registry.register(stage.dev)
    key = stage.promote(version, gates=[{**GATE, "mode": mode}])
    for _ in range(8):
        stage.operator.run(key)
        row = gate(stage, key)
        assert row["result"] == "Error"
        assert row["message"].startswith("its job is not started: ")
        if stage.phase(key) == "Promoted":
            break
        if not stage.operator.works_for(key):
            continue
        stage.operator.wait_woken(key)
    assert stage.phase(key) == ("Promoted" if mode == "Warn" else "Failed")
    assert job.runs() == []
    hold(stage, key)
