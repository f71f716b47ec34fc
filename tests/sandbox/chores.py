"""Short ways to jobs of the lakehouse for its tests: bodies of jobs, and waiting for the end of a run."""

from typing import Any

from sandbox.talk import Talk
from sandbox.waiting import wait_for

JOBS = "/api/2.2/jobs"
SERVERLESS = [{"environment_key": "default", "spec": {"client": "2"}}]


def notebook(key: str, *upstream: str) -> dict[str, Any]:
    """A task that cannot be executed here."""
    depends_on = [{"task_key": other} for other in upstream]
    return {"task_key": key, "notebook_task": {"notebook_path": "/Shared/check"}, "depends_on": depends_on}


def python(path: str, *parameters: str, **more: object) -> dict[str, Any]:
    """A task that is executed if the file is there."""
    script = {"python_file": path, "parameters": list(parameters)}
    return {"task_key": "main", "environment_key": "default", "spark_python_task": script, **more}


def new_job(talk: Talk, name: str, *tasks: dict[str, Any], **settings: object) -> int:
    body = {"name": name, "environments": SERVERLESS, "tasks": tasks or [notebook("main")], **settings}
    return int(talk.good("POST", f"{JOBS}/create", body)["job_id"])


def run_now(talk: Talk, job: int, **more: object) -> int:
    return int(talk.good("POST", f"{JOBS}/run-now", {"job_id": job, **more})["run_id"])


def get_run(talk: Talk, run: int) -> Any:
    return talk.good("GET", f"{JOBS}/runs/get", query={"run_id": run})


def state(talk: Talk, run: int) -> str:
    """`RUNNING`, or `TERMINATED SUCCESS`."""
    shown = get_run(talk, run)["state"]
    return " ".join(shown[name] for name in ("life_cycle_state", "result_state") if name in shown)


def ended(talk: Talk, run: int, seconds: float = 60) -> Any:
    """The run, when it is over."""
    wait_for(lambda: "result_state" in get_run(talk, run)["state"], seconds)
    return get_run(talk, run)
