"""Who copies: the operator itself, or a job of the workspace. Decided from sizes and the source's `MLmodel` alone.

`MLmodel` is untrusted text: bounded, read as plain data, and nothing that it names is ever imported.
"""

from collections.abc import Iterable
from enum import StrEnum

from lakeward.engine.errors import Invalid
from lakeward.engine.reasons import Reason
from lakeward.providers.databricks import artifacts, plain_yaml
from lakeward.providers.databricks.client import Databricks
from lakeward.providers.databricks.plain_yaml import NotPlain

FEATURE_STORE = "databricks.feature_store.mlflow_model"
MLMODEL = "MLmodel"
NEEDED_RETRY = 300.0


class Executor(StrEnum):
    """`Auto` lets the operator copy what it can and the copy job the rest."""

    AUTO = "Auto"
    IN_PROCESS = "InProcess"
    DATABRICKS_JOB = "DatabricksJob"


def choose(asked: Executor, job: str | None, loader: str, size: int, most: int) -> Executor:
    """Who is to copy `size` bytes of a model with that loader module, where the operator may copy `most`.

    Invalid(ExecutorMissing) when a job is needed and none is named, or the operator is asked for what it cannot do.
    """
    why = _only_by_job(loader, size, most)
    if not why and asked is not Executor.DATABRICKS_JOB:
        return Executor.IN_PROCESS
    if why and asked is Executor.IN_PROCESS:
        raise missing(f"{why}, so a job must copy it: set spec.copy.executor to Auto")
    if job is None:
        why = why or "spec.copy.executor is DatabricksJob"
        raise missing(f"{why}: name the copy job in spec.promotions.jobs.copy of the MLWorkspace")
    return Executor.DATABRICKS_JOB


def mlmodel(client: Databricks, model: str, version: int, files: Iterable[artifacts.File]) -> bytes:
    """The text of a model's `MLmodel`. Invalid(UnsafeArtifact) when there is none."""
    found = next((f for f in files if f.path == MLMODEL), None)
    if found is None:
        raise artifacts.unsafe(f"it has no {MLMODEL}")
    return artifacts.parsed(client, model, version, found)


def loader_module(text: bytes) -> str:
    """What an `MLmodel` says its python_function is loaded by; empty when it does not say.

    Invalid(UnsafeArtifact) when it is not plain YAML.
    """
    try:
        content = plain_yaml.load(text)
    except NotPlain as why:
        raise artifacts.unsafe(f"{MLMODEL} {why}") from None
    flavors = content.get("flavors") if isinstance(content, dict) else None
    flavor = flavors.get("python_function") if isinstance(flavors, dict) else None
    return str(flavor.get("loader_module") or "") if isinstance(flavor, dict) else ""


def _only_by_job(loader: str, size: int, most: int) -> str:
    if loader == FEATURE_STORE:
        return "it is a feature store model, which can be registered on a cluster only"
    if size > most:
        return f"it has {artifacts.size(size)}, and the operator itself copies up to {artifacts.size(most)}"
    return ""


def missing(why: str) -> Invalid:
    """The problem of a copy that nobody can make."""
    return Invalid(why, reason=Reason.EXECUTOR_MISSING, field="spec.copy.executor", retry_after=NEEDED_RETRY)
