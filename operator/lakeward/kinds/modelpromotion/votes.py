"""The PromotionApprovals that name a promotion, and what makes them count. Reads objects and the self-test."""

from collections.abc import Iterator, Mapping

from lakeward.api.objects import Object, parse
from lakeward.api.promotionapproval import PromotionApprovalSpec
from lakeward.judgement.approval import Given
from lakeward.kinds.kind import World
from lakeward.kinds.modelpromotion.findings import Findings, Promotion, Votes

KIND = "PromotionApproval"


def votes(obj: Promotion, found: Findings, world: World) -> Votes:
    """All that were given; the self-test is made only where an approval could count."""
    given = tuple(sorted(_given(obj, world), key=lambda one: (one.at, one.object)))
    asked = any(gate.approval is not None for gate in found.gates(obj))
    if not given and not asked:
        return Votes()
    creator = world.person(found.source.created_by) if found.source else None
    return Votes(given, world.identity(obj.namespace), creator)


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
