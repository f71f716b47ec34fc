"""What goes with what: deletion of catalogs, schemas and models, which hold other objects and grants."""

from lakeward_sandbox.calls import Call, Route
from lakeward_sandbox.databricks import catalogs, grants, models, owners, schemas, securables, versions
from lakeward_sandbox.databricks.catalogs import Catalog
from lakeward_sandbox.databricks.models import Model
from lakeward_sandbox.databricks.schemas import Schema
from lakeward_sandbox.errors import Json, invalid_state


def delete_catalog(call: Call) -> Json:
    catalog = catalogs.find(call, call.path["name"])
    owners.require_owner(call, catalog.owner, f"Catalog '{catalog.name}'")
    held = call.state.store.of(Schema).children(catalog.name)
    if held and not call.flag("force"):
        raise invalid_state(f"Catalog '{catalog.name}' is not empty. The catalog has {len(held)} schema(s).")
    for schema in held:
        _remove_schema(call, schema)
    grants.forget(call, securables.of_catalog(catalog))
    call.state.store.of(Catalog).delete(catalog.name)
    return {}


def delete_schema(call: Call) -> Json:
    schema = schemas.find(call, call.path["full_name"])
    owners.require_owner(call, schema.owner, f"Schema '{schema.full_name}'")
    held = call.state.store.of(Model).children(schema.full_name)
    if held and not call.flag("force"):
        raise invalid_state(f"Schema '{schema.full_name}' is not empty. The schema has {len(held)} function(s).")
    _remove_schema(call, schema)
    return {}


def delete_model(call: Call, model: Model) -> None:
    """Its versions, their aliases and their bytes go with it."""
    models.require_owner(call, model)
    _remove_model(call, model)


def _remove_schema(call: Call, schema: Schema) -> None:
    for model in call.state.store.of(Model).children(schema.full_name):
        _remove_model(call, model)
    grants.forget(call, securables.of_schema(schema))
    call.state.store.of(Schema).delete(schema.full_name)


def _remove_model(call: Call, model: Model) -> None:
    versions.delete_all(call, model)
    grants.forget(call, securables.of_model(model))
    call.state.store.of(Model).delete(model.full_name)


ROUTES = [
    Route("DELETE", catalogs.PATH + "/{name}", delete_catalog),
    Route("DELETE", schemas.PATH + "/{full_name}", delete_schema),
]
