"""What the scenarios of incidents share: promotions that went well, and a person who moves things by hand."""

from datetime import timedelta
from typing import Any

from lakeward.engine.outcome import Key
from scenarios.conftest import Stage
from scenarios.registry import UC
from scenarios.test_approvals import vote

NEVER: dict[str, Any] = {"name": "never", "type": "Tag", "tag": {"from": "Source", "key": "none", "in": ["x"]}}
SIGNOFF: dict[str, Any] = {
    "name": "risk-signoff",
    "type": "Approval",
    "approval": {"minApprovals": 1, "approvers": {"groups": ["model-risk"]}},
}
HOLD = {"mlops.lakeward.dev/hold": "INC-7"}


def promoted(stage: Stage, times: int = 2, **spec: Any) -> Key:
    """Versions 1 to `times`, each approved if a gate asks for that."""
    key = Key("", "", "")
    for _ in range(times):
        key = stage.promote(stage.registry.register(stage.dev), **spec)
        stage.operator.settle(key)
        if stage.phase(key) == "AwaitingApproval":
            vote(stage, key, "bob@acme.example")
            stage.operator.settle(key)
        assert stage.phase(key) == "Promoted"
    return key


def by_hand(stage: Stage, key: Key, version: int, after: timedelta = timedelta(minutes=10)) -> None:
    """Somebody moves the champion."""
    stage.cluster.now += after
    stage.registry.point(stage.prod, "champion", version)
    stage.operator.settle(key)


def held_pin(stage: Stage, version: int, **spec: Any) -> Key:
    """A pin while somebody holds."""
    body = stage.promotion(version, **spec)
    body["metadata"]["annotations"] = dict(HOLD)
    key = stage.cluster.put(body)
    stage.operator.settle(key)
    return key


def let_go(stage: Stage, key: Key) -> None:
    stage.cluster.objects[key]["metadata"]["annotations"] = {}
    stage.operator.settle(key)


def champion(stage: Stage) -> int | None:
    return stage.registry.aliases(stage.prod).get("champion")


def gone(stage: Stage, version: int) -> None:
    stage.registry.call("DELETE", f"{UC}/models/{stage.prod}/versions/{version}")
