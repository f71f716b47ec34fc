"""What coming runs of a job shall end as, told through the lakehouse's own door. A run that a script means is played:
nothing of it is executed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from lakeward_sandbox.databricks.jobs.job import Job
from lakeward_sandbox.databricks.numbers import oldest_first, take
from lakeward_sandbox.errors import Json
from lakeward_sandbox.rules import RuleError
from lakeward_sandbox.store import Store

OUTCOMES = ("SUCCESS", "SUCCESS_WITH_FAILURES", "FAILED", "TIMEDOUT", "CANCELED", "INTERNAL_ERROR")
_TYPES: dict[str, type | tuple[type, ...]] = {
    "job": (str, int), "workspace": str, "task": str, "outcome": str, "message": str, "seconds": (int, float),
    "hold": bool, "count": int,
}  # fmt: skip


@dataclass(frozen=True)
class Script:
    """`job` is a name or a number; without `task` it means all tasks that have no script of their own. A `count` of 0
    means all coming runs.
    """

    id: int
    job: str
    workspace: str | None = None
    task: str | None = None
    outcome: str = "SUCCESS"
    message: str = ""
    seconds: float = 0.0
    hold: bool = False
    count: int = 0
    used: int = 0

    def means(self, job: Job) -> bool:
        return means(self.job, self.workspace, job) and (self.count == 0 or self.used < self.count)


def means(named: str, workspace: object, job: Job) -> bool:
    """Is it this job that a name or a number, and a workspace, stand for?"""
    return named in {job.name, str(job.id)} and workspace in {None, job.workspace}


def add(store: Store, body: Json) -> Script:
    """Takes the place of an earlier script for the same job, task and workspace. Raises RuleError."""
    fields = checked(body, _TYPES)
    with store.transaction():
        script = Script(**{**fields, "id": take(store), "job": str(fields["job"])})
        for other in everything(store):
            if (other.job, other.task, other.workspace) == (script.job, script.task, script.workspace):
                store.of(Script).delete(oldest_first(other.id))
        store.of(Script).put(oldest_first(script.id), script)
    return script


def everything(store: Store) -> Sequence[Script]:
    return store.of(Script).children(None)


def remove_all(store: Store) -> None:
    for script in everything(store):
        store.of(Script).delete(oldest_first(script.id))


def use(store: Store, job: Job) -> Mapping[str, Script]:
    """The script of each task that has one, by its key; the ones that were used are counted."""
    meant = [script for script in everything(store) if script.means(job)]
    found: dict[str, Script] = {}
    for task in job.settings["tasks"]:
        own = [s for s in meant if s.task == task["task_key"]] or [s for s in meant if s.task is None]
        if own:
            found[task["task_key"]] = own[-1]
    for script in {script.id: script for script in found.values()}.values():
        store.of(Script).put(oldest_first(script.id), replace(script, used=script.used + 1))
    return found


def json(script: Script) -> Json:
    return asdict(script)


def checked(body: Json, types: Mapping[str, type | tuple[type, ...]]) -> dict[str, Any]:
    """The fields of a body of a door; every mistake is named. Raises RuleError."""
    fields: dict[str, Any] = {name: value for name, value in body.items() if value is not None}
    for name, value in fields.items():
        if name not in types:
            raise RuleError(f"{name} is not a field here; fields are {', '.join(types)}")
        if not isinstance(value, types[name]) or (isinstance(value, bool) and types[name] is not bool):
            raise RuleError(f"{name} has the wrong type: {value!r}")
        if isinstance(value, int | float) and value < 0:
            raise RuleError(f"{name} must not be negative")
    if not fields.get("job"):
        raise RuleError("job is missing: the name or the number of a job")
    if fields.get("outcome", "SUCCESS") not in OUTCOMES:
        raise RuleError(f"outcome must be one of {', '.join(OUTCOMES)}")
    return fields
