"""Registered models in MLflow's own dialect, `/api/2.0/mlflow/unity-catalog/registered-models`: what the mlflow client
speaks with `databricks-uc` as its registry. The same objects as the native dialect's.
"""

from collections.abc import Mapping

from lakeward_sandbox.calls import Call, Route
from lakeward_sandbox.databricks import aliases, models, removal, tags, versions
from lakeward_sandbox.databricks.legacy_json import model_json, whole_model, whole_version
from lakeward_sandbox.databricks.models import Model
from lakeward_sandbox.databricks.paging import Sizes, listing
from lakeward_sandbox.errors import Json, invalid

UC = "/api/2.0/mlflow/unity-catalog"
_PATH = f"{UC}/registered-models"
_SIZES = Sizes(default=100, most=1000)
_CHANGEABLE = {"new_name": "new_name", "description": "comment", "deployment_job_id": "deployment_job_id"}


def found(call: Call) -> Model:
    """The model that the field `name` names."""
    return models.find(call, call.required("name"))


def create(call: Call) -> Json:
    given = tags.parse(call.objects("tags"))
    made = models.make(call, call.required("name"), call.text("description"), given)
    return {"registered_model": whole_model(made)}


def read(call: Call) -> Json:
    return {"registered_model": whole_model(found(call))}


def update(call: Call) -> Json:
    changes: Mapping[str, str | None] = {
        ours: call.text(name) for name, ours in _CHANGEABLE.items() if name in call.body
    }
    if not changes:
        raise invalid("UpdateRegisteredModel Nothing to update.")
    return {"registered_model": whole_model(models.change(call, found(call), changes))}


def delete(call: Call) -> Json:
    removal.delete_model(call, found(call))
    return {}


def search(call: Call) -> Json:
    for unsupported in ("filter", "order_by"):
        if call.text(unsupported):
            raise invalid(f"Argument '{unsupported}' is unsupported for models in the Unity Catalog.")
    return listing(call, Model, None, field="registered_models", sizes=_SIZES, render=model_json)


def set_alias(call: Call) -> Json:
    aliases.point(call, found(call), call.required("alias"), versions.number(call.required("version")))
    return {}


def delete_alias(call: Call) -> Json:
    aliases.remove(call, found(call), call.required("alias"))
    return {}


def read_by_alias(call: Call) -> Json:
    model = found(call)
    return {"model_version": whole_version(model, aliases.resolve(call, model, call.required("alias")))}


def set_tag(call: Call) -> Json:
    tags.change_model(call, found(call), tags.parse([call.body]), ())
    return {}


def delete_tag(call: Call) -> Json:
    tags.change_model(call, found(call), {}, [call.required("key")])
    return {}


def sdk_moves_bytes(_: Call) -> Json:
    """Yes: the client then uses the Files API for the bytes of models."""
    return {"is_databricks_sdk_models_artifact_repository_enabled": True}


ROUTES = [
    Route("POST", f"{_PATH}/create", create),
    Route("GET", f"{_PATH}/get", read),
    Route("PATCH", f"{_PATH}/update", update),
    Route("DELETE", f"{_PATH}/delete", delete),
    Route("GET", f"{_PATH}/search", search),
    Route("POST", f"{_PATH}/alias", set_alias),
    Route("GET", f"{_PATH}/alias", read_by_alias),
    Route("DELETE", f"{_PATH}/alias", delete_alias),
    Route("POST", f"{_PATH}/set-tag", set_tag),
    Route("DELETE", f"{_PATH}/delete-tag", delete_tag),
    Route("GET", f"{UC}/registered-models:is-databricks-sdk-models-artifact-repository-enabled", sdk_moves_bytes),
]
