"""Catalogs of Unity Catalog: `/api/2.1/unity-catalog/catalogs`."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from lakeward_sandbox.calls import Call, Route
from lakeward_sandbox.databricks import metastore, names, owners, updates
from lakeward_sandbox.databricks.paging import Sizes, listing
from lakeward_sandbox.errors import Json, exists, invalid, missing
from lakeward_sandbox.state import milliseconds

PATH = "/api/2.1/unity-catalog/catalogs"
SIZES = Sizes(default=100, most=1000)

# the backend adds keys of its own, so that a client which compares whole maps sees a drift that is none
BACKEND_PROPERTIES = {"unity.catalog.managed.delta.defaults.delta.enableDeletionVectors": "true"}


@dataclass(frozen=True)
class Catalog:
    """A catalog as it is kept."""

    name: str
    owner: str
    created_by: str
    created_at: int
    updated_by: str
    updated_at: int
    comment: str | None = None
    properties: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)
    storage_root: str | None = None
    isolation_mode: str = "OPEN"

    def json(self) -> dict[str, object]:
        """The SDK's `CatalogInfo`."""
        location = {"storage_root": self.storage_root, "storage_location": self.storage_root}
        return {
            "name": self.name,
            "full_name": self.name,
            "catalog_type": "MANAGED_CATALOG",
            "securable_type": "CATALOG",
            "metastore_id": metastore.ID,
            "owner": self.owner,
            "created_by": self.created_by,
            "created_at": self.created_at,
            "updated_by": self.updated_by,
            "updated_at": self.updated_at,
            "properties": {**self.properties, **BACKEND_PROPERTIES},
            "options": dict(self.options),
            "isolation_mode": self.isolation_mode,
            "browse_only": False,
            **({} if self.comment is None else {"comment": self.comment}),
            **({} if self.storage_root is None else location),
        }


def find(call: Call, name: str) -> Catalog:
    """The catalog of that name, or 404."""
    found = call.state.store.of(Catalog).get(name.lower())
    if found is None:
        raise missing(f"Catalog '{name.lower()}' does not exist.", "CATALOG_DOES_NOT_EXIST")
    return found


def create(call: Call) -> Json:
    owners.require_metastore_admin(call, "create a catalog")
    name = names.name(call.required("name"))
    for later in ("connection_name", "provider_name", "share_name"):
        if call.text(later):
            raise invalid(f"The local lakehouse makes managed catalogs only: leave {later} out")
    catalogs = call.state.store.of(Catalog)
    if catalogs.get(name):
        raise exists(f"Catalog '{name}' already exists", "CATALOG_ALREADY_EXISTS")
    now, who = milliseconds(), call.principal.name
    root = call.text("storage_root")
    made = Catalog(
        name=name,
        owner=who,
        created_by=who,
        created_at=now,
        updated_by=who,
        updated_at=now,
        comment=call.text("comment"),
        properties=call.strings("properties") or {},
        options=call.strings("options") or {},
        storage_root=root.rstrip("/") if root else None,
    )
    catalogs.put(name, made)
    return made.json()


def read(call: Call) -> Json:
    return find(call, call.path["name"]).json()


def list_all(call: Call) -> Json:
    return listing(call, Catalog, None, field="catalogs", sizes=SIZES, render=Catalog.json)


def update(call: Call) -> Json:
    found = find(call, call.path["name"])
    owners.require_owner(call, found.owner, f"Catalog '{found.name}'")
    changes = updates.changes(
        call,
        "UpdateCatalog",
        texts=("comment", "owner", "isolation_mode"),
        maps=("properties", "options"),
        immutable=("storage_root", "connection_name", "provider_name", "share_name"),
    )
    changed = replace(found, **changes, updated_by=call.principal.name, updated_at=milliseconds())
    call.state.store.of(Catalog).put(found.name, changed)
    return changed.json()


ROUTES = [
    Route("POST", PATH, create),
    Route("GET", PATH, list_all),
    Route("GET", PATH + "/{name}", read),
    Route("PATCH", PATH + "/{name}", update),
]
