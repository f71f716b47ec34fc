"""Reads what a promotion must know: source, target, copy, champion, what its gates ask for. Writes nothing.

What only a move needs is read only while there is one, so that a promotion at rest costs few calls.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TypeVar

from lakeward.api.common import Mode
from lakeward.api.gates import MetricSource
from lakeward.api.modelpromotion import ModelPromotionSpec
from lakeward.engine.errors import Invalid, Problem, Throttled, Unavailable
from lakeward.engine.reasons import Reason
from lakeward.engine.work import Running
from lakeward.kinds.kind import World, owner
from lakeward.kinds.modelpromotion import claims, siblings, stock, votes
from lakeward.kinds.modelpromotion.environments import REFERENCE_RETRY, environment
from lakeward.kinds.modelpromotion.environments import databricks as databricks_of
from lakeward.kinds.modelpromotion.findings import Findings, JobSeen, Json, Place, Promotion, alias_only
from lakeward.kinds.modelpromotion.jobs import copy_job, job_seen
from lakeward.kinds.modelpromotion.line import line, rolled_back
from lakeward.kinds.modelpromotion.records import REPLACES, SOURCE, is_safe
from lakeward.kinds.modelpromotion.rollout import Rollout, Rollouts, RolloutState
from lakeward.providers.databricks import model_files, registry
from lakeward.providers.databricks.client import Databricks
from lakeward.providers.databricks.copy_adoption import adoptable, rejected
from lakeward.providers.databricks.digest import digest
from lakeward.providers.databricks.metastore import metastore_id
from lakeward.providers.databricks.model_files import ModelFiles
from lakeward.providers.databricks.registry import READY, Model, Version
from lakeward.providers.mlflow.tracking import run_metrics

T = TypeVar("T")


def gather(obj: Promotion, world: World, grace: timedelta, rollouts: Rollouts | None) -> Findings:
    """Read all of it through the environment of `spec.workspaceRef`."""
    spec = obj.spec
    check(spec, rollouts)
    workspace, clients = environment(obj, spec.workspace_ref.name, "spec.workspaceRef.name", world)
    databricks = databricks_of(clients)
    source = registry.version(databricks, spec.source.model, spec.source.version)
    target = _target(databricks, spec)
    number = target.aliases.get(spec.switch.aliases.champion) if target else None
    champion = registry.version(databricks, spec.target.model, number) if number is not None else None
    compared = _recorded_source(databricks, champion)
    made = _made(databricks, spec, target)
    job = copy_job(workspace.promotions)
    copy = _copy(databricks, spec, source, made, prefer=number, job=job)
    rolled = rollouts.rollout(obj, copy.version) if rollouts and spec.switch.after and copy else None
    moving = copy is None or number != copy.version
    found = Findings(
        clients=clients,
        now=world.now(),
        mark=owner(world.cluster, obj),
        place=Place(workspace.databricks.host, metastore_id(databricks)),
        guard=workspace.promotions,
        grace=grace,
        source=source,
        target=target,
        copy=copy,
        champion=champion,
        compared=compared,
        run_metrics={},
        siblings=siblings.named(obj, world),
        edges=siblings.edges(obj, world),
        line=tuple(line(databricks, obj, champion)),
        rolled_back=rolled_back(databricks, obj, target, copy),
        fallback=_fallback(databricks, spec, copy, rolled),
        orphaned=claims.orphaned(obj, world, target),
        claimed_by=claims.claimed_by(obj, world, target),
        rivals=claims.rivals(obj, world, target, workspace.databricks.host),
        rejected=rejected(databricks, made, source, spec.source.digest, job=job) if source and not copy else (),
        rollout=rolled,
    )
    if moving:
        return _about_the_move(obj, found, world)
    return replace(found, stock=stock.with_stock(obj, found, world), votes=votes.at_rest(obj, found, world))


def check(spec: ModelPromotionSpec, rollouts: Rollouts | None) -> None:
    """What admission cannot refuse, because it depends on defaults or on this version."""
    if spec.switch.after is not None and rollouts is None:
        text = "no rollout can be waited for in this version; take it out to move the champion at once"
        raise Invalid(text, reason=Reason.NOT_IMPLEMENTED, field="spec.switch.after")
    if spec.retention is not None and spec.retention.keep_last <= spec.rollback.window:
        text = f"must be more than spec.rollback.window, which is {spec.rollback.window}"
        raise Invalid(text, field="spec.retention.keepLast")


def _target(client: Databricks, spec: ModelPromotionSpec) -> Model | None:
    target = registry.model(client, spec.target.model)
    if target is None and not spec.target.create_if_missing:
        text = f"{spec.target.model} does not exist; spec.target.createIfMissing: true makes it"
        raise Unavailable(
            text, reason=Reason.TARGET_NOT_FOUND, field="spec.target.model", retry_after=REFERENCE_RETRY, stalled=True
        )
    return target


def _made(client: Databricks, spec: ModelPromotionSpec, target: Model | None) -> tuple[Version, ...]:
    if alias_only(spec) or target is None:
        return ()
    wanted = registry.source_of(spec.source.model, spec.source.version)
    return registry.copies(client, spec.target.model, wanted)


def _copy(
    client: Databricks,
    spec: ModelPromotionSpec,
    source: Version | None,
    made: tuple[Version, ...],
    *,
    prefer: int | None,
    job: str | None,
) -> Version | None:
    if alias_only(spec):
        return source if source is not None and source.status == READY else None
    return adoptable(client, made, source, spec.source.digest, prefer=prefer, job=job)


def _recorded_source(client: Databricks, champion: Version | None) -> Version | None:
    """The version that the champion was copied from, if it says so and still exists; else the champion itself."""
    if champion is None:
        return None
    found = re.fullmatch(r"models:/([a-z0-9_.-]+)/(\d+)", champion.tags.get(SOURCE, ""))
    origin = registry.version(client, found[1], int(found[2])) if found else None
    return origin or champion


def _fallback(client: Databricks, spec: ModelPromotionSpec, copy: Version | None, rolled: Rollout | None) -> int | None:
    if copy is None or rolled is None or rolled.state is not RolloutState.GIVEN_UP:
        return None
    before = copy.tags.get(REPLACES, "")
    version = registry.version(client, spec.target.model, int(before)) if before.isdecimal() else None
    return version.version if version is not None and is_safe(version) else None


def _about_the_move(obj: Promotion, found: Findings, world: World) -> Findings:
    """What gates ask for; a problem of one is that gate's matter, unless it is worth another try."""
    client = databricks_of(found.clients)
    return replace(
        found,
        read=_read_back(client, obj, found),
        run_metrics=dict(_runs(obj, world, found)),
        files=dict(_files(client, obj, found)),
        aliases=_source_aliases(client, obj, found),
        jobs=dict(_jobs(client, obj, found)),
        votes=votes.votes(obj, found, world),
    )


