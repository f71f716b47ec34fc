"""ModelPromotion: which version of a source model a target model's champion shall be, and the gates it must pass.

The model is the source of the CRD. It knows no client and no gate's semantics: judgement does.
"""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import Field, Strict

from lakeward.api.common import (
    AGE,
    NOT_OURS,
    READY,
    Api,
    Boolean,
    Column,
    Duration,
    KindInfo,
    ModelName,
    ObjectName,
    Spec,
    WorkspaceRef,
)
from lakeward.api.gates import Gate
from lakeward.api.modelpromotion_status import ModelPromotionStatus
from lakeward.api.names import (
    CHALLENGER,
    CHAMPION,
    PREVIOUS,
    TAG_KEY,
    ModelAlias,
    Principal,
    PrivilegeName,
    TagPattern,
    TagValue,
)
from lakeward.api.schema import ListMap, ListSet, Rule, immutable, keys_match, matches

LONGEST_KEPT = 100

VersionNumber = Annotated[int, Strict(), Field(ge=1, le=2**31 - 1)]
DigestPin = Annotated[
    str,
    Field(min_length=1, max_length=200),
    matches("sha256:[0-9a-f]{64}", "must be sha256: and 64 hexadecimal digits"),
]


ConstantTags = Annotated[
    dict[str, TagValue],
    Field(max_length=20),
    keys_match(
        TAG_KEY,
        "keys of tags must have 1 to 255 characters, none of . , = / : and -, nor blanks around it, for Unity Catalog",
    ),
    NOT_OURS,
    Rule(
        "self.all(key, !key.lowerAscii().contains('approv'))",
        "tags that speak of approval are not set by a promotion: people approve with PromotionApproval",
        lambda tags: not any("approv" in key.lower() for key in tags),
    ),
]


class DriftPolicy(StrEnum):
    """What happens when somebody else moves the champion; a move back to `previous` is always held."""

    REVERT = "Revert"
    HOLD = "Hold"
    REPORT = "Report"


class Executor(StrEnum):
    """Who copies the files of a version."""

    AUTO = "Auto"
    IN_PROCESS = "InProcess"
    DATABRICKS_JOB = "DatabricksJob"


class RetentionAction(StrEnum):
    """What happens to versions that need not be kept."""

    REPORT = "Report"
    TAG = "Tag"
    DELETE = "Delete"


class DeletionPolicy(StrEnum):
    """Deleting a promotion moves no alias and deletes no version."""

    RETAIN = "Retain"


class Source(Api):
    """The version to promote."""

    model: ModelName
    """Full name of the model to promote from: catalog.schema.model, lower-case."""
    version: VersionNumber
    """Number of the version to promote: an integer, never an alias; git revert is the rollback."""
    digest: DigestPin | None = None
    """What the version's files must be, as lakeward_digest of a copy says it; a second pin beside the number."""
    workspace_ref: WorkspaceRef | None = None
    """The MLWorkspace whose run metrics are read, if it is not the one of spec.workspaceRef."""


class Target(Api):
    """The model whose champion moves."""

    model: Annotated[ModelName, immutable("target.model is immutable: make another ModelPromotion for another model")]
    """Full name of the model to promote to; never changes; equal to source.model moves aliases only."""
    create_if_missing: Boolean = False
    """Create the target model in its existing schema when it is not there."""


class Dependency(Api):
    """Another promotion that must come first."""

    name: ObjectName
    """Name of a ModelPromotion in this namespace that must be Promoted with the same source first."""
    soak: Duration | None = None
    """For how long it must have been Promoted with it, for example 24h; left out means at once."""


class GatePolicy(Api):
    """How long gates are waited for."""

    retry_interval: Duration = timedelta(minutes=5)
    """How often a blocked promotion looks again; default 5m."""
    pending_deadline: Duration = timedelta(days=7)
    """How long a gate may be pending before that is a failure; default 7d."""


class CopyTags(Api):
    """Which tags of the source version its copy carries."""

    include: Annotated[tuple[TagPattern, ...], Field(max_length=50), ListSet()] = ()
    """Keys of tags to carry over, * for any text; never one that speaks of approval, is ours, or is asked by a gate."""


class Copy(Api):
    """How a version gets from source to target."""

    executor: Executor = Executor.AUTO
    """Auto (default) reads MLmodel and picks: the operator itself, or the copy job that the guard names."""
    timeout: Duration = timedelta(hours=1)
    """How long one copy may take; default 1h."""
    tags: CopyTags = CopyTags()
    """Which tags of the source version its copy carries; none by default."""


def _alias(name: str) -> str:
    return f"(has(self.{name}) ? self.{name} : '{name}')"


