"""How the Jobs API writes runs: both the older `state` and the newer `status`, as the service still does."""

from collections.abc import Sequence

from lakeward_sandbox.calls import Call
from lakeward_sandbox.databricks.jobs.run import ENDS, Life, Run, TaskRun
from lakeward_sandbox.errors import Json

_CUT_SHORT = frozenset({"CANCELED", "TIMEDOUT"})


def run_json(call: Call, found: Run, tasks: Sequence[TaskRun] | None) -> Json:
    """`Run`, or without its tasks `BaseRun`."""
    shown: dict[str, object] = {
        "job_id": found.job_id,
        "run_id": found.id,
        "number_in_job": found.id,
        "original_attempt_run_id": found.id,
        "creator_user_name": found.creator,
        "run_name": found.name,
        "run_type": "JOB_RUN",
        "trigger": "ONE_TIME",
        "format": "MULTI_TASK",
        "run_page_url": _page(call, found, found.id),
        "job_parameters": list(found.parameters),
        **_progress(found),
    }
    if tasks is not None:
        shown["tasks"] = [_task_json(call, found, task) for task in tasks]
    return shown


def _task_json(call: Call, found: Run, task: TaskRun) -> Json:
    """`RunTask`."""
    return {
        **task.task,
        "run_id": task.id,
        "attempt_number": 0,
        "run_page_url": _page(call, found, task.id),
        **_progress(task),
    }


def _progress(one: Run | TaskRun) -> dict[str, object]:
    """Times and states; an end of 0 says that there is none yet."""
    duration = one.ended - one.begun if one.is_over else 0
    return {
        "start_time": one.begun,
        "end_time": one.ended,
        "run_duration": duration,
        "setup_duration": 0,
        "execution_duration": duration,
        "cleanup_duration": 0,
        "state": _state(one),
        "status": _status(one),
    }


def _state(one: Run | TaskRun) -> Json:
    if not one.is_over:
        return {"life_cycle_state": one.life, "state_message": "", "user_cancelled_or_timedout": False}
    end = ENDS[one.end]
    return {
        "life_cycle_state": end.life_cycle_state,
        "result_state": end.result_state,
        "state_message": one.message,
        "user_cancelled_or_timedout": end.result_state in _CUT_SHORT,
    }


def _status(one: Run | TaskRun) -> Json:
    if not one.is_over:
        return {"state": one.life}
    end = ENDS[one.end]
    return {
        "state": Life.ENDED,
        "termination_details": {"code": end.code, "type": end.type, "message": one.message},
    }


def _page(call: Call, found: Run, run_id: int) -> str:
    return f"{call.base_url}/?o={call.workspace.id}#job/{found.job_id}/run/{run_id}"
