"""What a plain copy gets wrong, as a promotion meets it; the copy itself is tried in `tests/copying`."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from copying.copyjob import RUNNER, install, results, runs
from copying.desk import Desk
from invariants.world import Operator, workspace
from lakeward.engine.outcome import Key
from lakeward.kinds.mlworkspace.kind import MLWorkspace
from lakeward.kinds.modelpromotion.kind import ModelPromotion
from lakeward.providers.databricks.client import CopyLimits
from sandbox.waiting import wait_for
from scenarios.checks import hold
from scenarios.conftest import Stage
from scenarios.registry import SIGNATURE
from scenarios.test_approvals import reasons

FEATURES = {"flavors": {"python_function": {"loader_module": "databricks.feature_store.mlflow_model"}}}
FEATURE_STORE = {"MLmodel": json.dumps({**FEATURES, "signature": SIGNATURE}).encode()}
NEEDS = {"dependencies": [{"function": {"function_full_name": "main.ml.f"}}, {"table": {"table_full_name": "a.b.c"}}]}
KINDS = (MLWorkspace(), ModelPromotion())


@pytest.fixture
def desk(stage: Stage) -> Iterator[Desk]:
    """The copy job is installed in the workspace of the promotion, and the guard names it."""
    with ThreadPoolExecutor(1) as pool:
        made = Desk(stage.house, pool)
        stage.catalog = made.catalog
        jobs = {"copy": {"name": install(made)}}
        stage.cluster.put(workspace("env", stage.house.workspace("dev").url, promotions={"jobs": jobs}))
        yield made
        for run in runs(made):
            made.ana.call("POST", "/api/2.2/jobs/runs/cancel", {"run_id": run["run_id"]})
        made.close()


def test_what_decides_about_the_source_does_not_travel_with_it(stage: Stage) -> None:
    version = stage.registry.register(stage.dev)
    decides = {"Approval_Legal": "Approved", "approved_by": "eve", "Lakeward_Note": "x", "validated": "yes"}
    stage.registry.tag(stage.dev, version, domain="onco", **decides)
    gate = {"name": "validated", "type": "Tag", "tag": {"from": "Source", "key": "validated", "in": ["yes"]}}
    key = stage.promote(version, gates=[gate], copy={"tags": {"include": ["*"]}})
    stage.operator.settle(key)
    assert stage.phase(key) == "Promoted", stage.message(key)
    told = stage.registry.tags(stage.prod, 1)
    assert {name for name in told if not name.startswith("lakeward_")} == {"domain"}
    hold(stage, key)


def failed(stage: Stage, key: Key, reason: str) -> None:
    """The copy ends with that problem, and leaves nothing."""
    while stage.phase(key) != "Copying":
        stage.operator.run(key)
    stage.operator.wait_woken(key)
    outcome = stage.operator.run(key)
    assert (stage.phase(key), stage.ready(key)) == ("Failed", ("False", reason)), stage.message(key)
    assert stage.cluster.condition(key, "Copied")["reason"] == reason
    assert stage.registry.versions(stage.prod) == {}
    assert (outcome.after, reasons(stage, key).count(reason)) == (300.0, 1)
    hold(stage, key)


def test_a_feature_store_model_needs_the_copy_job(stage: Stage) -> None:
    stage.registry.filled(stage.dev, extra=FEATURE_STORE, source="runs:/x/model")
    key = stage.promote(1)
    failed(stage, key, "ExecutorMissing")
    assert "spec.promotions.jobs.copy of the MLWorkspace" in stage.message(key)


def test_a_copy_that_fails_each_time_is_told_once(stage: Stage) -> None:
    stage.registry.filled(stage.dev, extra=FEATURE_STORE, source="runs:/x/model")
    key = stage.promote(1)
    failed(stage, key, "ExecutorMissing")
    before = stage.cluster.status(key)["conditions"]
    stage.cluster.events.clear()
    for _ in range(3):
        stage.cluster.now += timedelta(minutes=5)
        stage.operator.run(key)
        stage.operator.wait_woken(key)
        stage.operator.run(key)
        assert (stage.phase(key), stage.cluster.status(key)["conditions"]) == ("Failed", before)
    assert set(stage.told(key)) <= {"Applying"}
    stage.promote(1, suspend=True)
    stage.operator.settle(key)
    assert stage.phase(key) == "Suspended"


def by_job(stage: Stage, desk: Desk, key: Key) -> None:
    """Passes until it is promoted; the run of the copy job is waited for."""

    def rests() -> bool:
        desk.wait_end()
        stage.operator.run(key)
        return stage.phase(key) in {"Promoted", "Failed", "Blocked"}

    wait_for(rests, 60.0)
    assert stage.ready(key) == ("True", "Promoted"), stage.message(key)
    (version,) = stage.registry.versions(stage.prod).values()
    assert (version["created_by"], results(desk)) == (RUNNER, ["SUCCESS"])
    hold(stage, key)


def test_a_feature_store_model_is_copied_by_the_job(stage: Stage, desk: Desk) -> None:
    stage.registry.filled(stage.dev, extra=FEATURE_STORE, source="runs:/x/model")
    key = stage.promote(1)
    by_job(stage, desk, key)
    assert "CopyRejected" not in reasons(stage, key)


def test_what_is_too_large_for_the_operator_goes_by_the_job_or_is_told(stage: Stage, desk: Desk) -> None:
    stage.registry.register(stage.dev, files=3)
    with Operator(stage.cluster, kinds=KINDS, copies=CopyLimits(in_process=2000)) as operator:
        stage.operator = operator
        stage.cluster.put(workspace("bare", stage.house.workspace("dev").url))
        key = stage.promote(1, workspaceRef={"name": "bare"})
        failed(stage, key, "ExecutorMissing")
        assert "up to 2 KiB" in stage.message(key)
        stage.promote(1)
        by_job(stage, desk, key)


def test_a_copy_that_lost_what_its_source_depends_on_is_no_copy(stage: Stage) -> None:
    stage.registry.filled(stage.dev, source="runs:/x/model", model_version_dependencies=NEEDS)
    forgets = stage.house.fault(
        "forget", method="POST", path="/models/versions$", body_field="model_version_dependencies", count=0
    )
    key = stage.promote(1)
    failed(stage, key, "DependenciesLost")
    stage.house.remove(forgets)
    stage.operator.settle(key)
    assert stage.phase(key) == "Promoted", stage.message(key)
    assert stage.registry.version(stage.prod, 2)["model_version_dependencies"] == NEEDS
    hold(stage, key)


@pytest.mark.parametrize("at", ["/unity-catalog/models/", "/fs/files/Models/.*/prod/"], ids=["a pass", "the copy"])
def test_nobody_calls_before_the_time_that_a_busy_workspace_asked_for(stage: Stage, at: str) -> None:
    stage.operator.tick = timedelta(seconds=1)
    key = stage.promote(stage.registry.register(stage.dev))
    busy: dict[str, Any] = {"status": 429, "error_code": "REQUEST_LIMIT_EXCEEDED", "retry_after": 150}
    fault = stage.house.fault("status", path=at, principal="lakeward", **busy)
    while stage.house.hits(fault) == 0:
        stage.operator.run(key)
        if stage.phase(key) == "Copying":
            stage.operator.wait_woken(key)
    mark = stage.mark()
    for _ in range(3):
        outcome = stage.operator.run(key)
        assert outcome.after is not None
        assert outcome.after > 140
    assert stage.phase(key) in {"Pending", "Copying"}
    assert stage.ready(key) == ("False", "Throttled")
    assert stage.house.requests(principal="lakeward", after=mark) == []
    stage.cluster.now += timedelta(seconds=150)
    stage.operator.settle(key)
    assert stage.phase(key) == "Promoted", stage.message(key)
    hold(stage, key)


def test_a_promotion_that_is_deleted_ends_the_run_that_copies_for_it(stage: Stage, desk: Desk) -> None:
    stage.operator.tick = timedelta(seconds=1)
    stage.registry.filled(stage.dev, extra=FEATURE_STORE, source="runs:/x/model")
    held = stage.house.fault("hold", method="PUT", path="part-0.bin", principal=RUNNER)
    key = stage.promote(1)

    def begun() -> bool:
        stage.operator.run(key)
        return stage.registry.versions(stage.prod) != {}

    def gone() -> bool:
        return stage.operator.run(key).released

    wait_for(begun, 60.0)
    stage.house.wait_held(held, 1, 60.0)
    stage.cluster.delete(key)
    wait_for(gone, 60.0)
    assert (results(desk), stage.registry.versions(stage.prod)) == (["CANCELED"], {})
    assert "lakeward_owner" not in stage.registry.tags(stage.prod)


@pytest.mark.parametrize("jobs", [{}, {"copy": {"name": "another"}}], ids=["no copy job", "another copy job"])
def test_what_the_job_copied_stays_when_the_guard_does_not_name_the_job_any_more(
    stage: Stage, desk: Desk, jobs: dict[str, Any]
) -> None:
    stage.registry.filled(stage.dev, extra=FEATURE_STORE, source="runs:/x/model")
    key = stage.promote(1)
    by_job(stage, desk, key)
    before, mark = stage.cluster.status(key), stage.mark()
    stage.cluster.put(workspace("env", stage.house.workspace("dev").url, promotions={"jobs": jobs}))
    stage.operator.settle(key)
    assert stage.ready(key) == ("True", "Promoted"), stage.message(key)
    assert stage.writes(mark) == []
    assert stage.cluster.status(key)["attempt"]["id"] == before["attempt"]["id"]
    hold(stage, key)
