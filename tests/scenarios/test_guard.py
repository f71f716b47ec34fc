"""What the platform's guard refuses."""

from typing import Any

import pytest

from invariants.world import workspace
from lakeward.engine.outcome import Key
from scenarios.checks import hold
from scenarios.conftest import Stage
from scenarios.registry import UC
from scenarios.test_approvals import SIGNOFF, vote

FREEZE: dict[str, Any] = {
    "name": "freeze",
    "type": "Window",
    "window": {"timezone": "UTC", "allow": [{"schedule": "0 3 * * *", "duration": "1h"}]},
}
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
        ({}, {"switch": {"aliases": {"champion": "live"}}}, "promotions.aliases"),
        ({}, {"grants": [{"principal": "devops", "privileges": ["ALL_PRIVILEGES"]}]}, "promotions.grantable"),
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
    assert stage.cluster.condition(key, "Stalled")["reason"] == "PolicyViolation"
    assert words in stage.message(key)
    assert stage.writes(mark) == []
    assert stage.told(key, "Warning").count("PolicyViolation") == 1
    hold(stage, key)


def test_a_gate_that_only_the_guard_has_is_judged(stage: Stage) -> None:
    allow(stage, requireGates=[METRIC])
    key = stage.promote(stage.registry.register(stage.dev, {"f1": 0.5}))
    stage.operator.settle(key)
    assert stage.ready(key) == ("False", "GateFailed")
    stage.promote(stage.registry.register(stage.dev, {"f1": 0.9}))
    stage.operator.settle(key)
    assert stage.phase(key) == "Promoted"


def test_a_guard_that_allows_more_lets_it_go_on(stage: Stage) -> None:
    allow(stage, targets=["elsewhere.*.*"])
    key = stage.promote(stage.registry.register(stage.dev))
    stage.operator.settle(key)
    assert stage.phase(key) == "Blocked"
    allow(stage, targets=[f"{stage.catalog}.prod.*"])
    stage.operator.settle(key)
    assert stage.phase(key) == "Promoted", stage.message(key)
    hold(stage, key)


def test_a_target_goes_by_the_guard_that_names_it(stage: Stage) -> None:
    env = workspace("strict", stage.house.workspace("prod").url, promotions={"targets": [stage.prod]})
    stage.cluster.put(env)
    key = stage.promote(stage.registry.register(stage.dev))
    mark = stage.mark()
    stage.operator.settle(key)
    assert stage.ready(key) == ("False", "PolicyViolation")
    assert "belongs to MLWorkspace strict" in stage.message(key)
    assert stage.writes(mark) == []
    stage.promote(1, workspaceRef={"name": "strict"})
    stage.operator.settle(key)
    assert stage.phase(key) == "Promoted", stage.message(key)
    hold(stage, key)


@pytest.fixture
def frozen(stage: Stage) -> Key:
    """A promotion that a freeze keeps waiting."""
    key = stage.promote(stage.registry.register(stage.dev), gates=[FREEZE])
    stage.operator.settle(key)
    assert stage.phase(key) == "AwaitingWindow"
    return key


def test_break_glass_passes_over_what_the_guard_lets_it(stage: Stage, frozen: Key) -> None:
    allow(stage, bypassable=["Window"])
    vote(stage, frozen, "bob@acme.example", "Bypass", gate="freeze", reason="INC-9")
    stage.operator.settle(frozen)
    assert stage.ready(frozen) == ("True", "Promoted"), stage.message(frozen)
    assert stage.cluster.condition(frozen, "Bypassed")["message"] == "freeze by bob@acme.example: INC-9"
    assert stage.told(frozen, "Warning") == ["Bypassed"]
    assert stage.gate(frozen, "freeze")["result"] == "Pass"
    hold(stage, frozen)


@pytest.mark.parametrize("guard", [{}, {"bypassable": ["Approval"]}], ids=["nothing", "another type"])
def test_break_glass_that_the_guard_does_not_know_is_ignored(stage: Stage, frozen: Key, guard: dict[str, Any]) -> None:
    allow(stage, **guard)
    vote(stage, frozen, "bob@acme.example", "Bypass", gate="freeze")
    stage.operator.settle(frozen)
    assert stage.phase(frozen) == "AwaitingWindow"
    assert stage.told(frozen, "Warning") == ["ApprovalIgnored"]
    (row,) = stage.cluster.status(frozen)["approvals"]
    assert (row["counted"], "spec.promotions.bypassable" in row["message"]) == (False, True)
    hold(stage, frozen)


