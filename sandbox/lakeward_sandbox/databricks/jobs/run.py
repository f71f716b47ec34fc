"""Runs of jobs and of their tasks as they are kept, and the ways in which they end. It knows no clock and no process.

QUEUED -> PENDING -> RUNNING -> ENDED            of a run that is played, PENDING takes no time
             |          |         ^
             |          +-> TERMINATING (a process is being killed)
             +----------------------+ cancelled, or skipped because the job has its most runs already
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from lakeward_sandbox.databricks.numbers import newest_first, oldest_first
from lakeward_sandbox.errors import Json
from lakeward_sandbox.store import Store


class Life(StrEnum):
    """Where a run stands; ENDED is refined by its `end`."""

    QUEUED = "QUEUED"
    PENDING = "PENDING"
    RUNNING = "RUNNING"
    TERMINATING = "TERMINATING"
    ENDED = "TERMINATED"


@dataclass(frozen=True)
class End:
    """How the service writes an end: in the older `state`, and in the newer `status`."""

    life_cycle_state: str
    result_state: str
    code: str
    type: str


# the service was seen to answer INTERNAL_ERROR for a run of which a task's code failed: that is WORKLOAD_FAILED
ENDS = {
    "SUCCESS": End("TERMINATED", "SUCCESS", "SUCCESS", "SUCCESS"),
    "SUCCESS_WITH_FAILURES": End("TERMINATED", "SUCCESS_WITH_FAILURES", "SUCCESS_WITH_FAILURES", "SUCCESS"),
    "FAILED": End("TERMINATED", "FAILED", "RUN_EXECUTION_ERROR", "CLIENT_ERROR"),
    "TIMEDOUT": End("TERMINATED", "TIMEDOUT", "CANCELED", "CLIENT_ERROR"),
    "CANCELED": End("TERMINATED", "CANCELED", "USER_CANCELED", "CLIENT_ERROR"),
    "INTERNAL_ERROR": End("INTERNAL_ERROR", "FAILED", "INTERNAL_ERROR", "INTERNAL_ERROR"),
    "WORKLOAD_FAILED": End("INTERNAL_ERROR", "FAILED", "RUN_EXECUTION_ERROR", "CLIENT_ERROR"),
    "SKIPPED": End("SKIPPED", "MAXIMUM_CONCURRENT_RUNS_REACHED", "MAX_CONCURRENT_RUNS_EXCEEDED", "CLIENT_ERROR"),
    "UPSTREAM_FAILED": End("TERMINATED", "UPSTREAM_FAILED", "SKIPPED", "CLIENT_ERROR"),
    "UPSTREAM_CANCELED": End("TERMINATED", "UPSTREAM_CANCELED", "SKIPPED", "CLIENT_ERROR"),
}
SUCCESSES = frozenset({"SUCCESS", "SUCCESS_WITH_FAILURES"})


@dataclass(frozen=True)
class Run:
    """A run of a job. Times are milliseconds. `played` says that no process belongs to it: it ends at `due`, or when
    it is released while it is `held`, after `seconds`. `most` is how many runs its job may have at a time.
    """

    id: int
    job_id: int
    workspace: str
    creator: str
    run_as: str
    name: str
    parameters: Sequence[Json]
    begun: int
    most: int
    timeout_seconds: int
    life: str
    token: str | None = None
    played: bool = True
    held: bool = False
    seconds: float = 0.0
    due: int = 0
    ended: int = 0
    end: str = ""
    message: str = ""

    @property
    def is_over(self) -> bool:
        return self.life == Life.ENDED

    @property
    def holds_a_place(self) -> bool:
        """Whether it counts for the most runs that a job may have at a time."""
        return self.life not in {Life.QUEUED, Life.ENDED}


@dataclass(frozen=True)
class TaskRun:
    """A run of one task: `task` is what the job said of it. `planned` is how a script wants it to end."""

    id: int
    run_id: int
    task: Mapping[str, Any]
    begun: int
    life: str
    planned: str = "SUCCESS"
    planned_message: str = ""
    ended: int = 0
    end: str = ""
    message: str = ""
    logs: str = ""
    truncated: bool = False

    @property
    def key(self) -> str:
        return str(self.task["task_key"])

    @property
    def is_over(self) -> bool:
        return self.life == Life.ENDED


def find(store: Store, run_id: int) -> Run | None:
    return store.of(Run).get(newest_first(run_id))


def keep(store: Store, run: Run) -> None:
    store.of(Run).put(newest_first(run.id), run, parent=str(run.job_id))


def of_job(store: Store, job_id: int) -> Sequence[Run]:
    """All runs of a job, the newest first."""
    return store.of(Run).children(str(job_id))


def find_task(store: Store, task_run_id: int) -> TaskRun | None:
    return store.of(TaskRun).get(oldest_first(task_run_id))


def keep_task(store: Store, task: TaskRun) -> None:
    store.of(TaskRun).put(oldest_first(task.id), task, parent=str(task.run_id))


def tasks_of(store: Store, run_id: int) -> Sequence[TaskRun]:
    """In the order in which they run."""
    return store.of(TaskRun).children(str(run_id))


def forget(store: Store, run: Run) -> None:
    for task in tasks_of(store, run.id):
        store.of(TaskRun).delete(oldest_first(task.id))
    store.of(Run).delete(newest_first(run.id))
