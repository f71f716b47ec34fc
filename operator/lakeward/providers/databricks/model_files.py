"""What a model version says of itself in its files: its MLmodel, what it requires, whether it has an input example.

The files are untrusted text: bounded, read as plain data, never imported or unpickled.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lakeward.engine.errors import Invalid, Unavailable
from lakeward.engine.reasons import Reason
from lakeward.providers.databricks import artifacts, plain_yaml, registry
from lakeward.providers.databricks.artifacts import File
from lakeward.providers.databricks.client import Databricks
from lakeward.providers.databricks.plain_yaml import NotPlain

MLMODEL, REQUIREMENTS, CONDA = "MLmodel", "requirements.txt", "conda.yaml"
PIP = f"{CONDA} (pip)"
DAY = 86400.0


@dataclass(frozen=True)
class ModelFiles:
    """The readable files of one version.

    mlmodel       its MLmodel; empty where there is none
    requirements  lines as they are written, by where they stand: `requirements.txt`, `conda.yaml`, `conda.yaml (pip)`
    has_example   the input example that MLmodel names is there
    """

    mlmodel: Mapping[str, Any]
    requirements: Mapping[str, tuple[str, ...]]
    has_example: bool


def read(client: Databricks, model: str, version: int) -> ModelFiles:
    """What its files say; kept for a day once the version is ready, because then they never change.

    Invalid(UnsafeArtifact) on a file that is too large or is no plain YAML. Unavailable(SourceNotFound) where there is
    no such version.
    """
    found = registry.version(client, model, version)
    if found is None:
        raise Unavailable(f"{model} has no version {version}", reason=Reason.SOURCE_NOT_FOUND)
    # numbers begin anew when a model is made again
    key = f"files {model}/{version} {found.created_at}"
    if found.status != registry.READY:
        return client.remember(key, lambda: _read(client, model, version))
    return client.lasting(key, lambda: _read(client, model, version), DAY)


def _read(client: Databricks, model: str, version: int) -> ModelFiles:
    files = {file.path: file for file in artifacts.listing(client, model, version)}
    folder = _Folder(client, model, version, files)
    mlmodel = folder.mapping(MLMODEL)
    requirements = dict(folder.requirements())
    return ModelFiles(mlmodel, requirements, _example(mlmodel) in files)


def _example(mlmodel: Mapping[str, Any]) -> str:
    told = mlmodel.get("saved_input_example_info")
    return str(told.get("artifact_path") or "") if isinstance(told, Mapping) else ""


@dataclass(frozen=True)
class _Folder:
    """The files of one version, and what may be wrong with them."""

    client: Databricks
    model: str
    version: int
    files: Mapping[str, File]

    def requirements(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        if REQUIREMENTS in self.files:
            yield REQUIREMENTS, self._lines(REQUIREMENTS)
        if CONDA not in self.files:
            return
        packages = self.mapping(CONDA).get("dependencies") or []
        if not isinstance(packages, list):
            raise self._refused(CONDA, "has no list of dependencies")
        yield CONDA, tuple(entry for entry in packages if isinstance(entry, str))
        lists = [self._pip(entry) for entry in packages if not isinstance(entry, str)]
        if lists:
            yield PIP, tuple(line for lines in lists for line in lines)

    def mapping(self, name: str) -> Mapping[str, Any]:
        """A file of YAML; empty where it is, or is not there."""
        try:
            found = plain_yaml.load(self._content(name)) if name in self.files else None
        except NotPlain as why:
            raise self._refused(name, str(why)) from None
        if found is None:
            return {}
        if not isinstance(found, Mapping) or not all(isinstance(key, str) for key in found):
            raise self._refused(name, "is no mapping of names")
        return found

    def _pip(self, entry: object) -> list[str]:
        lines = entry.get("pip") if isinstance(entry, Mapping) and len(entry) == 1 else None
        if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
            raise self._refused(CONDA, "has a dependency that is neither a line nor a list of lines for pip")
        return lines

    def _lines(self, name: str) -> tuple[str, ...]:
        try:
            return tuple(self._content(name).decode().splitlines())
        except UnicodeDecodeError:
            raise self._refused(name, "is not text") from None

    def _content(self, name: str) -> bytes:
        return artifacts.parsed(self.client, self.model, self.version, self.files[name])

    def _refused(self, name: str, why: str) -> Invalid:
        text = f"{name} of version {self.version} of {self.model} {why}; register a version that has a plain one"
        return Invalid(text, reason=Reason.UNSAFE_ARTIFACT)
