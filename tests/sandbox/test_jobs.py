"""Jobs with the unmodified Databricks SDK and in raw JSON: their settings, their listings, and who may do what."""

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import NotFound, PermissionDenied
from databricks.sdk.service.jobs import (
    JobAccessControlRequest,
    JobParameterDefinition,
    JobPermissionLevel,
    JobRunAs,
    JobSettings,
    NotebookTask,
    Task,
)

from lakeward_sandbox.launch import Lakehouse
from sandbox.chores import JOBS, SERVERLESS, get_run, new_job, notebook, python, run_now
from sandbox.talk import Talk, talk

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


def _entry(name: str, level: JobPermissionLevel) -> JobAccessControlRequest:
    return JobAccessControlRequest(service_principal_name=name, permission_level=level)


def _change(who: Talk, method: str, job: int, *entries: dict[str, str]) -> str:
    answer = who.ask(method, f"/api/2.0/permissions/jobs/{job}", {"access_control_list": entries})
    return "200" if answer.status == 200 else answer.code
