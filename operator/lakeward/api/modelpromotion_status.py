"""The status of a ModelPromotion, as the CRD declares it. Words in it are open strings; the operator fills them."""

from lakeward.api.common import Api, Status


class Summary(Api):
    """Flat strings for the columns of kubectl get."""

    source: str | None = None
    """Number of the version to promote."""
    candidate: str | None = None
    """Number of its copy in the target model, once there is one."""
    champion: str | None = None
    """Number of the version that the champion alias names."""
    previous: str | None = None
    """Number of the version that the previous alias names."""
    gates: str | None = None
    """How many gates passed, of how many."""
    approvals: str | None = None
    """How many approvals are there, of how many that are needed."""
    commit: str | None = None
    """Git commit that the delivery tool stamped on the object."""
    message: str | None = None
    """One line for people: what it waits for, or what went wrong."""


class Step(Api):
    """One step of an attempt."""

    name: str
    """Resolve, Gates, Copy, Verify, Switch or Record."""
    state: str
    """Todo, Waiting, Done or Failed."""
    finished_at: str | None = None
    """When it was first seen done."""
    message: str | None = None
    """Where it stands, and why."""


class Attempt(Api):
    """The move that is under way, or the last one."""

    id: str | None = None
    """Generation and short subject of the attempt."""
    subject: str | None = None
    """SHA-256 over what the attempt is about, which approvals bind to; for people, always recomputed."""
    trigger: str | None = None
    """Why it began: SpecChange, Rollback or Drift; InPlace where it found the pinned version in place."""
    started_at: str | None = None
    """When it began."""
    steps: tuple[Step, ...] = ()
    """Its steps in order."""


class SourceSeen(Api):
    """The source version as it was resolved."""

    model: str | None = None
    """Full name of the source model."""
    version: int | None = None
    """Number of the source version."""
    run_id: str | None = None
    """MLflow run that logged it."""
    created_by: str | None = None
    """Who registered it."""
    digest: str | None = None
    """SHA-256 of its files, once they were read."""


class TargetSeen(Api):
    """The target model as it was last observed."""

    model: str | None = None
    """Full name of the target model."""
    champion_version: int | None = None
    """Version that the champion alias names."""
    previous_version: int | None = None
    """Version that the previous alias names."""


class Promoted(Api):
    """The last promotion that reached the champion alias."""

    version: int | None = None
    """Version of the target model."""
    source: int | None = None
    """Version of the source model that it is a copy of."""
    generation: int | None = None
    """Generation of the spec that asked for it."""
    since: str | None = None
    """When it became champion."""


class GateResult(Api):
    """What one gate said."""

    name: str
    """Name of the gate."""
    type: str | None = None
    """Type of the gate."""
    stage: str | None = None
    """PreCopy or PreSwitch."""
    mode: str | None = None
    """Enforce or Warn."""
    result: str | None = None
    """Pass, Fail, Pending or Error."""
    observed: str | None = None
    """What was found."""
    required: str | None = None
    """What was asked for."""
    evidence: str | None = None
    """Where it was found."""
    since: str | None = None
    """When this result was reached; it moves only with the result."""
    message: str | None = None
    """Why, and what a person can do; only where the gate did not pass."""
    run: int | None = None
    """The job run that a gate of type Job looks at."""
    retry: int | None = None
    """How often that job was asked to run again for this attempt."""
    seen: str | None = None
    """When a gate of type SourceAlias first saw the alias at the pinned version."""


class ApprovalResult(Api):
    """One PromotionApproval that names this promotion."""

    gate: str | None = None
    """Name of the gate that it is about."""
    by: str | None = None
    """Who gave it, as admission verified."""
    decision: str | None = None
    """Approve, Reject or Bypass."""
    object: str
    """Name of the PromotionApproval."""
    subject: str | None = None
    """What it approves; it counts only for that."""
    policy: str | None = None
    """Generations of the admission policy and its binding under which it was first counted."""
    at: str | None = None
    """When it was given."""
    counted: bool | None = None
    """Whether it counts."""
    message: str | None = None
    """Why it does not count."""


class RolloutSeen(Api):
    """The rollout between copy and switch."""

    candidate: str | None = None
    """Version of the target model that the ServingEndpoint is to try; empty while there is none."""


class RetentionSeen(Api):
    """What retention found when it last looked."""

    action: str | None = None
    """Report, Tag or Delete, after the guard and the evidence had their say."""
    versions: tuple[int, ...] = ()
    """Versions of the target model that need not be kept, lowest first."""
    message: str | None = None
    """Why less is done than was asked, if so."""
    at: str | None = None
    """When this was found; it moves only with what was found."""


class HistoryEntry(Api):
    """One attempt that ended."""

    attempt: str
    """Identifier of the attempt."""
    source: int | None = None
    """Version of the source model."""
    target: int | None = None
    """Version of the target model, if it came that far."""
    outcome: str | None = None
    """Promoted, RolledBack, Superseded, Blocked or Failed."""
    commit: str | None = None
    """Git commit of the object at that time."""
    at: str | None = None
    """When it ended."""
    approved_by: tuple[str, ...] = ()
    """Whose approvals counted."""
    bypassed_by: tuple[str, ...] = ()
    """Which gates break-glass passed over, and by whom."""


class ModelPromotionStatus(Status):
    """What the operator last saw and did."""

    waiting_for: str | None = None
    """What a person or the clock must bring; empty when the operator is at work."""
    summary: Summary | None = None
    """Flat strings for the columns of kubectl get."""
    attempt: Attempt | None = None
    """The move that is under way, or the last one."""
    source: SourceSeen | None = None
    """The source version as it was resolved."""
    target: TargetSeen | None = None
    """The target model as it was last observed."""
    promoted: Promoted | None = None
    """The last promotion that reached the champion alias."""
    rollout: RolloutSeen | None = None
    """The rollout between copy and switch."""
    gates: tuple[GateResult, ...] = ()
    """What each gate said last."""
    approvals: tuple[ApprovalResult, ...] = ()
    """The PromotionApprovals that name this object, counted or not."""
    retention: RetentionSeen | None = None
    """What retention found when it last looked."""
    reverts: tuple[str, ...] = ()
    """When moves by hand were taken back lately; too many in an hour are held."""
    history: tuple[HistoryEntry, ...] = ()
    """Attempts that ended, newest first, at most ten."""
