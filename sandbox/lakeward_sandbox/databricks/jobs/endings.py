"""How runs and their tasks come to an end. Played runs have no thread behind them: one whose time has come is ended as
soon as somebody looks, so it also ends when the lakehouse was restarted meanwhile.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from lakeward_sandbox.databricks.jobs import run, settings
from lakeward_sandbox.databricks.jobs.run import SUCCESSES, Life, Run, TaskRun
from lakeward_sandbox.state import milliseconds
from lakeward_sandbox.store import Store


def end_if_due(store: Store, found: Run) -> bool:
    """Ends a played run if its time has come, and says whether it did."""
    if not found.played or found.life != Life.RUNNING or found.held or found.due > milliseconds():
        return False
    ends: dict[str, str] = {}
    for task in run.tasks_of(store, found.id):
        name = upstream_end(task, ends) or task.planned
        ends[task.key] = name
        said = task.planned_message if name == task.planned else ""
        run.keep_task(store, replace(task, life=Life.ENDED, end=name, message=said, ended=found.due))
    decisive = deciding(run.tasks_of(store, found.id))
    end(store, found, decisive.end, decisive.message, found.due)
    return True


def end_all(store: Store, found: Run, name: str, message: str, at: int) -> Run:
    """The run, and those of its tasks that are not over."""
    for task in run.tasks_of(store, found.id):
        if not task.is_over:
            run.keep_task(store, replace(task, life=Life.ENDED, end=name, message=message, ended=at))
    return end(store, found, name, message, at)


def end(store: Store, found: Run, name: str, message: str, at: int) -> Run:
    """The run alone: its tasks have ended."""
    over = replace(found, life=Life.ENDED, end=name, message=message, ended=at, held=False)
    run.keep(store, over)
    return over


def upstream_end(task: TaskRun, ends: Mapping[str, str]) -> str | None:
    """How a task ends that cannot run because of those that it depends on; None if it can."""
    before = {ends[key] for key in settings.upstream(task.task)}
    if before <= SUCCESSES:
        return None
    return "UPSTREAM_CANCELED" if before & {"CANCELED", "UPSTREAM_CANCELED"} else "UPSTREAM_FAILED"


def deciding(tasks: Sequence[TaskRun]) -> TaskRun:
    """The task that says how the run ends: the first that did not succeed, else the last."""
    return next((task for task in tasks if task.end not in SUCCESSES), tasks[-1])
