"""What a model version says of itself in its files: its MLmodel, what it requires, whether it has an input example.

The files are untrusted text: bounded, read as plain data, never imported or unpickled. What they require is read in
`model_requirements`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lakeward.engine.errors import Invalid, Unavailable
from lakeward.engine.reasons import Reason
from lakeward.providers.databricks import artifacts, registry
from lakeward.providers.databricks.client import Databricks
from lakeward.providers.databricks.model_requirements import MLMODEL, Contents, Unfit

DAY = 86400.0


@dataclass(frozen=True)
class ModelFiles:
    """The readable files of one version.

    mlmodel       its MLmodel; empty where there is none
    requirements  lines as they are written, by where they stand, and what of a file is refused; see
                  `model_requirements.Contents.requirements`
    has_example   the input example that MLmodel names is there
    """

    mlmodel: Mapping[str, Any]
    requirements: Mapping[str, tuple[str, ...]]
    has_example: bool


def read(client: Databricks, model: str, version: int) -> ModelFiles:
    """What its files say; kept for a day once the version is ready, because then they never change.

    Invalid(UnsafeArtifact) on a file that is too large or is no plain YAML; that is kept, too. Unavailable
    (SourceNotFound) where there is no such version.
    """
    found = registry.version(client, model, version)
    if found is None:
        raise Unavailable(f"{model} has no version {version}", reason=Reason.SOURCE_NOT_FOUND)
    # numbers begin anew when a model is made again
    key = f"files {model}/{version} {found.created_at}"
    if found.status != registry.READY:
        said = client.remember(key, lambda: _read(client, model, version))
    else:
        said = client.lasting(key, lambda: _read(client, model, version), DAY)
    if isinstance(said, Unfit):
        text = f"{said.file} of version {version} of {model} {said}; register a version that has a plain one"
        raise Invalid(text, reason=Reason.UNSAFE_ARTIFACT)
    return said


def _read(client: Databricks, model: str, version: int) -> ModelFiles | Unfit:
    """A refusal is a reading like another; a file that could not be read as it was listed is none."""
    files = {file.path: file for file in artifacts.listing(client, model, version)}
    named = sorted(artifacts.PARSED & files.keys())
    read = {name: artifacts.parsed(client, model, version, files[name]) for name in named}
    contents = Contents(read, beside=files.keys())
    try:
        mlmodel = contents.mapping(MLMODEL)
        return ModelFiles(mlmodel, dict(contents.requirements()), _example(mlmodel) in files)
    except Unfit as why:
        return Unfit(why.file, str(why))  # a new one: what was raised holds all that was read


def _example(mlmodel: Mapping[str, Any]) -> str:
    told = mlmodel.get("saved_input_example_info")
    return str(told.get("artifact_path") or "") if isinstance(told, Mapping) else ""
