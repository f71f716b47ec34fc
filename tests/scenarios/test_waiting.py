"""Waiting for another environment, or for an alias of the source: how long, for whom, and that no way back waits."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from lakeward.engine.conditions import timestamp
from lakeward.engine.outcome import Key
from scenarios.checks import hold
from scenarios.conftest import Stage
from scenarios.registry import UC

NEVER: dict[str, Any] = {"name": "never", "type": "Tag", "tag": {"from": "Source", "key": "none", "in": ["x"]}}
ALIAS: dict[str, Any] = {"name": "upstream", "type": "SourceAlias", "sourceAlias": {"alias": "blessed"}}


def first(stage: Stage, version: int, **spec: Any) -> Key:
    """The promotion of the environment before."""
    target = {"model": f"{stage.catalog}.test.tumor", "createIfMissing": True}
    key = stage.promote(version, name="first", target=target, **spec)
    stage.operator.settle(key)
    return key


def then(stage: Stage, version: int, soak: str = "", **spec: Any) -> Key:
    """The promotion that depends on it."""
    dependency = {"name": "first", **({"soak": soak} if soak else {})}
    key = stage.promote(version, name="prod", dependsOn=[dependency], **spec)
    stage.operator.settle(key)
    return key


@pytest.fixture(autouse=True)
def environments(stage: Stage) -> None:
    stage.registry.call("POST", f"{UC}/schemas", {"catalog_name": stage.catalog, "name": "test"})


def test_prod_waits_for_test_and_follows_it(stage: Stage) -> None:
    version = stage.registry.register(stage.dev)
    after = then(stage, version)
    assert stage.phase(after) == "Evaluating"
    assert "there is no ModelPromotion first" in stage.message(after)
    before = first(stage, version)
    stage.operator.settle(after)
    assert (stage.phase(before), stage.phase(after)) == ("Promoted", "Promoted")
    second = stage.registry.register(stage.dev)
    then(stage, second)
    assert stage.phase(after) == "Evaluating"
    assert "first is at 1, needs 2" in stage.message(after)
    first(stage, second)
    stage.operator.settle(after)
    assert stage.registry.aliases(stage.prod) == {"champion": 2, "previous": 1}
    hold(stage, before)
    hold(stage, after)


def test_promotions_that_wait_for_each_other_are_told_so(stage: Stage) -> None:
    version = stage.registry.register(stage.dev)
    one = stage.promote(version, name="one", dependsOn=[{"name": "two"}])
    target = {"model": f"{stage.catalog}.test.tumor", "createIfMissing": True}
    two = stage.promote(version, name="two", target=target, dependsOn=[{"name": "one"}])
    mark = stage.mark()
    for key in (one, two):
        stage.operator.settle(key)
        assert (stage.phase(key), stage.ready(key)) == ("Blocked", ("False", "DependencyCycle"))
        assert stage.cluster.condition(key, "Stalled")["reason"] == "DependencyCycle"
    assert "one -> two -> one" in stage.message(one)
    assert stage.writes(mark) == []
    hold(stage, one)


def test_one_that_has_nothing_to_do_with_it_is_an_error_and_not_waited_for(stage: Stage) -> None:
    other = f"{stage.catalog}.dev.other"
    stage.registry.register(other)
    source = {"model": other, "version": 1}
    before = first(stage, 1, source=source)
    assert stage.phase(before) == "Promoted"
    after = then(stage, stage.registry.register(stage.dev))
    assert (stage.phase(after), stage.ready(after)) == ("Blocked", ("False", "GateError")), stage.message(after)
    assert stage.gate(after, "dependsOn")["result"] == "Error"
    assert "depend on a promotion that makes or shares spec.source" in stage.message(after)
    hold(stage, after)


STOPPED: dict[str, dict[str, Any]] = {
    "Blocked": {"gates": [{"name": "run", "type": "Job", "job": {"jobRef": {"name": "unknown"}}}]},
    "Failed": {"switch": {"after": {"servingEndpointRef": {"name": "tumor"}}}},
    "Held": {},
}


@pytest.mark.parametrize("phase", STOPPED)
def test_one_that_has_stopped_with_this_version_blocks_until_it_goes_on(stage: Stage, phase: str) -> None:
    version = stage.registry.register(stage.dev)
    target = {"model": f"{stage.catalog}.test.tumor", "createIfMissing": True}
    body = stage.promotion(version, "first", target=target, **STOPPED[phase])
    body["metadata"]["annotations"] = {"mlops.lakeward.dev/hold": "INC-7"} if phase == "Held" else {}
    before = stage.cluster.put(body)
    stage.operator.settle(before)
    assert stage.phase(before) == phase
    after = then(stage, version)
    assert (stage.phase(after), stage.ready(after)) == ("Blocked", ("False", "GateFailed")), stage.message(after)
    assert "first has stopped" in stage.message(after)
    first(stage, version)
    stage.operator.settle(after)
    assert stage.phase(after) == "Promoted", stage.message(after)
    hold(stage, after)


def test_it_is_waited_for_as_long_as_it_must_have_been_in_use(stage: Stage) -> None:
    version = stage.registry.register(stage.dev)
    before = first(stage, version)
    since = stage.cluster.status(before)["promoted"]["since"]
    after = then(stage, version, soak="24h")
    assert (stage.phase(after), stage.gate(after, "dependsOn")["result"]) == ("Evaluating", "Pending")
    assert "not for 1d yet" in stage.message(after)
    assert stage.cluster.status(after)["nextCheckAt"] == since.replace("2026-03-01", "2026-03-02")
    stage.cluster.now += timedelta(hours=23)
    stage.operator.settle(after)
    assert stage.phase(after) == "Evaluating"
    stage.cluster.now += timedelta(hours=1)
    stage.operator.settle(after)
    assert stage.phase(after) == "Promoted", stage.message(after)
    hold(stage, after)


def test_the_time_counts_anew_when_it_was_somewhere_else_meanwhile(stage: Stage) -> None:
    version = stage.registry.register(stage.dev)
    first(stage, version)
    after = then(stage, version, soak="24h")
    stage.cluster.now += timedelta(hours=20)
    first(stage, stage.registry.register(stage.dev))
    first(stage, version)
    stage.cluster.now += timedelta(hours=20)
    stage.operator.settle(after)
    assert stage.phase(after) == "Evaluating", stage.message(after)
    stage.cluster.now += timedelta(hours=5)
    stage.operator.settle(after)
    assert stage.phase(after) == "Promoted", stage.message(after)
    hold(stage, after)


def test_an_alias_of_the_source_is_waited_for(stage: Stage) -> None:
    one, two = (stage.registry.register(stage.dev) for _ in range(2))
    key = stage.promote(two, gates=[ALIAS])
    stage.operator.settle(key)
    assert (stage.phase(key), stage.gate(key, "upstream")["result"]) == ("Evaluating", "Pending")
    assert "blessed" in stage.message(key)
    stage.registry.point(stage.dev, "blessed", one)
    stage.operator.settle(key)
    assert "is at 1, needs 2" in stage.message(key)
    stage.registry.point(stage.dev, "blessed", two)
    stage.operator.settle(key)
    assert stage.phase(key) == "Promoted", stage.message(key)
    hold(stage, key)


def test_an_alias_must_have_named_it_for_long_in_our_own_sight(stage: Stage) -> None:
    one, two = (stage.registry.register(stage.dev) for _ in range(2))
    soaked = {**ALIAS, "sourceAlias": {"alias": "blessed", "soak": "24h"}}
    key = stage.promote(two, gates=[soaked])
    stage.registry.point(stage.dev, "blessed", two)
    stage.operator.settle(key)
    assert stage.phase(key) == "Evaluating"
    stage.cluster.now += timedelta(hours=20)
    stage.registry.point(stage.dev, "blessed", one)
    stage.operator.settle(key)
    stage.registry.point(stage.dev, "blessed", two)
    stage.operator.settle(key)
    stage.cluster.now += timedelta(hours=20)
    stage.operator.settle(key)
    assert stage.phase(key) == "Evaluating", "it was moved away meanwhile"
    stage.cluster.now += timedelta(hours=5)
    stage.operator.settle(key)
    assert stage.phase(key) == "Promoted", stage.message(key)
    hold(stage, key)


@pytest.mark.parametrize("how", ["blocked", "held", "an alias elsewhere"])
def test_no_rollback_waits_for_others(stage: Stage, how: str) -> None:
    gates = [ALIAS] if how == "an alias elsewhere" else []
    for _ in range(2):
        version = stage.registry.register(stage.dev)
        stage.registry.point(stage.dev, "blessed", version)
        before = first(stage, version)
        after = then(stage, version, gates=gates)
        assert stage.phase(after) == "Promoted", stage.message(after)
    if how == "blocked":
        first(stage, 1, gates=[NEVER], gatePolicy={"pendingDeadline": "1m"})
    if how == "held":
        stage.cluster.annotate(before, hold="INC-7")
        first(stage, stage.registry.register(stage.dev))
    then(stage, 1, gates=gates)
    assert stage.ready(after) == ("True", "Promoted"), stage.message(after)
    assert stage.registry.aliases(stage.prod) == {"champion": 1, "previous": 2}
    hold(stage, after)


def test_what_is_waited_for_long_is_looked_at_more_seldom(stage: Stage) -> None:
    version = stage.registry.register(stage.dev)
    key = stage.promote(version, gates=[NEVER])
    stage.operator.settle(key)
    looks = {0: 30, 4: 30, 20: 120, 49: 294, 600: 300}
    begun = datetime.fromisoformat(stage.cluster.status(key)["attempt"]["startedAt"])
    for minutes, seconds in looks.items():
        stage.cluster.now = begun + timedelta(minutes=minutes) - stage.operator.tick
        after = stage.operator.run(key).after
        assert after is not None
        assert round(after) == seconds, minutes
    stage.registry.tag(stage.dev, version, none="x")
    stage.operator.settle(key)
    assert stage.phase(key) == "Promoted"
    hold(stage, key)


def test_the_steps_say_when_each_was_done_and_why_the_next_one_waits(stage: Stage) -> None:
    version = stage.registry.register(stage.dev)
    key = stage.promote(version, gates=[NEVER])
    stage.operator.settle(key)
    attempt = stage.cluster.status(key)["attempt"]
    resolved, (first, second, *rest) = attempt["startedAt"], attempt["steps"]
    assert first == {"name": "Resolve", "state": "Done", "finishedAt": resolved}
    assert second == {"name": "Gates", "state": "Waiting", "message": stage.message(key)}
    assert {step["state"] for step in rest} == {"Todo"}
    stage.cluster.now += timedelta(hours=1)
    stage.registry.tag(stage.dev, version, none="x")
    stage.operator.settle(key)
    steps = stage.cluster.status(key)["attempt"]["steps"]
    assert [step["state"] for step in steps] == ["Done"] * 6
    assert steps[0]["finishedAt"] == resolved
    assert sorted(step["finishedAt"] for step in steps) == [step["finishedAt"] for step in steps]
    assert steps[1]["finishedAt"] > timestamp(datetime.fromisoformat(resolved) + timedelta(hours=1))
