"""A copy that a job of the workspace makes: the job is installed from `manifests/databricks` and really runs."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from copying.copyjob import RUNNER, install, results, runs, standing
from copying.desk import OWNER, Desk
from copying.test_copy import problem
from lakeward.engine.inventory import Row
from lakeward.engine.reasons import Reason
from lakeward.engine.results import Result, State
from lakeward.engine.work import Works
from lakeward.providers.databricks import registry
from lakeward.providers.databricks.copy_adoption import rejected
from lakeward.providers.databricks.digest import remembered
from lakeward.providers.databricks.executor import Executor
from lakeward.providers.databricks.model_version import ModelVersion
from sandbox.waiting import wait_for

SLOW = 60.0


@pytest.fixture
def wanted(desk: Desk) -> Iterator[ModelVersion]:
    """A copy by the job."""
    yield desk.wanted(executor=Executor.DATABRICKS_JOB, job=install(desk))
    for run in runs(desk):
        desk.ana.call("POST", "/api/2.2/jobs/runs/cancel", {"run_id": run["run_id"]})


def through(desk: Desk, wanted: ModelVersion) -> Result:
    """Passes until the copy is there or a problem is told; runs are waited for."""
    seen: list[Result] = []

    def rests() -> bool:
        desk.wait_end()
        seen.append(desk.run(wanted))
        return seen[-1].problem is not None or (seen[-1].state is State.READY and not seen[-1].wrote)

    wait_for(rests, SLOW)
    return seen[-1]


def started(desk: Desk, wanted: ModelVersion) -> Result:
    """Up to the first look at the run."""
    desk.run(wanted)
    desk.wait_end()
    return desk.run(wanted)


def test_the_job_makes_the_copy_as_its_own_principal(desk: Desk, wanted: ModelVersion) -> None:
    desk.register(files=2)
    result = through(desk, replace(wanted, carry={"domain": 'onco "β" {{x}}'}))
    assert result.seen is not None
    assert result.seen.outputs["version"] == 1
    made = desk.ana.versions(desk.target)[1]
    assert (made["status"], made["created_by"], made["source"]) == ("READY", RUNNER, desk.origin)
    assert desk.ana.file(desk.target, 1, "data/part-1.bin") == bytes([1]) * 1000
    tags = desk.tags(1)
    owner, token, run = tags["lakeward_attempt"].split(";")
    assert (owner, len(token), run) == (OWNER, 32, str(runs(desk)[0]["run_id"]))
    assert tags["domain"] == 'onco "β" {{x}}'
    assert results(desk) == ["SUCCESS"]
    assert [r for r in desk.writes() if "/jobs/run-now" not in r.path] == []


def test_the_job_and_the_operator_give_the_same_digest(desk: Desk, wanted: ModelVersion) -> None:
    desk.register(files=3)
    through(desk, wanted)
    by_job = desk.tags(1)["lakeward_digest"]
    desk.ana.call("DELETE", f"/api/2.1/unity-catalog/models/{desk.target}/versions/1")
    assert desk.settle(desk.wanted()).state is State.READY
    assert desk.tags(2)["lakeward_digest"] == by_job


def test_while_the_run_goes_on_the_pass_says_where_it_is(desk: Desk, wanted: ModelVersion) -> None:
    desk.register()
    desk.house.script(str(wanted.job), hold=True)
    result = started(desk, wanted)
    (run,) = runs(desk)
    assert result.state is State.PROGRESSING
    assert result.message == f"the copy job is running, see {run['run_page_url']}"
    assert result.seen is not None
    assert (result.seen.outputs, result.seen.again) == ({"id": run["run_id"]}, 10.0)
    desk.house.release_runs(str(wanted.job))


def test_another_process_finds_the_same_run(desk: Desk, wanted: ModelVersion) -> None:
    desk.register()
    desk.house.script(str(wanted.job), hold=True)
    started(desk, wanted)
    desk.works = Works(desk.pool)
    assert started(desk, wanted).state is State.PROGRESSING
    assert standing(desk) == ["RUNNING"]


def test_another_process_finds_the_run_by_what_it_has_begun(desk: Desk, wanted: ModelVersion) -> None:
    desk.register()
    held = desk.house.fault("hold", method="PUT", path="part-1.bin", principal=RUNNER)
    started(desk, wanted)
    desk.house.wait_held(held, 1, SLOW)
    desk.works = Works(desk.pool)
    before = desk.writes()
    assert desk.run(wanted).state is State.PROGRESSING
    assert desk.writes() == before


def test_a_failed_run_is_tried_once_more_and_then_needs_a_person(desk: Desk, wanted: ModelVersion) -> None:
    desk.register()
    desk.house.fault("fail", method="PATCH", path="/finalize$", principal=RUNNER, count=0)
    found = problem(through(desk, wanted))
    assert (found.reason, found.stalled, found.retry_after) == (Reason.COPY_FAILED, True, 300.0)
    last = runs(desk)[-1]
    assert found.message.startswith(f"the copy job failed, see {last['run_page_url']}: CopyError: version ")
    assert (results(desk), desk.versions()) == (["FAILED", "FAILED"], {})


def test_the_job_hashes_files_that_are_not_the_pinned_ones_once(desk: Desk, wanted: ModelVersion) -> None:
    desk.register()
    for _ in range(2):
        found = problem(through(desk, replace(wanted, pin=f"sha256:{'0' * 64}")))
        assert (found.reason, found.field) == (Reason.DIGEST_MISMATCH, "spec.source.digest")
        assert (results(desk), desk.versions()) == (["FAILED"], {})
    source = registry.version(desk.client(), desk.source, 1)
    assert source is not None
    assert remembered(desk.client(), source) is None, "what a job says is not taken for what we hashed"
    (right,) = re.findall("sha256:[0-9a-f]{64}", found.message)
    assert through(desk, replace(wanted, pin=right)).state is State.READY
    assert (results(desk), desk.versions()) == (["FAILED", "SUCCESS"], {1: "READY"})


def test_what_a_failed_run_left_is_removed_before_the_next(desk: Desk, wanted: ModelVersion) -> None:
    desk.register()
    fault = desk.house.fault("fail", method="PATCH", path="/finalize$", principal=RUNNER)
    assert through(desk, wanted).state is State.READY
    assert desk.house.hits(fault) == 1
    assert (results(desk), desk.versions()) == (["FAILED", "SUCCESS"], {2: "READY"})


def test_a_copy_of_the_job_that_lost_dependencies_is_removed_although_it_is_ready(
    desk: Desk, wanted: ModelVersion
) -> None:
    desk.register(model_version_dependencies={"dependencies": [{"table": {"table_full_name": "a.b.c"}}]})
    where = {"method": "POST", "path": "/models/versions$", "principal": RUNNER}
    desk.house.fault("forget", body_field="model_version_dependencies", count=0, **where)
    found = problem(through(desk, wanted))
    assert (found.reason, results(desk), desk.versions()) == (Reason.COPY_FAILED, ["FAILED", "FAILED"], {})
    assert found.message.endswith("CopyError: DependenciesLost: the copy has 0 of the 1 dependencies of its source")


def test_a_file_that_changes_after_it_was_hashed_ends_the_run(desk: Desk, wanted: ModelVersion) -> None:
    desk.register(finalize=False)
    held = desk.house.fault("hold", method="POST", path="/models/versions$", principal=RUNNER)
    started(desk, wanted)
    desk.house.wait_held(held, 1, SLOW)
    desk.put("data/part-1.bin", b"y" * 1000)
    desk.house.release(held)
    assert results(desk) == ["FAILED"]
    assert desk.versions() == {1: "PENDING_REGISTRATION"}
    assert through(desk, wanted).state is State.READY
    assert desk.versions() == {2: "READY"}


def test_an_error_that_passes_ends_no_run(desk: Desk, wanted: ModelVersion) -> None:
    desk.register()
    for method, path in (("GET", "part-0.bin"), ("PUT", "part-1.bin"), ("PATCH", "/finalize$")):
        desk.house.fault("status", method=method, path=path, principal=RUNNER, status=429, retry_after=0)
    desk.house.fault("reset", method="GET", path="/dev/tumor/1/MLmodel", principal=RUNNER)
    assert through(desk, wanted).state is State.READY
    assert results(desk) == ["SUCCESS"]


def test_a_run_that_says_it_is_well_and_left_no_copy_is_a_failed_one(desk: Desk, wanted: ModelVersion) -> None:
    desk.register()
    desk.house.script(str(wanted.job), "SUCCESS")
    found = problem(through(desk, wanted))
    assert found.reason is Reason.COPY_FAILED
    assert found.message.startswith("the copy job left no copy that can be taken for one, see http")
    assert results(desk) == ["SUCCESS", "SUCCESS"]


def test_a_paused_copy_ends_its_run_and_a_later_one_makes_it(desk: Desk, wanted: ModelVersion) -> None:
    desk.register()
    held = desk.house.fault("hold", method="PUT", path="part-1.bin", principal=RUNNER)
    started(desk, wanted)
    desk.house.wait_held(held, 1, SLOW)
    paused = ModelVersion(**{**vars(wanted), "paused": True})
    assert desk.run(paused).message.startswith("the copy job is being cancelled, see ")
    wait_for(lambda: paused.observe(desk.client()) is None, SLOW)
    assert desk.versions() == {1: "PENDING_REGISTRATION"}
    assert through(desk, wanted).state is State.READY
    assert (results(desk), desk.versions()) == (["CANCELED", "SUCCESS"], {2: "READY"})


def test_what_was_cancelled_by_us_is_no_failure(desk: Desk, wanted: ModelVersion) -> None:
    desk.register()
    desk.house.script(str(wanted.job), hold=True, count=2)
    paused = ModelVersion(**{**vars(wanted), "paused": True})
    for _ in range(2):
        assert started(desk, wanted).state is State.PROGRESSING
        desk.run(paused)
        wait_for(lambda: paused.observe(desk.client()) is None, SLOW)
    desk.house.fault("fail", method="PATCH", path="/finalize$", principal=RUNNER)
    assert through(desk, wanted).state is State.READY, "the first failure is tried again at once"
    assert results(desk) == ["CANCELED", "CANCELED", "FAILED", "SUCCESS"]


def test_a_preview_cancels_nothing(desk: Desk, wanted: ModelVersion) -> None:
    desk.register()
    held = desk.house.fault("hold", method="PUT", path="part-1.bin", principal=RUNNER)
    started(desk, wanted)
    desk.house.wait_held(held, 1, SLOW)
    desk.works = Works(desk.pool)
    desk.works.stop()
    before = desk.writes()
    seen = ModelVersion(**{**vars(wanted), "paused": True}).observe(desk.client())
    assert seen is not None
    assert seen.message.startswith("the copy job is running, see ")
    assert desk.writes() == before


@pytest.mark.parametrize("process", ["the same", "another"])
def test_what_left_the_spec_ends_its_run_and_leaves_nothing(desk: Desk, wanted: ModelVersion, process: str) -> None:
    desk.register()
    held = desk.house.fault("hold", method="PUT", path="part-1.bin", principal=RUNNER)
    result = started(desk, wanted)
    assert result.seen is not None
    row = Row(wanted.address, "Progressing", id=str(result.seen.outputs["id"]))
    desk.house.wait_held(held, 1, SLOW)
    if process == "another":
        desk.works = Works(desk.pool)
    assert desk.run(None, [row]).state is State.PROGRESSING
    wait_for(lambda: desk.run(None, [row]).state is State.GONE, SLOW)
    assert (results(desk), desk.versions()) == (["CANCELED"], {})


def test_a_run_that_has_begun_nothing_yet_is_found_by_the_inventory(desk: Desk, wanted: ModelVersion) -> None:
    desk.register()
    desk.house.script(str(wanted.job), hold=True)
    result = started(desk, wanted)
    assert result.seen is not None
    desk.works = Works(desk.pool)
    row = Row(wanted.address, "Progressing", id=str(result.seen.outputs["id"]))
    assert desk.run(None, [row]).state is State.PROGRESSING
    wait_for(lambda: desk.run(None, [row]).state is State.GONE, SLOW)
    assert results(desk) == ["CANCELED"]


@pytest.mark.parametrize("seconds", [59.0, 61.0])
def test_a_deletion_does_not_wait_for_a_run_that_does_not_end(desk: Desk, wanted: ModelVersion, seconds: float) -> None:
    desk.register()
    desk.house.script(str(wanted.job), hold=True)
    result = started(desk, wanted)
    assert result.seen is not None
    row = Row(wanted.address, "Progressing", id=str(result.seen.outputs["id"]))
    # the service takes the cancelling and does not act on it
    deaf = desk.house.fault("status", method="POST", path="/runs/cancel$", principal="lakeward", status=200, count=0)
    assert desk.run(None, [row]).state is State.PROGRESSING
    desk.now += seconds
    assert desk.run(None, [row]).state is (State.PROGRESSING if seconds < 60 else State.GONE)
    assert desk.house.hits(deaf) == 1


def test_a_run_that_takes_too_long_is_cancelled_and_begun_again(desk: Desk, wanted: ModelVersion) -> None:
    desk.register()
    desk.house.script(str(wanted.job), hold=True, count=1)
    short = ModelVersion(**{**vars(wanted), "limit": 100.0})
    started(desk, short)
    desk.now += 101.0
    assert desk.run(short).message.startswith("the copy job is being cancelled, see ")
    found = problem(through(desk, short))
    assert (found.field, found.stalled) == ("spec.copy.timeout", False)
    assert through(desk, short).state is State.READY
    assert results(desk) == ["CANCELED", "SUCCESS"]


def test_without_the_right_to_write_no_run_is_started(desk: Desk, wanted: ModelVersion) -> None:
    desk.register()
    held = desk.hold("GET", "/dev/tumor/1/MLmodel")
    desk.run(wanted)
    desk.house.wait_held(held)
    desk.going = False
    desk.house.release(held)
    desk.wait_end()
    assert runs(desk) == []


def test_a_job_that_is_not_there_or_is_another_kind_is_named(desk: Desk) -> None:
    desk.register()
    nowhere = desk.wanted(executor=Executor.DATABRICKS_JOB, job="nowhere")
    found = problem(desk.settle(nowhere))
    assert (found.reason, found.retry_after) == (Reason.EXECUTOR_MISSING, 300.0)
    assert "there is no job nowhere: mend spec.promotions.jobs.copy" in found.message
    job = install(desk, parameters=[], tasks=[{"task_key": "x", "notebook_task": {"notebook_path": "/Shared/x"}}])
    found = problem(desk.settle(desk.wanted(executor=Executor.DATABRICKS_JOB, job=job)))
    assert (found.reason, runs(desk)) == (Reason.EXECUTOR_MISSING, [])
    assert "attempt, most_bytes, pin" in found.message


def test_a_copy_of_the_job_is_taken_only_while_the_job_is_named(desk: Desk, wanted: ModelVersion) -> None:
    desk.register()
    through(desk, wanted)
    made = registry.copies(desk.client(), desk.target, desk.origin)
    source = registry.version(desk.client(), desk.source, 1)
    assert rejected(desk.client(), made, source, job=wanted.job) == ()
    assert rejected(desk.client(), made, source) == ((1, f"it was made by {RUNNER}"),)


def test_a_forged_mark_ends_no_run_of_somebody_else(desk: Desk, wanted: ModelVersion) -> None:
    desk.register()
    desk.house.script(str(wanted.job), hold=True)
    other = ModelVersion(**{**vars(wanted), "owner": "test/ml/ModelPromotion/other"})
    started(desk, other)
    (run,) = runs(desk)
    desk.begin(f"{OWNER};{'a' * 32};{run['run_id']}")
    desk.run(None, [Row(wanted.address, "Progressing", id=str(run["run_id"]))])
    assert standing(desk) == ["RUNNING"]
