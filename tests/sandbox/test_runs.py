"""Runs of jobs with the unmodified Databricks SDK and in raw JSON: tokens, parameters, listings, and how they end."""

from typing import Any

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import InvalidParameterValue
from databricks.sdk.service.jobs import RunLifeCycleState, RunResultState

from lakeward_sandbox.launch import Lakehouse, LakehouseError
from sandbox.chores import JOBS, ended, get_run, new_job, notebook, run_now, state
from sandbox.talk import Talk
from sandbox.waiting import wait_for

INVALID = "400 INVALID_PARAMETER_VALUE"


@pytest.mark.parametrize("version", ["2.1", "2.2"])
def test_a_run_of_what_cannot_be_executed_succeeds_at_once(dev: Talk, version: str) -> None:
    job = new_job(dev, "at once")
    begun = dev.good("POST", f"/api/{version}/jobs/run-now", {"job_id": job})
    shown = dev.good("GET", f"/api/{version}/jobs/runs/get", query={"run_id": begun["run_id"]})
    assert begun == {"run_id": shown["run_id"], "number_in_job": shown["number_in_job"]}
    assert (shown["state"]["life_cycle_state"], shown["state"]["result_state"]) == ("TERMINATED", "SUCCESS")
    assert shown["status"]["termination_details"]["code"] == "SUCCESS"
    assert shown["run_page_url"].endswith(f"#job/{job}/run/{shown['run_id']}")
    assert shown["end_time"] >= shown["start_time"] > 0
    assert [task["task_key"] for task in shown["tasks"]] == ["main"]


def test_the_sdk_waits_for_a_run_that_takes_its_time(house: Lakehouse, sdk: WorkspaceClient, dev: Talk) -> None:
    job = new_job(dev, "timely")
    house.script("timely", seconds=0.5)
    begun = sdk.jobs.run_now(job)
    first = sdk.jobs.get_run(begun.run_id).state
    assert first is not None
    assert (first.life_cycle_state, first.result_state) == (RunLifeCycleState.RUNNING, None)
    last = begun.result().state
    assert last is not None
    assert (last.life_cycle_state, last.result_state) == (RunLifeCycleState.TERMINATED, RunResultState.SUCCESS)


def test_the_same_token_of_the_same_job_is_the_same_run(sdk: WorkspaceClient, dev: Talk) -> None:
    job, other = new_job(dev, "tokens"), new_job(dev, "tokens too")

    def begun(job: int, token: str | None = None) -> int:
        return int(sdk.jobs.run_now(job, idempotency_token=token).run_id)

    first = begun(job, "t" * 64)
    assert begun(job, "t" * 64) == first
    assert len({first, begun(job, "u"), begun(other, "t" * 64), begun(job), begun(job)}) == 5
    assert len(list(sdk.jobs.list_runs(job_id=job))) == 4
    with pytest.raises(InvalidParameterValue, match="64"):
        sdk.jobs.run_now(job, idempotency_token="t" * 65)


def test_a_run_has_the_parameters_of_its_job_and_no_others(sdk: WorkspaceClient, dev: Talk) -> None:
    parameters = [{"name": "model", "default": "none"}, {"name": "version", "default": "1"}]
    job = new_job(dev, "parameters", parameters=parameters)
    run = sdk.jobs.get_run(sdk.jobs.run_now(job, job_parameters={"version": "7"}).run_id)
    assert [(p.name, p.default, p.value) for p in run.job_parameters or []] == [
        ("model", "none", "none"),
        ("version", "1", "7"),
    ]
    with pytest.raises(InvalidParameterValue, match="models"):
        sdk.jobs.run_now(job, job_parameters={"models": "x"})
    wrong: list[dict[str, object]] = [
        {"job_parameters": {"version": 7}},
        {"job_parameter": {}},
        {"notebook_params": {}},
    ]
    for body in wrong:
        assert dev.ask("POST", f"{JOBS}/run-now", {"job_id": job, **body}).code == INVALID


