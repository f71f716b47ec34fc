"""The gates of a promotion as a manifest writes them: one test each that a move must pass. Part of two CRDs.

It knows no gate's semantics: judgement does.
"""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import Field, Strict

from lakeward.api.common import Api, Boolean, Duration, Label, Number
from lakeward.api.gate_window import Window
from lakeward.api.names import ModelAlias, TagKey, TagValue
from lakeward.api.schema import ListSet, Rule, at_least_one, keys_match, matches, only_for_type

MetricName = Annotated[
    str,
    Field(min_length=1, max_length=250),
    matches("[A-Za-z0-9_./ :-]+", "must be the name of an MLflow metric: letters, digits, _ . / : - and blanks"),
]
Person = Annotated[
    str,
    Field(min_length=1, max_length=253),
    matches(r"[^\x00-\x20,]+", "must be a name that the API server knows, without blanks and commas"),
]
Denied = Annotated[
    str,
    Field(min_length=1, max_length=200),
    matches(
        "[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?(==[A-Za-z0-9.!+_-]+)?",
        "must be a package, or a package and one version, for example torch==2.0.0",
    ),
]
Parameters = Annotated[
    dict[str, Annotated[str, Field(max_length=1000)]],
    Field(max_length=20),
    keys_match("[A-Za-z0-9_.-]{1,100}", "names of parameters must be letters, digits, _ . and -, at most 100"),
    Rule(
        "self.all(name, name != 'model_name' && name != 'model_version')",
        "model_name and model_version are given to every run: choose other names",
        lambda given: not {"model_name", "model_version"} & set(given),
    ),
]


class GateType(StrEnum):
    """What a gate looks at."""

    READY = "Ready"
    METRIC = "Metric"
    TAG = "Tag"
    INTERFACE = "Interface"
    DIGEST = "Digest"
    DEPENDENCIES = "Dependencies"
    JOB = "Job"
    APPROVAL = "Approval"
    WINDOW = "Window"
    SOURCE_ALIAS = "SourceAlias"


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


class Needed(StrEnum):
    """Whether something must be there."""

    REQUIRED = "Required"
    OPTIONAL = "Optional"


class Compatibility(StrEnum):
    """What the callers of the champion may expect of the candidate."""

    BACKWARD = "Backward"
    NONE = "None"


class NotBy(StrEnum):
    """Whose approval does not count."""

    SOURCE_MODEL_CREATOR = "SourceModelCreator"


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


class Interface(Api):
    """What the model must say about its inputs and outputs."""

    signature: Needed = Needed.REQUIRED
    """Required (default) demands a signature in MLmodel."""
    input_example: Needed = Needed.OPTIONAL
    """Required demands an input example; default Optional."""
    compatible_with_champion: Compatibility = Compatibility.BACKWARD
    """Backward (default): who calls the champion can call the candidate; a new required input would break them."""


class Digest(Api):
    """How the files of the copy are verified."""

    verify_copy: Boolean = False
    """Read the copy back and hash it before the switch, instead of trusting what was hashed on the way."""


class Dependencies(Api):
    """What the model may need installed."""

    pinned: Needed = Needed.REQUIRED
    """Required (default) demands one exact version, or a hash, for every package."""
    deny: Annotated[tuple[Denied, ...], Field(max_length=100), ListSet()] = ()
    """Packages that fail, in any version or in one, for example torch==2.0.0."""


class JobRef(Api):
    """A job that the guard names."""

    name: Label
    """Key of spec.promotions.jobs of the MLWorkspace."""


class Job(Api):
    """A Databricks job that must succeed for this version."""

    job_ref: JobRef
    """The job, by its key in the guard."""
    parameters: Parameters = Field(default_factory=dict)
    """Job parameters beside model_name and model_version, which every run gets."""
    timeout: Duration = timedelta(hours=2)
    """How long one run may take before that is a failure; default 2h."""


class Approvers(Api):
    """Who may approve."""

    groups: Annotated[tuple[Person, ...], Field(max_length=20), ListSet()] = ()
    """Groups whose members may approve."""
    users: Annotated[tuple[Person, ...], Field(max_length=20), ListSet()] = ()
    """Users who may approve."""


class Approval(Api):
    """Approvals by PromotionApproval objects, bound to what exactly is promoted."""

    min_approvals: Annotated[int, Strict(), Field(ge=1, le=10)] = 1
    """How many different people must approve; default 1."""
    approvers: Approvers = Approvers()
    """Who may approve; left out means everybody whom admission lets approve."""
    not_by: Annotated[tuple[NotBy, ...], Field(max_length=1), ListSet()] = ()
    """Whose approval does not count: SourceModelCreator is who registered the source version."""
    expires_after: Duration = timedelta(days=7)
    """How long an approval counts; default 7d."""


class SourceAlias(Api):
    """An alias of the source model that must name the pinned version."""

    alias: ModelAlias
    """Name of the alias, for example champion in the environment before this one."""
    soak: Duration | None = None
    """For how long it must have named it, counted from our first sight of it; left out means at once."""


MEMBERS = {
    GateType.METRIC: "metric",
    GateType.TAG: "tag",
    GateType.INTERFACE: "interface",
    GateType.DIGEST: "digest",
    GateType.DEPENDENCIES: "dependencies",
    GateType.JOB: "job",
    GateType.APPROVAL: "approval",
    GateType.WINDOW: "window",
    GateType.SOURCE_ALIAS: "sourceAlias",
}
"""The member that says what a gate of that type demands."""

RESERVED = ("dependsOn", "policy", "champion", "source-ready", "copy-ready", "digest-pin")
"""Names of the gates that a promotion has by itself."""

NOT_RESERVED = Rule(
    f"!(self.name in [{', '.join(repr(name) for name in RESERVED)}])",
    f"must not be the name of a gate that a promotion has by itself: {', '.join(RESERVED)}",
    lambda gate: gate.name not in RESERVED,
    "name",
)


class Gate(Api):
    """One test that the move must pass."""

    rules = (*(only_for_type(str(kind), member) for kind, member in MEMBERS.items()), NOT_RESERVED)

    name: Label
    """Name of the gate, unique in the promotion."""
    type: GateType
    """What the gate looks at; the member of that name says what it demands."""
    mode: GateMode = GateMode.ENFORCE
    """Enforce (default) stops the promotion when the gate does not pass; Warn only reports."""
    metric: Metric | None = None
    """What a gate of type Metric demands."""
    tag: Tag | None = None
    """What a gate of type Tag demands."""
    interface: Interface | None = None
    """What a gate of type Interface demands."""
    digest: Digest | None = None
    """What a gate of type Digest demands."""
    dependencies: Dependencies | None = None
    """What a gate of type Dependencies demands."""
    job: Job | None = None
    """What a gate of type Job demands."""
    approval: Approval | None = None
    """What a gate of type Approval demands."""
    window: Window | None = None
    """What a gate of type Window demands."""
    source_alias: SourceAlias | None = None
    """What a gate of type SourceAlias demands."""

    @property
    def demand(self) -> Api | None:
        """The member that belongs to the type; None for Ready, which has none."""
        members = (self.metric, self.tag, self.interface, self.digest, self.dependencies, self.job, self.approval)
        return next((m for m in (*members, self.window, self.source_alias) if m is not None), None)
