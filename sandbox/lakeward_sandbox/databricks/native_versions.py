"""Model versions in the native dialect: reading and changing them, which the Databricks SDK has, and creating,
finalizing and tagging them, which it has not.
"""

from collections.abc import Sequence

from lakeward_sandbox.calls import Call, Route
from lakeward_sandbox.databricks import lag, models, native_models, tags, updates, versions
from lakeward_sandbox.databricks.native_json import version_json, whole_version
from lakeward_sandbox.databricks.native_models import found
from lakeward_sandbox.databricks.paging import Sizes, listing
from lakeward_sandbox.databricks.versions import Version
from lakeward_sandbox.errors import Json, invalid

_UC = "/api/2.1/unity-catalog"
_VERSIONS = f"{native_models.PATH}/{{full_name}}/versions"
_VERSION = f"{_VERSIONS}/{{version}}"
_TAGS = f"{_UC}/subentity-tags/{{securable_type}}/{{full_name}}/{{version}}"
_SIZES = Sizes(default=100, most=1000)
_OPERATIONS = frozenset(
    {
        "READ_MODEL_VERSION",
        "READ_WRITE_MODEL_VERSION",
        "MODEL_VERSION_OPERATION_READ",
        "MODEL_VERSION_OPERATION_READ_WRITE",
    }
)


def create(call: Call) -> Json:
    model = models.find(call, _full_name(call))
    request = versions.Request(
        source=call.required("source"),
        run_id=call.text("run_id") or None,
        run_workspace_id=call.integer("run_tracking_server_id"),
        model_id=call.text("model_id") or None,
        comment=call.text("comment"),
        tags=tags.parse(call.objects("tags")),
        dependencies=_dependencies(call.body.get("model_version_dependencies")),
    )
    return whole_version(call, model, versions.make(call, model, request))


def read(call: Call) -> Json:
    model = found(call)
    return whole_version(call, model, versions.find(call, model, _number(call)))


def list_of_model(call: Call) -> Json:
    model = found(call)

    def render(version: Version) -> Json:
        return version_json(model, version)

    shown = lag.shown(call.state.store)
    return listing(call, Version, model.id, field="model_versions", sizes=_SIZES, render=render, shown=shown)


def update(call: Call) -> Json:
    model = found(call)
    changes = updates.changes(call, "UpdateModelVersion", texts=("comment",), immutable=("source", "run_id", "status"))
    return whole_version(call, model, versions.comment(call, model, _number(call), changes["comment"]))


def delete(call: Call) -> Json:
    versions.delete(call, found(call), _number(call))
    return {}


def finalize(call: Call) -> Json:
    model = found(call)
    return whole_version(call, model, versions.finalize(call, model, _number(call)))


def credentials(call: Call) -> Json:
    """Bytes go through the Files API: there is no cloud storage to hand out credentials for."""
    model = models.find(call, _full_name(call))
    versions.find(call, model, call.integer("version") or 0)
    if call.required("operation") not in _OPERATIONS:
        raise invalid(f"operation must be one of {', '.join(sorted(_OPERATIONS))}")
    return {"storage_mode": "DEFAULT_STORAGE"}


def change_tags(call: Call) -> Json:
    native_models.require_function(call)
    tags.change_version(call, found(call), _number(call), *tags.parse_changes(call))
    return {}


def _full_name(call: Call) -> str:
    return f"{call.required('catalog_name')}.{call.required('schema_name')}.{call.required('model_name')}"


def _number(call: Call) -> int:
    return versions.number(call.path["version"])


def _dependencies(given: object) -> Sequence[Json]:
    listed = given.get("dependencies", []) if isinstance(given, dict) else []
    if not isinstance(listed, list) or not all(isinstance(dependency, dict) for dependency in listed):
        raise invalid("model_version_dependencies.dependencies must be a list of objects")
    return listed


ROUTES = [
    Route("POST", f"{native_models.PATH}/versions", create),
    Route("GET", _VERSIONS, list_of_model),
    Route("GET", _VERSION, read),
    Route("PATCH", _VERSION, update),
    Route("DELETE", _VERSION, delete),
    Route("PATCH", f"{_VERSION}/finalize", finalize),
    Route("POST", f"{_UC}/temporary-model-version-credentials", credentials),
    Route("PATCH", _TAGS, change_tags),
]
