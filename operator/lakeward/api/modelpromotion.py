"""ModelPromotion: which version of a source model a target model's champion shall be, and the gates it must pass.

The model is the source of the CRD. It knows no client and no gate's semantics: judgement does.
"""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import Field, Strict

from lakeward.api.common import (
    AGE,
    READY,
    Api,
    Boolean,
    Column,
    Duration,
    KindInfo,
    Label,
    ModelName,
    Number,
    ObjectName,
    Spec,
    WorkspaceRef,
)
from lakeward.api.modelpromotion_status import ModelPromotionStatus
from lakeward.api.schema import ListMap, ListSet, Rule, at_least_one, immutable, matches, only_for_type

CHAMPION = "champion"
PREVIOUS = "previous"

VersionNumber = Annotated[int, Strict(), Field(ge=1, le=2**31 - 1)]
MetricName = Annotated[
    str,
    Field(min_length=1, max_length=250),
    matches("[A-Za-z0-9_./ :-]+", "must be the name of an MLflow metric: letters, digits, _ . / : - and blanks"),
]
Alias = Annotated[
    str,
    Field(min_length=1, max_length=64),
    matches("[a-z][a-z0-9_-]*", "must be lower-case letters, digits, _ and -, led by a letter"),
    Rule(
        "self != 'latest' && !self.matches('^v[0-9]+$')",
        "must not be latest nor v and a number: Unity Catalog reserves them",
        lambda alias: alias != "latest" and not (alias[0] == "v" and alias[1:].isdigit()),
    ),
]


TagKey = Annotated[
    str,
    Field(min_length=1, max_length=255),
    matches("[^.,=/:-]+", "must not have . , = / : or -, which Unity Catalog refuses in keys of tags"),
]
TagValue = Annotated[str, Field(min_length=1, max_length=1000)]
DigestPin = Annotated[
    str,
    Field(min_length=71, max_length=71),
    matches("sha256:[0-9a-f]{64}", "must be sha256: and 64 hexadecimal digits"),
]


class GateType(StrEnum):
    """What a gate looks at."""

    READY = "Ready"
    METRIC = "Metric"
    TAG = "Tag"
    DIGEST = "Digest"


class TagPlace(StrEnum):
    """Where a tag is read."""

    SOURCE = "Source"


class GateMode(StrEnum):
    """Enforce stops the promotion, Warn only reports."""

    ENFORCE = "Enforce"
    WARN = "Warn"


class MetricSource(StrEnum):
    """Where a metric is read."""

    MODEL_VERSION = "ModelVersion"
    RUN = "Run"


class WhenMissing(StrEnum):
    """What the lack of something to compare with means."""

    PASS = "Pass"  # noqa: S105 - a verdict, not a password
    FAIL = "Fail"


class DriftPolicy(StrEnum):
    """What happens when somebody else moves the champion; a move back to `previous` is always held."""

    REVERT = "Revert"
    HOLD = "Hold"
    REPORT = "Report"


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


class VersusChampion(Api):
    """Bounds on the change from the champion's value to the candidate's; a negative bound allows a loss."""

    rules = (at_least_one("minAbsoluteChange", "minRelativeChange", "maxAbsoluteIncrease", "maxRelativeIncrease"),)

    min_absolute_change: Number | None = None
    """Candidate must be at least champion plus this; for metrics where more is better."""
    min_relative_change: Number | None = None
    """Candidate must be at least champion plus this share of the champion's magnitude; 0.05 is five percent."""
    max_absolute_increase: Number | None = None
    """Candidate must be at most champion plus this; for metrics where less is better."""
    max_relative_increase: Number | None = None
    """Candidate must be at most champion plus this share of the champion's magnitude; 0.10 is ten percent."""
    on_no_champion: WhenMissing = WhenMissing.PASS
    """What holds when there is no champion yet: Pass (default) or Fail."""
    on_missing: WhenMissing = WhenMissing.FAIL
    """What holds when the champion lacks the metric: Fail (default) or Pass."""


