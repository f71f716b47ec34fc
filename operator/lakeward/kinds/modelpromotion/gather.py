"""Reads what a promotion must know: source, target, copy, champion, what its gates ask for. Writes nothing.

What only a move needs is read only while there is one, so that a promotion at rest costs few calls.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TypeVar

from lakeward.api.common import LEVEL, Mode
from lakeward.api.gates import Gate, MetricSource
from lakeward.api.mlworkspace import MLWorkspaceSpec
from lakeward.api.modelpromotion import ModelPromotionSpec
from lakeward.api.objects import Object, parse
from lakeward.engine.errors import Invalid, Problem, Throttled, Unavailable
from lakeward.engine.reasons import Reason
from lakeward.engine.work import Running
from lakeward.kinds.kind import World, owner
from lakeward.kinds.modelpromotion import claims, guard, siblings, stock, votes
from lakeward.kinds.modelpromotion.attempt import computed
from lakeward.kinds.modelpromotion.environments import REFERENCE_RETRY, environment
from lakeward.kinds.modelpromotion.environments import databricks as databricks_of
from lakeward.kinds.modelpromotion.findings import Findings, JobSeen, Json, Place, Promotion, alias_only
from lakeward.kinds.modelpromotion.jobs import copy_job, job_seen
from lakeward.kinds.modelpromotion.judge import passed_on_the_way_back
from lakeward.kinds.modelpromotion.line import line, rolled_back
from lakeward.kinds.modelpromotion.records import REPLACES, SOURCE, is_number, is_safe, moment, record
from lakeward.kinds.modelpromotion.rollout import Rollout, Rollouts, RolloutState
from lakeward.kinds.modelpromotion.standing import Standing, standing
from lakeward.providers.databricks import model_files, registry
from lakeward.providers.databricks.client import Databricks
from lakeward.providers.databricks.copy_adoption import adoptable, rejected
from lakeward.providers.databricks.copy_marks import DIGEST, is_filled, is_unfinished
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
    job = copy_job(workspace.promotions)
    seen = _Seen(databricks, obj, source, target, champion, job)
    copy = seen.copy()
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
        line=tuple(line(databricks, obj, champion, most=_far(spec, moving=moving))),
        rolled_back=rolled_back(databricks, obj, target, copy),
        fallback=_fallback(databricks, spec, copy, rolled),
        orphaned=claims.orphaned(obj, world, target),
        claimed_by=claims.claimed_by(obj, world, target),
        rivals=claims.rivals(obj, world, target, workspace.databricks.host),
        others=_guards(obj, world),
        lost=_is_lost(databricks, obj, target, number),
        unfinished=seen.unfinished(owner(world.cluster, obj)) if copy is None else (),
        rejected=seen.rejected() if copy is None else (),
        rollout=rolled,
    )
    found = replace(found, subject=computed(obj, found))
    if moving:
        return _about_the_move(obj, found, world)
    kept = stock.with_stock(obj, found, world)
    made_by = stock.makers(found) if kept is not None and kept.versions else frozenset()
    return replace(found, stock=kept, makers=made_by, votes=votes.at_rest(obj, found, world))


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


@dataclass(frozen=True)
class _Seen:
    """The versions that may be the copy of the pinned one."""

    client: Databricks
    obj: Promotion
    source: Version | None
    target: Model | None
    champion: Version | None
    job: str | None

    def copy(self) -> Version | None:
        """Our finished copy; where the champion is it, no listing is read."""
        spec, source, champion = self.obj.spec, self.source, self.champion
        if alias_only(spec):
            return source if source is not None and source.status == READY else None
        if champion is not None and champion.source == self._wanted:
            own = adoptable(self.client, (champion,), source, spec.source.digest, prefer=champion.version, job=self.job)
            if own is not None or self._is_recorded(champion):
                return own or champion
        prefer = champion.version if champion is not None else None
        return adoptable(self.client, self._made(), source, spec.source.digest, prefer=prefer, job=self.job)

    def rejected(self) -> tuple[tuple[int, str], ...]:
        """What claims to be the copy and is not taken for it."""
        if self.source is None:
            return ()
        return rejected(self.client, self._made(), self.source, self.obj.spec.source.digest, job=self.job)

    def unfinished(self, mark: str) -> tuple[int, ...]:
        """What we began as the copy, and what is not only to be finalized."""
        limit = self.obj.spec.copy_.timeout.total_seconds()
        begun = (v for v in self._made() if is_unfinished(v, mark))
        return tuple(v.version for v in begun if not is_filled(v, mark, limit))

    def _is_recorded(self, champion: Version) -> bool:
        """Whether we promoted it under another principal: to know it again moves nothing."""
        last = record(self.target.tags) if self.target is not None else None
        known = last is not None and (last.uid, last.version, last.failed) == (self.obj.uid, champion.version, False)
        return known and champion.status == READY and self.obj.spec.source.digest in {None, champion.tags.get(DIGEST)}

    def _made(self) -> tuple[Version, ...]:
        if alias_only(self.obj.spec) or self.target is None:
            return ()
        return registry.copies(self.client, self.obj.spec.target.model, self._wanted)

    @property
    def _wanted(self) -> str:
        return registry.source_of(self.obj.spec.source.model, self.obj.spec.source.version)


def _far(spec: ModelPromotionSpec, *, moving: bool) -> int:
    """How far back the line is read: at rest only whether there is somewhere to go back to, unless versions retire."""
    return spec.rollback.window if moving or spec.retention is not None else min(1, spec.rollback.window)


def _guards(obj: Promotion, world: World) -> tuple[str, ...]:
    """Other MLWorkspaces of the namespace whose guard names the target as theirs."""
    bodies = (b for b in world.all("MLWorkspace") if (b.get("metadata") or {}).get("namespace") == obj.namespace)
    parsed = (parse(MLWorkspaceSpec, body) for body in bodies)
    others = (o for o in parsed if isinstance(o, Object) and o.name != obj.spec.workspace_ref.name)
    return tuple(sorted(o.name for o in others if guard.names(obj.spec.target.model, o.spec.promotions)))


def _is_lost(client: Databricks, obj: Promotion, target: Model | None, champion: int | None) -> bool:
    """Whether there is no champion, and the version that was promoted last does not exist either."""
    if target is None or champion is not None:
        return False
    last, told = record(target.tags), obj.status.get("promoted") or {}
    number = last.version if last is not None else told.get("version")
    if not isinstance(number, int):
        return False
    found, since = registry.version(client, target.name, number), moment(told.get("since"))
    # a model that was made anew gives the same numbers again
    anew = found is not None and last is None and since is not None and found.created_at > since.timestamp() * 1000
    return found is None or anew


def _recorded_source(client: Databricks, champion: Version | None) -> Version | None:
    """The version that the champion was copied from, if it says so and still exists; else the champion itself."""
    if champion is None:
        return None
    found = re.fullmatch(rf"models:/({LEVEL}\.{LEVEL}\.{LEVEL})/([1-9]\d{{0,8}})", champion.tags.get(SOURCE, ""))
    origin = registry.version(client, found[1], int(found[2])) if found else None
    return origin or champion


def _fallback(client: Databricks, spec: ModelPromotionSpec, copy: Version | None, rolled: Rollout | None) -> int | None:
    if copy is None or rolled is None or rolled.state is not RolloutState.GIVEN_UP:
        return None
    before = copy.tags.get(REPLACES, "")
    version = registry.version(client, spec.target.model, int(before)) if is_number(before) else None
    return version.version if version is not None and is_safe(version) else None


def _about_the_move(obj: Promotion, found: Findings, world: World) -> Findings:
    """What gates ask for; a problem of one is that gate's matter, unless it is worth another try."""
    client = databricks_of(found.clients)
    where = standing(obj, found)
    if not where.moves:
        # what runs goes on while a person holds the rest
        jobs = dict(_jobs(client, obj, found)) if where is Standing.ON_HOLD else {}
        return replace(found, jobs=jobs, votes=votes.at_rest(obj, found, world))
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
    wanted = any(g.digest is not None and (g.digest.verify_copy or alias_only(obj.spec)) for g in asked(obj, found))
    if found.copy is None or not wanted or obj.spec.suspend or obj.spec.mode is not Mode.RECONCILE:
        return None
    return digest(client, found.copy)


