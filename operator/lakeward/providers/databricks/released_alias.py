"""An alias that must not name a version any more: taken away only while it names that very one."""

from dataclasses import dataclass, replace
from typing import ClassVar, Self

from lakeward.engine.diff import Changes
from lakeward.engine.errors import Conflict
from lakeward.engine.resource import Mark, Observed, Resource
from lakeward.providers.databricks import registry
from lakeward.providers.databricks.api import path
from lakeward.providers.databricks.client import Databricks
from lakeward.providers.databricks.registered_model import RegisteredModel


@dataclass(frozen=True)
class ReleasedAlias(Resource[Databricks]):
    """`alias` of `model` does not name `version`. What it names else is somebody else's, and in order."""

    kind: ClassVar[str] = "databricks.released_alias"
    holds_data: ClassVar[bool] = False
    mark: ClassVar[Mark] = Mark.PARENT
    pruned: ClassVar[bool] = False
    told: ClassVar[bool] = False

    model: str
    alias: str
    version: int
    released: bool = True

    @property
    def key(self) -> str:
        return f"{self.model}@{self.alias}/{self.version}"

    @classmethod
    def at(cls, key: str) -> Self:
        model, _, rest = key.partition("@")
        alias, _, number = rest.rpartition("/")
        return cls(model=model, alias=alias, version=int(number))

    def requires(self) -> tuple[str, ...]:
        return (f"{RegisteredModel.kind}/{self.model}",)

    def observe(self, client: Databricks) -> Observed | None:
        model = registry.model(client, self.model)
        named = model.aliases.get(self.alias) if model else None
        return self._seen(released=named != self.version)

    def create(self, client: Databricks) -> Observed:  # noqa: ARG002 - an alias that names nothing is there already
        raise Conflict("an alias is never made by releasing it")

    def update(self, client: Databricks, now: Observed, changes: Changes) -> Observed:  # noqa: ARG002 - one field
        with registry.changing_model(client, self.model):
            client.api.drop(path(registry.MODELS, self.model, "aliases", self.alias))
        return self._seen(released=True)

    def delete(self, client: Databricks) -> None:
        """There is nothing left of it."""

    def _seen(self, *, released: bool) -> Observed:
        bare = ReleasedAlias(model=self.model, alias=self.alias, version=self.version)
        return Observed(replace(bare, released=released))