@pytest.mark.parametrize(
    ("outcome", "life", "result", "code"),
    [
        ("SUCCESS", "TERMINATED", "SUCCESS", "SUCCESS"),
        ("SUCCESS_WITH_FAILURES", "TERMINATED", "SUCCESS_WITH_FAILURES", "SUCCESS_WITH_FAILURES"),
        ("FAILED", "TERMINATED", "FAILED", "RUN_EXECUTION_ERROR"),
        ("TIMEDOUT", "TERMINATED", "TIMEDOUT", "CANCELED"),
        ("CANCELED", "TERMINATED", "CANCELED", "USER_CANCELED"),
        ("INTERNAL_ERROR", "INTERNAL_ERROR", "FAILED", "INTERNAL_ERROR"),
    ],
)
def test_a_run_ends_as_it_was_told(
    house: Lakehouse, sdk: WorkspaceClient, dev: Talk, *, outcome: str, life: str, result: str, code: str
) -> None:
    job = new_job(dev, "told")
    house.script(job, outcome, message="as told")
    run = sdk.jobs.get_run(run_now(dev, job))
    assert run.state is not None
    assert run.status is not None
    assert run.status.termination_details is not None
    assert run.state.life_cycle_state == RunLifeCycleState(life)
    assert run.state.result_state == RunResultState(result)
    assert run.state.state_message == run.status.termination_details.message == "as told"
    assert run.status.termination_details.code is not None
    assert run.status.termination_details.code.value == code


def test_a_held_run_goes_on_until_it_is_released(house: Lakehouse, dev: Talk) -> None:
    job = new_job(dev, "held", max_concurrent_runs=3)
    house.script("held", "FAILED", message="no", hold=True)
    runs = [run_now(dev, job), run_now(dev, job)]
    assert [state(dev, run) for run in runs] == ["RUNNING", "RUNNING"]
    active = dev.good("GET", f"{JOBS}/runs/list", query={"job_id": job, "active_only": "true"})["runs"]
    assert [run["run_id"] for run in active] == runs[::-1]
    assert house.release_runs("held", "prod") == 0
    assert house.release_runs("held") == 2
    assert [state(dev, run) for run in runs] == ["TERMINATED FAILED"] * 2
    assert "runs" not in dev.good("GET", f"{JOBS}/runs/list", query={"job_id": job, "active_only": "true"})
    completed = dev.good("GET", f"{JOBS}/runs/list", query={"job_id": job, "completed_only": "true"})["runs"]
    assert [run["run_id"] for run in completed] == runs[::-1]
    assert state(dev, run_now(dev, job)) == "RUNNING"
    house.clear()
    assert "runs" not in dev.good("GET", f"{JOBS}/runs/list", query={"job_id": job, "active_only": "true"})


def test_a_script_can_be_for_so_many_runs_and_for_one_task(house: Lakehouse, dev: Talk) -> None:
    tasks = [notebook("after", "first"), notebook("first"), notebook("alone")]
    job = new_job(dev, "some", *tasks)
    house.script("some", "FAILED", task="first", message="broken", count=1)
    house.script("some", "SUCCESS", message="well", workspace="prod")
    first, second = get_run(dev, run_now(dev, job)), get_run(dev, run_now(dev, job))
    assert {task["task_key"]: task["state"]["result_state"] for task in first["tasks"]} == {
        "first": "FAILED",
        "after": "UPSTREAM_FAILED",
        "alone": "SUCCESS",
    }
    assert (first["state"]["result_state"], first["state"]["state_message"]) == ("FAILED", "broken")
    assert (second["state"]["result_state"], second["state"]["state_message"]) == ("SUCCESS", "")


def test_a_later_script_takes_the_place_of_an_earlier_one(house: Lakehouse, dev: Talk) -> None:
    job = new_job(dev, "twice")
    house.script(job, "FAILED")
    house.script(job, "TIMEDOUT")
    assert state(dev, run_now(dev, job)) == "TERMINATED TIMEDOUT"
    house.clear()
    assert state(dev, run_now(dev, job)) == "TERMINATED SUCCESS"


def test_a_job_may_have_so_many_runs_at_a_time_and_more_are_skipped_or_wait(house: Lakehouse, dev: Talk) -> None:
    job, patient = new_job(dev, "one"), new_job(dev, "one", queue={"enabled": True})
    house.script("one", hold=True)
    first, second = run_now(dev, job), run_now(dev, job)
    assert [state(dev, first), state(dev, second)] == ["RUNNING", "SKIPPED MAXIMUM_CONCURRENT_RUNS_REACHED"]
    third, fourth = run_now(dev, patient), run_now(dev, patient)
    assert [state(dev, third), state(dev, fourth)] == ["RUNNING", "QUEUED"]
    dev.good("POST", f"{JOBS}/runs/cancel", {"run_id": third})
    assert [state(dev, third), state(dev, fourth)] == ["TERMINATED CANCELED", "RUNNING"]
    fifth = run_now(dev, job, queue={"enabled": True})
    house.release_runs("one")
    assert [state(dev, run) for run in (first, fourth)] == ["TERMINATED SUCCESS"] * 2
    assert state(dev, fifth) == "RUNNING"


