"""Python files of a workspace that a job really executes: as whom, with what, and how their processes end."""

import json
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.service.workspace import ImportFormat

from lakeward_sandbox.launch import Lakehouse, start
from sandbox.chores import JOBS, ended, get_run, new_job, notebook, python, run_now, state
from sandbox.talk import UC, Talk, talk
from sandbox.waiting import wait_for

COPY = {"service_principal_name": "lakeward-copy"}
FILE = "/Workspace/Shared/jobs/main.py"
TELL = """
import json, os, sys
print(json.dumps({"arguments": sys.argv[1:], "environment": dict(os.environ), "at": os.getcwd(), "path": sys.path}))
"""
CALL = """
import os, sys, urllib.request
def ask(method, path, body=None):
    headers = {"Authorization": "Bearer " + os.environ["DATABRICKS_TOKEN"], "Content-Type": "application/json"}
    request = urllib.request.Request(os.environ["DATABRICKS_HOST"] + path, body, headers, method=method)
    return urllib.request.urlopen(request).read().decode()
"""
WAIT = """
import os, pathlib, sys, threading
print("begun")
pathlib.Path(sys.argv[1], str(os.getpid())).touch()
threading.Event().wait()
"""


@pytest.fixture
def upload(sdk: WorkspaceClient, house: Lakehouse) -> Callable[[str], None]:
    assert house
    sdk.workspace.mkdirs("/Workspace/Shared/jobs")
    return lambda source: sdk.workspace.upload(FILE, source.encode(), format=ImportFormat.AUTO, overwrite=True)


def test_a_file_runs_alone_with_its_parameters_and_a_clean_environment(
    house: Lakehouse, dev: Talk, upload: Callable[[str], None]
) -> None:
    upload(TELL)
    given = ["{{job.parameters.model}}", "--run={{job.run_id}}", "{{ job.id }}", "{{tasks.x.values.y}}", "a b"]
    job = new_job(dev, "tell", python(FILE, *given), parameters=[{"name": "model", "default": "none"}], run_as=COPY)
    run = ended(dev, run_now(dev, job, job_parameters={"model": "a.b.c"}))
    told = json.loads(logs(dev, run))
    assert told["arguments"] == ["a.b.c", f"--run={run['run_id']}", str(job), "{{tasks.x.values.y}}", "a b"]
    assert told["environment"].pop("PATH").startswith("/")
    home = told["environment"].pop("HOME")
    assert told["environment"].pop("TMPDIR") == told["at"] == home
    assert str(Path.home()) != home
    assert not Path(home).exists()
    expected = {"DATABRICKS_HOST": house.workspace("dev").url, "DATABRICKS_TOKEN": house.token("lakeward-copy")}
    assert {name: value for name, value in told["environment"].items() if name.startswith("DATABRICKS")} == expected
    assert not {"PYTHONPATH", "VIRTUAL_ENV", "MLFLOW_TRACKING_URI"} & told["environment"].keys()


def test_a_file_acts_as_whom_its_job_runs_as(house: Lakehouse, dev: Talk, upload: Callable[[str], None]) -> None:
    upload(CALL + 'print(ask("GET", "/api/2.0/preview/scim/v2/Me"))')
    as_copy, as_creator = new_job(dev, "as copy", python(FILE), run_as=COPY), new_job(dev, "as creator", python(FILE))
    assert json.loads(logs(dev, ended(dev, run_now(dev, as_copy))))["userName"] == "lakeward-copy"
    assert json.loads(logs(dev, ended(dev, run_now(dev, as_creator))))["userName"] == "lakeward"
    asked = house.requests(path="/Me", workspace="dev")
    assert [request.principal for request in asked if "urllib" in request.user_agent] == ["lakeward-copy", "lakeward"]


