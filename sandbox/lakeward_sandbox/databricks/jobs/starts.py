"""Starts runs: those that wait, while their job has room for them, and their tasks one after the other. Played runs are
started by a word; the others each have a thread that waits for their processes.
"""

from dataclasses import replace

from lakeward_sandbox.databricks.jobs import process, run
from lakeward_sandbox.databricks.jobs.endings import deciding, end, end_all, end_if_due, upstream_end
from lakeward_sandbox.databricks.jobs.run import Life, Run, TaskRun
from lakeward_sandbox.state import State, milliseconds

CANCELLED = "Run cancelled."


def go_on(state: State, job_id: int) -> None:
    """Starts runs that wait, the oldest first, while the job has room for them. Inside a transaction."""
    found = run.of_job(state.store, job_id)
    busy = sum(one.holds_a_place for one in found)
    for waiting in reversed([one for one in found if one.life == Life.QUEUED]):
        if busy >= waiting.most:
            return
        busy += _start(state, waiting)


def _start(state: State, waiting: Run) -> bool:
    """Whether it holds a place from now on."""
    if not waiting.played:
        run.keep(state.store, replace(waiting, life=Life.PENDING))
        state.store.after_commit(lambda: state.programs.submit(lambda: _execute(state, waiting.id)))
        return True
    now = milliseconds()
    started = replace(waiting, life=Life.RUNNING, due=now + int(waiting.seconds * 1000))
    run.keep(state.store, started)
    for task in run.tasks_of(state.store, waiting.id):
        run.keep_task(state.store, replace(task, life=Life.RUNNING, begun=now))
    return not end_if_due(state.store, started)


def _execute(state: State, run_id: int) -> None:
    """The work of a thread: all tasks of a run in their order, unless it is cancelled or deleted meanwhile."""
    with state.store.transaction():
        found = run.find(state.store, run_id)
        if found is None or found.life != Life.PENDING:
            return
        found = replace(found, life=Life.RUNNING)
        run.keep(state.store, found)
    ends: dict[str, str] = {}
    for task in run.tasks_of(state.store, run_id):
        done = _done(state, found, task, ends)
        if done is None:
            break
        ends[task.key] = done.end
    with state.store.transaction():
        _conclude(state, run_id)


def _done(state: State, found: Run, task: TaskRun, ends: dict[str, str]) -> TaskRun | None:
    """The task as it ended, and kept so; None if the run is no longer wanted."""
    hindered = upstream_end(task, ends)
    begun = replace(task, life=Life.RUNNING, begun=milliseconds())
    with state.store.transaction():
        if not _is_wanted(state, found):
            return None
        run.keep_task(state.store, begun)
    if hindered is None and process.can_run(task.task):
        done = process.execute(state, found, begun)
    else:
        done = replace(begun, life=Life.ENDED, end=hindered or "SUCCESS", ended=milliseconds())
    with state.store.transaction():
        if not _is_wanted(state, found):
            return None
        run.keep_task(state.store, done)
    return done


def _is_wanted(state: State, found: Run) -> bool:
    current = run.find(state.store, found.id)
    return current is not None and current.life == Life.RUNNING


def _conclude(state: State, run_id: int) -> None:
    found = run.find(state.store, run_id)
    if found is None:  # its job was deleted
        return
    if found.life == Life.TERMINATING:
        end_all(state.store, found, "CANCELED", CANCELLED, milliseconds())
    else:
        _end_as_its_tasks(state, found)
    go_on(state, found.job_id)


def _end_as_its_tasks(state: State, found: Run) -> None:
    """A run says of a failed task what the service says of it: the task's own words, and that is all."""
    decisive = deciding(run.tasks_of(state.store, found.id))
    if decisive.end == "FAILED":
        said = f"Task {decisive.key} failed with message: {decisive.message.removesuffix('.')}."
        end(state.store, found, "WORKLOAD_FAILED", said, milliseconds())
    else:
        end(state.store, found, decisive.end, decisive.message, milliseconds())
