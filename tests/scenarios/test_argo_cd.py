"""What Argo CD says of promotions as the operator leaves them: the statuses are real, the check is the one shipped."""

from docs.argocd import health
from lakeward.engine.outcome import Key
from scenarios.conftest import Stage
from scenarios.test_approvals import SIGNOFF, vote
from scenarios.test_promotion import QUALITY

ONE = {**SIGNOFF, "approval": {**SIGNOFF["approval"], "minApprovals": 1}}


def shown(stage: Stage, key: Key) -> tuple[str, str]:
    return health(stage.cluster.objects[key])


def test_a_promotion_waits_for_people_is_healthy_and_then_refused(stage: Stage) -> None:
    first = stage.registry.register(stage.dev, {"f1_score": 0.9})
    key = stage.promote(first, gates=[QUALITY, ONE])
    assert shown(stage, key)[0] == "Progressing"
    stage.operator.settle(key)
    waits = ("Suspended", "AwaitingApproval: risk-signoff: 0 of 1 approvals (one more from model-risk)")
    assert shown(stage, key) == waits
    vote(stage, key, "bob@acme.example")
    stage.operator.settle(key)
    assert shown(stage, key) == ("Healthy", f"Promoted: version 1 of {stage.prod} is the champion")
    stage.promote(stage.registry.register(stage.dev, {"f1_score": 0.7}), gates=[QUALITY, ONE])
    # what is known is about the version before
    assert shown(stage, key)[0] == "Progressing"
    stage.operator.settle(key)
    status, message = shown(stage, key)
    assert (status, message.partition(" ")[0]) == ("Degraded", "GateFailed:")
    assert message.startswith("GateFailed: quality: f1_score 0.7 is not >= ")


def test_a_promotion_that_only_looks_or_is_held_back_holds_up_nobody(stage: Stage) -> None:
    version = stage.registry.register(stage.dev, {"f1_score": 0.9})
    key = stage.promote(version, mode="Plan")
    stage.operator.settle(key)
    assert shown(stage, key)[0] == "Suspended"
    stage.promote(version, suspend=True)
    stage.operator.settle(key)
    assert shown(stage, key) == ("Suspended", "spec.suspend is true")
    stage.promote(version)
    stage.operator.settle(key)
    assert shown(stage, key)[0] == "Healthy"
    stage.cluster.delete(key)
    assert shown(stage, key)[0] == "Progressing"
