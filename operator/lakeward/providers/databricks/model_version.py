"""A model version that is a copy of another one: created, filled file by file, tagged with its digest, finalized.

The one resource whose create is long: it starts a keyed work and answers Progressing; the next pass finds the copy by
its `source`. Bytes stream from the source into the copy and are hashed on the way: constant memory, no disk, never
unpickled. What a killed process left behind is a version that is not ready and carries our mark: it is deleted first.
"""

import hashlib
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Self

from lakeward.engine.diff import Aside, Changes
from lakeward.engine.errors import Conflict, Invalid, Unavailable
from lakeward.engine.reasons import Reason
from lakeward.engine.resource import Mark, Observed, Phase, Resource
from lakeward.engine.work import Failed, Running
from lakeward.providers.databricks import artifacts, registry
from lakeward.providers.databricks.api import Sized, path
from lakeward.providers.databricks.client import Databricks
from lakeward.providers.databricks.model_tags import tagging
from lakeward.providers.databricks.registered_model import RegisteredModel
from lakeward.providers.databricks.registry import PENDING, READY, Version

ATTEMPT = "lakeward_attempt"
DIGEST = "lakeward_digest"
MISMATCH_RETRY = 300.0
Tell = Callable[[str], None]


@dataclass(frozen=True)
class ModelVersion(Resource[Databricks]):
    """The copy in `model` of version `version` of `source`. Its output `version` is the number that the copy got.

    `limit` is how long the copy may take, in seconds; `pin` the digest that its files must have.
    `unfinished` means what a copy that was cut left behind: the one thing of it that is ever deleted.
    """

    kind: ClassVar[str] = "databricks.model_version"
    mark: ClassVar[Mark] = Mark.NONE
    holds_data: ClassVar[bool] = False

    model: str
    source: str
    version: int
    limit: Annotated[float | None, Aside()] = None
    pin: Annotated[str | None, Aside()] = None
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
            return None if isinstance(state, Running) else self._remains(client)
        if isinstance(state, Running):
            return self._seen(Phase.PROGRESSING, state.progress)
        if isinstance(state, Failed):
            raise state.problem
        source = registry.version(client, self.source, self.version)
        copy = adoptable(client, registry.copies(client, self.model, self._source), source, self.pin)
        if copy is None:
            return None
        return Observed(self._bare(), outputs={"version": copy.version})

    def create(self, client: Databricks) -> Observed:
        def work(tell: Tell) -> None:
            with registry.changing_copies(client, self.model, self._source):
                self._copy(client.fresh(), tell)

        client.works.start(self._work(client), work, client.wake)
        return self._seen(Phase.PROGRESSING, "copying")

    def update(self, client: Databricks, now: Observed, changes: Changes) -> Observed:  # noqa: ARG002 - never differs
        return now

    def delete(self, client: Databricks) -> None:
        """Only what never became ready is removed."""
        self._drop_unfinished(client, registry.copies(client, self.model, self._source))

    def _work(self, client: Databricks) -> str:
        """Names of models are unique in one metastore only, and rights are an identity's own."""
        return f"{client.scope} {self.key}"

    @property
    def _source(self) -> str:
        return registry.source_of(self.source, self.version)

    def _copy(self, client: Databricks, tell: Tell) -> None:
        source = registry.version(client, self.source, self.version)
        if source is None:
            raise Unavailable(f"{self.source} has no version {self.version}", reason=Reason.SOURCE_NOT_FOUND)
        made = registry.copies(client, self.model, self._source)
        if adoptable(client, made, source, self.pin) is not None:
            return
        filled = next((c for c in made if self._is_filled(c) and copies(source, c)), None)
        if filled is not None:
            # cut after the last file, or still being registered: asking again changes nothing
            self._finish(client, filled.version)
            return
        self._drop_unfinished(client, made)
        files = artifacts.listing(client, self.source, self.version)
        number = self._begin(client, source)
        digest = self._fill(client, number, files, tell)
        if self.pin is not None and digest != self.pin:
            client.api.drop(registry.at_version(self.model, number))
            text = f"the files of the source have {digest}, which is not what is pinned; nothing was promoted"
            raise Invalid(text, reason=Reason.DIGEST_MISMATCH, field="spec.source.digest", retry_after=MISMATCH_RETRY)
        tag = {"changes": {"add_tags": [{"key": DIGEST, "value": digest}]}}
        client.api.do("PATCH", tagging(self.model, number), body=tag)
        self._finish(client, number)

    def _begin(self, client: Databricks, source: Version) -> int:
        catalog, schema, name = self.model.split(".")
        body = {"catalog_name": catalog, "schema_name": schema, "model_name": name, "source": self._source}
        lineage = {k: v for k, v in {"run_id": source.run_id, "model_id": source.model_id}.items() if v}
        mark = {"tags": [{"key": ATTEMPT, "value": self.owner}]}
        made = client.api.do("POST", f"{registry.MODELS}/versions", body={**body, **lineage, **mark})
        return int(made["version"])

    def _fill(self, client: Databricks, number: int, files: tuple[artifacts.File, ...], tell: Tell) -> str:
        entries = []
        begun = time.monotonic()
        for n, file in enumerate(files, 1):
            if client.works.stopping():
                raise Unavailable("the operator stops; the copy is begun again after its restart")
            if self.limit is not None and time.monotonic() - begun > self.limit:
                text = (
                    f"the copy took longer than allowed: {n - 1} of {len(files)} files were copied; it is begun again"
                )
                raise Unavailable(text, field="spec.copy.timeout")
            tell(f"copying file {n} of {len(files)}")
            entries.append((file.path, file.size, self._move(client, number, file)))
        return artifacts.manifest(entries)

    def _move(self, client: Databricks, number: int, file: artifacts.File) -> str:
        digest = hashlib.sha256()
        moved = 0

        def pieces() -> Iterator[bytes]:
            nonlocal moved
            for piece in client.api.download(artifacts.at_file(self.source, self.version, file.path)):
                moved += len(piece)
                if moved > file.size:
                    break
                digest.update(piece)
                yield piece

        client.api.upload(artifacts.at_file(self.model, number, file.path), Sized(pieces(), file.size))
        if moved != file.size:
            raise Conflict("a file of the source changed its size while it was copied", field="spec.source")
        return digest.hexdigest()

    def _finish(self, client: Databricks, number: int) -> None:
        at = path(registry.MODELS, self.model, "versions", number, "finalize")
        done = client.api.do("PATCH", at, body={"full_name": self.model, "version": number})
        if str(done.get("status") or READY) not in {READY, PENDING}:
            raise Invalid(f"version {number} of {self.model} ended as {done.get('status')}", reason=Reason.FAILED)

    def _is_filled(self, copy: Version) -> bool:
        """Whether all its files are there: its digest is written after the last one."""
        return copy.status == PENDING and DIGEST in copy.tags and copy.tags.get(ATTEMPT) == self.owner

    def _remains(self, client: Databricks) -> Observed | None:
        made = registry.copies(client, self.model, self._source)
        return Observed(self._bare()) if any(map(self._is_unfinished, made)) else None

    def _is_unfinished(self, copy: Version) -> bool:
        return copy.status != READY and copy.tags.get(ATTEMPT) == self.owner

    def _drop_unfinished(self, client: Databricks, made: tuple[Version, ...]) -> None:
        for copy in filter(self._is_unfinished, made):
            client.api.drop(registry.at_version(self.model, copy.version))

    def _bare(self) -> "ModelVersion":
        return ModelVersion(model=self.model, source=self.source, version=self.version)

    def _seen(self, phase: Phase, message: str) -> Observed:
        return Observed(self._bare(), phase, message)


def adoptable(
    client: Databricks, made: tuple[Version, ...], source: Version | None, pin: str | None = None
) -> Version | None:
    """The finished copy that is provably ours: made by our principal, with its digest, as pinned; the lowest number.

    While the source exists it must be a copy of that one, and not of a namesake that was deleted.
    """
    ours = [c for c in made if c.status == READY and DIGEST in c.tags and c.created_by == client.principal()]
    fitting = (c for c in ours if pin is None or c.tags[DIGEST] == pin)
    return next((c for c in fitting if source is None or copies(source, c)), None)


def copies(source: Version, copy: Version) -> bool:
    """Whether a version can be a copy of this source: numbers begin anew when a model is made again."""
    same = (copy.run_id, copy.model_id) == (source.run_id, source.model_id)
    return same and copy.created_at >= source.created_at
