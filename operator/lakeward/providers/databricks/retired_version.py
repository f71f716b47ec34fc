"""A version of a model on its way out: marked first, deleted in a later step, and never while an alias names it.

Which versions are old enough is the business of others; nothing here makes a version.
"""

from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Self

from lakeward.engine.diff import Aside, Changes
from lakeward.engine.errors import Conflict
from lakeward.engine.resource import Mark, Observed, Resource
from lakeward.providers.databricks import registry
from lakeward.providers.databricks.client import Databricks
from lakeward.providers.databricks.model_tags import tagging
from lakeward.providers.databricks.registered_model import RegisteredModel

RETIRE_AFTER = "lakeward_retire_after"


@dataclass(frozen=True)
class RetiredVersion(Resource[Databricks]):
    """Whether a version is `marked` for deletion, and whether it is `deleted`; one that is not there is as desired.

    Its deletion destroys data, but it is no removal of what left the spec: it is the change of `deleted` that the spec
    asked for, so no deletion policy and no confirmation is asked here. Whoever desires it has asked them.

    retire_after  what the mark says, for people: when the version may be deleted
    stale         a mark that let it be deleted before then does not count
    aliases       as read: the aliases that name it
    """

    kind: ClassVar[str] = "databricks.retired_version"
    mark: ClassVar[Mark] = Mark.PARENT
    pruned: ClassVar[bool] = False

    model: str
    version: int
    marked: bool | None = None
    deleted: bool | None = None
    retire_after: Annotated[str, Aside()] = ""
    stale: Annotated[str, Aside()] = ""
    aliases: Annotated[tuple[str, ...], Aside()] = ()

    @property
    def key(self) -> str:
        return f"{self.model}/{self.version}"

    @classmethod
    def at(cls, key: str) -> Self:
        model, _, number = key.rpartition("/")
        return cls(model=model, version=int(number))

    def requires(self) -> tuple[str, ...]:
        return (f"{RegisteredModel.kind}/{self.model}",)

    def observe(self, client: Databricks) -> Observed:
        model = registry.model(client, self.model)
        found = registry.version(client, self.model, self.version) if model else None
        if model is None or found is None:
            return self._gone()
        named = {alias for alias, number in model.aliases.items() if number == self.version}
        return Observed(
            replace(
                self._bare(),
                marked=RETIRE_AFTER in found.tags and found.tags[RETIRE_AFTER] > self.stale,
                deleted=False,
                retire_after=found.tags.get(RETIRE_AFTER, ""),
                aliases=tuple(sorted(named | set(found.aliases))),
            )
        )

    def create(self, client: Databricks) -> Observed:  # noqa: ARG002 - what is not there is as desired
        raise Conflict("a version is never made by retiring it")

    def update(self, client: Databricks, now: Observed, changes: Changes) -> Observed:
        if not any(c.field == "deleted" and c.new for c in changes):
            return self._mark(client, now)
        seen: RetiredVersion = now.state  # type: ignore[assignment]  # an observation of the same type
        if seen.aliases:
            named = ", ".join(seen.aliases)
            raise Conflict(f"a version that an alias names is not deleted: point {named} at another version")
        if not seen.marked:
            raise Conflict(f"a version is not deleted before it is marked by the tag {RETIRE_AFTER}")
        return self._drop(client)

    def delete(self, client: Databricks) -> None:
        """Nothing of it is ours to remove."""

    def _mark(self, client: Databricks, now: Observed) -> Observed:
        added = [{"key": RETIRE_AFTER, "value": self.retire_after}] if self.marked else []
        body = {"changes": {"add_tags": added} if added else {"remove": [RETIRE_AFTER]}}
        with registry.changing_version(client, self.model, self.version):
            client.api.do("PATCH", tagging(self.model, self.version), body=body)
        after = self.retire_after if self.marked else ""
        seen: RetiredVersion = now.state  # type: ignore[assignment]  # an observation of the same type
        return Observed(replace(seen, marked=bool(self.marked), retire_after=after))

    def _drop(self, client: Databricks) -> Observed:
        with registry.removing_version(client, self.model, self.version):
            client.api.drop(registry.at_version(self.model, self.version))
        return self._gone()

    def _gone(self) -> Observed:
        """As if it were marked as desired: there is nothing left that could be."""
        return Observed(replace(self._bare(), marked=self.marked, deleted=True))

    def _bare(self) -> "RetiredVersion":
        return RetiredVersion(model=self.model, version=self.version)
