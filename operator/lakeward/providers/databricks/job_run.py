"""One run of a job, started once for each token however often it is asked for, and cancelled when nobody wants it.

How it ended is for others to judge: a run that has ended is in place, whatever its result.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Self

from lakeward.engine.diff import Aside, Changes
from lakeward.engine.errors import Invalid
from lakeward.engine.reasons import Reason
from lakeward.engine.resource import Mark, Observed, Phase, Resource
from lakeward.providers.databricks import jobs
from lakeward.providers.databricks.client import Databricks
from lakeward.providers.databricks.jobs import RunSeen

LOOK_AGAIN = 15.0


@dataclass(frozen=True)
class JobRun(Resource[Databricks]):
    """The run of `job` for `token`. Its output `id` is its number.

    The service finds no run by its token. So a run is seen where its number is known, from the status or because this
    process started it; where it is not, asking to start it tells the number of the run that there is.

    parameters  what it is started with; one that was started with others, or by others, does not count
    run         its number as the status remembers it
    leaving     nobody wants it any more: once it has ended there is nothing of it to remove
    """

    kind: ClassVar[str] = "databricks.job_run"
    holds_data: ClassVar[bool] = False
    mark: ClassVar[Mark] = Mark.NONE

    job: int
    token: str
    parameters: Annotated[Mapping[str, str] | None, Aside()] = None
    run: Annotated[int | None, Aside()] = None
    leaving: Annotated[bool, Aside()] = False

    @property
    def key(self) -> str:
        return f"{self.job}/{self.token}"

    @classmethod
    def at(cls, key: str) -> Self:
        job, _, token = key.partition("/")
        return cls(job=int(job), token=token)

    @property
    def detail(self) -> str:
        return ", ".join(f"{name}={value}" for name, value in sorted((self.parameters or {}).items()))

    def left(self, keys: Collection[str], known: str = "") -> Self:  # noqa: ARG002 - has no entries
        return replace(self, run=int(known) if known.isdecimal() else None, leaving=True)

    def observe(self, client: Databricks) -> Observed | None:
        found = self._found(client)
        if found is None or (self.leaving and found.ended):
            return None
        why = jobs.foreign(client, found, self.job, self.parameters or {})
        if why and self.leaving:
            return None  # it is not ours to cancel
        if why:
            raise Invalid(why, reason=Reason.FOREIGN_OBJECT)
        if found.ended:
            return self._seen(found.id, Phase.READY, f"ended as {found.result or found.life_cycle}")
        return self._seen(found.id, Phase.PROGRESSING, f"run {found.id} is {found.life_cycle}")

    def create(self, client: Databricks) -> Observed:
        run = jobs.run_now(client, self.job, self.token, self.parameters or {})
        client.snapshots.put(self._known(client), run)
        return self._seen(run, Phase.PROGRESSING, f"run {run} is started")

    def update(self, client: Databricks, now: Observed, changes: Changes) -> Observed:  # noqa: ARG002 - never differs
        return now

    def delete(self, client: Databricks) -> None:
        """A run that goes on is cancelled; one that has ended, or that somebody else started, stays."""
        found = self._found(client)
        if found is not None and not jobs.foreign(client, found, self.job, {}):
            jobs.cancel(client, found.id)

    def _found(self, client: Databricks) -> RunSeen | None:
        run = client.snapshots.peek(self._known(client)) or self.run
        found = jobs.run(client, run) if run is not None else None
        # a number of another job's run, wherever it comes from, is none of ours
        return found if found is not None and found.job == self.job else None

    def _known(self, client: Databricks) -> tuple[str, str]:
        return client.scope, f"run of {self.key}"

    def _seen(self, run: int, phase: Phase, message: str) -> Observed:
        bare = JobRun(job=self.job, token=self.token)
        return Observed(bare, phase, message, {"id": run}, LOOK_AGAIN if phase is Phase.PROGRESSING else None)
