"""A promotion that waits for an approval, for the tests of those who decide: nobody is there who changes its status."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from api.manifests import SMALLEST_PROMOTION
from cluster.cluster import Cluster, Namespace
from cluster.people import MP, staffed
from cluster.process import Operator

Body = dict[str, Any]
SUBJECT = f"sha256:{'9f' * 32}"
WEEK = {"schedule": "0 9 * * MON-THU", "duration": "7h"}
GATES: list[Body] = [
    {"name": "risk-signoff", "type": "Approval", "approval": {"approvers": {"groups": ["model-risk"]}}},
    {"name": "again", "type": "Ready"},
    {"name": "quality", "type": "Metric", "metric": {"from": "ModelVersion", "metric": "f1_score", "min": "0.8"}},
    {"name": "freeze", "type": "Window", "window": {"timezone": "UTC", "allow": [WEEK]}},
]
JUDGED = {
    "type": "GatesPassed",
    "status": "False",
    "reason": "GatesPending",
    "observedGeneration": 1,
    "lastTransitionTime": "2026-03-01T12:00:00Z",
}
PENDING = {"name": "risk-signoff", "type": "Approval", "result": "Pending", "observed": "0", "required": "1"}
STATUS = {
    "observedGeneration": 1,
    "phase": "AwaitingApproval",
    "attempt": {"id": "g1-9f9f9f9f", "subject": SUBJECT},
    "conditions": [JUDGED],
    "gates": [PENDING],
}


@contextmanager
def awaiting(installed: Cluster, operator: Operator) -> Iterator[Namespace]:
    """A namespace of its own with that promotion, while no operator runs."""
    if operator.running:
        operator.stop()
    with staffed(installed, f"deciding-{uuid4().hex[:8]}") as made:
        spec = {**SMALLEST_PROMOTION["spec"], "gates": GATES}
        made.apply({**SMALLEST_PROMOTION, "metadata": {"name": "churn-prod"}, "spec": spec})
        tell(made, STATUS)
        yield made


def tell(room: Namespace, status: Body) -> None:
    """What the operator would say of the promotion."""
    path = f"/apis/mlops.lakeward.dev/v1alpha1/namespaces/{room.name}/{MP}/churn-prod/status"
    code, answer = room.cluster.request("PATCH", path, {"status": status})
    assert code == 200, answer