def _runs(obj: Promotion, world: World, found: Findings) -> Iterator[tuple[str, tuple[Json, ...]]]:
    """Metrics by run id, read only if a gate asks for runs, and in the workspace where they are."""
    if not any(g.metric and g.metric.from_ is MetricSource.RUN for g in asked(obj, found)):
        return
    place, clients = obj.spec.source.workspace_ref, found.clients
    trusted = place is not None and place.name in found.guard.trusted_sources
    if place is not None and trusted:
        _, clients = environment(obj, place.name, "spec.source.workspaceRef.name", world)
    for version in (found.source, found.compared):
        if version is not None and version.run_id:
            yield version.run_id, run_metrics(databricks_of(clients), version.run_id)


def _files(client: Databricks, obj: Promotion, found: Findings) -> Iterator[tuple[str, ModelFiles | Problem]]:
    wanted = asked(obj, found)
    wants_champion = any(g.interface is not None for g in wanted)
    if not wants_champion and not any(g.dependencies is not None for g in wanted):
        return
    # on the way back the source may be gone: the copy has the same files
    own = found.copy if found.source is None else found.source
    for name, version in (("source", own), ("champion", found.champion if wants_champion else None)):
        if version is not None and version.status == READY:
            yield name, _tried(partial(model_files.read, client, version.model, version.version))


def _source_aliases(client: Databricks, obj: Promotion, found: Findings) -> Mapping[str, int]:
    if not any(g.source_alias is not None for g in asked(obj, found)):
        return {}
    model = registry.model(client, obj.spec.source.model)
    return model.aliases if model else {}


def _jobs(client: Databricks, obj: Promotion, found: Findings) -> Iterator[tuple[str, JobSeen | Problem]]:
    for gate in asked(obj, found):
        named = found.guard.jobs.get(gate.job.job_ref.name) if gate.job is not None else None
        if named is not None:
            yield gate.name, _tried(partial(job_seen, client, obj, found, gate, named))


def asked(obj: Promotion, found: Findings) -> tuple[Gate, ...]:
    """The gates that judge this move: a rollback must not wait for what it passes over."""
    if standing(obj, found) is not Standing.ROLLING_BACK:
        return found.gates(obj)
    passed_over = passed_on_the_way_back(found.guard)
    return tuple(gate for gate in found.gates(obj) if gate.type not in passed_over)


def _tried(read: Callable[[], T]) -> T | Problem:
    """The reading, or why there is none; what time alone may heal is not the gate's fault."""
    try:
        return read()
    except (Throttled, Unavailable):
        raise
    except Problem as problem:
        return problem
