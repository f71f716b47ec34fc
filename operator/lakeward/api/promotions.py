"""The guard: what promotions through an MLWorkspace may do. Part of its CRD; who edits promotions must not edit it."""

from typing import Annotated

from pydantic import Field, Strict

from lakeward.api.common import LABEL, LARGEST_INTEGER, Api, Boolean, Duration, ObjectName
from lakeward.api.gates import MEMBERS, NOT_RESERVED, Gate, GateType
from lakeward.api.names import CHALLENGER, CHAMPION, PREVIOUS, JobName, ModelAlias, ModelPattern, PrivilegeName
from lakeward.api.schema import ListMap, ListSet, Rule, at_most_for_type, exactly_one, keys_match

COPY_JOB = "copy"
GRANTABLE = ("EXECUTE",)
NEVER = frozenset({GateType.READY, GateType.DIGEST})
SKIPPED = (
    GateType.METRIC,
    GateType.TAG,
    GateType.DEPENDENCIES,
    GateType.JOB,
    GateType.APPROVAL,
    GateType.SOURCE_ALIAS,
)


def _never(what: str) -> Rule:
    return Rule(
        "self.all(type, type != 'Ready' && type != 'Digest')",
        f"Ready and Digest can never be {what}",
        lambda types: not NEVER & set(types),
    )


class DatabricksJob(Api):
    """A job of the workspace."""

    rules = (exactly_one("name", "id"),)

    name: JobName | None = None
    """Name of the job, which must be unique in the workspace."""
    id: Annotated[int, Strict(), Field(ge=1, le=LARGEST_INTEGER)] | None = None
    """Number of the job."""


Jobs = Annotated[
    dict[str, DatabricksJob],
    Field(max_length=50),
    keys_match(LABEL, "keys of jobs must be letters, digits and - within, at most 63"),
]


class RequiredGate(Gate):
    """A gate that every promotion must have."""

    rules = (*(at_most_for_type(str(kind), member) for kind, member in MEMBERS.items()), NOT_RESERVED)


class AllowedAliases(Api):
    """The names that promotions may give to the aliases that they move."""

    champion: ModelAlias = CHAMPION
    """Alias of the version in use; default champion."""
    previous: ModelAlias = PREVIOUS
    """Alias of the version before it; default previous."""
    challenger: ModelAlias = CHALLENGER
    """Alias of the version that a rollout tries; default challenger."""


class LeastRetention(Api):
    """The least that retention keeps in every promotion."""

    keep_last: Annotated[int, Strict(), Field(ge=1, le=100)] | None = None
    """How many promoted versions are kept at least, however old."""
    keep_for: Duration | None = None
    """How long every version is kept at least."""


class Promotions(Api):
    """What promotions through this MLWorkspace may do."""

    targets: Annotated[tuple[ModelPattern, ...], Field(max_length=100), ListSet()] = ()
    """Models that promotions may write, * for any text within one name; left out: any that no other guard names."""
    aliases: AllowedAliases = AllowedAliases()
    """Names of the aliases that promotions move: a promotion with others is refused."""
    grantable: Annotated[tuple[PrivilegeName, ...], Field(max_length=20), ListSet()] | None = None
    """Privileges that promotions may give on their target; left out means EXECUTE."""
    require_gates: Annotated[tuple[RequiredGate, ...], Field(max_length=20), ListMap("name")] = ()
    """Gates that are part of every promotion; one without the member of its type only demands a gate of that type."""
    bypassable: Annotated[tuple[GateType, ...], Field(max_length=10), ListSet(), _never("bypassed")] = ()
    """Types of gates that break-glass may pass over; none by default."""
    skippable_on_rollback: (
        Annotated[tuple[GateType, ...], Field(max_length=10), ListSet(), _never("skipped")] | None
    ) = None
    """Types of gates that a rollback passes over; left out: Metric, Tag, Dependencies, Job, Approval, SourceAlias."""
    allow_delete: Boolean = False
    """Whether retention may delete versions; else it only marks them."""
    retention: LeastRetention = LeastRetention()
    """The least that retention keeps in every promotion."""
    served_in: Annotated[tuple[ObjectName, ...], Field(max_length=50), ListSet()] = ()
    """MLWorkspaces of this namespace that are all workspaces of the metastore: they say what is served."""
    trusted_sources: Annotated[tuple[ObjectName, ...], Field(max_length=50), ListSet()] = ()
    """MLWorkspaces of this namespace whose run metrics count."""
    jobs: Jobs = Field(default_factory=dict)
    """Jobs that gates may run, by key; the key copy is the job that copies what the operator cannot."""