def test_each_use_of_break_glass_is_told_and_stays_in_the_history(stage: Stage) -> None:
    allow(stage, bypassable=["Window", "Approval"])
    key = stage.promote(stage.registry.register(stage.dev), gates=[FREEZE, {**FREEZE, "name": "ice"}, SIGNOFF])
    stage.operator.settle(key)
    for gate, person in (
        ("freeze", "bob@acme.example"),
        ("ice", "eve@acme.example"),
        ("risk-signoff", "eve@acme.example"),
    ):
        vote(stage, key, person, "Bypass", gate=gate)
        stage.operator.settle(key)
    assert stage.told(key, "Warning") == ["Bypassed"] * 3
    assert "Approved" not in stage.told(key)
    assert stage.cluster.status(key)["history"][0]["bypassedBy"] == [
        "freeze: bob@acme.example",
        "ice: eve@acme.example",
        "risk-signoff: eve@acme.example",
    ]
    stage.operator.run(key)
    assert stage.told(key, "Warning") == ["Bypassed"] * 3
    hold(stage, key)


def test_break_glass_ends_with_its_attempt(stage: Stage, frozen: Key) -> None:
    allow(stage, bypassable=["Window"])
    old = stage.cluster.status(frozen)["attempt"]["id"]
    stage.promote(stage.registry.register(stage.dev), gates=[FREEZE])
    stage.operator.settle(frozen)
    vote(stage, frozen, "bob@acme.example", "Bypass", gate="freeze", attempt=old)
    stage.operator.settle(frozen)
    assert stage.phase(frozen) == "AwaitingWindow"
    assert "ApprovalIgnored" in stage.told(frozen, "Warning")
    stage.promote(1, gates=[FREEZE])
    stage.operator.settle(frozen)
    assert stage.phase(frozen) == "AwaitingWindow", "the same pin again is another attempt"
    hold(stage, frozen)


EDITS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "a gate that would fail": ({"gates": [METRIC]}, {}),
    "a gate that people must pass": ({"gates": [{"name": "signoff", "type": "Approval", "approval": {}}]}, {}),
    "the policy of gates": ({"gatePolicy": {"pendingDeadline": "1m"}}, {}),
    "the guard asks for a gate": ({}, {"requireGates": [METRIC]}),
    "the guard asks for a type": ({}, {"requireGates": [{"name": "any-job", "type": "Job"}]}),
    "the guard names other targets": ({}, {"targets": ["elsewhere.*.*"]}),
}


@pytest.mark.parametrize("what", EDITS)
def test_an_edit_begins_no_move_while_nothing_is_to_be_moved(stage: Stage, what: str) -> None:
    spec, promotions = EDITS[what]
    for _ in range(2):
        key = stage.promote(stage.registry.register(stage.dev))
        stage.operator.settle(key)
    before = stage.cluster.status(key)
    stage.cluster.events.clear()
    allow(stage, **promotions)
    stage.promote(2, **spec)
    stage.operator.settle(key)
    assert (stage.phase(key), stage.ready(key)) == ("Promoted", ("True", "Promoted")), stage.message(key)
    after = stage.cluster.status(key)
    assert (after["attempt"]["id"], after["history"]) == (before["attempt"]["id"], before["history"])
    assert stage.cluster.condition(key, "GatesPassed")["status"] == "True"
    assert set(stage.told(key)) <= {"Applying"}
    assert stage.registry.aliases(stage.prod) == {"champion": 2, "previous": 1}
    hold(stage, key)


def test_aliases_tags_and_grants_still_converge_after_an_edit_of_gates(stage: Stage) -> None:
    for _ in range(2):
        key = stage.promote(stage.registry.register(stage.dev))
        stage.operator.settle(key)
    allow(stage, requireGates=[METRIC])
    grant = {"principal": "model-consumers", "privileges": ["EXECUTE"]}
    stage.promote(2, gates=[{**METRIC, "name": "other"}], tags={"pii": "no"}, grants=[grant])
    stage.registry.point(stage.prod, "champion", stage.registry.register(stage.prod))
    stage.operator.settle(key)
    assert stage.ready(key) == ("True", "Promoted"), stage.message(key)
    assert stage.registry.aliases(stage.prod) == {"champion": 2, "previous": 1}
    assert stage.registry.tags(stage.prod, 2)["pii"] == "no"
    found = stage.registry.call("GET", f"{UC}/permissions/function/{stage.prod}")["privilege_assignments"]
    assert {"principal": "model-consumers", "privileges": ["EXECUTE"]} in found
    assert len(stage.cluster.status(key)["history"]) == 2
    hold(stage, key)
