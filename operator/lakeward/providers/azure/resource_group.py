"""An Azure resource group. Its owner mark is a tag. It may hold what is not ours, so it is never deleted."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar, Self

from lakeward.engine.diff import Changes, Immutable
from lakeward.engine.resource import Observed, Resource
from lakeward.providers.azure import tags
from lakeward.providers.azure.client import Azure, short
from lakeward.providers.azure.wire import Json, path

GROUPS = path("resourceGroups")


@dataclass(frozen=True)
class ResourceGroup(Resource[Azure]):
    """A resource group by name. The declared `tags` are kept as the spec says."""

    kind: ClassVar[str] = "azure.resource_group"
    upsert: ClassVar[bool] = True
    kept: ClassVar[bool] = True

    name: str
    location: Annotated[str | None, Immutable()] = None
    tags: Mapping[str, str] | None = None

    @property
    def key(self) -> str:
        return self.name.lower()

    @classmethod
    def at(cls, key: str) -> Self:
        return cls(name=key)

    def observe(self, client: Azure) -> Observed | None:
        if client.always_fresh:
            found = client.api.find(self._path)
        else:
            found = client.current(client.listing(GROUPS, _key).get(self.key), self._path)
        return self._seen(client, found) if found is not None else None

    def create(self, client: Azure) -> Observed:
        body = {"location": self.location, "tags": tags.created(self)}
        with client.changing(GROUPS, self._path):
            return self._seen(client, client.put(self._path, body))

    def update(self, client: Azure, now: Observed, changes: Changes) -> Observed:
        with client.changing(GROUPS, self._path):
            return self._seen(client, client.api.patch(self._path, {"tags": tags.updated(self, now, changes)}))

    def delete(self, client: Azure) -> Observed | None:
        # a type that is kept has nothing to send: it stands as it stood
        return self.observe(client)

    @property
    def _path(self) -> str:
        return path("resourceGroups", self.name)

    def _seen(self, client: Azure, found: Json) -> Observed:
        owner, others = tags.read(found, self.tags)
        state = ResourceGroup(name=self.name, location=short(found), tags=others, owner=owner)
        return client.seen(state, self._path, found)


def _key(found: Json) -> str:
    return str(found["name"]).lower()
