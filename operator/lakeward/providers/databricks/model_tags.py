"""Tags of a registered model or of one of its versions: all that are declared, in one call. Foreign tags stay."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import ClassVar, Self

from lakeward.engine.diff import Changes
from lakeward.engine.resource import Mark, Observed, Resource
from lakeward.providers.databricks import registry
from lakeward.providers.databricks.api import path
from lakeward.providers.databricks.client import UC, Databricks


@dataclass(frozen=True)
class ModelTags(Resource[Databricks]):
    """The declared tags of a model, or of its `version`. They are there when the model is, so creating is changing.

    A `part` is a record of its own beside other tags, which it does not see: it may be written in a pass with them.
    """

    kind: ClassVar[str] = "databricks.model_tags"
    holds_data: ClassVar[bool] = False
    mark: ClassVar[Mark] = Mark.PARENT
    pruned: ClassVar[bool] = False
    told: ClassVar[bool] = False

    model: str
    version: int | None = None
    tags: Mapping[str, str] | None = None
    part: str = ""

    @property
    def key(self) -> str:
        number = f"/{self.version}" if self.version is not None else ""
        return f"{self.model}{number}{self.part and '#' + self.part}"

    @classmethod
    def at(cls, key: str) -> Self:
        whole, _, part = key.partition("#")
        model, _, number = whole.partition("/")
        return cls(model=model, version=int(number) if number else None, part=part)

    def observe(self, client: Databricks) -> Observed | None:
        found = self._read(client)
        if found is None:
            return None
        if self.part and self.tags is not None:
            found = {key: value for key, value in found.items() if key in self.tags}
        return Observed(self._bare(found))

    def create(self, client: Databricks) -> Observed:
        return self._write(client, self.tags or {}, ())

    def update(self, client: Databricks, now: Observed, changes: Changes) -> Observed:  # noqa: ARG002 - keys suffice
        keys = {c.path.partition(".")[2]: c.new for c in changes}
        added = {k: str(v) for k, v in keys.items() if v is not None}
        return self._write(client, added, tuple(k for k, v in keys.items() if v is None))

    def delete(self, client: Databricks) -> None:
        if self.tags:
            self._write(client, {}, tuple(self.tags))

    def _read(self, client: Databricks) -> Mapping[str, str] | None:
        if self.version is None:
            model = registry.model(client, self.model)
            return model.tags if model else None
        version = registry.version(client, self.model, self.version)
        return version.tags if version else None

    def _bare(self, tags: Mapping[str, str]) -> Self:
        return type(self)(model=self.model, version=self.version, tags=tags, part=self.part)

    def _changing(self, client: Databricks) -> AbstractContextManager[None]:
        if self.version is None:
            return registry.changing_model(client, self.model)
        return registry.changing_version(client, self.model, self.version)

    def _write(self, client: Databricks, added: Mapping[str, str], removed: tuple[str, ...]) -> Observed:
        changes: dict[str, object] = {"add_tags": [{"key": k, "value": v} for k, v in sorted(added.items())]}
        if removed:
            changes["remove"] = sorted(removed)
        with self._changing(client):
            client.api.do("PATCH", tagging(self.model, self.version), body={"changes": changes})
        return Observed(self._bare(added))


def tagging(model: str, version: int | None = None) -> str:
    """Where the tags of a model or version are written; models are of securable type FUNCTION."""
    if version is None:
        return path(f"{UC}/securable-tags/FUNCTION", model)
    return path(f"{UC}/subentity-tags/FUNCTION", model, version)
