"""A PromotionApproval repeats what its ModelPromotion made of it: a table of promotions, each as a pass finds it."""

from collections.abc import Mapping
from typing import Any

import pytest

from api.manifests import PROMOTION, SMALLEST_APPROVAL
from invariants.world import NAMESPACE, Cluster, Operator
from lakeward.api.objects import Object, parse
from lakeward.api.promotionapproval import PromotionApprovalSpec
from lakeward.engine.outcome import Key
from lakeward.kinds.kind import Kind, Speaks
from lakeward.kinds.promotionapproval import PromotionApproval

Body = dict[str, Any]
NAME = "churn-prod-x7k2p"
SUBJECT = SMALLEST_APPROVAL["spec"]["subject"]
ROW = {"gate": "risk-signoff", "by": "bob", "decision": "Approve", "object": NAME, "subject": SUBJECT}
ABOUT = {"attempt": {"id": "g1-00000000", "subject": SUBJECT}}
KIND: Kind[PromotionApprovalSpec, Any] = PromotionApproval()


def approval(**spec: object) -> Body:
    metadata = {"name": NAME, "namespace": NAMESPACE}
    return {**SMALLEST_APPROVAL, "metadata": metadata, "spec": {**SMALLEST_APPROVAL["spec"], **spec}}


def told(status: Mapping[str, Any] | None, **spec: object) -> Mapping[str, Any]:
    """The status of an approval whose promotion has this status; None: there is no promotion."""
    cluster = Cluster()
    uid = "none"
    if status is not None:
        promotion = cluster.put({**PROMOTION, "metadata": {"name": "churn-prod", "namespace": NAMESPACE}})
        cluster.objects[promotion]["status"] = dict(status)
        uid = cluster.objects[promotion]["metadata"]["uid"]
    with Operator(cluster, kinds=(KIND,)) as operator:
        key = cluster.put(approval(**{"promotionRef": {"name": "churn-prod", "uid": uid}, **spec}))
        outcome = operator.settle(key)
        assert (outcome.failed, outcome.after) == (False, None)
        assert cluster.status_writes == 1
        return cluster.status(key)


@pytest.mark.parametrize(
    ("status", "spec", "phase", "says"),
    [
        (None, {}, "Ignored", "there is no ModelPromotion churn-prod in this namespace"),
        ({}, {}, "Waiting", "ModelPromotion churn-prod has not looked at it yet"),
        ({"approvals": "by hand", "attempt": 7}, {}, "Waiting", "ModelPromotion churn-prod has not looked at it yet"),
        ({"observedGeneration": 1, **ABOUT}, {}, "Waiting", "ModelPromotion churn-prod has not looked at it yet"),
        ({"approvals": [{**ROW, "counted": True}]}, {}, "Counted", "counts it for the gate risk-signoff"),
        (
            {"approvals": [{**ROW, "counted": False, "message": "bob is not in model-risk"}]},
            {},
            "Ignored",
            "bob is not in model-risk",
        ),
        ({"approvals": [{**ROW, "object": "another", "counted": True}]}, {}, "Waiting", "has not looked at it yet"),
        ({"approvals": [{**ROW, "counted": True}]}, {"decision": "Reject"}, "Waiting", "has not looked at it yet"),
        ({"approvals": [{**ROW, "counted": True}]}, {"gate": "legal"}, "Waiting", "has not looked at it yet"),
        ({"approvals": ["?", {**ROW, "counted": True}]}, {}, "Counted", "counts it"),
        ({"observedGeneration": 0, **ABOUT}, {"subject": f"sha256:{'1' * 64}"}, "Waiting", "has not looked at it"),
        ({"observedGeneration": 1, **ABOUT}, {"subject": f"sha256:{'1' * 64}"}, "Ignored", "is for another subject"),
        (
            {"approvals": [{**ROW, "counted": True}]},
            {"promotionRef": {"name": "churn-prod", "uid": "of-a-predecessor"}},
            "Ignored",
            "is for another object",
        ),
    ],
)
def test_an_approval_says_what_became_of_it(
    status: Mapping[str, Any] | None, spec: Body, phase: str, says: str
) -> None:
    found = told(status, **spec)
    ready = next(c for c in found["conditions"] if c["type"] == "Ready")
    abnormal = {"Counted": [], "Ignored": ["Stalled"], "Waiting": ["Reconciling"]}[phase]
    assert found["phase"] == phase
    assert says in ready["message"]
    assert ready["status"] == ("True" if phase == "Counted" else "False")
    assert [c["type"] for c in found["conditions"] if c["type"] != "Ready"] == abnormal
    assert found["summary"] == {"counted": {"Counted": "Yes", "Ignored": "No", "Waiting": ""}[phase]}


def test_a_deleted_approval_goes_at_once() -> None:
    cluster = Cluster()
    with Operator(cluster, kinds=(KIND,)) as operator:
        key = cluster.put(approval())
        cluster.delete(key)
        assert operator.run(key).released


def test_an_approval_refers_to_its_promotion_and_speaks_to_it() -> None:
    obj = parse(PromotionApprovalSpec, approval())
    assert isinstance(obj, Object)
    assert isinstance(KIND, Speaks)
    assert KIND.refs(obj) == KIND.wakes(obj) == {Key("ModelPromotion", NAMESPACE, "churn-prod")}
