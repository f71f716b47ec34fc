"""Approvals by people, break-glass, and the guard, as the promotion sees them."""

from typing import Any

from invariants.world import NAMESPACE
from lakeward.engine.outcome import Key
from scenarios.checks import hold
from scenarios.conftest import Stage

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
