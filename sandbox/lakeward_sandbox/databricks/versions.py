"""Model versions, as both dialects know them: created empty, filled through the Files API, then finalized.
Numbers count up and are never given twice; what was finalized never changes its bytes.
"""

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from lakeward_sandbox.calls import Call
from lakeward_sandbox.databricks import blobs, evidence, mlmodel, models
from lakeward_sandbox.databricks.models import Model
from lakeward_sandbox.errors import ApiError, Json, invalid, invalid_state, missing
from lakeward_sandbox.state import milliseconds

_LARGEST = 99_999_999
_MOST_PENDING = 20


class Status(StrEnum):
    PENDING = "PENDING_REGISTRATION"
    FAILED = "FAILED_REGISTRATION"
    READY = "READY"


@dataclass(frozen=True)
class Version:
    """A model version as it is kept; `source`, `run_id` and `model_id` are what the client sent."""

    model: str
    number: int
    id: str
    status: str
    created_by: str
    created_at: int
    updated_by: str
    updated_at: int
    source: str | None = None
    run_id: str | None = None
    run_workspace_id: int | None = None
    run_experiment_id: str | None = None
    model_id: str | None = None
    comment: str | None = None
    status_message: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    metrics: Sequence[Json] = ()
    params: Sequence[Json] = ()
    dependencies: Sequence[Json] = ()
    workspace_id: int = 0

    def storage_location(self, model: Model) -> str:
        return f"{model.storage_location}/versions/{self.id}"


@dataclass(frozen=True)
class Request:
    """What a client asks for when it creates a version, in whichever dialect."""

    source: str
    run_id: str | None
    run_workspace_id: int | None
    model_id: str | None
    comment: str | None
    tags: Mapping[str, str]
    dependencies: Sequence[Json]


def key(model: Model, number: int) -> str:
    """Sorts the newest version first, as the service lists them."""
    return f"{model.id}/{_LARGEST - number:08d}"


def number(text: str) -> int:
    """A version number as a path or a text field carries it."""
    if not re.fullmatch(r"[1-9]\d{0,7}", text):
        raise invalid(f"'{text}' is not a valid model version: versions are positive integers.")
    return int(text)


def find(call: Call, model: Model, number: int) -> Version:
    found = call.state.store.of(Version).get(key(model, number)) if 0 < number < _LARGEST else None
    if found is None:
        raise missing(f"Model Version '{model.full_name}' version {number} does not exist.")
    return found


def keep(call: Call, model: Model, version: Version) -> None:
    call.state.store.of(Version).put(key(model, version.number), version, parent=model.id)


def make(call: Call, model: Model, request: Request) -> Version:
    """A version that waits for its files. Its metrics are what the run and the logged model have at this moment."""
    _require_room(call)
    facts = evidence.gather(call, request.run_id, request.model_id, request.run_workspace_id)
    number, now, who = model.last_version + 1, milliseconds(), call.principal.name
    made = Version(
        model=model.id,
        number=number,
        id=str(uuid.uuid4()),
        status=Status.PENDING,
        created_by=who,
        created_at=now,
        updated_by=who,
        updated_at=now,
        source=request.source,
        run_id=request.run_id,
        run_workspace_id=facts.workspace_id,
        run_experiment_id=facts.experiment_id,
        model_id=request.model_id,
        comment=request.comment,
        tags=request.tags,
        metrics=facts.metrics,
        params=facts.params,
        dependencies=request.dependencies,
        workspace_id=call.workspace.id,
    )
    models.keep(call, replace(model, last_version=number))
    keep(call, model, made)
    return made


def _require_room(call: Call) -> None:
    """A workspace may have only so many versions that wait for their files."""
    everything = call.state.store.of(Version).children(None)
    waiting = sum(v.status == Status.PENDING and v.workspace_id == call.workspace.id for v in everything)
    if waiting >= _MOST_PENDING:
        raise ApiError(
            429,
            "RESOURCE_EXHAUSTED",
            f"Workspace {call.workspace.id} has {waiting} model versions pending registration, the most it may have:"
            " finalize or delete some of them.",
        )


def finalize(call: Call, model: Model, number: int) -> Version:
    """READY if the files are a model with a signature and no fault hinders it, else FAILED_REGISTRATION. Repeating it
    changes nothing.
    """
    version = find(call, model, number)
    if version.status == Status.READY:
        return version
    if version.status == Status.FAILED:
        raise invalid_state(
            f"Model version {number} of '{model.full_name}' failed registration and cannot be finalized."
        )
    problem = call.failure or mlmodel.problem(blobs.version_folder(call.state.folder, model.id, number))
    status = Status.FAILED if problem else Status.READY
    return _changed(call, model, version, {"status": str(status), "status_message": problem})


def comment(call: Call, model: Model, number: int, text: str | None) -> Version:
    models.require_owner(call, model)
    return _changed(call, model, find(call, model, number), {"comment": text})


def delete(call: Call, model: Model, number: int) -> None:
    """Its aliases go with it, and its number is never given again."""
    models.require_owner(call, model)
    _remove(call, model, find(call, model, number))
    left = {alias: target for alias, target in model.aliases.items() if target != number}
    models.keep(call, replace(model, aliases=left))


def delete_all(call: Call, model: Model) -> None:
    """For the deletion of the model itself."""
    for version in call.state.store.of(Version).children(model.id):
        _remove(call, model, version)


def _remove(call: Call, model: Model, version: Version) -> None:
    """The bytes go when the deletion is certain."""
    call.state.store.of(Version).delete(key(model, version.number))
    folder = blobs.version_folder(call.state.folder, model.id, version.number)
    call.state.store.after_commit(lambda: blobs.remove(folder))


def _changed(call: Call, model: Model, version: Version, changes: Mapping[str, str | None]) -> Version:
    changed = replace(
        version,
        **changes,  # type: ignore[arg-type] # the callers above name fields of Version
        updated_by=call.principal.name,
        updated_at=milliseconds(),
    )
    keep(call, model, changed)
    return changed
