"""Schemas of Unity Catalog: `/api/2.1/unity-catalog/schemas`."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from lakeward_sandbox.calls import Call, Route
from lakeward_sandbox.databricks import catalogs, metastore, names, owners, updates
from lakeward_sandbox.databricks.paging import Sizes, listing
from lakeward_sandbox.errors import Json, exists, missing
from lakeward_sandbox.state import milliseconds

PATH = "/api/2.1/unity-catalog/schemas"
SIZES = Sizes(default=100, most=1000)


@dataclass(frozen=True)
class Schema:
    """A schema as it is kept."""

    catalog_name: str
    name: str
    schema_id: str
    owner: str
    created_by: str
    created_at: int
    updated_by: str
    updated_at: int
    comment: str | None = None
    properties: Mapping[str, str] = field(default_factory=dict)
    storage_root: str | None = None

    @property
    def full_name(self) -> str:
        return f"{self.catalog_name}.{self.name}"

    def json(self) -> dict[str, object]:
        """The SDK's `SchemaInfo`."""
        location = {"storage_root": self.storage_root, "storage_location": self.storage_root}
        return {
            "name": self.name,
            "catalog_name": self.catalog_name,
            "full_name": self.full_name,
            "schema_id": self.schema_id,
            "catalog_type": "MANAGED_CATALOG",
            "metastore_id": metastore.ID,
            "owner": self.owner,
            "created_by": self.created_by,
            "created_at": self.created_at,
            "updated_by": self.updated_by,
            "updated_at": self.updated_at,
            "properties": {**self.properties, **catalogs.BACKEND_PROPERTIES},
            "browse_only": False,
            **({} if self.comment is None else {"comment": self.comment}),
            **({} if self.storage_root is None else location),
        }


def find(call: Call, full_name: str) -> Schema:
    """The schema of that name, or 404 for it or for its catalog."""
    known = names.full_name(full_name, 2)
    found = call.state.store.of(Schema).get(known)
    if found is None:
        catalogs.find(call, known.split(".")[0])
        raise missing(f"Schema '{known}' does not exist.", "SCHEMA_DOES_NOT_EXIST")
    return found


def create(call: Call) -> Json:
    catalog = catalogs.find(call, call.required("catalog_name"))
    name = names.name(call.required("name"))
    key = f"{catalog.name}.{name}"
    schemas = call.state.store.of(Schema)
    if schemas.get(key):
        raise exists(f"Schema '{key}' already exists", "SCHEMA_ALREADY_EXISTS")
    now, who = milliseconds(), call.principal.name
    root = call.text("storage_root")
    made = Schema(
        catalog_name=catalog.name,
        name=name,
        schema_id=str(uuid.uuid4()),
        owner=who,
        created_by=who,
        created_at=now,
        updated_by=who,
        updated_at=now,
        comment=call.text("comment"),
        properties=call.strings("properties") or {},
        storage_root=root.rstrip("/") if root else None,
    )
    schemas.put(key, made, parent=catalog.name)
    return made.json()


def read(call: Call) -> Json:
    return find(call, call.path["full_name"]).json()


def list_of_catalog(call: Call) -> Json:
    catalog = catalogs.find(call, call.required("catalog_name"))
    return listing(call, Schema, catalog.name, field="schemas", sizes=SIZES, render=Schema.json)


def touch(call: Call, full_name: str) -> None:
    """A change that is not in the schema's own fields, but moves `updated_at`, even within one millisecond."""
    found = find(call, full_name)
    touched = replace(found, updated_at=max(milliseconds(), found.updated_at + 1))
    call.state.store.of(Schema).put(found.full_name, touched, parent=found.catalog_name)


def update(call: Call) -> Json:
    found = find(call, call.path["full_name"])
    owners.require_owner(call, found.owner, f"Schema '{found.full_name}'")
    changes = updates.changes(
        call, "UpdateSchema", texts=("comment", "owner"), maps=("properties",), immutable=("storage_root",)
    )
    changed = replace(found, **changes, updated_by=call.principal.name, updated_at=milliseconds())
    call.state.store.of(Schema).put(found.full_name, changed, parent=found.catalog_name)
    return changed.json()


ROUTES = [
    Route("POST", PATH, create),
    Route("GET", PATH, list_of_catalog),
    Route("GET", PATH + "/{full_name}", read),
    Route("PATCH", PATH + "/{full_name}", update),
]
