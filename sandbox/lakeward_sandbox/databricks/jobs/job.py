"""Jobs as they are kept, each in its workspace, and how they are shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lakeward_sandbox.calls import Call
from lakeward_sandbox.databricks.numbers import newest_first
from lakeward_sandbox.errors import ApiError, Json, invalid
from lakeward_sandbox.store import Store


@dataclass(frozen=True)
class Job:
    """A job: its settings with all defaults, and its access control list, one entry for each principal."""

    id: int
    workspace: str
    creator: str
    run_as: str
    created_at: int
    settings: Mapping[str, Any]
    access: Sequence[Mapping[str, str]]

    @property
    def name(self) -> str:
        return str(self.settings["name"])

    def json(self, *, tasks: bool = True) -> Json:
        """`Job`, or without its tasks `BaseJob`. Who it runs as is never shown in the settings: they are write-only."""
        hidden = {"run_as"} if tasks else {"run_as", "tasks", "job_clusters", "environments", "parameters"}
        shown = {name: value for name, value in self.settings.items() if name not in hidden and value != []}
        return {
            "job_id": self.id,
            "creator_user_name": self.creator,
            "run_as_user_name": self.run_as,
            "created_time": self.created_at,
            "settings": shown,
        }


def keep(store: Store, job: Job) -> None:
    store.of(Job).put(newest_first(job.id), job, parent=job.workspace)


def find(call: Call, job_id: int) -> Job:
    """The job of that number in the workspace of the call, or 400: the service answers so, and not with 404."""
    found = call.state.store.of(Job).get(newest_first(job_id))
    if found is None or found.workspace != call.workspace.name:
        raise missing(job_id)
    return found


def named(call: Call) -> Job:
    """The job that `job_id` names."""
    number = call.integer("job_id")
    if number is None:
        raise invalid("Missing required field: job_id")
    return find(call, number)


def missing(job_id: int) -> ApiError:
    return invalid(f"Job {job_id} does not exist.")
