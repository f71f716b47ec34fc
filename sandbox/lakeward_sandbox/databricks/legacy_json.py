"""How MLflow's own dialect, `/api/2.0/mlflow/unity-catalog`, writes models and versions: full names, versions as text.
Listings carry neither aliases nor tags.
"""

from lakeward_sandbox.databricks.models import Model
from lakeward_sandbox.databricks.native_json import present, tags_json
from lakeward_sandbox.databricks.versions import Version
from lakeward_sandbox.errors import Json


def model_json(model: Model) -> dict[str, object]:
    """`RegisteredModel` as a listing shows it."""
    return present(
        name=model.full_name,
        creation_timestamp=model.created_at,
        last_updated_timestamp=model.updated_at,
        user_id=model.created_by,
        description=model.comment,
        deployment_job_id=model.deployment_job_id,
    )


def version_json(model: Model, version: Version) -> dict[str, object]:
    """`ModelVersion` as a listing shows it."""
    return present(
        name=model.full_name,
        version=str(version.number),
        creation_timestamp=version.created_at,
        last_updated_timestamp=version.updated_at,
        user_id=version.created_by,
        description=version.comment,
        source=version.source,
        run_id=version.run_id,
        run_experiment_id=version.run_experiment_id,
        run_tracking_server_id=None if version.run_workspace_id is None else str(version.run_workspace_id),
        status=version.status,
        status_message=version.status_message,
        storage_location=version.storage_location(model),
        model_id=version.model_id,
    )


def whole_model(model: Model) -> Json:
    """With aliases and tags."""
    aliases = [{"alias": alias, "version": str(number)} for alias, number in sorted(model.aliases.items())]
    return model_json(model) | present(aliases=aliases or None, tags=tags_json(model.tags))


def whole_version(model: Model, version: Version) -> Json:
    """With aliases, tags, and what the version knows of its run and its logged model."""
    number = str(version.number)
    aliases: list[Json] = [{"alias": alias, "version": number} for alias in model.aliases_of(version.number)]
    return version_json(model, version) | present(
        aliases=aliases or None,
        tags=tags_json(version.tags),
        model_metrics=version.metrics or None,
        model_params=version.params or None,
    )