def test_a_file_that_fails_fails_its_run_and_its_output_says_why(dev: Talk, upload: Callable[[str], None]) -> None:
    upload("print('so far')\nraise ValueError('the digest differs')")
    run = ended(dev, run_now(dev, new_job(dev, "fails", python(FILE))))
    assert run["state"] == {
        "life_cycle_state": "INTERNAL_ERROR",
        "result_state": "FAILED",
        "state_message": "Task main failed with message: Workload failed, see run output for details.",
        "user_cancelled_or_timedout": False,
    }
    assert run["status"]["state"] == "TERMINATED"
    assert run["status"]["termination_details"]["code"] == "RUN_EXECUTION_ERROR"
    assert (run["tasks"][0]["state"]["life_cycle_state"], run["end_time"] > 0) == ("TERMINATED", True)
    output = task_output(dev, run)
    assert output["error"] == "ValueError: the digest differs"
    assert output["logs"].startswith("so far\nTraceback")


def test_of_a_long_output_the_end_is_kept(dev: Talk, upload: Callable[[str], None]) -> None:
    upload("print('x' * 100_000, 'end')")
    output = task_output(dev, ended(dev, run_now(dev, new_job(dev, "long", python(FILE)))))
    assert output["logs_truncated"]
    assert output["logs"].endswith("x end\n")
    assert len(output["logs"]) == 64 * 1024


def test_a_file_that_is_not_there_fails_the_run(dev: Talk) -> None:
    run = ended(dev, run_now(dev, new_job(dev, "nothing", python("/Workspace/Shared/none.py"))))
    assert run["state"]["result_state"] == "FAILED"
    assert "Cannot read the python file /Workspace/Shared/none.py." in run["state"]["state_message"]


def test_tasks_run_after_those_that_they_depend_on(dev: Talk, upload: Callable[[str], None]) -> None:
    upload("import sys\nsys.exit(len(sys.argv) - 1)")
    good, bad = python(FILE, task_key="good"), python(FILE, "x", task_key="bad", depends_on=[{"task_key": "good"}])
    run = ended(dev, run_now(dev, new_job(dev, "graph", notebook("last", "bad"), bad, good)))
    assert [(task["task_key"], task["state"]["result_state"]) for task in run["tasks"]] == [
        ("good", "SUCCESS"),
        ("bad", "FAILED"),
        ("last", "UPSTREAM_FAILED"),
    ]
    assert run["state"]["result_state"] == "FAILED"


def test_a_script_of_the_door_stands_for_the_file(house: Lakehouse, dev: Talk, upload: Callable[[str], None]) -> None:
    upload("raise SystemExit(1)")
    house.script("stands for")
    assert state(dev, run_now(dev, new_job(dev, "stands for", python(FILE)))) == "TERMINATED SUCCESS"


def test_a_cancelled_run_is_over_when_its_process_is_gone(
    dev: Talk, upload: Callable[[str], None], tmp_path: Path
) -> None:
    upload(WAIT)
    run = run_now(dev, new_job(dev, "cancel", python(FILE, str(tmp_path))))
    process = only_process(tmp_path)
    assert state(dev, run) == "RUNNING"
    dev.good("POST", f"{JOBS}/runs/cancel", {"run_id": run})
    shown = ended(dev, run)
    assert not process.exists()
    assert [shown["state"]["result_state"], shown["tasks"][0]["state"]["result_state"]] == ["CANCELED", "CANCELED"]


def test_a_run_that_takes_too_long_is_ended(dev: Talk, upload: Callable[[str], None], tmp_path: Path) -> None:
    upload(WAIT)
    run = run_now(dev, new_job(dev, "slow", python(FILE, str(tmp_path)), timeout_seconds=1))
    process = only_process(tmp_path)
    shown = ended(dev, run)
    assert not process.exists()
    assert (shown["state"]["result_state"], shown["state"]["user_cancelled_or_timedout"]) == ("TIMEDOUT", True)


def test_a_deleted_job_takes_its_process_with_it(dev: Talk, upload: Callable[[str], None], tmp_path: Path) -> None:
    upload(WAIT)
    job = new_job(dev, "deleted", python(FILE, str(tmp_path)))
    run_now(dev, job)
    process = only_process(tmp_path)
    dev.good("POST", f"{JOBS}/delete", {"job_id": job})
    wait_for(lambda: not process.exists())


