"""Jobs and their runs with the unmodified Databricks SDK and in raw JSON: settings, rights, tokens, how they end."""

from typing import Any

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import InvalidParameterValue, NotFound, PermissionDenied
from databricks.sdk.service.jobs import (
    JobAccessControlRequest,
    JobParameterDefinition,
    JobPermissionLevel,
    JobRunAs,
    JobSettings,
    NotebookTask,
    RunLifeCycleState,
    RunResultState,
    Task,
)

from lakeward_sandbox.launch import Lakehouse, LakehouseError
from sandbox.chores import JOBS, SERVERLESS, ended, get_run, new_job, notebook, python, run_now, state
from sandbox.talk import Talk, talk
from sandbox.waiting import wait_for

INVALID = "400 INVALID_PARAMETER_VALUE"
CHECK = Task(task_key="main", notebook_task=NotebookTask(notebook_path="/Shared/check"))


@pytest.fixture
def ana(house: Lakehouse) -> Talk:
    return talk(house, "ana@example.com")


def test_the_sdk_creates_finds_reads_changes_and_deletes_a_job(sdk: WorkspaceClient) -> None:
    made = sdk.jobs.create(
        name="Life",
        tasks=[CHECK],
        parameters=[JobParameterDefinition(name="model", default="none")],
        run_as=JobRunAs(service_principal_name="lakeward-copy"),
        tags={"owner": "us"},
    )
    assert made.job_id is not None
    assert [job.job_id for job in sdk.jobs.list(name="life")] == [made.job_id]
    read = sdk.jobs.get(made.job_id)
    assert (read.creator_user_name, read.run_as_user_name) == ("lakeward", "lakeward-copy")
    assert read.settings is not None
    assert (read.settings.name, read.settings.tags, read.settings.max_concurrent_runs) == ("Life", {"owner": "us"}, 1)
    assert [(p.name, p.default) for p in read.settings.parameters or []] == [("model", "none")]
    sdk.jobs.update(made.job_id, new_settings=JobSettings(name="Other"), fields_to_remove=["tags"])
    changed = sdk.jobs.get(made.job_id).settings
    assert changed is not None
    assert (changed.name, changed.tags, [t.task_key for t in changed.tasks or []]) == ("Other", {}, ["main"])
    sdk.jobs.delete(made.job_id)
    with pytest.raises(NotFound):
        sdk.jobs.get(made.job_id)
    assert not list(sdk.jobs.list(name="other"))


def test_a_job_has_the_defaults_of_the_service_and_hides_whom_it_runs_as(dev: Talk) -> None:
    job = new_job(dev, "defaults", run_as={"service_principal_name": "lakeward-copy"})
    settings = dev.good("GET", f"{JOBS}/get", query={"job_id": job})["settings"]
    assert settings.items() >= {"format": "MULTI_TASK", "timeout_seconds": 0, "email_notifications": {}}.items()
    assert settings["tasks"][0].items() >= {"run_if": "ALL_SUCCESS", "timeout_seconds": 0}.items()
    assert "run_as" not in settings


