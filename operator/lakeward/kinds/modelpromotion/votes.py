"""The PromotionApprovals that name a promotion, and what makes them count. Reads objects and the self-test."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from lakeward.api.objects import Object, parse
from lakeward.api.promotionapproval import PromotionApprovalSpec
from lakeward.engine.errors import Unavailable
from lakeward.judgement.approval import Decision, Given
from lakeward.kinds.kind import World
from lakeward.kinds.modelpromotion.attempt import begun, identity, subject
from lakeward.kinds.modelpromotion.findings import Findings, Promotion, Votes

KIND = "PromotionApproval"
MOST = 50
"""Decisions on one attempt that are looked at beside rejections, the newest ones: a status has an end."""


def votes(obj: Promotion, found: Findings, world: World) -> Votes:
    """All that are about this attempt, oldest first; the self-test is made only where an approval could count."""
    about, attempt, since = subject(obj, found), identity(obj, found), begun(obj, found)
    every = (one for one in _given(obj, world) if _concerns(one, about, attempt, since))
    names = frozenset(gate.name for gate in found.gates(obj))
    given = _newest(sorted(every, key=lambda one: (one.at, one.object)), about, names)
    asked = any(gate.approval is not None for gate in found.gates(obj))
    if not given and not asked:
        return Votes()
    creator = world.person(found.source.created_by) if found.source else None
    return Votes(given, world.identity(obj.namespace), creator)


def at_rest(obj: Promotion, found: Findings, world: World) -> Votes:
    """The self-test is made while nothing moves, too: that it would fail is to be known before somebody approves."""
    if not any(gate.approval is not None for gate in found.gates(obj)):
        return Votes()
    try:
        return Votes(identity=world.identity(obj.namespace))
    except Unavailable:
        # nothing waits for the answer now
        return Votes()


def _newest(every: list[Given], about: str, names: frozenset[str]) -> tuple[Given, ...]:
    """All of them, or where they are too many each person's last word of a kind on a gate: nobody crowds others out.

    Each person's last rejection stays in any case: doubt is not crowded out either.
    """
    if len(every) <= MOST:
        return tuple(every)
    last = {(one.person, one.gate if one.gate in names else "", one.subject, one.decision): one for one in every}
    against = {one for one in last.values() if one.decision == Decision.REJECT and one.subject == about}
    kept = {*sorted(last.values(), key=lambda one: (one.at, one.object))[-MOST:], *against}
    return tuple(one for one in every if one in kept)


def _concerns(one: Given, about: str, attempt: str, since: datetime) -> bool:
    """Whether it is about this attempt, or was given while it goes on: then somebody is told why it does not count."""
    return one.subject == about or one.attempt == attempt or one.at >= since


def _given(obj: Promotion, world: World) -> Iterator[Given]:
    rows = [row for row in obj.status.get("approvals") or () if isinstance(row, Mapping)]
    policies = {str(row.get("object")): str(row.get("policy") or "") for row in rows}
    for body in world.all(KIND):
        if not _names(body, obj):
            continue
        one = parse(PromotionApprovalSpec, body)
        if not isinstance(one, Object) or one.deleting or one.created is None:
            continue
        spec = one.spec
        yield Given(
            object=one.name,
            by=spec.approver.username,
            groups=spec.approver.groups,
            gate=spec.gate,
            decision=str(spec.decision),
            uid=spec.promotion_ref.uid,
            subject=spec.subject,
            attempt=spec.attempt or "",
            at=one.created,
            reason=spec.reason,
            policy=policies.get(one.name, ""),
        )


def _names(body: Mapping[str, Any], obj: Promotion) -> bool:
    """Whether a body is about this object, before it is read as a whole: there may be many."""
    meta, spec = body.get("metadata"), body.get("spec")
    ref = spec.get("promotionRef") if isinstance(spec, Mapping) else None
    here = isinstance(meta, Mapping) and meta.get("namespace") == obj.namespace
    return here and isinstance(ref, Mapping) and ref.get("name") == obj.name
