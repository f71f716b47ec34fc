"""What can be done with a run from outside: begin it, look after it, release it, cancel it, and find it again after a
restart of the lakehouse.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from lakeward_sandbox.databricks.jobs import process, run, scripts, settings
from lakeward_sandbox.databricks.jobs.endings import end_all, end_if_due
from lakeward_sandbox.databricks.jobs.job import Job
from lakeward_sandbox.databricks.jobs.run import Life, Run, TaskRun
from lakeward_sandbox.databricks.jobs.scripts import Script
from lakeward_sandbox.databricks.jobs.starts import CANCELLED, go_on
from lakeward_sandbox.databricks.numbers import take
from lakeward_sandbox.errors import Json
from lakeward_sandbox.state import State, milliseconds

_LEFT_ALONE = "The lakehouse ended while the run was in progress."
_FULL = "The job has as many active runs as it may have at a time."


def begin(state: State, job: Job, creator: str, parameters: Sequence[Json], token: str | None, *, queues: bool) -> Run:
    """A new run. It is played if a script means it, or if nothing of it can be executed here."""
    played_by = scripts.use(state.store, job)
    begun = Run(
        id=take(state.store),
        job_id=job.id,
        workspace=job.workspace,
        creator=creator,
        run_as=job.run_as,
        name=job.name,
        parameters=parameters,
        begun=milliseconds(),
        most=job.settings["max_concurrent_runs"],
        timeout_seconds=job.settings["timeout_seconds"],
        life=Life.QUEUED,
        token=token,
        played=bool(played_by) or not any(process.can_run(task) for task in job.settings["tasks"]),
        held=any(script.hold for script in played_by.values()),
        seconds=max((script.seconds for script in played_by.values()), default=0.0),
    )
    run.keep(state.store, begun)
    _keep_tasks(state, job, begun, played_by)
    go_on(state, job.id)
    current = run.find(state.store, begun.id) or begun
    if current.life == Life.QUEUED and not queues:
        return end_all(state.store, current, "SKIPPED", _FULL, milliseconds())
    return current


def settle(state: State, job_id: int) -> None:
    """Ends played runs whose time has come, and starts those that waited for it."""
    if state.store.shows_past():
        return
    if [found for found in run.of_job(state.store, job_id) if end_if_due(state.store, found)]:
        go_on(state, job_id)


def release(state: State, found: Run) -> None:
    """A held run ends when its seconds have passed from now."""
    run.keep(state.store, replace(found, held=False, due=milliseconds() + int(found.seconds * 1000)))


def cancel(state: State, found: Run) -> None:
    """What is over stays as it is. A process is killed, and the run is over when it is gone."""
    if found.is_over:
        return
    if found.played or found.life in {Life.QUEUED, Life.PENDING}:
        end_all(state.store, found, "CANCELED", CANCELLED, milliseconds())
        go_on(state, found.job_id)
        return
    run.keep(state.store, replace(found, life=Life.TERMINATING))
    stop(state, found)


def stop(state: State, found: Run) -> None:
    """Kills its processes, when what the caller changed is certain."""
    tasks = run.tasks_of(state.store, found.id)

    def kill() -> None:
        for task in tasks:
            process.kill(state, task)

    state.store.after_commit(kill)


def recover(state: State) -> None:
    """At the start: processes of an earlier lakehouse ended with it, and so did their runs. Those that waited start."""
    with state.store.transaction():
        for found in state.store.of(Run).children(None):
            if found.holds_a_place and not found.played:
                cancelled = found.life == Life.TERMINATING
                name, said = ("CANCELED", CANCELLED) if cancelled else ("INTERNAL_ERROR", _LEFT_ALONE)
                end_all(state.store, found, name, said, milliseconds())
                go_on(state, found.job_id)


def _keep_tasks(state: State, job: Job, begun: Run, played_by: Mapping[str, Script]) -> None:
    for task in settings.in_order(job.settings["tasks"]):
        script = played_by.get(task["task_key"])
        made = TaskRun(take(state.store), begun.id, task, begun.begun, Life.PENDING)
        if script is not None:
            made = replace(made, planned=script.outcome, planned_message=script.message)
        run.keep_task(state.store, made)
