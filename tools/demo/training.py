"""A data scientist's program, run as a child process: it knows MLflow and scikit-learn, and nothing of Lakeward.

Each line of its input is an order, each line of its output the answer, both JSON; all else goes to its log.
"""

import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TextIO

import mlflow
import mlflow.sklearn
import numpy as np
import pandas as pd
import sklearn
from databricks.sdk import WorkspaceClient
from databricks.sdk.service.catalog import PermissionsChange, Privilege
from mlflow.data.pandas_dataset import from_pandas
from mlflow.models import infer_signature
from sklearn.datasets import load_breast_cancer
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score
from sklearn.model_selection import train_test_split
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

HOLDOUT = "tumor_holdout"
NAMES = ("benign", "malignant")

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Data:
    """Measurements of tumors; 1 is malignant. The holdout is the same for every version, so that they compare."""

    train: pd.DataFrame
    train_labels: pd.Series
    holdout: pd.DataFrame
    holdout_labels: pd.Series


def load() -> Data:
    """The data set that comes with scikit-learn: no network."""
    measurements, benign = load_breast_cancer(return_X_y=True, as_frame=True)
    parts = train_test_split(measurements, 1 - benign, test_size=0.3, random_state=9, stratify=benign)
    train, holdout, train_labels, holdout_labels = parts
    return Data(train, train_labels, holdout, holdout_labels)


def scaled_regression() -> Any:  # noqa: ANN401 - scikit-learn has no types
    return make_pipeline(StandardScaler(), LogisticRegression())


RECIPES: Mapping[str, tuple[Callable[[], Any], tuple[str, ...]]] = {
    "regression on two measurements": (scaled_regression, ("mean radius", "mean texture")),
    "regression on all measurements": (scaled_regression, ()),
    "naive Bayes on all measurements": (GaussianNB, ()),
    "always benign": (DummyClassifier, ()),
}


def train(data: Data, order: Json) -> Json:
    """Trains, logs and registers one version, and answers with what the registry now says about it."""
    make, chosen = RECIPES[order["recipe"]]
    columns = list(chosen or data.train.columns)
    model = make().fit(data.train[columns], data.train_labels)
    predicted = model.predict(data.holdout[columns])
    rows = data.holdout.assign(malignant=data.holdout_labels)  # all columns: one data set for all versions
    dataset = from_pandas(rows, targets="malignant", name=HOLDOUT)
    mlflow.set_experiment(order["experiment"])
    with mlflow.start_run(run_name=order["recipe"]):
        mlflow.log_input(dataset, context="holdout")
        logged = mlflow.sklearn.log_model(
            model,
            name="model",
            signature=infer_signature(data.train[columns], predicted),
            input_example=data.train[columns].head(2),
            pip_requirements=[f"scikit-learn=={sklearn.__version__}", f"pandas=={pd.__version__}"],
        )
        scores = {
            "f1_score": f1_score(data.holdout_labels, predicted),
            "accuracy": accuracy_score(data.holdout_labels, predicted),
        }
        mlflow.log_metrics(scores, dataset=dataset, model_id=logged.model_id)
    return registered(mlflow.register_model(logged.model_uri, order["model"]))


def registered(version: Any) -> Json:  # noqa: ANN401 - mlflow has no types
    """Read back: a gate sees what the registry holds, not what a script printed."""
    kept = mlflow.MlflowClient().get_model_version(version.name, version.version)
    on_holdout = {metric.key: metric.value for metric in kept.metrics or () if metric.dataset_name == HOLDOUT}
    return {"version": int(kept.version), "metrics": on_holdout}


def predict(data: Data, order: Json) -> Json:
    """Loads whatever version the alias names now, as an application does, and asks it about the holdout."""
    uri = f"models:/{order['model']}@{order['alias']}"
    named = mlflow.MlflowClient().get_model_version_by_alias(order["model"], order["alias"])
    model = mlflow.pyfunc.load_model(uri)
    answers = np.asarray(model.predict(data.holdout)).astype(int)
    right = int((answers == data.holdout_labels.to_numpy()).sum())
    first = [NAMES[answer] for answer in answers[: order["rows"]]]
    return {"version": int(named.version), "uri": uri, "first": first, "right": right, "all": len(answers)}


def remembered(_: Data, order: Json) -> Json:
    """The tags of whatever version the alias names now."""
    named = mlflow.MlflowClient().get_model_version_by_alias(order["model"], order["alias"])
    return {"version": int(named.version), "tags": dict(named.tags)}


def point(_: Data, order: Json) -> Json:
    """Moves an alias by hand, past git and Lakeward."""
    mlflow.MlflowClient().set_registered_model_alias(order["model"], order["alias"], str(order["version"]))
    return {"alias": order["alias"]}


def revoke(_: Data, order: Json) -> Json:
    """Takes privileges on a schema away by hand."""
    taken = [Privilege(name) for name in order["privileges"]]
    client = WorkspaceClient(host=order["host"], token=order["token"], auth_type="pat")
    change = PermissionsChange(principal=order["principal"], remove=taken)
    client.grants.update("SCHEMA", order["schema"], changes=[change])
    return {"schema": order["schema"]}


ORDERS: Mapping[str, Callable[[Data, Json], Json]] = {
    "train": train,
    "predict": predict,
    "remembered": remembered,
    "point": point,
    "revoke": revoke,
}


def log_in(order: Json) -> None:
    """As mlflow finds a Databricks workspace: by the environment."""
    os.environ.update(  # noqa: TID251 - mlflow reads its login nowhere else
        DATABRICKS_HOST=order["host"],
        DATABRICKS_TOKEN=order["token"],
        MLFLOW_TRACKING_URI="databricks",
        MLFLOW_REGISTRY_URI="databricks-uc",
    )


def main() -> None:
    """Answers until the input ends. A failure ends it: the last line of its log says why."""
    answers = own_output()
    data = load()
    for line in sys.stdin:
        order: Json = json.loads(line)
        log_in(order)
        answers.write(f"{json.dumps(ORDERS[order['do']](data, order))}\n")
        answers.flush()


def own_output() -> TextIO:
    """The output for answers alone: mlflow prints to standard output, which becomes the log."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return answers


if __name__ == "__main__":
    main()
