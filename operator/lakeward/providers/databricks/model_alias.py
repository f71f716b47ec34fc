"""An alias of a registered model: one word for one version. The service has no compare-and-set for it."""

from dataclasses import dataclass
from typing import ClassVar, Self

from lakeward.engine.diff import Changes
from lakeward.engine.resource import Mark, Observed, Ref, Resource
from lakeward.providers.databricks import registry
from lakeward.providers.databricks.api import path
from lakeward.providers.databricks.client import Databricks
from lakeward.providers.databricks.registered_model import RegisteredModel


@dataclass(frozen=True)
class ModelAlias(Resource[Databricks]):
    """`alias` of `model` names `version`; a version that is still to be made is a reference."""

    kind: ClassVar[str] = "databricks.model_alias"
    holds_data: ClassVar[bool] = False
    mark: ClassVar[Mark] = Mark.PARENT
    pruned: ClassVar[bool] = False
    upsert: ClassVar[bool] = True

    model: str
    alias: str
    version: int | Ref | None = None

    @property
    def key(self) -> str:
        return f"{self.model}@{self.alias}"

    @classmethod
    def at(cls, key: str) -> Self:
        model, _, alias = key.partition("@")
        return cls(model=model, alias=alias)

    def requires(self) -> tuple[str, ...]:
        return (f"{RegisteredModel.kind}/{self.model}",)

    def observe(self, client: Databricks) -> Observed | None:
        model = registry.model(client, self.model)
        number = model.aliases.get(self.alias) if model else None
        return None if number is None else self._seen(number)

    def create(self, client: Databricks) -> Observed:
        with registry.changing_model(client, self.model):
            client.api.do("PUT", self._path(), body={"version_num": self.version})
        return self._seen(self.version)

    def update(self, client: Databricks, now: Observed, changes: Changes) -> Observed:  # noqa: ARG002 - one field
        return self.create(client)

    def delete(self, client: Databricks) -> None:
        with registry.changing_model(client, self.model):
            client.api.drop(self._path())

    def _path(self) -> str:
        return path(registry.MODELS, self.model, "aliases", self.alias)

    def _seen(self, version: int | Ref | None) -> Observed:
        return Observed(ModelAlias(model=self.model, alias=self.alias, version=version))
