"""What the platform's guard refuses."""

from typing import Any

import pytest

from invariants.world import workspace
from scenarios.conftest import Stage

METRIC: dict[str, Any] = {
    "name": "quality",
    "type": "Metric",
    "metric": {"from": "ModelVersion", "metric": "f1", "dataset": "holdout", "min": "0.8"},
}


def allow(stage: Stage, **promotions: Any) -> None:
    stage.cluster.put(workspace("env", stage.house.workspace("prod").url, promotions=promotions))


@pytest.mark.parametrize(
    ("promotions", "spec", "words"),
    [
        ({"targets": ["prod.churn.*"]}, {}, "promotions.targets"),
        ({"requireGates": [{"name": "any-metric", "type": "Metric"}]}, {}, "type Metric"),
        (
            {"requireGates": [{"name": "any-metric", "type": "Metric"}]},
            {"gates": [{**METRIC, "mode": "Warn"}]},
            "Enforce",
        ),
        (
            {"requireGates": [METRIC]},
            {"gates": [{**METRIC, "metric": {**METRIC["metric"], "min": "0.1"}}]},
            "promotions.requireGates",
        ),
        ({}, {"gates": [{"name": "run", "type": "Job", "job": {"jobRef": {"name": "validate"}}}]}, "promotions.jobs"),
        ({}, {"source": {"workspaceRef": {"name": "other"}}}, "promotions.trustedSources"),
    ],
)
def test_the_guard_refuses(stage: Stage, promotions: dict[str, Any], spec: dict[str, Any], words: str) -> None:
    allow(stage, **promotions)
    version = stage.registry.register(stage.dev, {"f1": 0.9})
    source = {"model": stage.dev, "version": version, **spec.pop("source", {})}
    key = stage.promote(version, source=source, **spec)
    mark = stage.mark()
    stage.operator.settle(key)
    assert (stage.phase(key), stage.ready(key)) == ("Blocked", ("False", "PolicyViolation")), stage.message(key)
    assert words in stage.message(key)
    assert stage.writes(mark) == []


def test_a_gate_that_only_the_guard_has_is_judged(stage: Stage) -> None:
    allow(stage, requireGates=[METRIC])
    key = stage.promote(stage.registry.register(stage.dev, {"f1": 0.5}))
    stage.operator.settle(key)
    assert stage.ready(key) == ("False", "GateFailed")
    stage.promote(stage.registry.register(stage.dev, {"f1": 0.9}))
    stage.operator.settle(key)
    assert stage.phase(key) == "Promoted"
