"""Registered models of Unity Catalog, as both dialects know them: the native one and MLflow's."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from lakeward_sandbox.calls import Call
from lakeward_sandbox.databricks import metastore, names, owners, schemas
from lakeward_sandbox.errors import exists, invalid, missing
from lakeward_sandbox.state import milliseconds


@dataclass(frozen=True)
class Model:
    """A registered model as it is kept. Its versions and bytes hang on its id, so a new name moves nothing."""

    catalog_name: str
    schema_name: str
    name: str
    id: str
    owner: str
    created_by: str
    created_at: int
    updated_by: str
    updated_at: int
    comment: str | None = None
    aliases: Mapping[str, int] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    deployment_job_id: str | None = None
    last_version: int = 0

    @property
    def full_name(self) -> str:
        return f"{self.schema}.{self.name}"

    @property
    def schema(self) -> str:
        return f"{self.catalog_name}.{self.schema_name}"

    @property
    def storage_location(self) -> str:
        return f"{metastore.STORAGE_ROOT}/{metastore.ID}/models/{self.id}"

    def aliases_of(self, version: int) -> list[str]:
        return sorted(alias for alias, number in self.aliases.items() if number == version)


def find_or_none(call: Call, full_name: str) -> Model | None:
    return call.state.store.of(Model).get(names.full_name(full_name, 3))


def find(call: Call, full_name: str) -> Model:
    """The model of that name, or 404 for it, its schema or its catalog."""
    known = names.full_name(full_name, 3)
    found = find_or_none(call, known)
    if found is None:
        schemas.find(call, known.rpartition(".")[0])
        raise missing(f"Routine or Model '{known}' does not exist.")
    return found


def make(call: Call, full_name: str, comment: str | None, tags: Mapping[str, str]) -> Model:
    """A new model without versions."""
    known = names.full_name(full_name, 3)
    schema = schemas.find(call, known.rpartition(".")[0])
    if find_or_none(call, known):
        raise exists(f"Routine or Model '{known}' already exists.")
    now, who = milliseconds(), call.principal.name
    made = Model(
        catalog_name=schema.catalog_name,
        schema_name=schema.name,
        name=known.rpartition(".")[2],
        id=str(uuid.uuid4()),
        owner=who,
        created_by=who,
        created_at=now,
        updated_by=who,
        updated_at=now,
        comment=comment,
        tags=tags,
        deployment_job_id=call.text("deployment_job_id"),
    )
    keep(call, made)
    return made


def keep(call: Call, model: Model) -> None:
    call.state.store.of(Model).put(model.full_name, model, parent=model.schema)


def require_owner(call: Call, model: Model) -> None:
    """Aliases, tags, deletion and changes are the owner's or a metastore admin's."""
    owners.require_owner(call, model.owner, f"Routine or Model '{model.full_name}'")


def change(call: Call, model: Model, changes: Mapping[str, str | None]) -> Model:
    """Replaces comment, owner or deployment job, and moves the model when it gets a new name."""
    require_owner(call, model)
    rest = dict(changes)
    new_name = rest.pop("new_name", None)
    changed = replace(
        model,
        **rest,  # type: ignore[arg-type] # the callers name fields of Model
        name=_new_name(call, model, new_name) if new_name else model.name,
        updated_by=call.principal.name,
        updated_at=milliseconds(),
    )
    if changed.name != model.name:
        call.state.store.of(Model).delete(model.full_name)
    keep(call, changed)
    return changed


def _new_name(call: Call, model: Model, given: str) -> str:
    """The client may write the last name only, or the full one of the same schema."""
    schema, _, last = given.rpartition(".")
    if schema and schema.lower() != model.schema:
        raise invalid(f"Cannot rename model '{model.full_name}' to another schema.")
    name = names.name(last)
    if name != model.name and call.state.store.of(Model).get(f"{model.schema}.{name}"):
        raise exists(f"Routine or Model '{model.schema}.{name}' already exists.")
    return name
