"""What is decided about, and by whom: a promotion as it was read becomes a PromotionApproval, or one sentence why not.

Pure. The API server has the last word on who may.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from lakeward.api.objects import GROUP, VERSION
from lakeward.cluster.approve.gates import gate, required
from lakeward.cluster.approve.wish import BYPASS, Json, NotMade, Wish, mapping, rows
from lakeward.engine.conditions import find


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


def matter(promotion: Json, wish: Wish, guard: Json | None = None) -> Matter:
    """What a wish is about. `guard` is the MLWorkspace, None where it could not be read.

    Raises NotMade where the promotion does not say it, or says something else.
    """
    attempt = mapping(_current(promotion, wish), "attempt")
    subject, number = str(attempt.get("subject") or ""), str(attempt.get("id") or "")
    if not subject or not number:
        raise NotMade(f"{wish} says no status.attempt.subject: wait until the operator has looked at it")
    if wish.subject and wish.subject != subject:
        raise NotMade(f"{wish} is about {subject} now, not about what you reviewed: review it again")
    return Matter(promotion, gate(promotion, wish, guard), subject, number)


def approvers(about: Matter, guard: Json | None) -> Approvers | None:
    """Who may approve the gate by the spec, or by the guard of its environment; None where neither says so."""
    for entry in (*rows(mapping(about.promotion, "spec"), "gates"), *required(guard)):
        if entry.get("name") == about.gate:
            found = mapping(mapping(entry, "approval"), "approvers")
            return Approvers(tuple(found.get("groups") or ()), tuple(found.get("users") or ()))
    return None


def groups(about: Matter, wish: Wish, person: Person, wanted: Approvers | None) -> tuple[str, ...]:
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
        text = f"you are {person.name}, and gate {about.gate} counts only {who}"
        raise NotMade(f"{text}: log in as one of them, or ask one of them to decide")
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
    meta, status = promotion["metadata"], mapping(promotion, "status")
    if meta.get("deletionTimestamp"):
        raise NotMade(f"{wish} is being deleted")
    if status.get("observedGeneration") != meta.get("generation"):
        raise NotMade(f"{wish} has changed since the operator last looked at it: wait, then review it again")
    if status.get("phase") == "Promoted":
        raise NotMade(f"{wish} is Promoted: there is nothing to decide")
    # a pass that broke off has seen the newest spec, and leaves what was said of an older one as it was
    if (
        mapping(status, "attempt")
        and (find(status, "GatesPassed") or {}).get("observedGeneration") != meta["generation"]
    ):
        why = str((find(status, "Ready") or {}).get("message") or "it does not say why")
        raise NotMade(f"{wish} has changed and the operator cannot judge that yet: {why}; wait, then review it again")
    return status