def test_four_run_at_a_time_and_the_next_waits(dev: Talk, upload: Callable[[str], None], tmp_path: Path) -> None:
    upload(WAIT)
    job = new_job(dev, "five", python(FILE, str(tmp_path)), max_concurrent_runs=5)
    runs = [run_now(dev, job) for _ in range(5)]
    wait_for(lambda: len(list(tmp_path.iterdir())) == 4, 60)
    waiting = [run for run in runs if state(dev, run) == "PENDING"]
    assert len(waiting) == 1
    dev.good("POST", f"{JOBS}/runs/cancel", {"run_id": next(run for run in runs if run not in waiting)})
    wait_for(lambda: state(dev, waiting[0]) == "RUNNING", 60)
    for run in runs:
        dev.good("POST", f"{JOBS}/runs/cancel", {"run_id": run})
    assert {ended(dev, run)["state"]["result_state"] for run in runs} == {"CANCELED"}


def test_processes_end_with_the_lakehouse_and_runs_are_found_again(tmp_path: Path) -> None:
    """Once it ends in good order, with a run that is played and one that has a process, and once by a kill."""
    first = start(tmp_path / "state")
    try:
        dev, job = talk(first), prepared(talk(first), tmp_path / "first")
        first.script("held", "FAILED", message="as told", hold=True)
        held, running = run_now(dev, new_job(dev, "held")), run_now(dev, job)
        process = only_process(tmp_path / "first")
        first.stop()
        wait_for(lambda: not process.exists())
    finally:
        first.kill()
    second = start(tmp_path / "state")
    try:
        dev = talk(second)
        assert not list((tmp_path / "state" / "programs").glob("*"))
        assert state(dev, held) == "RUNNING"
        assert second.release_runs("held") == 1
        assert get_run(dev, held)["state"]["state_message"] == "as told"
        assert get_run(dev, running)["status"]["termination_details"] == {
            "code": "INTERNAL_ERROR",
            "type": "INTERNAL_ERROR",
            "message": "The lakehouse ended while the run was in progress.",
        }
        run_now(dev, prepared(dev, tmp_path / "second"))
        process = only_process(tmp_path / "second")
    finally:
        second.kill()
    wait_for(lambda: not process.exists())


def test_a_file_may_use_the_sdk_and_what_it_makes_is_of_its_principal(
    dev: Talk, schema: str, upload: Callable[[str], None]
) -> None:
    upload(
        "import sys\nfrom databricks.sdk import WorkspaceClient\ncatalog, schema = sys.argv[1].split('.')\n"
        "WorkspaceClient().registered_models.create(catalog_name=catalog, schema_name=schema, name='copied')\n"
    )
    run = ended(dev, run_now(dev, new_job(dev, "sdk", python(FILE, schema), run_as=COPY)))
    assert run["state"]["result_state"] == "SUCCESS", task_output(dev, run)
    assert dev.good("GET", f"{UC}/models/{schema}.copied")["created_by"] == "lakeward-copy"


def prepared(talk: Talk, pids: Path) -> int:
    """A job whose process notes its id in that folder and waits for ever."""
    pids.mkdir()
    talk.good("POST", "/api/2.0/workspace/mkdirs", {"path": FILE.rpartition("/")[0]})
    body = {"path": FILE, "format": "AUTO", "content": b64encode(WAIT.encode()).decode(), "overwrite": True}
    talk.good("POST", "/api/2.0/workspace/import", body)
    return new_job(talk, "waits", python(FILE, str(pids)))


def task_output(talk: Talk, run: dict[str, object]) -> dict[str, str]:
    tasks = run["tasks"]
    assert isinstance(tasks, list)
    found: dict[str, str] = talk.good("GET", f"{JOBS}/runs/get-output", query={"run_id": tasks[0]["run_id"]})
    return found


def logs(talk: Talk, run: dict[str, object]) -> str:
    return task_output(talk, run)["logs"]


def only_process(folder: Path) -> Path:
    """Where the system shows the one process that noted its id in the folder."""
    wait_for(lambda: bool(list(folder.iterdir())), 60)
    [noted] = folder.iterdir()
    return Path("/proc", noted.name)
