"""What `lakeward approve` decides before it asks anybody: which gate and subject, as a member of what, or why not."""

import copy
from typing import Any

import pytest

from lakeward.api.objects import Object, parse
from lakeward.api.promotionapproval import PromotionApprovalSpec
from lakeward.cluster.approve.decide import Approvers, Matter, Person, approvers, groups, manifest, matter
from lakeward.cluster.approve.show import review
from lakeward.cluster.approve.wish import NotMade, Wish

Body = dict[str, Any]
SUBJECT, OTHER = f"sha256:{'9f' * 32}", f"sha256:{'00' * 32}"
RISK = {"name": "risk-signoff", "type": "Approval", "approval": {"approvers": {"groups": ["model-risk", "audit"]}}}
LEGAL = {"name": "legal", "type": "Approval", "approval": {}}
PROMOTION: Body = {
    "metadata": {"name": "churn-prod", "namespace": "team-churn", "uid": "u1", "generation": 7},
    "spec": {
        "workspaceRef": {"name": "prod"},
        "source": {"model": "staging.churn.classifier", "version": 17},
        "target": {"model": "prod.churn.classifier"},
        "gates": [RISK, {"name": "freeze", "type": "Window", "window": {}}],
    },
    "status": {
        "observedGeneration": 7,
        "phase": "AwaitingApproval",
        "summary": {"champion": "11"},
        "source": {"createdBy": "ana@acme.example"},
        "attempt": {"id": "g7-9f3c2a1b", "subject": SUBJECT},
        "conditions": [
            {"type": "Ready", "observedGeneration": 7, "message": "there is no MLWorkspace nowhere"},
            {"type": "GatesPassed", "observedGeneration": 7},
        ],
        "gates": [
            {"name": "quality", "type": "Metric", "result": "Pass", "observed": "0.861", "required": ">=0.82"},
            {"name": "risk-signoff", "type": "Approval", "result": "Pending", "observed": "0", "required": "1"},
            {"name": "freeze", "type": "Window", "result": "Pass"},
        ],
    },
}
WISH = Wish(namespace="team-churn", name="churn-prod", decision="Approve", reason="FL-231 reviewed")
BOB = Person("bob@acme.example", frozenset({"model-risk", "system:authenticated"}))


def changed(path: str, value: object) -> Body:
    body = copy.deepcopy(PROMOTION)
    *steps, last = path.split(".")
    place: Any = body
    for step in steps:
        place = place[int(step)] if isinstance(place, list) else place[step]
    place[last] = value
    return body


def wish(**changes: Any) -> Wish:
    return Wish(**{**vars(WISH), **changes})


def test_the_one_gate_that_people_decide_about_is_taken() -> None:
    assert matter(PROMOTION, WISH) == Matter(PROMOTION, "risk-signoff", SUBJECT, "g7-9f3c2a1b")


@pytest.mark.parametrize(
    ("promotion", "asked", "gate"),
    [
        (PROMOTION, wish(gate="risk-signoff"), "risk-signoff"),
        (PROMOTION, wish(subject=SUBJECT), "risk-signoff"),
        (changed("spec.gates", [RISK, LEGAL]), wish(gate="legal"), "legal"),
        (changed("spec.gates", []), WISH, "risk-signoff"),
        (changed("status.gates", None), WISH, "risk-signoff"),
    ],
)
def test_a_gate_is_found(promotion: Body, asked: Wish, gate: str) -> None:
    assert matter(promotion, asked).gate == gate


@pytest.mark.parametrize(
    ("promotion", "asked", "says"),
    [
        (changed("metadata.deletionTimestamp", "now"), WISH, "is being deleted"),
        (changed("metadata.generation", 8), WISH, "has changed since the operator last looked at it: wait"),
        (changed("status", {}), WISH, "has changed since the operator last looked at it: wait"),
        (changed("status.attempt", None), WISH, "says no status.attempt.subject: wait"),
        (changed("status.attempt", {"id": "g7-x"}), WISH, "says no status.attempt.subject: wait"),
        (changed("status.conditions", []), WISH, "the operator cannot judge that yet: it does not say why; wait"),
        (
            changed("status.conditions.1.observedGeneration", 6),
            WISH,
            "has changed and the operator cannot judge that yet: there is no MLWorkspace nowhere; wait",
        ),
        (changed("status.phase", "Promoted"), WISH, "is Promoted: there is nothing to decide"),
        (PROMOTION, wish(subject=OTHER), f"is about {SUBJECT} now, not about what you reviewed"),
        (PROMOTION, wish(gate="riks-signoff"), "has no gate riks-signoff: its gates of type Approval are risk-signoff"),
        (PROMOTION, wish(gate="freeze"), "gate freeze is of type Window, which nobody approves"),
        (PROMOTION, wish(gate="freeze", decision="Reject"), "gate freeze is of type Window, which nobody approves"),
        (
            changed("spec.gates", [RISK, LEGAL]),
            WISH,
            "say which --gate; its gates of type Approval are risk-signoff, legal",
        ),
        (
            {**PROMOTION, "spec": {}, "status": {**PROMOTION["status"], "gates": []}},
            WISH,
            "say which --gate; it has no gate of type Approval",
        ),
    ],
)
def test_what_cannot_be_decided_is_told_in_one_sentence(promotion: Body, asked: Wish, says: str) -> None:
    with pytest.raises(NotMade) as told:
        matter(promotion, asked)
    assert says in str(told.value)
    assert "\n" not in str(told.value)