class Metric(Api):
    """A bound on a metric of the candidate."""

    rules = (
        at_least_one("min", "max", "vsChampion"),
        Rule(
            "!has(self.min) || !has(self.max) || double(self.min) <= double(self.max)",
            "max must not be below min",
            lambda metric: metric.min is None or metric.max is None or float(metric.min) <= float(metric.max),
            "max",
        ),
    )

    from_: Annotated[MetricSource, Field(alias="from")]
    """Where the metric is read: ModelVersion or Run; neither falls back to the other."""
    metric: MetricName
    """Name of the metric."""
    dataset: Annotated[str, Field(min_length=1, max_length=255)] | None = None
    """Name of the dataset that the metric was measured on; needed when there are several."""
    min: Number | None = None
    """Candidate must be at least this; a decimal in quotes."""
    max: Number | None = None
    """Candidate must be at most this; a decimal in quotes."""
    vs_champion: VersusChampion | None = None
    """Bounds on the change from the champion's value to the candidate's."""


class Tag(Api):
    """A tag that somebody must have set."""

    from_: Annotated[TagPlace, Field(alias="from")]
    """Where the tag is read: Source is the version to promote."""
    key: TagKey
    """Key of the tag."""
    in_: Annotated[tuple[TagValue, ...], Field(alias="in", min_length=1, max_length=20), ListSet()]
    """Values that pass; another value fails, and a missing tag is waited for."""


class Digest(Api):
    """How the files of the copy are verified."""

    verify_copy: Boolean = False
    """Read the copy back and hash it before the switch, instead of trusting what was hashed on the way."""


class Gate(Api):
    """One test that the move must pass."""

    rules = (
        only_for_type("Metric", "metric"),
        only_for_type("Tag", "tag"),
        only_for_type("Digest", "digest"),
        Rule(
            "self.name != 'dependsOn'",
            "dependsOn is the name of the gate that spec.dependsOn makes: choose another",
            lambda gate: gate.name != "dependsOn",
            "name",
        ),
    )

    name: Label
    """Name of the gate, unique in the promotion."""
    type: GateType
    """Ready looks at the version's registration, Metric at a metric, Tag at a tag, Digest at the files."""
    mode: GateMode = GateMode.ENFORCE
    """Enforce (default) stops the promotion when the gate does not pass; Warn only reports."""
    metric: Metric | None = None
    """What a gate of type Metric demands."""
    tag: Tag | None = None
    """What a gate of type Tag demands."""
    digest: Digest | None = None
    """What a gate of type Digest demands."""


class GatePolicy(Api):
    """How long gates are waited for."""

    retry_interval: Duration = timedelta(minutes=5)
    """How often a blocked promotion looks again; default 5m."""
    pending_deadline: Duration = timedelta(days=7)
    """How long a gate may be pending before that is a failure; default 7d."""


class Copy(Api):
    """How a version gets from source to target."""

    timeout: Duration = timedelta(hours=1)
    """How long one copy may take; default 1h."""


class Aliases(Api):
    """Names of the aliases that the switch moves."""

    rules = (
        Rule(
            f"(has(self.champion) ? self.champion : '{CHAMPION}')"
            f" != (has(self.previous) ? self.previous : '{PREVIOUS}')",
            "champion and previous must be different aliases",
            lambda aliases: aliases.champion != aliases.previous,
            "previous",
        ),
    )

    champion: Alias = CHAMPION
    """Alias of the version in use; default champion."""
    previous: Alias = PREVIOUS
    """Alias of the version before it, for rollback; default previous."""


class Switch(Api):
    """How the champion moves."""

    aliases: Aliases = Aliases()
    """Names of the aliases that the switch moves."""
    drift_policy: DriftPolicy = DriftPolicy.REVERT
    """Revert (default) takes a move by hand back, Hold and Report leave it; a move to previous is always held."""


class Provenance(Api):
    """What is written about the promotion on the promoted version."""

    tags: Boolean = True
    """Write audit tags (source, commit, promotion) on the promoted version."""


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
    switch: Switch = Switch()
    """How the champion moves."""
    provenance: Provenance = Provenance()
    """What is written about the promotion on the promoted version."""
    rollback: Rollback = Rollback()
    """How far git revert reaches without the gates of the way forward."""
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
        Column("Commit", ".status.summary.commit", priority=1),
        Column("Message", f"{READY}.message", priority=1),
    ),
    description="A ModelPromotion pins which version of a source model is the champion of a target model.",
)
