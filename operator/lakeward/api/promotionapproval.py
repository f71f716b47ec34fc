"""PromotionApproval: what one person decided about one gate of one ModelPromotion. It never changes once it is made.

The model is the source of the CRD. It cannot know who wrote the object: the admission policy of manifests/install does.
"""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from lakeward.api.common import AGE, READY, Api, Column, KindInfo, Label, ObjectName, Status
from lakeward.api.gates import Person
from lakeward.api.schema import ListSet, Rule, immutable, matches

Uid = Annotated[
    str,
    Field(min_length=1, max_length=64),
    matches("[A-Za-z0-9-]+", "must be the uid of an object: letters, digits and -"),
]
Subject = Annotated[
    str,
    Field(min_length=71, max_length=71),
    matches("sha256:[0-9a-f]{64}", "must be sha256: and 64 hexadecimal digits, as status.attempt.subject says it"),
]


class Decision(StrEnum):
    """What was decided."""

    APPROVE = "Approve"
    REJECT = "Reject"
    BYPASS = "Bypass"


class PromotionRef(Api):
    """A ModelPromotion of the same namespace, and no namesake that may take its place."""

    name: ObjectName
    """Name of a ModelPromotion in this namespace."""
    uid: Uid
    """Its uid: an approval does not count for another object of that name."""


class Approver(Api):
    """Who decided, as admission compares it with who sent the request."""

    username: Person
    """Name of the user as the API server knows it; nobody can approve as somebody else."""
    groups: Annotated[tuple[Person, ...], Field(max_length=20), ListSet()] = ()
    """Groups that the user decides as a member of, of those that the gate asks for."""


class PromotionApprovalSpec(Api):
    """One decision of one person."""

    rules = (
        immutable("approvals are immutable: make another one"),
        Rule(
            "has(self.attempt) == (self.decision == 'Bypass')",
            "attempt must be given with decision Bypass, and only with it",
            lambda spec: (spec.attempt is not None) == (spec.decision is Decision.BYPASS),
            "attempt",
        ),
    )

    promotion_ref: PromotionRef
    """The ModelPromotion that it is about."""
    gate: Label
    """Name of the gate that it is about."""
    subject: Subject
    """What exactly it is about: status.attempt.subject of the ModelPromotion when it was looked at."""
    decision: Decision
    """Approve counts for the gate, Reject stops it, Bypass passes over it for this attempt only."""
    attempt: Label | None = None
    """The attempt that a Bypass is for, and dies with: status.attempt.id of the ModelPromotion."""
    reason: Annotated[str, Field(min_length=1, max_length=1024)]
    """Why, for those who read it later."""
    approver: Approver
    """Who decided."""


class ApprovalSummary(Api):
    """Flat strings for the columns of kubectl get."""

    counted: str | None = None
    """Yes or No; empty while the ModelPromotion has not looked at it."""


class PromotionApprovalStatus(Status):
    """What the ModelPromotion made of it."""

    summary: ApprovalSummary | None = None
    """Flat strings for the columns of kubectl get."""


PROMOTIONAPPROVAL = KindInfo(
    kind="PromotionApproval",
    plural="promotionapprovals",
    short="pa",
    spec=PromotionApprovalSpec,
    status=PromotionApprovalStatus,
    columns=(
        Column("Promotion", ".spec.promotionRef.name"),
        Column("Gate", ".spec.gate"),
        Column("Decision", ".spec.decision"),
        Column("By", ".spec.approver.username"),
        Column("Counted", ".status.summary.counted"),
        AGE,
        Column("Message", f"{READY}.message", priority=1),
        Column("Reason", ".spec.reason", priority=1),
    ),
    description="A PromotionApproval is what one person decided about one gate of a ModelPromotion.",
    guarded=False,
)
