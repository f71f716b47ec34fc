"""The kind PromotionApproval: it has nothing outside, and repeats what its ModelPromotion made of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lakeward.api.objects import Object
from lakeward.api.promotionapproval import PromotionApprovalSpec
from lakeward.engine.conditions import Condition
from lakeward.engine.outcome import Key
from lakeward.engine.reasons import Reason
from lakeward.engine.results import Results
from lakeward.kinds.kind import Account, Desired, Evidence, World

PROMOTION = "ModelPromotion"
COUNTED, IGNORED, WAITING = "Counted", "Ignored", "Waiting"
REASONS = {
    COUNTED: Reason.COUNTED,
    IGNORED: Reason.APPROVAL_IGNORED,
    WAITING: Reason.WAITING_FOR_DEPENDENCY,
}
ABNORMAL = {IGNORED: "Stalled", WAITING: "Reconciling"}
SAID = {COUNTED: "Yes", IGNORED: "No", WAITING: ""}

Approval = Object[PromotionApprovalSpec]
Json = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Named(Evidence):
    """`promotion` is the body of the object that the approval names, None where there is none.

    `complete` says whether what was not found does not exist.
    """

    promotion: Json | None
    complete: bool


class PromotionApproval:
    """What one person decided about one gate."""

    name = "PromotionApproval"
    spec = PromotionApprovalSpec
    leaves_marks = False

    def refs(self, obj: Approval) -> frozenset[Key]:
        return frozenset({Key(PROMOTION, obj.namespace, obj.spec.promotion_ref.name)})

    def wakes(self, obj: Approval) -> frozenset[Key]:
        return self.refs(obj)

    def gather(self, obj: Approval, world: World) -> Named:
        found = world.get(PROMOTION, obj.namespace, obj.spec.promotion_ref.name)
        return Named(clients={}, now=world.now(), promotion=found, complete=world.complete)

    def compile(self, obj: Approval, evidence: Named) -> Desired:  # noqa: ARG002 - nothing outside is its own
        return Desired()

    def leave(self, obj: Approval, evidence: Named) -> Desired:  # noqa: ARG002 - nothing outside is its own
        return Desired()

    def report(self, obj: Approval, evidence: Named, results: Results) -> Account:  # noqa: ARG002 - nothing was done
        phase, message = made_of(obj, evidence)
        return Account(phase=phase, summary={"counted": SAID[phase]}, conditions=tuple(_conditions(phase, message)))


def made_of(obj: Approval, evidence: Named) -> tuple[str, str]:
    """Counted, Ignored or Waiting, and why: as the ModelPromotion says, where it has said anything."""
    named, promotion = obj.spec.promotion_ref, evidence.promotion
    which = f"{PROMOTION} {named.name}"
    if promotion is None:
        if evidence.complete:
            return IGNORED, f"there is no {which} in this namespace"
        return WAITING, f"{which} is not among the manifests"
    if _mapping(promotion, "metadata").get("uid") not in {named.uid, None}:
        return IGNORED, f"is for another object: {which} has not the uid of spec.promotionRef.uid"
    row = _row(obj, promotion)
    if row.get("counted") is True:
        return COUNTED, _message(row) or f"{which} counts it for the gate {obj.spec.gate}"
    if row.get("counted") is False:
        return IGNORED, _message(row) or f"{which} does not count it"
    if _moved_on(obj, promotion):
        return IGNORED, f"is for another subject than that of {which} now: look at it again and decide anew"
    return WAITING, f"{which} has not looked at it yet"


def _row(obj: Approval, promotion: Json) -> Json:
    """What the ModelPromotion says about this approval; not what it said about a predecessor of its name."""
    rows = _mapping(promotion, "status").get("approvals")
    spec = obj.spec
    about = {"object": obj.name, "gate": spec.gate, "decision": str(spec.decision), "subject": spec.subject}
    for row in rows if isinstance(rows, list | tuple) else ():
        if isinstance(row, Mapping) and all(row.get(member) == value for member, value in about.items()):
            return row
    return {}


def _moved_on(obj: Approval, promotion: Json) -> bool:
    """Whether the ModelPromotion has looked at its newest spec and found it to be about something else."""
    status = _mapping(promotion, "status")
    subject = _mapping(status, "attempt").get("subject")
    current = status.get("observedGeneration") == _mapping(promotion, "metadata").get("generation")
    return current and subject is not None and subject != obj.spec.subject


def _conditions(phase: str, message: str) -> Iterator[Condition]:
    reason = REASONS[phase]
    yield Condition("Ready", "True" if phase == COUNTED else "False", reason, message)
    if phase in ABNORMAL:
        yield Condition(ABNORMAL[phase], "True", reason, message)


def _message(row: Json) -> str:
    return str(row.get("message") or "")


def _mapping(body: Json, name: str) -> Json:
    found = body.get(name)
    return found if isinstance(found, Mapping) else {}
