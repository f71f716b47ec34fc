"""The PromotionApprovals that name a promotion, and what makes them count. Reads objects and the self-test."""

from collections.abc import Iterator, Mapping
from datetime import datetime

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
    given = _newest(sorted(every, key=lambda one: (one.at, one.object)), about)
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


def _newest(every: list[Given], about: str) -> tuple[Given, ...]:
    """The newest ones, and each person's last rejection: however many come after it, doubt is not crowded out."""
    rejections = (one for one in every if one.decision == Decision.REJECT and one.subject == about)
    against = {(one.person, one.gate): one for one in rejections}
    kept = {*every[-MOST:], *against.values()}
    return tuple(one for one in every if one in kept)


def _concerns(one: Given, about: str, attempt: str, since: datetime) -> bool:
    """Whether it is about this attempt, or was given while it goes on: then somebody is told why it does not count."""
    return one.subject == about or one.attempt == attempt or one.at >= since


def _given(obj: Promotion, world: World) -> Iterator[Given]:
    rows = [row for row in obj.status.get("approvals") or () if isinstance(row, Mapping)]
    policies = {str(row.get("object")): str(row.get("policy") or "") for row in rows}
    for body in world.all(KIND):
        one = parse(PromotionApprovalSpec, body)
        if not isinstance(one, Object) or one.deleting or one.namespace != obj.namespace or one.created is None:
            continue
        spec = one.spec
        if spec.promotion_ref.name == obj.name:
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
