"""Approvals by people, break-glass, and the guard, as the promotion sees them."""

from dataclasses import replace
from typing import Any

import pytest

from invariants.world import ENFORCED, NAMESPACE
from lakeward.engine.outcome import Key
from lakeward.judgement.approval import Identity
from scenarios.checks import hold
from scenarios.conftest import Stage
from scenarios.registry import UC

SIGNOFF: dict[str, Any] = {
    "name": "risk-signoff",
    "type": "Approval",
    "approval": {"minApprovals": 2, "approvers": {"groups": ["model-risk"]}},
}


def vote(stage: Stage, key: Key, by: str, decision: str = "Approve", **spec: Any) -> Key:
    """A PromotionApproval as `lakeward approve` makes it."""
    status = stage.cluster.status(key)
    meta = stage.cluster.objects[key]["metadata"]
    attempt = {"attempt": status["attempt"]["id"]} if decision == "Bypass" else {}
    number = sum(1 for k in stage.cluster.objects if k.kind == "PromotionApproval")
    return stage.cluster.put(
        {
            "apiVersion": "mlops.lakeward.dev/v1alpha1",
            "kind": "PromotionApproval",
            "metadata": {"name": f"{key.name}-{number}", "namespace": NAMESPACE},
            "spec": {
                "promotionRef": {"name": key.name, "uid": meta["uid"]},
                "gate": "risk-signoff",
                "subject": status["attempt"]["subject"],
                "decision": decision,
                "reason": "FL-231 reviewed",
                "approver": {"username": by, "groups": ["model-risk"]},
                **attempt,
                **spec,
            },
        }
    )


def reasons(stage: Stage, key: Key) -> list[str]:
    return [str(e.reason) for k, e in stage.cluster.events if k == key]


def test_two_people_approve_and_their_names_are_kept(stage: Stage) -> None:
    key = stage.promote(stage.registry.register(stage.dev), gates=[SIGNOFF])
    stage.operator.settle(key)
    status = stage.cluster.status(key)
    assert (stage.phase(key), status["waitingFor"]) == ("AwaitingApproval", "Approval")
    assert status["summary"]["approvals"] == "0/2"
    assert "model-risk" in stage.message(key)
    assert stage.registry.find(f"/api/2.1/unity-catalog/models/{stage.prod}") is None
    vote(stage, key, "bob@acme.example")
    stage.operator.settle(key)
    assert stage.cluster.status(key)["summary"]["approvals"] == "1/2"
    assert stage.cluster.condition(key, "Approved")["reason"] == "NeedMore"
    vote(stage, key, "eve@acme.example")
    stage.operator.settle(key)
    assert stage.ready(key) == ("True", "Promoted"), stage.message(key)
    assert stage.registry.tags(stage.prod, 1)["lakeward_approved_by"] == "bob@acme.example, eve@acme.example"
    told = reasons(stage, key)
    assert told.count("Approved") == 1
    assert told.index("AwaitingApproval") < told.index("Approved") < told.index("Promoted")
    assert stage.cluster.status(key)["history"][0]["approvedBy"] == ["bob@acme.example", "eve@acme.example"]
    hold(stage, key)


def test_what_a_promotion_waits_for_is_what_argo_cd_reads(stage: Stage) -> None:
    key = stage.promote(stage.registry.register(stage.dev), gates=[SIGNOFF])
    stage.operator.settle(key)
    status = stage.cluster.status(key)
    assert status["observedGeneration"] == stage.cluster.objects[key]["metadata"]["generation"]
    assert stage.cluster.condition(key, "Stalled") == {}
    assert (status["waitingFor"], stage.ready(key)) == ("Approval", ("False", "AwaitingApproval"))
    hold(stage, key)


BOB, EVE, ANA = "bob@acme.example", "eve@acme.example", "ana@acme.example"
OTHER_SUBJECT = f"sha256:{'0' * 64}"
NOT_COUNTED: dict[str, tuple[dict[str, Any], str]] = {
    "another subject": ({"by": EVE, "subject": OTHER_SUBJECT}, "another subject"),
    "another object": ({"by": EVE, "promotionRef": {"name": "tumor", "uid": "uid-of-old"}}, "another ModelPromotion"),
    "another group": ({"by": EVE, "approver": {"username": EVE, "groups": ["data-scientists"]}}, "none of the gate's"),
    "no such gate": ({"by": EVE, "gate": "legal"}, "no gate legal asks for an approval"),
    "one person twice": ({"by": "Bob@ACME.example"}, "a newer decision of the same approver counts"),
    "the one who registered it": ({"by": ANA}, "registered the source version"),
}


