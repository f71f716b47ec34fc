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
from lakeward.providers.databricks import copy_job, copy_work, registry
from lakeward.providers.databricks.client import Databricks
from lakeward.providers.databricks.copy_adoption import adoptable
from lakeward.providers.databricks.copy_marks import DIGEST
from lakeward.providers.databricks.copy_order import Order
from lakeward.providers.databricks.executor import Executor
from lakeward.providers.databricks.registered_model import RegisteredModel
from lakeward.providers.databricks.registry import Version

__all__ = ["DIGEST", "ModelVersion", "adoptable"]

LET_GO = 60.0
"""Seconds after which a deletion no longer waits for a copy that was told to leave and hangs in a call."""
LOOK_AGAIN = 10.0
STOPS, STOPPING = "stops after the current file", "stops copying"
PAUSED, LEFT = "paused", "left"
HANGS = "its copying hangs and is no longer waited for; it may leave a version that is not ready behind"

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
    known       the number of the copy where it is known, although who made it may make none any more
    unfinished  it left the spec: what a copy that was cut left behind is the one thing of it that is ever deleted
    run         the run of the copy job that was seen last
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
    known: Annotated[int | None, Aside()] = None
    unfinished: Annotated[bool, Aside()] = False
    run: Annotated[int | None, Aside()] = None

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

    def left(self, keys: Collection[str], known: str = "") -> Self:  # noqa: ARG002 - has no entries
        """A copy outlives its promotion; what is not one yet goes."""
        return replace(self, unfinished=True, run=int(known) if known.isdecimal() else None)

    def observe(self, client: Databricks) -> Observed | None:
        order = self._order(client)
        state = client.works.state(order.work)
        if self.unfinished:
            return self._leaving(client, order, state)
        if isinstance(state, Running):
            if self.paused:
                client.works.ask(order.work)
            return self._seen(STOPS if self.paused else state.progress)
        if isinstance(state, Failed):
            raise state.problem
        made = registry.copies(client, self.model, order.origin)
        source = registry.version(client, self.source, self.version)
        copy = adoptable(client, made, source, self.pin, prefer=self.prefer, job=self.job)
        number = copy.version if copy is not None else self.known
        if number is None:
            return self._followed(client, order, made)
        copy_job.forget(client, order)
        strays = tuple(v.version for v in copy_work.left(client, order, made))
        return Observed(replace(self._bare(), strays=strays), outputs={"version": number})

    def create(self, client: Databricks) -> Observed:
        def work(tell: Tell) -> None:
            copy_work.carry_out(client, self._order(client), tell)

        if self.paused:
            return self._seen("stopped")
        client.works.start(self._order(client).work, work, client.wake)
        return self._seen("copying")

    def update(self, client: Databricks, now: Observed, changes: Changes) -> Observed:  # noqa: ARG002 - strays only
        """Remove what is left behind beside the copy."""
        self._clear(client, self._order(client))
        return replace(now, state=self._bare())

    def delete(self, client: Databricks) -> Observed | None:
        """Only what never became ready is removed; a copy on its way is stopped first."""
        order = self._order(client)
        client.works.ask(order.work, at_once=True)
        if isinstance(client.works.state(order.work), Running):
            return self._seen(STOPPING, LOOK_AGAIN)
        run = copy_job.running(client, order, registry.copies(client, self.model, order.origin), self.run)
        if run is not None:
            copy_job.stop(client, order, run, LEFT)
            return self._seen(copy_job.told(client, order, run), LOOK_AGAIN, run.id)
        self._clear(client, order)
        return None

    def _followed(self, client: Databricks, order: Order, made: tuple[Version, ...]) -> Observed | None:
        """The run that makes the copy, if one does."""
        run = copy_job.running(client, order, made)
        if run is None:
            return None
        if self.paused and not client.works.stopping():
            copy_job.stop(client, order, run, PAUSED)
        return self._seen(copy_job.told(client, order, run), LOOK_AGAIN, run.id)

    def _leaving(self, client: Databricks, order: Order, state: Running | Failed | None) -> Observed | None:
        if isinstance(state, Running):
            asked = client.works.asked(order.work)
            return self._until_let_go(self._seen(state.progress if asked is None else STOPPING, LOOK_AGAIN), asked)
        made = registry.copies(client, self.model, order.origin)
        run = copy_job.running(client, order, made, self.run)
        if run is not None:
            seen = self._seen(copy_job.told(client, order, run), LOOK_AGAIN, run.id)
            return self._until_let_go(seen, copy_job.stopping(client, order))
        copy_job.forget(client, order)
        return Observed(self._bare()) if copy_work.left(client, order, made, self.run) else None

    def _until_let_go(self, seen: Observed, asked: float | None) -> Observed | None:
        """What is seen of a copy on its way, until it was `asked` to stop so many seconds ago that it hangs."""
        if asked is None or asked < LET_GO:
            return seen
        log.warning("%s: %s", self.address, HANGS)
        return None

    def _clear(self, client: Databricks, order: Order) -> None:
        fresh = client.fresh()
        with registry.changing_copies(client, self.model, order.origin):
            for version in copy_work.left(fresh, order, registry.copies(fresh, self.model, order.origin), self.run):
                client.api.drop(registry.at_version(self.model, version.version))

    def _order(self, client: Databricks) -> Order:
        return Order(
            # an object's own at its workspace: a copy goes on when the token is changed
            work=f"{client.api.host} {self.owner} {self.key}",
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

    def _bare(self) -> "ModelVersion":
        return ModelVersion(model=self.model, source=self.source, version=self.version)

    def _seen(self, message: str, again: float | None = None, run: int | None = None) -> Observed:
        outputs = {"id": run} if run is not None else {}
        return Observed(self._bare(), Phase.PROGRESSING, message, outputs, again)
