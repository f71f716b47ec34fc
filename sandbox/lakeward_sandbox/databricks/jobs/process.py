"""One Python script of a job, really executed: in a process of its own, as the principal that the job runs as.
It knows nothing of the other tasks of the run.
"""

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

from lakeward_sandbox.databricks import workspace_files
from lakeward_sandbox.databricks.jobs.run import Life, Run, TaskRun
from lakeward_sandbox.principals import Tokens
from lakeward_sandbox.programs import Ended, Program
from lakeward_sandbox.sites import Workspace
from lakeward_sandbox.state import State, milliseconds

FAILURE = "Workload failed, see run output for details"
_TIMED_OUT = "Run timed out."
_REFERENCE = re.compile(r"\{\{\s*job\.(parameters\.)?([\w.-]+)\s*\}\}")


def can_run(task: Mapping[str, Any]) -> bool:
    """Only a Python file of the workspace can be executed here."""
    script = task.get("spark_python_task") or {}
    return script.get("source") == "WORKSPACE" and str(script.get("python_file")).startswith("/")


def execute(state: State, found: Run, task: TaskRun) -> TaskRun:
    """Waits for the process; the answer is the task as it ended. Raises programs.ClosingError."""
    path = task.task["spark_python_task"]["python_file"]
    content = workspace_files.content(state.store, found.workspace, path)
    if content is None:
        return _ended(task, "FAILED", f"Cannot read the python file {path}.", Ended(None, f"{path} does not exist\n"))
    done = state.programs.run(
        Program(
            key=str(task.id),
            name=PurePosixPath(path).name,
            content=content,
            arguments=[_filled(text, found) for text in task.task["spark_python_task"]["parameters"]],
            environment=_environment(state, found),
            seconds=task.task["timeout_seconds"] or found.timeout_seconds or None,
        )
    )
    if done.exit_code is None:
        return _ended(task, "TIMEDOUT", _TIMED_OUT, done)
    return _ended(task, "FAILED", FAILURE, done) if done.exit_code else _ended(task, "SUCCESS", "", done)


def kill(state: State, task: TaskRun) -> None:
    """Ends the process of the task if it has one, and sees to it that it gets none."""
    state.programs.stop(str(task.id))


def _filled(text: str, found: Run) -> str:
    """What the service knows by reference; what it does not know stays as it is."""
    values = {str(p["name"]): str(p["value"]) for p in found.parameters}
    facts = {"id": str(found.job_id), "run_id": str(found.id), "name": found.name}

    def value(reference: re.Match[str]) -> str:
        known = values if reference[1] else facts
        return known.get(reference[2], reference[0])

    return _REFERENCE.sub(value, text)


def _environment(state: State, found: Run) -> Mapping[str, str]:
    """Nothing of ours: the script finds its workspace and its login as any client of Databricks does."""
    here = next(s for s in state.sites.values() if isinstance(s.place, Workspace) and s.place.name == found.workspace)
    return {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.defpath}",
        "DATABRICKS_HOST": here.url,
        "DATABRICKS_TOKEN": Tokens(state.folder.secret()).by_name()[found.run_as],
    }


def _ended(task: TaskRun, name: str, message: str, done: Ended) -> TaskRun:
    return replace(
        task,
        life=Life.ENDED,
        end=name,
        message=message,
        ended=milliseconds(),
        logs=done.output,
        truncated=done.truncated,
    )
