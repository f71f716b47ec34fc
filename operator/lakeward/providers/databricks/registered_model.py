"""A registered model in Unity Catalog, as a place for versions. Whose it is, is its claim's matter."""

from dataclasses import dataclass
from typing import ClassVar, Self

from lakeward.engine.diff import Changes
from lakeward.engine.resource import Mark, Observed, Resource
from lakeward.providers.databricks import registry
from lakeward.providers.databricks.client import Databricks
from lakeward.providers.databricks.schema import Schema
from lakeward.providers.databricks.securable import MARK


@dataclass(frozen=True)
class RegisteredModel(Resource[Databricks]):
    """A model by its full name; only that it exists is managed. A new one is claimed in the call that makes it."""

    kind: ClassVar[str] = "databricks.registered_model"
    mark: ClassVar[Mark] = Mark.NONE
    pruned: ClassVar[bool] = False

    name: str

    @property
    def key(self) -> str:
        return self.name

    @classmethod
    def at(cls, key: str) -> Self:
        return cls(name=key)

    def requires(self) -> tuple[str, ...]:
        return (f"{Schema.kind}/{self.name.rpartition('.')[0]}",)

    def observe(self, client: Databricks) -> Observed | None:
        found = registry.model(client, self.name)
        return None if found is None else self._seen()

    def create(self, client: Databricks) -> Observed:
        catalog, schema, name = self.name.split(".")
        body = {"catalog_name": catalog, "schema_name": schema, "name": name}
        with registry.changing_model(client, self.name):
            client.api.do("POST", registry.MODELS, body={**body, "tags": [{"key": MARK, "value": self.owner}]})
        return self._seen()

    def update(self, client: Databricks, now: Observed, changes: Changes) -> Observed:  # noqa: ARG002 - never differs
        return now

    def delete(self, client: Databricks) -> None:
        with registry.changing_model(client, self.name):
            client.api.drop(registry.at_model(self.name))

    def _seen(self) -> Observed:
        return Observed(RegisteredModel(name=self.name))