class Aliases(Api):
    """Names of the aliases that the switch moves."""

    rules = (
        Rule(
            f"{_alias(CHAMPION)} != {_alias(PREVIOUS)}",
            "champion and previous must be different aliases",
            lambda aliases: aliases.champion != aliases.previous,
            "previous",
        ),
        Rule(
            f"!({_alias(CHALLENGER)} in [{_alias(CHAMPION)}, {_alias(PREVIOUS)}])",
            "challenger must be another alias than champion and previous",
            lambda aliases: aliases.challenger not in {aliases.champion, aliases.previous},
            "challenger",
        ),
    )

    champion: ModelAlias = CHAMPION
    """Alias of the version in use; default champion."""
    previous: ModelAlias = PREVIOUS
    """Alias of the version before it, for rollback; default previous."""
    challenger: ModelAlias = CHALLENGER
    """Alias of the version that a rollout tries; default challenger."""


class EndpointRef(Api):
    """A ServingEndpoint of the same namespace."""

    name: ObjectName
    """Name of a ServingEndpoint in this namespace."""


class After(Api):
    """What must happen between the copy and the switch."""

    serving_endpoint_ref: EndpointRef
    """The ServingEndpoint whose rollout must succeed first; not available in this version."""


class Switch(Api):
    """How the champion moves."""

    aliases: Aliases = Aliases()
    """Names of the aliases that the switch moves."""
    after: After | None = None
    """The champion moves only after this; not available in this version, which refuses to begin."""
    drift_policy: DriftPolicy = DriftPolicy.REVERT
    """Revert (default) takes a move by hand back, Hold and Report leave it; a move to previous is always held."""


class Provenance(Api):
    """What is written about the promotion on the promoted version."""

    tags: Boolean = True
    """Write audit tags (source, commit, promotion) on the promoted version."""


class Grant(Api):
    """What one principal may do with the target model."""

    principal: Principal
    """The user, group or service principal that is granted."""
    privileges: Annotated[tuple[PrivilegeName, ...], Field(min_length=1, max_length=20), ListSet()]
    """What it may do, for example EXECUTE."""


class Retention(Api):
    """What happens to versions of the target model that this promotion made and that nobody needs."""

    keep_last: Annotated[int, Strict(), Field(ge=1, le=LONGEST_KEPT)] = 5
    """How many promoted versions are kept however old; default 5, and more than rollback.window."""
    keep_for: Duration = timedelta(days=90)
    """How long every version is kept; default 90d."""
    action: RetentionAction = RetentionAction.REPORT
    """Report (default) lists them, Tag marks them, Delete deletes them a day after the mark if the guard agrees."""


class Rollback(Api):
    """How far git revert reaches without the gates of the way forward."""

    window: Annotated[int, Strict(), Field(ge=0, le=10)] = 3
    """How many versions back such a rollback may go; default 3, and 0 makes every move pass all gates."""


class ModelPromotionSpec(Spec):
    """Which version the champion of a target model shall be."""

    workspace_ref: WorkspaceRef
    """The MLWorkspace that source and target are reached through."""
    source: Source
    """The version to promote."""
    target: Target
    """The model whose champion moves."""
    depends_on: Annotated[tuple[Dependency, ...], Field(max_length=20), ListMap("name")] = ()
    """Promotions that must be Promoted with the same source first."""
    gates: Annotated[tuple[Gate, ...], Field(max_length=20), ListMap("name")] = ()
    """Tests that the move must pass; all are evaluated, and the order does not matter."""
    gate_policy: GatePolicy = GatePolicy()
    """How long gates are waited for."""
    copy_: Annotated[Copy, Field(alias="copy")] = Copy()
    """How the version gets from source to target."""
    tags: ConstantTags = Field(default_factory=dict)
    """Tags of the promoted version beside ours, for example pii and gdpr."""
    switch: Switch = Switch()
    """How the champion moves."""
    provenance: Provenance = Provenance()
    """What is written about the promotion on the promoted version."""
    grants: Annotated[tuple[Grant, ...], Field(max_length=50), ListMap("principal")] = ()
    """Who may use the target model: added, never taken away."""
    rollback: Rollback = Rollback()
    """How far git revert reaches without the gates of the way forward."""
    retention: Retention | None = None
    """What happens to versions that nobody needs; left out means that none is looked for."""
    deletion_policy: DeletionPolicy = DeletionPolicy.RETAIN
    """Retain is the only value: deleting this object moves no alias and deletes no version."""


MODELPROMOTION = KindInfo(
    kind="ModelPromotion",
    plural="modelpromotions",
    short="mp",
    spec=ModelPromotionSpec,
    status=ModelPromotionStatus,
    columns=(
        Column("Source", ".spec.source.version", "integer"),
        Column("Champion", ".status.summary.champion"),
        Column("Phase", ".status.phase"),
        Column("Gates", ".status.summary.gates"),
        Column("Ready", f"{READY}.status"),
        AGE,
        Column("Candidate", ".status.summary.candidate", priority=1),
        Column("Previous", ".status.summary.previous", priority=1),
        Column("Approvals", ".status.summary.approvals", priority=1),
        Column("Commit", ".status.summary.commit", priority=1),
        Column("Message", f"{READY}.message", priority=1),
    ),
    description="A ModelPromotion pins which version of a source model is the champion of a target model.",
)