def _read_back(client: Databricks, obj: Promotion, found: Findings) -> str | Running | None:
    """Only for a move that may happen now: hashing reads every byte."""
    asked = any(g.digest is not None and (g.digest.verify_copy or alias_only(obj.spec)) for g in found.gates(obj))
    if found.copy is None or not asked or obj.spec.suspend or obj.spec.mode is not Mode.RECONCILE:
        return None
    return digest(client, found.copy.model, found.copy.version)


def _runs(obj: Promotion, world: World, found: Findings) -> Iterator[tuple[str, tuple[Json, ...]]]:
    """Metrics by run id, read only if a gate asks for runs, and in the workspace where they are."""
    if not any(g.metric and g.metric.from_ is MetricSource.RUN for g in found.gates(obj)):
        return
    place, clients = obj.spec.source.workspace_ref, found.clients
    trusted = place is not None and place.name in found.guard.trusted_sources
    if place is not None and trusted:
        _, clients = environment(obj, place.name, "spec.source.workspaceRef.name", world)
    for version in (found.source, found.compared):
        if version is not None and version.run_id:
            yield version.run_id, run_metrics(databricks_of(clients), version.run_id)


def _files(client: Databricks, obj: Promotion, found: Findings) -> Iterator[tuple[str, ModelFiles | Problem]]:
    asked = found.gates(obj)
    wants_champion = any(g.interface is not None for g in asked)
    if not wants_champion and not any(g.dependencies is not None for g in asked):
        return
    for name, version in (("source", found.source), ("champion", found.champion if wants_champion else None)):
        if version is not None and version.status == READY:
            yield name, _tried(partial(model_files.read, client, version.model, version.version))


def _source_aliases(client: Databricks, obj: Promotion, found: Findings) -> Mapping[str, int]:
    if not any(g.source_alias is not None for g in found.gates(obj)):
        return {}
    model = registry.model(client, obj.spec.source.model)
    return model.aliases if model else {}


def _jobs(client: Databricks, obj: Promotion, found: Findings) -> Iterator[tuple[str, JobSeen | Problem]]:
    for gate in found.gates(obj):
        named = found.guard.jobs.get(gate.job.job_ref.name) if gate.job is not None else None
        if named is not None:
            yield gate.name, _tried(partial(job_seen, client, obj, found, gate, named))


def _tried(read: Callable[[], T]) -> T | Problem:
    """The reading, or why there is none; what time alone may heal is not the gate's fault."""
    try:
        return read()
    except (Throttled, Unavailable):
        raise
    except Problem as problem:
        return problem
