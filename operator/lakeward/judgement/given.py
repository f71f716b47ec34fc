"""What people said about a promotion, and whether it can be believed. Knows no gate, no client and no clock.

Who said it is what admission let through, so nothing is believed that is older than the policy that checks names.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Decision(StrEnum):
    """What somebody decided: for a gate, against it, or to pass over it."""

    APPROVE = "Approve"
    REJECT = "Reject"
    BYPASS = "Bypass"


@dataclass(frozen=True)
class Given:
    """One PromotionApproval.

    object    its name
    by        who made it, as Kubernetes knows them
    groups    groups that the maker named; admission let only groups pass that they are in
    gate      name of the gate that it is about
    decision  Approve, Reject or Bypass
    uid       of the ModelPromotion that it is about
    subject   what exactly it is about: the hash of what would be promoted, and how
    attempt   id of the attempt that a Bypass is about; else empty
    at        when it was made
    reason    why, in the maker's words
    policy    generations of policy and binding under which it was first counted; empty if it never was
    """

    object: str
    by: str
    groups: tuple[str, ...]
    gate: str
    decision: str
    uid: str
    subject: str
    attempt: str
    at: datetime
    reason: str = ""
    policy: str = ""

    @property
    def person(self) -> str:
        """Who that is when persons are counted: names that differ in case only are one person's."""
        return self.by.casefold()

    def __str__(self) -> str:
        return f"PromotionApproval {self.object} by {self.by}"


@dataclass(frozen=True)
class Identity:
    """What the self-test of the admission policy found.

    enforced  whether a false name was refused
    since     when the younger one of policy and binding was made; None where that is not known
    policy    their generations
    message   what is wrong and how to put it right, where it is not enforced
    """

    enforced: bool
    since: datetime | None
    policy: str
    message: str

    @property
    def fault(self) -> str:
        """Why no name can be believed; empty where names can."""
        if not self.enforced:
            return self.message or "the admission policy that checks the names of approvers is not in force; install it"
        if self.since is None:
            return "it is not known since when the admission policy checks names; let the operator read it"
        return ""

    def vouches_for(self, given: Given) -> bool:
        """Whether the policy, as it is now, has checked who made it."""
        return self.older_than(given) and given.policy in ("", self.policy)

    def older_than(self, given: Given) -> bool:
        """Whether it was made after the policy; in the same second is not after."""
        return self.since is not None and given.at > self.since


@dataclass(frozen=True)
class Context:
    """What the decisions are held against.

    uid       of the ModelPromotion
    subject   of what would be promoted now, recomputed
    attempt   id of the attempt
    now       the later one of the API server's hour and ours
    since     decisions for it that are older do not count: this version last left champion then
    creator   the Kubernetes user who registered the source version; None where that is not known, or is no person
    identity  what the self-test found; None where nobody can tell, outside a cluster
    """

    uid: str
    subject: str
    attempt: str
    now: datetime
    since: datetime | None
    creator: str | None
    identity: Identity | None


@dataclass(frozen=True)
class Ignored:
    """A decision that does not count, and why."""

    given: Given
    why: str
    expired: bool = False
