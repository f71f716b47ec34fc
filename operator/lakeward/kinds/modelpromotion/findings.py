"""What a promotion must know before it decides: source, target, copy, champion, and the promotions it depends on.

Reads only. What is missing is a finding, not an error, as long as a gate or the decision can say it better.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from lakeward.api.common import Mode
from lakeward.api.gates import MetricSource
from lakeward.api.mlworkspace import MLWorkspaceSpec
from lakeward.api.modelpromotion import ModelPromotionSpec
from lakeward.api.objects import BadSpec, Object, parse
from lakeward.engine.errors import Unavailable
from lakeward.engine.outcome import Key
from lakeward.engine.reasons import Reason
from lakeward.engine.resource import ADOPTED, Clients
from lakeward.engine.work import Running
from lakeward.kinds.kind import Evidence, World, owner
from lakeward.providers.databricks import registry
from lakeward.providers.databricks.client import Databricks
from lakeward.providers.databricks.digest import digest
from lakeward.providers.databricks.model_version import adoptable
from lakeward.providers.databricks.registry import READY, Model, Version
from lakeward.providers.databricks.securable import MARK
from lakeward.providers.mlflow.tracking import run_metrics

REFERENCE_RETRY = 30.0
MOST_SIBLINGS = 200
SOURCE = "lakeward_source"
STATE = "lakeward_state"
PROMOTION = "lakeward_promotion"
PROMOTED_AT = "lakeward_promoted_at"
REPLACES = "lakeward_replaces"
COMMIT = "lakeward_git_commit"

Json = Mapping[str, Any]
Promotion = Object[ModelPromotionSpec]


@dataclass(frozen=True)
class Record:
    """The model tag `lakeward_state`: which object promoted which version last, and for which generation."""

    uid: str
    generation: int
    version: int

    def __str__(self) -> str:
        return f"{self.uid}/{self.generation}/{self.version}/promoted"


@dataclass(frozen=True, kw_only=True)
class Findings(Evidence):
    """The evidence of one pass.

    mark         our owner mark
    grace        how long after our own switch another champion is not called drift: reads of aliases lag behind writes
    source       the pinned version, None when it does not exist
    target       the target model with aliases and tags, None when it does not exist
    copy         our finished copy in the target; the source itself where source and target are one model
    champion     the version that the champion alias names now, None where there is none
    compared     the version whose metrics stand for the champion: the one that it was copied from, else itself
    run_metrics  metrics of runs by run id, raw entries as the service tells them; only where a gate asks for runs
    siblings     the promotions of dependsOn by name, None where one does not exist
    orphaned     claims on the target whose holder, a promotion of this cluster, does not exist any more
    read         the digest of the version that is about to be champion, as it was read back, or how far that has come;
                 None where nobody asks for it
    line         versions that the champion superseded, newest first: where a rollback by spec may go back to
    edges        whom each promotion of this namespace that we depend on depends on, by name
    """

    mark: str
    grace: timedelta
    source: Version | None
    target: Model | None
    copy: Version | None
    champion: Version | None
    compared: Version | None
    run_metrics: Mapping[str, tuple[Json, ...]]
    siblings: Mapping[str, Promotion | None]
    edges: Mapping[str, tuple[str, ...]]
    orphaned: frozenset[str] = frozenset()
    read: str | Running | None = None
    line: tuple[int, ...] = ()

    @property
    def record(self) -> Record | None:
        """What the target remembers of its last promotion; None when there is nothing, or nothing that we can read."""
        text = self.target.tags.get(STATE, "") if self.target else ""
        found = re.fullmatch(r"([^/]+)/(\d+)/(\d+)/promoted", text)
        return Record(found[1], int(found[2]), int(found[3])) if found else None

    def alias(self, name: str) -> int | None:
        """The version that an alias of the target names."""
        return self.target.aliases.get(name) if self.target else None


def gather(obj: Promotion, world: World, grace: timedelta) -> Findings:
    """Read all of it through the environment of `spec.workspaceRef`."""
    spec = obj.spec
    clients = _environment(obj, spec.workspace_ref.name, "spec.workspaceRef.name", world)
    databricks = _databricks(clients)
    source = registry.version(databricks, spec.source.model, spec.source.version)
    target = registry.model(databricks, spec.target.model)
    if target is None and not spec.target.create_if_missing:
        text = f"{spec.target.model} does not exist; spec.target.createIfMissing: true makes it"
        raise Unavailable(
            text, reason=Reason.TARGET_NOT_FOUND, field="spec.target.model", retry_after=REFERENCE_RETRY, stalled=True
        )
    number = target.aliases.get(spec.switch.aliases.champion) if target else None
    champion = registry.version(databricks, spec.target.model, number) if number is not None else None
    compared = _recorded_source(databricks, champion)
    copy = _copy(databricks, spec, source, target)
    return Findings(
        clients=clients,
        now=world.now(),
        mark=owner(world.cluster, obj),
        grace=grace,
        source=source,
        target=target,
        copy=copy,
        champion=champion,
        compared=compared,
        run_metrics=dict(_runs(obj, world, clients, source, compared)),
        siblings={d.name: _sibling(obj, d.name, world) for d in spec.depends_on},
        edges=_edges(obj, world),
        line=tuple(_line(databricks, spec, champion)),
        orphaned=_orphaned(world, target),
        read=_read_back(databricks, obj, copy, champion),
    )


def alias_only(spec: ModelPromotionSpec) -> bool:
    """Source and target are one model: nothing is copied, only aliases move."""
    return spec.source.model == spec.target.model


def _environment(obj: Promotion, name: str, field: str, world: World) -> Clients:
    key = Key("MLWorkspace", obj.namespace, name)
    body = world.get(key.kind, key.namespace, key.name)
    if body is None:
        text = f"there is no MLWorkspace {name} in this namespace"
        raise Unavailable(text, reason=Reason.REFERENCE_NOT_FOUND, field=field, retry_after=REFERENCE_RETRY)
    workspace = parse(MLWorkspaceSpec, body)
    if isinstance(workspace, BadSpec):
        text = f"MLWorkspace {name} is invalid: {workspace.field} {workspace.message}"
        raise Unavailable(text, reason=Reason.REFERENCE_NOT_FOUND, field=field, retry_after=REFERENCE_RETRY)
    # models are Databricks' matter: a promotion needs no login to Azure
    spec = workspace.spec.model_copy(update={"azure": None})
    return world.clients(spec, Key(obj.kind, obj.namespace, obj.name))


def _databricks(clients: Clients) -> Databricks:
    client = clients["databricks"]
    assert isinstance(client, Databricks)  # noqa: S101 - what the composition put there
    return client


def _copy(client: Databricks, spec: ModelPromotionSpec, source: Version | None, target: Model | None) -> Version | None:
    if alias_only(spec):
        return source if source is not None and source.status == READY else None
    if target is None:
        return None
    wanted = registry.source_of(spec.source.model, spec.source.version)
    return adoptable(client, registry.copies(client, spec.target.model, wanted), source, spec.source.digest)


def _orphaned(world: World, target: Model | None) -> frozenset[str]:
    """A promotion that was deleted when its login was gone could not release its claim."""
    mark = target.tags.get(MARK, "") if target else ""
    cluster, *holder = mark.removesuffix(ADOPTED).split("/")
    if not world.complete or cluster != world.cluster or len(holder) != 3 or holder[1] != "ModelPromotion":  # noqa: PLR2004 - namespace, kind, name
        return frozenset()
    namespace, kind, name = holder
    return frozenset({mark}) if world.get(kind, namespace, name) is None else frozenset()


def _read_back(
    client: Databricks, obj: Promotion, copy: Version | None, champion: Version | None
) -> str | Running | None:
    """Only for a move that may happen now: hashing reads every byte."""
    asked = any(g.digest is not None and (g.digest.verify_copy or alias_only(obj.spec)) for g in obj.spec.gates)
    moves = copy is not None and (champion is None or champion.version != copy.version)
    if copy is None or not asked or not moves or obj.spec.suspend or obj.spec.mode is not Mode.RECONCILE:
        return None
    return digest(client, copy.model, copy.version)


def _recorded_source(client: Databricks, champion: Version | None) -> Version | None:
    """The version that the champion was copied from, if it says so and still exists; else the champion itself."""
    if champion is None:
        return None
    found = re.fullmatch(r"models:/([a-z0-9_.-]+)/(\d+)", champion.tags.get(SOURCE, ""))
    origin = registry.version(client, found[1], int(found[2])) if found else None
    return origin or champion


def _line(client: Databricks, spec: ModelPromotionSpec, champion: Version | None) -> Iterator[int]:
    """The champion, the version that it replaced, the one that that one replaced, ...: as far as it can be trusted.

    It ends at a version that is not ready, was not promoted by us, or was seen before.
    """
    seen: set[int] = set()
    now = champion
    while now is not None and now.version not in seen and now.status == READY and PROMOTED_AT in now.tags:
        if seen:
            yield now.version
        seen.add(now.version)
        before = now.tags.get(REPLACES, "")
        if len(seen) > spec.rollback.window or not before.isdecimal():
            return
        now = registry.version(client, spec.target.model, int(before))


def _runs(
    obj: Promotion, world: World, clients: Clients, *versions: Version | None
) -> Iterator[tuple[str, tuple[Json, ...]]]:
    """Metrics by run id, read only if a gate asks for runs, and in the workspace where they are."""
    if not any(g.metric and g.metric.from_ is MetricSource.RUN for g in obj.spec.gates):
        return
    place = obj.spec.source.workspace_ref
    if place is not None:
        clients = _environment(obj, place.name, "spec.source.workspaceRef.name", world)
    for version in versions:
        if version is not None and version.run_id:
            yield version.run_id, run_metrics(_databricks(clients), version.run_id)


def _sibling(obj: Promotion, name: str, world: World) -> Promotion | None:
    body = world.get(obj.kind, obj.namespace, name)
    parsed = parse(ModelPromotionSpec, body) if body is not None else None
    return parsed if isinstance(parsed, Object) else None


def _edges(obj: Promotion, world: World) -> Mapping[str, tuple[str, ...]]:
    """Who depends on whom, as far as it can be reached from this object."""
    edges = {obj.name: tuple(d.name for d in obj.spec.depends_on)}
    waiting = list(edges[obj.name])
    while waiting and len(edges) < MOST_SIBLINGS:
        name = waiting.pop()
        if name not in edges:
            sibling = _sibling(obj, name, world)
            edges[name] = tuple(d.name for d in sibling.spec.depends_on) if sibling else ()
            waiting += edges[name]
    return edges