@pytest.mark.parametrize(
    "settings",
    [
        {"tsks": []},
        {"tasks": [{"notebook_task": {"notebook_path": "/a"}}]},
        {"tasks": [{"task_key": "a"}]},
        {"tasks": [{**notebook("a"), "sql_task": {}}]},
        {"tasks": [{**notebook("a"), "notbook": 1}]},
        {"tasks": [{"task_key": "a", "notebook_task": {}}]},
        {"tasks": [notebook("a"), notebook("a")]},
        {"tasks": [notebook("a", "b")]},
        {"tasks": [notebook("a", "b"), notebook("b", "a")]},
        {"tasks": [python("/a.py")]},
        {"tasks": [{"task_key": "a", "spark_python_task": {"python_file": "/a.py"}}]},
        {"tasks": [python("/a.py", args=[])], "environments": SERVERLESS},
        {"tasks": [{**python("/a"), "spark_python_task": {"python_file": "/a", "x": 1}}], "environments": SERVERLESS},
        {"tasks": [{**python("/a"), "spark_python_task": {"parameters": []}}], "environments": SERVERLESS},
        {"parameters": [{"name": "a"}]},
        {"parameters": [{"name": "a b", "default": ""}]},
        {"parameters": [{"name": "a", "default": ""}, {"name": "a", "default": ""}]},
        {"run_as": {}},
        {"run_as": {"user_name": "ana@example.com", "service_principal_name": "lakeward"}},
        {"run_as": {"service_principal_name": "lakeward-dev"}},
        {"tags": {"a": 1}},
        {"max_concurrent_runs": 0},
        {"queue": True},
        {"access_control_list": [{"user_name": "ana@example.com", "permission_level": "CAN_RUN"}]},
        {"access_control_list": [{"group_name": "devops", "permission_level": "IS_OWNER"}]},
    ],
    ids=str,
)  # fmt: skip
def test_settings_that_make_no_sense_are_refused(house: Lakehouse, settings: dict[str, object]) -> None:
    assert talk(house, workspace="prod").ask("POST", f"{JOBS}/create", settings).code == INVALID


def test_nobody_is_nobody_to_run_as_or_to_give_rights_to(dev: Talk) -> None:
    for nobody in ({"user_name": "lakeward"}, {"service_principal_name": "nobody"}):
        assert dev.ask("POST", f"{JOBS}/create", {"run_as": nobody}).code == "404 RESOURCE_DOES_NOT_EXIST"
        entry = {**nobody, "permission_level": "CAN_VIEW"}
        refused = dev.ask("POST", f"{JOBS}/create", {"access_control_list": [entry]})
        assert refused.code == "404 RESOURCE_DOES_NOT_EXIST"


def test_who_is_no_admin_lets_jobs_run_as_itself_only(house: Lakehouse) -> None:
    copy = talk(house, "lakeward-copy")
    assert new_job(copy, "own", run_as={"service_principal_name": "lakeward-copy"})
    other = {"run_as": {"service_principal_name": "lakeward"}}
    assert copy.ask("POST", f"{JOBS}/create", other).code == "403 PERMISSION_DENIED"


@pytest.mark.parametrize("method", ["get_run", "get"])
def test_what_does_not_exist_is_a_bad_parameter_that_the_sdk_takes_for_missing(
    sdk: WorkspaceClient, dev: Talk, method: str
) -> None:
    with pytest.raises(NotFound, match="1 does not exist"):
        getattr(sdk.jobs, method)(1)
    assert dev.ask("POST", f"{JOBS}/run-now", {"job_id": 1}).code == INVALID
    assert dev.ask("POST", f"{JOBS}/runs/cancel", {"run_id": 1}).code == INVALID
    assert dev.ask("POST", f"{JOBS}/delete", {"job_id": 1}).code == INVALID


def test_jobs_are_listed_the_newest_first_in_pages_without_their_tasks(dev: Talk) -> None:
    made = [new_job(dev, "paged") for _ in range(5)]
    query: dict[str, object] = {"name": "PAGED", "limit": 2}
    found: list[int] = []
    while True:
        page = dev.good("GET", f"{JOBS}/list", query=query)
        found += [job["job_id"] for job in page["jobs"]]
        assert not any("tasks" in job["settings"] for job in page["jobs"])
        if not page["has_more"]:
            break
        query["page_token"] = page["next_page_token"]
    assert found == made[::-1]
    assert dev.good("GET", f"{JOBS}/list", query={"name": "PAG"}) == {"has_more": False}
    assert dev.ask("GET", f"{JOBS}/list", query={**query, "name": "other"}).code == INVALID
    assert dev.ask("GET", f"{JOBS}/list", query={"limit": 101}).code == INVALID


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


