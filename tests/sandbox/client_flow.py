"""What a data scientist does with the unmodified mlflow client, in a process of its own: arguments are the schema and
the file that tells what the client saw.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion, ModelVersionTag
from mlflow.models import infer_signature
from mlflow.store._unity_catalog.registry.uc_native_rest_store import UcNativeModelRegistryStore
from sklearn.linear_model import LogisticRegression

X = np.array([[0.0], [1.0], [2.0], [3.0]])
Y = [0, 0, 1, 1]


def main(schema: str, report: str) -> None:
    mlflow.set_tracking_uri("databricks")
    mlflow.set_registry_uri("databricks-uc")
    client = MlflowClient()
    name = f"{schema}.churn"
    told: dict[str, Any] = {"name": name}
    told |= train(client, name)
    told |= register(client, name, told["model_uri"])
    told["native"] = native(f"{schema}.native", mlflow.artifacts.download_artifacts(told["model_uri"]))
    told["presigned"] = presigned(f"{schema}.presigned", told["model_uri"])
    Path(report).write_text(json.dumps(told))


def train(client: MlflowClient, name: str) -> dict[str, Any]:
    """An experiment, a run, metrics, artifacts and a logged model that is registered at once."""
    experiment = client.create_experiment(f"/Users/ana@example.com/{name}")
    estimator = LogisticRegression().fit(X, Y)
    with mlflow.start_run(experiment_id=experiment) as run:
        mlflow.log_param("C", 1.0)
        mlflow.log_metric("f1", 0.94)
        mlflow.log_text("hello", "notes/hello.txt")
        logged = mlflow.sklearn.log_model(
            estimator,
            name="model",
            signature=infer_signature(X, estimator.predict(X)),
            input_example=X[:1],
            pip_requirements=["scikit-learn"],
            serialization_format="cloudpickle",
            registered_model_name=name,
        )
    run_id = run.info.run_id
    return {
        "experiment_id": experiment,
        "run_id": run_id,
        "artifact_uri": run.info.artifact_uri,
        "model_uri": logged.model_uri,
        "model_id": logged.model_id,
        "first": logged.registered_model_version,
        "metrics": client.get_run(run_id).data.metrics,
        "found_runs": [r.info.run_id for r in client.search_runs([experiment], "metrics.f1 > 0.9")],
        "artifacts": [f.path for f in client.list_artifacts(run_id, "notes")],
        "text": mlflow.artifacts.load_text(f"{run.info.artifact_uri}/notes/hello.txt"),
    }


def register(client: MlflowClient, name: str, model_uri: str) -> dict[str, Any]:
    """A second version, an alias that moves to it, tags, searches, and a prediction through the alias."""
    client.set_registered_model_alias(name, "champion", "1")
    second = mlflow.register_model(model_uri, name, tags={"lane": "blue"})
    client.set_registered_model_alias(name, "champion", second.version)
    client.set_registered_model_alias(name, "previous", "1")
    client.set_registered_model_alias(name, "gone", "1")
    client.delete_registered_model_alias(name, "gone")
    client.set_registered_model_tag(name, "team", "ml")
    client.set_model_version_tag(name, second.version, "approved", "yes")
    client.set_model_version_tag(name, second.version, "wrong", "x")
    client.delete_model_version_tag(name, second.version, "wrong")
    client.update_model_version(name, second.version, description="the second")
    model = client.get_registered_model(name)
    return {
        "second": seen(client.get_model_version_by_alias(name, "champion")),
        "aliases": dict(model.aliases),
        "tags": dict(model.tags),
        "searched": [v.version for v in client.search_model_versions(f"name='{name}'")],
        "searched_models": name in [m.name for m in client.search_registered_models(max_results=1000)],
        "unknown": [v.version for v in client.search_model_versions(f"name='{name}_unknown'")],
        "predicted": mlflow.pyfunc.load_model(f"models:/{name}@champion").predict(X).tolist(),
    }


def native(name: str, folder: str) -> dict[str, Any]:
    """The client's other store, which speaks the native dialect."""
    make: Any = UcNativeModelRegistryStore
    store = make("databricks-uc", "databricks")
    store.create_registered_model(name, description="native")
    made = store.create_model_version(name, folder, local_model_path=folder)
    store.set_registered_model_alias(name, "champion", made.version)
    tag: Any = ModelVersionTag
    store.set_registered_model_tag(name, tag("team", "ml"))
    store.set_model_version_tag(name, made.version, tag("lane", "green"))
    return {
        **seen(store.get_model_version_by_alias(name, "champion")),
        "searched": [v.version for v in store.search_model_versions(f"name='{name}'")],
        "predicted": mlflow.pyfunc.load_model(f"models:/{name}@champion").predict(X).tolist(),
    }


def presigned(name: str, model_uri: str) -> list[int]:
    """The client's other way of moving bytes: URLs that carry their permission."""
    os.environ["MLFLOW_USE_DATABRICKS_SDK_MODEL_ARTIFACTS_REPO_FOR_UC"] = "false"  # noqa: TID251 - mlflow reads it
    made = mlflow.register_model(model_uri, name)
    predicted: list[int] = mlflow.pyfunc.load_model(f"models:/{name}/{made.version}").predict(X).tolist()
    return predicted


def seen(version: ModelVersion) -> dict[str, Any]:
    return {
        "version": version.version,
        "status": version.status,
        "aliases": sorted(version.aliases),
        "tags": dict(version.tags),
        "user": version.user_id,
        "description": version.description,
        "metrics": {m.key: m.value for m in version.metrics or []},
    }


if __name__ == "__main__":
    main(*sys.argv[1:])
