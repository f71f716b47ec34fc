"""A model version that is a copy of another one: created, filled file by file, tagged with its digest, finalized.

The one resource whose create is long: it starts a keyed work and answers Progressing; the next pass finds the copy by
its `source`. How it is made is in `copy_work`. What a killed process left is not ready and carries our mark.
"""

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Self

from lakeward.engine.diff import Aside, Changes
from lakeward.engine.resource import Mark, Observed, Phase, Resource
from lakeward.engine.work import Failed, Running, Tell
from lakeward.providers.databricks import copy_work, registry
from lakeward.providers.databricks.client import Databricks
from lakeward.providers.databricks.copy_adoption import adoptable
from lakeward.providers.databricks.copy_marks import DIGEST, is_left
from lakeward.providers.databricks.copy_order import Order
from lakeward.providers.databricks.executor import Executor
from lakeward.providers.databricks.registered_model import RegisteredModel
from lakeward.providers.databricks.registry import Version

__all__ = ["DIGEST", "ModelVersion", "adoptable"]

LET_GO = 60.0
"""Seconds after which a deletion no longer waits for a copy that was told to leave and hangs in a call."""
LOOK_AGAIN = 10.0
STOPS = "stops after the current file"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ModelVersion(Resource[Databricks]):
    """The copy in `model` of version `version` of `source`. Its output `version` is the number that the copy got.

    strays      numbers of versions of ours that were begun and are left behind: there should be none
    limit       how long the copy may take, in seconds
    pin         the digest that its files must have
    carry       tags that it gets in the create call beside ours
    executor    who copies
    job         the copy job: its number as text, or its name; None where there is none
    paused      a copy on its way stops after the current file, and none is begun or finalized
    prefer      the number that is taken where several copies fit; else the lowest
    unfinished  it left the spec: what a copy that was cut left behind is the one thing of it that is ever deleted
    """

    kind: ClassVar[str] = "databricks.model_version"
    mark: ClassVar[Mark] = Mark.NONE
    holds_data: ClassVar[bool] = False

    model: str
    source: str
    version: int
    strays: tuple[int, ...] = ()
    limit: Annotated[float | None, Aside()] = None
    pin: Annotated[str | None, Aside()] = None
    carry: Annotated[Mapping[str, str] | None, Aside()] = None
    executor: Annotated[Executor, Aside()] = Executor.AUTO
    job: Annotated[str | None, Aside()] = None
    paused: Annotated[bool, Aside()] = False
    prefer: Annotated[int | None, Aside()] = None
    unfinished: Annotated[bool, Aside()] = False

    @property
    def key(self) -> str:
        return f"{self.model}:{self.source}/{self.version}"

    @classmethod
    def at(cls, key: str) -> Self:
        model, _, rest = key.partition(":")
        source, _, number = rest.partition("/")
        return cls(model=model, source=source, version=int(number))

    def requires(self) -> tuple[str, ...]:
        return (f"{RegisteredModel.kind}/{self.model}",)

    def left(self, keys: Collection[str], known: str = "") -> Self:  # noqa: ARG002 - has no entries, and no id
        """A copy outlives its promotion; what is not one yet goes."""
        return replace(self, unfinished=True)

    def observe(self, client: Databricks) -> Observed | None:
        state = client.works.state(self._work(client))
        if self.unfinished:
            return self._leaving(client, state)
        if isinstance(state, Running):
            if self.paused:
                client.works.ask(self._work(client))
            return self._seen(Phase.PROGRESSING, STOPS if self.paused else state.progress)
        if isinstance(state, Failed):
            raise state.problem
        source = registry.version(client, self.source, self.version)
        made = registry.copies(client, self.model, self._origin)
        copy = adoptable(client, made, source, self.pin, prefer=self.prefer)
        if copy is None:
            return None
        strays = tuple(v.version for v in self._left(made))
        return Observed(replace(self._bare(), strays=strays), outputs={"version": copy.version})

    def create(self, client: Databricks) -> Observed:
        def work(tell: Tell) -> None:
            copy_work.carry_out(client, self._order(client), tell)

        if self.paused:
            return self._seen(Phase.PROGRESSING, "stopped")
        client.works.start(self._work(client), work, client.wake)
        return self._seen(Phase.PROGRESSING, "copying")

    def update(self, client: Databricks, now: Observed, changes: Changes) -> Observed:  # noqa: ARG002 - strays only
        """Remove what is left behind beside the copy."""
        self._clear(client)
        return replace(now, state=self._bare())

    def delete(self, client: Databricks) -> Observed | None:
        """Only what never became ready is removed; a copy on its way is told to leave first."""
        client.works.ask(self._work(client), at_once=True)
        if isinstance(client.works.state(self._work(client)), Running):
            return self._stopping()
        self._clear(client)
        return None

    def _leaving(self, client: Databricks, state: Running | Failed | None) -> Observed | None:
        if isinstance(state, Running):
            asked = client.works.asked(self._work(client))
            if asked is None:
                return self._seen(Phase.PROGRESSING, state.progress)
            if asked < LET_GO:
                return self._stopping()
            text = "%s: its copying hangs and is no longer waited for; it may leave a version that is not ready behind"
            log.warning(text, self.address)
            return None
        made = registry.copies(client, self.model, self._origin)
        return Observed(self._bare()) if self._left(made) else None

    def _clear(self, client: Databricks) -> None:
        with registry.changing_copies(client, self.model, self._origin):
            for version in self._left(registry.copies(client.fresh(), self.model, self._origin)):
                client.api.drop(registry.at_version(self.model, version.version))

    def _left(self, made: tuple[Version, ...]) -> tuple[Version, ...]:
        return tuple(v for v in made if is_left(v, self.owner, limit=self.limit))

    def _work(self, client: Databricks) -> str:
        """An object's own at its workspace: a copy goes on when the token is changed."""
        return f"{client.api.host} {self.owner} {self.key}"

    def _order(self, client: Databricks) -> Order:
        return Order(
            work=self._work(client),
            model=self.model,
            source=self.source,
            version=self.version,
            owner=self.owner,
            carry=self.carry or {},
            pin=self.pin,
            limit=self.limit,
            executor=self.executor,
            job=self.job,
        )

    @property
    def _origin(self) -> str:
        return registry.source_of(self.source, self.version)

    def _bare(self) -> "ModelVersion":
        return ModelVersion(model=self.model, source=self.source, version=self.version)

    def _stopping(self) -> Observed:
        return Observed(self._bare(), Phase.PROGRESSING, "stops copying", again=LOOK_AGAIN)

    def _seen(self, phase: Phase, message: str) -> Observed:
        return Observed(self._bare(), phase, message)