@pytest.mark.parametrize(("given", "why"), NOT_COUNTED.values(), ids=NOT_COUNTED)
def test_an_approval_that_does_not_count_says_so_once(stage: Stage, given: dict[str, Any], why: str) -> None:
    stage.cluster.people["ana@example.com"] = ANA
    gate = {**SIGNOFF, "approval": {**SIGNOFF["approval"], "notBy": ["SourceModelCreator"]}}
    key = stage.promote(stage.registry.register(stage.dev), gates=[gate])
    stage.operator.settle(key)
    vote(stage, key, BOB)
    stage.operator.settle(key)
    vote(stage, key, **given)
    stage.operator.settle(key)
    stage.operator.run(key)
    assert (stage.phase(key), stage.cluster.condition(key, "Approved")["status"]) == ("AwaitingApproval", "False")
    assert stage.cluster.status(key)["summary"]["approvals"] == "1/2"
    ignored = [e.message for k, e in stage.cluster.events if (k, str(e.reason)) == (key, "ApprovalIgnored")]
    assert len(ignored) == 1
    assert why in ignored[0]
    assert stage.registry.find(f"{UC}/models/{stage.prod}") is None
    hold(stage, key)


def test_without_proof_of_who_approves_nothing_counts_and_afterwards_it_is_given_anew(stage: Stage) -> None:
    key = stage.promote(stage.registry.register(stage.dev), gates=[SIGNOFF])
    stage.cluster.identities[NAMESPACE] = Identity(enforced=False, since=None, policy="", message="install it")
    stage.operator.settle(key)
    for by in (BOB, EVE):
        vote(stage, key, by)
    stage.operator.settle(key)
    assert (stage.phase(key), stage.ready(key)) == ("Blocked", ("False", "IdentityNotEnforced"))
    assert stage.gate(key, "risk-signoff")["result"] == "Error"
    assert "install it" in stage.message(key)
    younger = Identity(enforced=True, since=stage.cluster.now, policy="1/1", message="")
    stage.cluster.identities[NAMESPACE] = younger
    stage.operator.settle(key)
    assert (stage.phase(key), stage.cluster.status(key)["summary"]["approvals"]) == ("AwaitingApproval", "0/2")
    assert stage.told(key).count("ApprovalIgnored") == 2
    for by in (BOB, EVE):
        vote(stage, key, by)
    stage.operator.settle(key)
    assert stage.ready(key) == ("True", "Promoted"), stage.message(key)
    hold(stage, key)


def test_a_policy_that_changed_has_checked_nobody_yet(stage: Stage) -> None:
    key = stage.promote(stage.registry.register(stage.dev), gates=[SIGNOFF])
    stage.operator.settle(key)
    vote(stage, key, BOB)
    stage.operator.settle(key)
    assert stage.cluster.status(key)["approvals"][0]["policy"] == "1/1"
    stage.cluster.identities[NAMESPACE] = replace(ENFORCED, policy="2/1")
    stage.operator.settle(key)
    assert stage.cluster.status(key)["summary"]["approvals"] == "0/2"
    assert "changed since; approve anew" in stage.cluster.status(key)["approvals"][0]["message"]
    hold(stage, key)


def test_a_policy_that_vanishes_during_the_copy_stops_the_switch(stage: Stage) -> None:
    stage.operator.settle(stage.promote(stage.registry.register(stage.dev)))
    key = stage.promote(stage.registry.register(stage.dev), gates=[SIGNOFF])
    stage.operator.settle(key)
    for by in (BOB, EVE):
        vote(stage, key, by)
    fault = stage.house.fault("hold", method="PATCH", path="/finalize$", principal="lakeward")
    stage.operator.run(key)
    stage.house.wait_held(fault)
    stage.cluster.identities[NAMESPACE] = Identity(enforced=False, since=None, policy="", message="install it")
    stage.house.release(fault)
    stage.operator.settle(key)
    assert stage.ready(key) == ("False", "IdentityNotEnforced"), stage.message(key)
    assert stage.registry.aliases(stage.prod) == {"champion": 1}
    del stage.cluster.identities[NAMESPACE]
    stage.operator.settle(key)
    assert stage.ready(key) == ("True", "Promoted"), stage.message(key)
    hold(stage, key)


def test_a_creator_whom_nobody_knows_could_be_any_approver(stage: Stage) -> None:
    gate = {**SIGNOFF, "approval": {**SIGNOFF["approval"], "notBy": ["SourceModelCreator"]}}
    key = stage.promote(stage.registry.register(stage.dev), gates=[gate])
    stage.operator.settle(key)
    for by in (BOB, EVE):
        vote(stage, key, by)
    stage.operator.settle(key)
    assert (stage.phase(key), stage.ready(key)) == ("Blocked", ("False", "CreatorUnmapped"))
    assert "map the name in the operator's settings" in stage.message(key)
    stage.cluster.people["ana@example.com"] = ANA
    stage.operator.settle(key)
    assert stage.ready(key) == ("True", "Promoted"), stage.message(key)
    hold(stage, key)
