"""A Unity Catalog catalog. Its owner mark is a property; properties that the service adds are not ours to see."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

from lakeward.engine.diff import Changes
from lakeward.engine.resource import Observed, Resource
from lakeward.providers.databricks.api import Json, path
from lakeward.providers.databricks.client import UC, Databricks
from lakeward.providers.databricks.securable import created, patched, read

CATALOGS = f"{UC}/catalogs"


@dataclass(frozen=True)
class Catalog(Resource[Databricks]):
    """A catalog by name. `comment` and the declared `properties` are kept as the spec says."""

    kind: ClassVar[str] = "databricks.catalog"

    name: str
    comment: str | None = None
    properties: Mapping[str, str] | None = None

    @property
    def key(self) -> str:
        return self.name

    @classmethod
    def at(cls, key: str) -> Self:
        return cls(name=key)

    def observe(self, client: Databricks) -> Observed | None:
        if client.always_fresh:
            found = client.api.find(path(CATALOGS, self.name))
        else:
            found = client.listing(CATALOGS, "catalogs").get(self.name)
        return self._seen(found) if found is not None else None

    def create(self, client: Databricks) -> Observed:
        with client.changing(CATALOGS):
            return self._seen(client.api.do("POST", CATALOGS, body=created(self, {"name": self.name})))

    def update(self, client: Databricks, now: Observed, changes: Changes) -> Observed:
        with client.changing(CATALOGS):
            return self._seen(client.api.do("PATCH", path(CATALOGS, self.name), body=patched(self, now, changes)))

    def delete(self, client: Databricks) -> None:
        with client.changing(CATALOGS):
            client.api.drop(path(CATALOGS, self.name))

    def _seen(self, found: Json) -> Observed:
        owner, comment, properties = read(found)
        return Observed(Catalog(name=self.name, comment=comment, properties=properties, owner=owner))


def exists(client: Databricks, name: str) -> bool:
    """Whether the catalog is there, by the shared listing."""
    return name in client.listing(CATALOGS, "catalogs")
