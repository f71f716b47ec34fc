"""Registered models, their aliases and tags in the native dialect: what the Databricks SDK speaks, and the routes of
tags beside it.
"""

from lakeward_sandbox.calls import Call, Route
from lakeward_sandbox.databricks import aliases, models, removal, schemas, tags, updates
from lakeward_sandbox.databricks.models import Model
from lakeward_sandbox.databricks.native_json import alias_json, model_json, whole_model, whole_version
from lakeward_sandbox.databricks.paging import Sizes, listing
from lakeward_sandbox.errors import Json, invalid

PATH = "/api/2.1/unity-catalog/models"
_MODEL = f"{PATH}/{{full_name}}"
_ALIAS = f"{_MODEL}/aliases/{{alias}}"
_TAGS = "/api/2.1/unity-catalog/securable-tags/{securable_type}/{full_name}"

_ALL = Sizes(default=100, most=1000)
_OF_SCHEMA = Sizes(default=10_000, most=10_000)


def found(call: Call) -> Model:
    """The model that the path names."""
    return models.find(call, call.path["full_name"])


def create(call: Call) -> Json:
    if call.text("storage_location"):
        raise invalid("The local lakehouse makes managed models only: leave storage_location out")
    full_name = f"{call.required('catalog_name')}.{call.required('schema_name')}.{call.required('name')}"
    made = models.make(call, full_name, call.text("comment"), tags.parse(call.objects("tags")))
    return whole_model(call, made)


def read(call: Call) -> Json:
    return whole_model(call, found(call))


def list_some(call: Call) -> Json:
    """The models of one schema, or of the whole metastore."""
    catalog, schema = call.text("catalog_name"), call.text("schema_name")
    if bool(catalog) != bool(schema):
        raise invalid("catalog_name and schema_name must be given together, or both left out")
    parent = schemas.find(call, f"{catalog}.{schema}").full_name if catalog else None
    sizes = _OF_SCHEMA if parent else _ALL
    return listing(call, Model, parent, field="registered_models", sizes=sizes, render=model_json)


def update(call: Call) -> Json:
    changes = updates.changes(
        call,
        "UpdateRegisteredModel",
        texts=("comment", "owner", "new_name", "deployment_job_id"),
        immutable=("storage_location", "catalog_name", "schema_name"),
    )
    return whole_model(call, models.change(call, found(call), changes))


def delete(call: Call) -> Json:
    removal.delete_model(call, found(call))
    return {}


def set_alias(call: Call) -> Json:
    number = call.integer("version_num")
    if number is None:
        raise invalid("Missing required field: version_num")
    alias = call.path["alias"]
    return alias_json(aliases.point(call, found(call), alias, number), alias)


def delete_alias(call: Call) -> Json:
    aliases.remove(call, found(call), call.path["alias"])
    return {}


def read_by_alias(call: Call) -> Json:
    model = found(call)
    return whole_version(call, model, aliases.resolve(call, model, call.path["alias"]))


def change_tags(call: Call) -> Json:
    require_function(call)
    tags.change_model(call, found(call), *tags.parse_changes(call))
    return {}


def require_function(call: Call) -> None:
    """Models are of securable type FUNCTION; the lakehouse has no other taggable securable yet."""
    if call.path["securable_type"] != "FUNCTION":
        raise invalid(f"Tags of securable type '{call.path['securable_type']}' are not supported: models are FUNCTION")


ROUTES = [
    Route("POST", PATH, create),
    Route("GET", PATH, list_some),
    Route("GET", _MODEL, read),
    Route("PATCH", _MODEL, update),
    Route("DELETE", _MODEL, delete),
    Route("PUT", _ALIAS, set_alias),
    Route("GET", _ALIAS, read_by_alias),
    Route("DELETE", _ALIAS, delete_alias),
    Route("PATCH", _TAGS, change_tags),
]
