"""A workspace that does not answer for long: the phase stays, a person is told after half an hour, all recovers."""

from datetime import timedelta
from typing import Any

import pytest

from invariants.world import NAMESPACE, Cluster, Operator, workspace
from lakeward.engine.outcome import Key
from lakeward.kinds.mlworkspace.kind import MLWorkspace
from lakeward.kinds.modelpromotion.kind import ModelPromotion
from scenarios.checks import hold
from scenarios.conftest import Stage

DOWN: dict[str, dict[str, Any]] = {
    "503": {"effect": "status", "status": 503},
    "no answer": {"effect": "reset"},
    "throttled": {"effect": "status", "status": 429, "error_code": "REQUEST_LIMIT_EXCEEDED", "retry_after": 60},
}
TAGGED: dict[str, Any] = {
    "name": "validated",
    "type": "Tag",
    "tag": {"from": "Source", "key": "validated", "in": ["yes"]},
}
SIGNOFF: dict[str, Any] = {"name": "signoff", "type": "Approval", "approval": {}}
GATES = {"Promoted": [], "Evaluating": [TAGGED], "AwaitingApproval": [SIGNOFF]}


def down(stage: Stage, how: str) -> str:
    fault = dict(DOWN[how])
    return stage.house.fault(str(fault.pop("effect")), principal="lakeward", count=0, **fault)


@pytest.mark.parametrize("how", DOWN)
@pytest.mark.parametrize("phase", GATES)
def test_the_phase_stays_and_after_half_an_hour_a_person_is_told(stage: Stage, phase: str, how: str) -> None:
    key = stage.promote(stage.registry.register(stage.dev), gates=GATES[phase])
    stage.operator.settle(key)
    assert stage.phase(key) == phase
    before = stage.cluster.status(key)
    stage.cluster.events.clear()
    stage.operator.tick = timedelta(minutes=5)
    fault = down(stage, how)
    stalled = []
    for _ in range(9):
        outcome = stage.operator.run(key)
        assert outcome.failed, "it is tried again, ever less often"
        assert stage.phase(key) == phase
        assert stage.ready(key)[0] == "False"
        stalled.append(stage.cluster.condition(key, "Stalled").get("reason"))
    assert stalled == [None] * 6 + ["Unavailable"] * 3
    after = stage.cluster.status(key)
    kept = ("attempt", "gates", "history", "promoted", "target", "source")
    assert {name: after.get(name) for name in kept} == {name: before.get(name) for name in kept}
    assert len(stage.told(key)) == 1, "an outage is told once"
    stage.house.remove(fault)
    stage.operator.settle(key)
    assert stage.phase(key) == phase
    assert stage.cluster.condition(key, "Stalled") == {}
    assert stage.cluster.condition(key, "Reachable") == {}
    assert stage.cluster.status(key)["attempt"] == before["attempt"]
    hold(stage, key)


def test_a_copy_goes_on_after_an_outage(stage: Stage) -> None:
    stage.operator.settle(stage.promote(stage.registry.register(stage.dev)))
    key = stage.promote(stage.registry.register(stage.dev, files=3))
    held = stage.house.fault("hold", method="PUT", path="part-1.bin$", principal="lakeward")
    while stage.phase(key) != "Copying":
        stage.operator.run(key)
    stage.house.wait_held(held)
    fault = down(stage, "no answer")
    stage.house.release(held)
    stage.operator.wait_woken(key)
    stage.operator.tick = timedelta(minutes=10)
    for _ in range(4):
        stage.operator.run(key)
        assert stage.phase(key) == "Copying"
    assert stage.cluster.condition(key, "Stalled")["reason"] == "Unavailable"
    assert stage.registry.aliases(stage.prod) == {"champion": 1}
    stage.house.remove(fault)
    stage.operator.settle(key)
    assert stage.ready(key) == ("True", "Promoted"), stage.message(key)
    assert stage.registry.aliases(stage.prod)["previous"] == 1
    assert sorted(v["status"] for v in stage.registry.versions(stage.prod).values()) == ["READY", "READY"]
    hold(stage, key)


def alias_only(stage: Stage, cluster: Cluster, model: str, env: str) -> Key:
    name = model.rpartition(".")[2]
    body = stage.promotion(1, name, source={"model": model, "version": 1}, target={"model": model})
    body["spec"]["workspaceRef"] = {"name": env}
    return cluster.put(body)


def test_of_two_hundred_promotions_those_of_a_busy_workspace_wait_and_no_others(stage: Stage) -> None:
    cluster = Cluster()
    cluster.secrets[NAMESPACE, "databricks"] = {"databricks": stage.house.token("lakeward")}
    for env, name in (("here", "prod"), ("there", "dev")):
        cluster.put(workspace(env, stage.house.workspace(name).url))
    models = [f"{stage.catalog}.dev.m{n}" for n in range(10)]
    for model in models:
        stage.registry.filled(model, source="runs:/x/model")
    here = [alias_only(stage, cluster, model, "here") for model in models]
    there = [alias_only(stage, cluster, f"{stage.catalog}.dev.n{n}", "there") for n in range(190)]
    busy: dict[str, Any] = {"status": 429, "error_code": "REQUEST_LIMIT_EXCEEDED", "retry_after": 60}
    stage.house.fault("status", workspace="dev", principal="lakeward", count=0, **busy)
    mark = stage.mark()
    with Operator(cluster, kinds=(MLWorkspace(), ModelPromotion()), tick=timedelta(milliseconds=10)) as operator:
        for key in (*there[:95], *here, *there[95:], *here, *here):
            operator.run(key)
    assert {cluster.status(key)["phase"] for key in here} == {"Promoted"}
    assert [stage.registry.aliases(model) for model in models] == [{"champion": 1}] * 10
    assert {cluster.condition(key, "Ready")["reason"] for key in there} == {"Throttled"}
    calls = {name: stage.house.requests(principal="lakeward", workspace=name, after=mark) for name in ("dev", "prod")}
    assert len(calls["dev"]) <= 2, "the first answer is heeded by all 190"
    assert len(calls["prod"]) < 25 * len(here)
