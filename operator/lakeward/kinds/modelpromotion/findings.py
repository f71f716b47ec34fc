"""What a promotion knows when it decides: values only. What is missing is a finding, not an error, as long as a gate
or the decision can say it better. `gather` brings them; knows no client.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from lakeward.api.gates import Gate
from lakeward.api.modelpromotion import ModelPromotionSpec
from lakeward.api.objects import Object
from lakeward.api.promotions import Promotions
from lakeward.engine.errors import Problem
from lakeward.engine.work import Running
from lakeward.judgement.approval import Given, Identity
from lakeward.kinds.kind import Evidence
from lakeward.kinds.modelpromotion import guard
from lakeward.kinds.modelpromotion.records import Record, record
from lakeward.kinds.modelpromotion.rollout import Rollout
from lakeward.providers.databricks.jobs import Job, RunSeen
from lakeward.providers.databricks.model_files import ModelFiles
from lakeward.providers.databricks.registry import Model, Version

Json = Mapping[str, Any]
Promotion = Object[ModelPromotionSpec]


@dataclass(frozen=True)
class Place:
    """Where source and target are: host of the workspace, id of the metastore."""

    host: str
    metastore: str


@dataclass(frozen=True)
class JobSeen:
    """The job of a gate, None where it does not exist, and its run for this attempt, None before it was started."""

    job: Job | None
    run: RunSeen | None
    retry: int = 0


@dataclass(frozen=True)
class Votes:
    """The PromotionApprovals that name this object, and what makes them count.

    identity  the self-test of the admission policy; None where nobody can tell
    creator   the Kubernetes user who registered the source version; None where unknown
    """

    given: tuple[Given, ...] = ()
    identity: Identity | None = None
    creator: str | None = None


@dataclass(frozen=True)
class Stock:
    """All versions of the target that are known, for retention; each of ours with its tags.

    served  which are served; None where there is no evidence from every workspace of the metastore
    """

    versions: tuple[Version, ...]
    served: frozenset[int] | None


@dataclass(frozen=True, kw_only=True)
class Findings(Evidence):
    """The evidence of one pass.

    mark         our owner mark
    place        where source and target are
    guard        what the MLWorkspace allows
    others       MLWorkspaces of the namespace, other than ours, whose guard names the target as theirs
    makers       principals whose versions are ours: the operator's and the copy job's; only with stock
    subject      what the move is about, computed once
    lost         the version that the record names does not exist any more
    grace        how long after our own switch another champion is not called drift: reads of aliases lag behind writes
    source       the pinned version, None when it does not exist
    target       the target model with aliases and tags, None when it does not exist
    copy         our finished copy in the target; the source itself where source and target are one model
    champion     the version that the champion alias names now, None where there is none
    compared     the version whose metrics stand for the champion: the one that it was copied from, else itself
    run_metrics  metrics of runs by run id, raw entries as the service tells them; only where a gate asks for runs
    siblings     the promotions of dependsOn by name, None where one does not exist
    orphaned     claims on the target that may be taken over: their holder does not exist any more, or a person said so
    claimed_by   who has claimed the target, as `namespace/name`, if it is a promotion of this cluster
    rivals       older promotions of the same target, where nobody has claimed it yet
    read         the digest of the version that is about to be champion, as it was read back, or how far that has come;
                 None where nobody asks for it
    line         versions that the champion superseded, newest first: where a rollback by spec may go back to
    rolled_back  the pinned version became champion by a way back, which the record or the status does not know yet
    fallback     the version before the pinned one, where it is safe to go back to it; only where a rollout gave up
    edges        whom each promotion of this namespace that we depend on depends on, by name
    files        what the source says about itself, and the champion; a problem where it cannot be read; by `source`
                 and `champion`, only where a gate asks
    aliases      aliases of the source model, only where a gate asks
    jobs         by name of the gate
    unfinished   versions that we began as the copy and never filled: whoever makes it removes them first
    rejected     versions that claim to be our copy and are not, and why
    rollout      how the rollout of the copy stands, only with switch.after
    stock        only with retention, and at rest
    """

    mark: str
    place: Place
    guard: Promotions
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
    rivals: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    makers: frozenset[str] = frozenset()
    subject: str = ""
    lost: bool = False
    claimed_by: str = ""
    read: str | Running | None = None
    line: tuple[int, ...] = ()
    rolled_back: bool = False
    fallback: int | None = None
    files: Mapping[str, ModelFiles | Problem] = field(default_factory=dict)
    aliases: Mapping[str, int] = field(default_factory=dict)
    jobs: Mapping[str, JobSeen | Problem] = field(default_factory=dict)
    votes: Votes = Votes()
    unfinished: tuple[int, ...] = ()
    rejected: tuple[tuple[int, str], ...] = ()
    rollout: Rollout | None = None
    stock: Stock | None = None

    @property
    def record(self) -> Record | None:
        """What the target remembers of its last promotion; None when there is nothing, or nothing that we can read."""
        return record(self.target.tags) if self.target else None

    def alias(self, name: str) -> int | None:
        """The version that an alias of the target names."""
        return self.target.aliases.get(name) if self.target else None

    def outside(self, obj: Promotion) -> tuple[str, ...]:
        """Why nothing at all may be written for this promotion; empty when something may."""
        return guard.outside(obj.spec, self.guard, self.others)

    def gates(self, obj: Promotion) -> tuple[Gate, ...]:
        """The gates that count: the promotion's and the guard's."""
        return guard.gates(obj.spec, self.guard)


def alias_only(spec: ModelPromotionSpec) -> bool:
    """Source and target are one model: nothing is copied, only aliases move."""
    return spec.source.model == spec.target.model
