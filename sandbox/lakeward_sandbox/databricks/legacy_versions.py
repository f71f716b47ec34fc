"""Model versions in MLflow's own dialect, `/api/2.0/mlflow/unity-catalog/model-versions`. The same objects as the
native dialect's.
"""

import re
from collections.abc import Sequence

from lakeward_sandbox.calls import Call, Route
from lakeward_sandbox.databricks import lag, tags, versions
from lakeward_sandbox.databricks.legacy_json import version_json, whole_version
from lakeward_sandbox.databricks.legacy_models import UC, found
from lakeward_sandbox.databricks.models import find_or_none
from lakeward_sandbox.databricks.paging import Sizes, listing
from lakeward_sandbox.databricks.versions import Version
from lakeward_sandbox.errors import Json, invalid

_PATH = f"{UC}/model-versions"
_SIZES = Sizes(default=100, most=1000)
_NAME_FILTER = re.compile(r"""\s*name\s*=\s*(['"])(?P<name>[^'"]+)\1\s*""")
_OPERATIONS = frozenset({"MODEL_VERSION_OPERATION_READ", "MODEL_VERSION_OPERATION_READ_WRITE"})

# what MLflow names a dependency, and where the native dialect keeps such a name; others are not kept
_DEPENDENCIES = {
    "DATABRICKS_VECTOR_INDEX": ("table", "table_full_name"),
    "DATABRICKS_TABLE": ("table", "table_full_name"),
    "DATABRICKS_UC_FUNCTION": ("function", "function_full_name"),
    "DATABRICKS_UC_CONNECTION": ("connection", "connection_name"),
}


def create(call: Call) -> Json:
    model = found(call)
    request = versions.Request(
        source=call.required("source"),
        run_id=call.text("run_id") or None,
        run_workspace_id=call.integer("run_tracking_server_id"),
        model_id=call.text("model_id") or None,
        comment=call.text("description"),
        tags=tags.parse(call.objects("tags")),
        dependencies=_dependencies(call),
    )
    return {"model_version": whole_version(model, versions.make(call, model, request))}


def read(call: Call) -> Json:
    model = found(call)
    return {"model_version": whole_version(model, versions.find(call, model, _number(call)))}


def search(call: Call) -> Json:
    """The versions of one model; of an unknown one there are none."""
    matched = _NAME_FILTER.fullmatch(call.text("filter") or "")
    if matched is None or call.text("order_by"):
        raise invalid("Model versions in the Unity Catalog are found by the filter name = 'catalog.schema.model' only.")
    model = find_or_none(call, matched["name"])
    if model is None:
        return {"model_versions": []}

    def render(version: Version) -> Json:
        return version_json(model, version)

    shown = lag.shown(call.state.store)
    return listing(call, Version, model.id, field="model_versions", sizes=_SIZES, render=render, shown=shown)


def update(call: Call) -> Json:
    model = found(call)
    changed = versions.comment(call, model, _number(call), call.text("description"))
    return {"model_version": whole_version(model, changed)}


def delete(call: Call) -> Json:
    versions.delete(call, found(call), _number(call))
    return {}


def finalize(call: Call) -> Json:
    model = found(call)
    return {"model_version": whole_version(model, versions.finalize(call, model, _number(call)))}


def set_tag(call: Call) -> Json:
    tags.change_version(call, found(call), _number(call), tags.parse([call.body]), ())
    return {}


def delete_tag(call: Call) -> Json:
    tags.change_version(call, found(call), _number(call), {}, [call.required("key")])
    return {}


def download_uri(call: Call) -> Json:
    model = found(call)
    return {"artifact_uri": versions.find(call, model, _number(call)).storage_location(model)}


def credentials(call: Call) -> Json:
    """Bytes go through the Files API: there is no cloud storage to hand out credentials for."""
    versions.find(call, found(call), _number(call))
    if call.required("operation") not in _OPERATIONS:
        raise invalid(f"operation must be one of {', '.join(sorted(_OPERATIONS))}")
    return {"credentials": {"storage_mode": "DEFAULT_STORAGE"}}


def emit_lineage(call: Call) -> Json:
    """Accepted for a version that exists, and not kept."""
    versions.find(call, found(call), _number(call))
    return {}


def _number(call: Call) -> int:
    return versions.number(call.required("version"))


def _dependencies(call: Call) -> Sequence[Json]:
    found_places = (
        (_DEPENDENCIES.get(str(d.get("type"))), d.get("name")) for d in call.objects("model_version_dependencies")
    )
    return [{place[0]: {place[1]: name}} for place, name in found_places if place]


ROUTES = [
    Route("POST", f"{_PATH}/create", create),
    Route("GET", f"{_PATH}/get", read),
    Route("GET", f"{_PATH}/search", search),
    Route("PATCH", f"{_PATH}/update", update),
    Route("DELETE", f"{_PATH}/delete", delete),
    Route("POST", f"{_PATH}/finalize", finalize),
    Route("POST", f"{_PATH}/set-tag", set_tag),
    Route("DELETE", f"{_PATH}/delete-tag", delete_tag),
    Route("GET", f"{_PATH}/get-download-uri", download_uri),
    Route("POST", f"{_PATH}/generate-temporary-credentials", credentials),
    Route("POST", f"{_PATH}/emit-lineage", emit_lineage),
]
