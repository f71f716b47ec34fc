"""How the native dialect, `/api/2.1/unity-catalog`, writes models and versions: flat objects, numbers as numbers.
Listings carry neither aliases nor tags.
"""

from collections.abc import Mapping

from lakeward_sandbox.calls import Call
from lakeward_sandbox.databricks import metastore
from lakeward_sandbox.databricks.models import Model
from lakeward_sandbox.databricks.versions import Version
from lakeward_sandbox.errors import Json


def model_json(model: Model) -> dict[str, object]:
    """`RegisteredModelInfo` as a listing shows it."""
    return present(
        name=model.name,
        catalog_name=model.catalog_name,
        schema_name=model.schema_name,
        full_name=model.full_name,
        id=model.id,
        owner=model.owner,
        comment=model.comment,
        storage_location=model.storage_location,
        metastore_id=metastore.ID,
        created_at=model.created_at,
        created_by=model.created_by,
        updated_at=model.updated_at,
        updated_by=model.updated_by,
        browse_only=False,
        deployment_job_id=model.deployment_job_id,
    )


def version_json(model: Model, version: Version) -> dict[str, object]:
    """`ModelVersionInfo` as a listing shows it."""
    return present(
        model_name=model.name,
        catalog_name=model.catalog_name,
        schema_name=model.schema_name,
        version=version.number,
        id=version.id,
        source=version.source,
        comment=version.comment,
        run_id=version.run_id,
        run_workspace_id=version.run_workspace_id,
        status=version.status,
        storage_location=version.storage_location(model),
        metastore_id=metastore.ID,
        created_at=version.created_at,
        created_by=version.created_by,
        updated_at=version.updated_at,
        updated_by=version.updated_by,
        model_id=version.model_id,
        model_version_dependencies={"dependencies": version.dependencies} if version.dependencies else None,
    )


def whole_model(call: Call, model: Model) -> Json:
    """What everything but a listing shows: tags always, aliases only when they are asked for."""
    shown = model_json(model) | present(tags=tags_json(model.tags))
    if call.flag("include_aliases"):
        shown["aliases"] = [alias_json(model, alias) for alias in sorted(model.aliases)]
    return shown


def whole_version(call: Call, model: Model, version: Version) -> Json:
    """As above; also what the version knows of its run and its logged model."""
    shown = version_json(model, version) | present(
        tags=tags_json(version.tags), model_metrics=version.metrics or None, model_params=version.params or None
    )
    if call.flag("include_aliases"):
        shown["aliases"] = [alias_json(model, alias) for alias in model.aliases_of(version.number)]
    return shown


def alias_json(model: Model, alias: str) -> Json:
    """`RegisteredModelAlias`."""
    return {
        "alias_name": alias,
        "version_num": model.aliases[alias],
        "model_name": model.name,
        "catalog_name": model.catalog_name,
        "schema_name": model.schema_name,
    }


def tags_json(kept: Mapping[str, str]) -> list[Json] | None:
    """A list by key; None where there is none, so that the field stays away."""
    return [{"key": key, "value": value} for key, value in sorted(kept.items())] or None


def present(**fields: object) -> dict[str, object]:
    """The fields that have a value: protobuf's JSON leaves the others out."""
    return {name: value for name, value in fields.items() if value is not None}
