"""The claim on a registered model: a tag that says which promotion moves its aliases. It guards against two at once.

A tag has no compare-and-set: a claim counts only once a later reading confirms it, so writing it is not yet having it.
"""

from dataclasses import dataclass
from typing import ClassVar, Self

from lakeward.engine.diff import Changes
from lakeward.engine.resource import Observed, Phase, Resource
from lakeward.providers.databricks import registry
from lakeward.providers.databricks.client import Databricks
from lakeward.providers.databricks.model_tags import tagging
from lakeward.providers.databricks.registered_model import RegisteredModel
from lakeward.providers.databricks.securable import MARK


@dataclass(frozen=True)
class ModelClaim(Resource[Databricks]):
    """The owner mark on a model. It is there when anybody's mark is; releasing it leaves the model alone."""

    kind: ClassVar[str] = "databricks.model_claim"
    holds_data: ClassVar[bool] = False
    upsert: ClassVar[bool] = True

    model: str

    @property
    def key(self) -> str:
        return self.model

    @classmethod
    def at(cls, key: str) -> Self:
        return cls(model=key)

    def requires(self) -> tuple[str, ...]:
        return (f"{RegisteredModel.kind}/{self.model}",)

    def observe(self, client: Databricks) -> Observed | None:
        model = registry.model(client, self.model)
        mark = model.tags.get(MARK) if model else None
        return self._seen(mark, Phase.READY) if mark else None

    def create(self, client: Databricks) -> Observed:
        self._change(client, {"add_tags": [{"key": MARK, "value": self.owner}]})
        return self._seen(self.owner, Phase.PROGRESSING)

    def update(self, client: Databricks, now: Observed, changes: Changes) -> Observed:  # noqa: ARG002 - one field
        return self.create(client)

    def delete(self, client: Databricks) -> None:
        self._change(client, {"remove": [MARK]})

    def _change(self, client: Databricks, changes: dict[str, object]) -> None:
        with registry.changing_model(client, self.model):
            client.api.do("PATCH", tagging(self.model), body={"changes": changes})

    def _seen(self, owner: str, phase: Phase) -> Observed:
        return Observed(ModelClaim(model=self.model, owner=owner), phase, "claimed; the next reading confirms it")