def test_a_cancelled_run_is_over_and_one_that_is_over_stays_as_it_was(
    house: Lakehouse, sdk: WorkspaceClient, dev: Talk
) -> None:
    job = new_job(dev, "cancelled")
    house.script(job, hold=True)
    run = run_now(dev, job)
    sdk.jobs.cancel_run(run)
    shown = get_run(dev, run)
    assert shown["state"]["user_cancelled_or_timedout"]
    assert [shown["state"]["result_state"], shown["tasks"][0]["state"]["result_state"]] == ["CANCELED", "CANCELED"]
    house.script(job, "FAILED")
    failed = run_now(dev, job)
    sdk.jobs.cancel_run(failed)
    assert state(dev, failed) == "TERMINATED FAILED"


def test_runs_are_listed_in_pages(dev: Talk) -> None:
    job = new_job(dev, "many")
    runs = [run_now(dev, job) for _ in range(3)]
    page = dev.good("GET", f"{JOBS}/runs/list", query={"job_id": job, "limit": 2})
    assert [run["run_id"] for run in page["runs"]] == [runs[2], runs[1]]
    assert "tasks" not in page["runs"][0]
    token = {"page_token": page["next_page_token"]}
    assert dev.ask("GET", f"{JOBS}/runs/list", query=token).code == INVALID
    rest = dev.good("GET", f"{JOBS}/runs/list", query={"job_id": job, "expand_tasks": "true", **token})
    assert [(run["run_id"], len(run["tasks"])) for run in rest["runs"]] == [(runs[0], 1)]
    for query in ({"limit": 26}, {"active_only": "true", "completed_only": "true"}):
        assert dev.ask("GET", f"{JOBS}/runs/list", query=query).code == INVALID


def test_the_output_is_that_of_a_task_and_not_of_a_job(house: Lakehouse, sdk: WorkspaceClient, dev: Talk) -> None:
    job = new_job(dev, "output")
    house.script(job, "FAILED", message="too bad")
    run = run_now(dev, job)
    [task] = sdk.jobs.get_run(run).tasks or []
    assert task.run_id is not None
    assert sdk.jobs.get_run_output(task.run_id).error == "too bad"
    with pytest.raises(InvalidParameterValue, match="each individual task"):
        sdk.jobs.get_run_output(run)


def test_runs_go_with_their_job(house: Lakehouse, dev: Talk) -> None:
    job = new_job(dev, "gone")
    house.script(job, hold=True)
    run = run_now(dev, job)
    dev.good("POST", f"{JOBS}/delete", {"job_id": job})
    assert dev.ask("GET", f"{JOBS}/runs/get", query={"run_id": run}).code == INVALID


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"outcome": "LATER"}, "outcome must be one of SUCCESS,"),
        ({"hold": 1}, "hold has the wrong type"),
        ({"seconds": -1}, "seconds must not be negative"),
        ({"sconds": 1}, "sconds is not a field here"),
        ({"job": ""}, "job is missing"),
    ],
)
def test_a_mistake_in_a_script_is_named(house: Lakehouse, fields: dict[str, Any], said: str) -> None:
    with pytest.raises(LakehouseError, match=said):
        house.script(**{"job": "mistaken", **fields})


def test_a_script_with_time_ends_by_itself(house: Lakehouse, dev: Talk) -> None:
    job = new_job(dev, "later")
    house.script(job, "FAILED", seconds=0.2)
    run = run_now(dev, job)
    assert state(dev, run) == "RUNNING"
    wait_for(lambda: state(dev, run) == "TERMINATED FAILED", 10)
    over = ended(dev, run)
    assert over["end_time"] - over["start_time"] >= 200


def test_a_stale_read_shows_a_run_as_it_was(house: Lakehouse, dev: Talk) -> None:
    job, other = new_job(dev, "stale"), new_job(dev, "other")
    house.script(job, seconds=0.3)
    run = run_now(dev, job)
    house.fault("stale", path="/runs/get$", write_path="/run-now$")
    run_now(dev, other)
    active: dict[str, object] = {"job_id": job, "active_only": "true"}
    wait_for(lambda: "runs" not in dev.good("GET", f"{JOBS}/runs/list", query=active))
    assert [state(dev, run), state(dev, run)] == ["RUNNING", "TERMINATED SUCCESS"]
