"""What is decided about, and by whom: a promotion as it was read becomes a PromotionApproval, or one sentence why not.

Pure. The API server has the last word on who may.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lakeward.api.objects import GROUP, VERSION

APPROVAL = "Approval"
APPROVE, REJECT, BYPASS = "Approve", "Reject", "Bypass"
Json = Mapping[str, Any]


class NotMade(Exception):  # noqa: N818 - an outcome that a person mends
    """No approval was made; the message is one sentence that says why and what to do."""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a person asks for. `gate` and `subject` may be empty: then there is only one, or what holds now."""

    namespace: str
    name: str
    decision: str
    reason: str
    gate: str = ""
    subject: str = ""
    groups: tuple[str, ...] = ()


@dataclass(frozen=True)
class Person:
    """Who asks, as the API server knows them."""

    name: str
    groups: frozenset[str]


@dataclass(frozen=True)
class Approvers:
    """Who may approve a gate; none of both: whom admission lets."""

    groups: tuple[str, ...]
    users: tuple[str, ...]


@dataclass(frozen=True)
class Matter:
    """What exactly is decided about."""

    promotion: Json
    gate: str
    subject: str
    attempt: str

    @property
    def workspace(self) -> str:
        """The MLWorkspace that guards the promotion."""
        return str(_mapping(_mapping(self.promotion, "spec"), "workspaceRef").get("name") or "")


def matter(promotion: Json, wish: Wish) -> Matter:
    """What a wish is about. Raises NotMade where the promotion does not say it, or says something else."""
    attempt = _mapping(_current(promotion, wish), "attempt")
    subject, number = str(attempt.get("subject") or ""), str(attempt.get("id") or "")
    if not subject or not number:
        raise NotMade(f"{_called(wish)} says no status.attempt.subject: wait until the operator has looked at it")
    if wish.subject and wish.subject != subject:
        raise NotMade(f"{_called(wish)} is about {subject} now, not about what you reviewed: review it again")
    return Matter(promotion, _gate(promotion, wish), subject, number)


def approvers(about: Matter, guard: Json | None) -> Approvers | None:
    """Who may approve the gate by the spec, or by the guard of its environment; None where neither says so."""
    own = _mapping(about.promotion, "spec").get("gates")
    required = _mapping(_mapping(guard or {}, "spec"), "promotions").get("requireGates")
    for entry in (*_rows(own), *_rows(required)):
        if entry.get("name") == about.gate:
            found = _mapping(_mapping(entry, "approval"), "approvers")
            return Approvers(tuple(found.get("groups") or ()), tuple(found.get("users") or ()))
    return None


def groups(wish: Wish, person: Person, wanted: Approvers | None) -> tuple[str, ...]:
    """Groups to decide as a member of: those that were asked for, else those of the gate that the person is in.

    Raises NotMade for a group that the person is not in, and where the gate would not count them.
    """
    foreign = sorted(set(wish.groups) - person.groups)
    if foreign:
        raise NotMade(f"you are {person.name}, and not in the group {', '.join(foreign)}: log in as somebody who is")
    if wish.groups or wanted is None:
        return wish.groups
    held = tuple(group for group in wanted.groups if group in person.groups)
    may = bool(held) or person.name in wanted.users or not (wanted.groups or wanted.users)
    if wish.decision != BYPASS and not may:
        who = " or ".join((*(f"group {g}" for g in wanted.groups), *wanted.users))
        raise NotMade(f"you are {person.name}, and the gate counts only {who}")
    return held


def manifest(about: Matter, wish: Wish, person: Person, held: Sequence[str]) -> Json:
    """The PromotionApproval; it goes with its promotion."""
    meta = about.promotion["metadata"]
    uid = str(meta.get("uid") or "")
    reference = {"apiVersion": f"{GROUP}/{VERSION}", "kind": "ModelPromotion", "name": wish.name, "uid": uid}
    return {
        "apiVersion": f"{GROUP}/{VERSION}",
        "kind": "PromotionApproval",
        "metadata": {"generateName": f"{wish.name}-", "namespace": wish.namespace, "ownerReferences": [reference]},
        "spec": {
            "promotionRef": {"name": wish.name, "uid": uid},
            "gate": about.gate,
            "subject": about.subject,
            "decision": wish.decision,
            **({"attempt": about.attempt} if wish.decision == BYPASS else {}),
            "reason": wish.reason,
            "approver": {"username": person.name, "groups": list(held)},
        },
    }


def _current(promotion: Json, wish: Wish) -> Json:
    """The status, if it is about the newest spec and there is something to decide."""
    meta, status = promotion["metadata"], _mapping(promotion, "status")
    if meta.get("deletionTimestamp"):
        raise NotMade(f"{_called(wish)} is being deleted")
    if status.get("observedGeneration") != meta.get("generation"):
        raise NotMade(f"{_called(wish)} has changed since the operator last looked at it: wait, then review it again")
    if status.get("phase") == "Promoted":
        raise NotMade(f"{_called(wish)} is Promoted: there is nothing to decide")
    return status


def _gate(promotion: Json, wish: Wish) -> str:
    types = _types(promotion)
    waiting = [name for name, kind in types.items() if kind == APPROVAL]
    some = f"its gates of type {APPROVAL} are {', '.join(waiting)}" if waiting else f"it has no gate of type {APPROVAL}"
    if not wish.gate:
        if len(waiting) != 1:
            raise NotMade(f"{_called(wish)}: say which --gate; {some}")
        return waiting[0]
    if wish.gate not in types:
        raise NotMade(f"{_called(wish)} has no gate {wish.gate}: {some}")
    if wish.decision != BYPASS and types[wish.gate] != APPROVAL:
        raise NotMade(f"gate {wish.gate} is of type {types[wish.gate]}, which nobody approves: {some}")
    return wish.gate


def _types(promotion: Json) -> dict[str, str]:
    """Types of gates by name: those of the spec, and those that the guard adds, which only the status has."""
    rows = (*_rows(_mapping(promotion, "status").get("gates")), *_rows(_mapping(promotion, "spec").get("gates")))
    return {str(row["name"]): str(row.get("type") or "") for row in rows if row.get("name")}


def _called(wish: Wish) -> str:
    return f"ModelPromotion {wish.namespace}/{wish.name}"


def _rows(found: object) -> list[Json]:
    return [row for row in found if isinstance(row, Mapping)] if isinstance(found, list | tuple) else []


def _mapping(body: Json, name: str) -> Json:
    found = body.get(name)
    return found if isinstance(found, Mapping) else {}
