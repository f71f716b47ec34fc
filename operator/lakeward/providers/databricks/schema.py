"""A Unity Catalog schema. Its owner mark is a property; its parent is its catalog, which may be somebody else's."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import ClassVar, Self

from lakeward.engine.diff import Changes
from lakeward.engine.resource import Observed, Resource
from lakeward.providers.databricks import catalog
from lakeward.providers.databricks.api import Json, path
from lakeward.providers.databricks.client import UC, Databricks
from lakeward.providers.databricks.securable import created, patched, read

SCHEMAS = f"{UC}/schemas"


@dataclass(frozen=True)
class Schema(Resource[Databricks]):
    """A schema by catalog and name. `comment` and the declared `properties` are kept as the spec says."""

    kind: ClassVar[str] = "databricks.schema"

    catalog: str
    name: str
    comment: str | None = None
    properties: Mapping[str, str] | None = None

    @property
    def key(self) -> str:
        return f"{self.catalog}.{self.name}"

    @classmethod
    def at(cls, key: str) -> Self:
        parent, _, name = key.partition(".")
        return cls(catalog=parent, name=name)

    def requires(self) -> tuple[str, ...]:
        return (f"{catalog.Catalog.kind}/{self.catalog}",)

    def observe(self, client: Databricks) -> Observed | None:
        found = self._find(client)
        return self._seen(found) if found is not None else None

    def create(self, client: Databricks) -> Observed:
        body = created(self, {"name": self.name, "catalog_name": self.catalog})
        with self._changing(client):
            return self._seen(client.api.do("POST", SCHEMAS, body=body))

    def update(self, client: Databricks, now: Observed, changes: Changes) -> Observed:
        with self._changing(client):
            return self._seen(client.api.do("PATCH", path(SCHEMAS, self.key), body=patched(self, now, changes)))

    def delete(self, client: Databricks) -> None:
        with self._changing(client):
            client.api.drop(path(SCHEMAS, self.key))

    def _find(self, client: Databricks) -> Json | None:
        if client.always_fresh:
            return client.api.find(path(SCHEMAS, self.key))
        if not catalog.exists(client, self.catalog):
            # the listing of a missing catalog is an error of the service; it has no schemas
            return None
        return client.listing(SCHEMAS, "schemas", {"catalog_name": self.catalog}).get(self.name)

    def _changing(self, client: Databricks) -> AbstractContextManager[None]:
        return client.changing(SCHEMAS, query={"catalog_name": self.catalog})

    def _seen(self, found: Json) -> Observed:
        owner, comment, properties = read(found)
        state = Schema(catalog=self.catalog, name=self.name, comment=comment, properties=properties, owner=owner)
        return Observed(state)