def test_a_job_is_closed_to_all_but_its_owner_until_it_is_opened(
    house: Lakehouse, sdk: WorkspaceClient, ana: Talk, dev: Talk
) -> None:
    job = new_job(ana, "closed")
    run = run_now(ana, job)
    refused = [
        dev.ask("GET", f"{JOBS}/get", query={"job_id": job}),
        dev.ask("POST", f"{JOBS}/run-now", {"job_id": job}),
        dev.ask("GET", f"{JOBS}/runs/get", query={"run_id": run}),
        dev.ask("GET", f"{JOBS}/runs/list", query={"job_id": job}),
        dev.ask("GET", f"/api/2.0/permissions/jobs/{job}"),
    ]
    assert {answer.code for answer in refused} == {"403 PERMISSION_DENIED"}
    assert "jobs" not in dev.good("GET", f"{JOBS}/list", query={"name": "closed"})

    opened = WorkspaceClient(
        host=house.workspace("dev").url, token=house.token("ana@example.com"), auth_type="pat"
    ).jobs.update_permissions(str(job), access_control_list=[_entry("lakeward", JobPermissionLevel.CAN_VIEW)])
    held = {
        entry.user_name or entry.service_principal_name or entry.group_name: [
            (p.permission_level and p.permission_level.value, p.inherited) for p in entry.all_permissions or []
        ]
        for entry in opened.access_control_list or []
    }
    assert held == {
        "ana@example.com": [("IS_OWNER", False)],
        "lakeward": [("CAN_VIEW", False)],
        "admins": [("CAN_MANAGE", True)],
    }
    assert sdk.jobs.get_run(run).run_id == run
    with pytest.raises(PermissionDenied, match="Manage Run"):
        sdk.jobs.run_now(job)
    with pytest.raises(PermissionDenied):
        sdk.jobs.cancel_run(run)

    _change(ana, "PATCH", job, {"service_principal_name": "lakeward", "permission_level": "CAN_MANAGE_RUN"})
    begun = sdk.jobs.run_now(job).run_id
    assert get_run(ana, begun)["creator_user_name"] == "lakeward"
    with pytest.raises(PermissionDenied):
        sdk.jobs.delete(job)


def test_a_job_has_exactly_one_owner(ana: Talk, dev: Talk) -> None:
    job = new_job(ana, "owned", access_control_list=[{"group_name": "devops", "permission_level": "CAN_VIEW"}])
    lakeward = {"service_principal_name": "lakeward", "permission_level": "IS_OWNER"}
    assert _change(ana, "PUT", job, {"group_name": "devops", "permission_level": "CAN_MANAGE"}) == INVALID
    assert _change(ana, "PATCH", job, lakeward) == INVALID
    assert _change(ana, "PUT", job, lakeward) == "200"
    assert ana.ask("GET", f"{JOBS}/get", query={"job_id": job}).code == "403 PERMISSION_DENIED"
    dev.good("POST", f"{JOBS}/delete", {"job_id": job})


def test_a_workspace_knows_its_own_jobs_only(house: Lakehouse, dev: Talk) -> None:
    job, prod = new_job(dev, "here"), talk(house, workspace="prod")
    run = run_now(dev, job)
    assert prod.ask("GET", f"{JOBS}/get", query={"job_id": job}).code == INVALID
    assert prod.ask("GET", f"{JOBS}/runs/get", query={"run_id": run}).code == INVALID
    assert "jobs" not in prod.good("GET", f"{JOBS}/list", query={"name": "here"})


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


def _entry(name: str, level: JobPermissionLevel) -> JobAccessControlRequest:
    return JobAccessControlRequest(service_principal_name=name, permission_level=level)


def _change(who: Talk, method: str, job: int, *entries: dict[str, str]) -> str:
    answer = who.ask(method, f"/api/2.0/permissions/jobs/{job}", {"access_control_list": entries})
    return "200" if answer.status == 200 else answer.code