GUARD = {"spec": {"promotions": {"requireGates": [{"type": "Metric"}, RISK]}}}


@pytest.mark.parametrize(
    ("promotion", "guard", "expected"),
    [
        (PROMOTION, None, Approvers(("model-risk", "audit"), ())),
        (changed("spec.gates", []), None, None),
        (changed("spec.gates", []), GUARD, Approvers(("model-risk", "audit"), ())),
        (changed("spec.gates", []), {"spec": {"promotions": {}}}, None),
        (changed("spec.gates", [{**RISK, "approval": {}}]), GUARD, Approvers((), ())),
    ],
)
def test_who_may_approve_is_said_by_the_spec_or_by_the_guard(
    promotion: Body, guard: Body | None, expected: Approvers | None
) -> None:
    assert approvers(matter(promotion, WISH), guard) == expected


@pytest.mark.parametrize(
    ("asked", "wanted", "held"),
    [
        (WISH, Approvers(("model-risk", "audit"), ()), ("model-risk",)),
        (WISH, Approvers((), ()), ()),
        (WISH, None, ()),
        (WISH, Approvers(("audit",), ("bob@acme.example",)), ()),
        (wish(groups=("model-risk",)), Approvers((), ()), ("model-risk",)),
        (wish(groups=("system:authenticated",)), Approvers(("audit",), ()), ("system:authenticated",)),
        (wish(decision="Bypass"), Approvers(("audit",), ()), ()),
    ],
)
def test_one_decides_as_a_member_of_what_the_gate_asks_for(
    asked: Wish, wanted: Approvers | None, held: tuple[str, ...]
) -> None:
    assert groups(matter(PROMOTION, WISH), asked, BOB, wanted) == held


@pytest.mark.parametrize(
    ("asked", "wanted", "says"),
    [
        (wish(groups=("audit", "board")), None, "you are bob@acme.example, and not in the group audit, board"),
        (
            WISH,
            Approvers(("audit",), ("eve",)),
            "you are bob@acme.example, and gate risk-signoff counts only group audit or eve: log in as one of",
        ),
        (wish(decision="Reject"), Approvers(("audit",), ()), "gate risk-signoff counts only group audit"),
        (WISH, Approvers((), ("Bob@acme.example",)), "gate risk-signoff counts only Bob@acme.example"),
    ],
)
def test_a_decision_that_would_not_count_is_not_made(asked: Wish, wanted: Approvers | None, says: str) -> None:
    with pytest.raises(NotMade, match=says):
        groups(matter(PROMOTION, WISH), asked, BOB, wanted)


@pytest.mark.parametrize("decision", ["Approve", "Reject", "Bypass"])
def test_the_manifest_is_one_that_the_models_take(decision: str) -> None:
    body = manifest(matter(PROMOTION, WISH), wish(decision=decision), BOB, ["model-risk"])
    obj = parse(PromotionApprovalSpec, {**body, "metadata": {**body["metadata"], "name": "made"}})
    assert isinstance(obj, Object), obj
    assert (obj.spec.promotion_ref.uid, obj.spec.subject, obj.spec.gate) == ("u1", SUBJECT, "risk-signoff")
    assert obj.spec.attempt == ("g7-9f3c2a1b" if decision == "Bypass" else None)
    assert body["metadata"]["ownerReferences"][0]["uid"] == "u1"


SHOWN = f"""\
ModelPromotion team-churn/churn-prod

  source   staging.churn.classifier version 17
  made by  ana@acme.example
  target   prod.churn.classifier, champion 11
  phase    AwaitingApproval
  attempt  g7-9f3c2a1b
  subject  {SUBJECT}

  GATE          TYPE      RESULT   OBSERVED  REQUIRED
  quality       Metric    Pass     0.861     >=0.82
  risk-signoff  Approval  Pending  0         1
  freeze        Window    Pass

You, bob@acme.example, in model-risk, approve gate risk-signoff: FL-231 reviewed"""


def test_a_person_sees_what_they_decide_about() -> None:
    assert review(matter(PROMOTION, WISH), WISH, BOB, ["model-risk"]) == SHOWN


def test_before_any_gate_is_judged_a_person_sees_why() -> None:
    held = changed("status.gates", [])
    held["status"]["summary"]["message"] = "mlops.lakeward.dev/hold says: INC-7; take the annotation off to go on"
    said = review(matter(held, WISH), WISH, BOB, [])
    assert "  No gate is judged yet: mlops.lakeward.dev/hold says: INC-7; take the annotation off to go on\n" in said
    assert "GATE" not in said


@pytest.mark.parametrize("trick", ["\x1b[2Jevil", "a\nsubject  sha256:0", "safe\u202egnorw", "\x07"])
def test_what_others_wrote_cannot_move_the_terminal(trick: str) -> None:
    told = changed("status.source.createdBy", trick)
    told["status"]["gates"][0]["observed"] = trick
    said = review(matter(told, WISH), WISH, Person(trick, frozenset()), [])
    assert len(said.splitlines()) == len(SHOWN.splitlines())
    assert all(line.isprintable() for line in said.splitlines())
