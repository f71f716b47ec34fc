"""A spec that this version cannot read, as a newer one stored it: nothing is done, and what was known stays known."""

from typing import Any

import pytest

from api.manifests import PROMOTION
from lakeward.api.modelpromotion import ModelPromotionSpec
from lakeward.api.objects import BadSpec, parse
from scenarios.checks import hold
from scenarios.conftest import Stage

ORACLE: dict[str, Any] = {"name": "ask", "type": "Oracle", "oracle": {"of": "Delphi"}}
NEWER: dict[str, dict[str, Any]] = {
    "a gate of a type": {"gates": [ORACLE]},
    "a word of a policy": {"switch": {"driftPolicy": "Negotiate"}},
    "a member": {"audience": ["doctors"]},
}


def test_a_gate_of_an_unknown_type_is_named() -> None:
    spec = {**PROMOTION["spec"], "gates": [*PROMOTION["spec"]["gates"], ORACLE]}
    found = parse(ModelPromotionSpec, {**PROMOTION, "spec": spec})
    assert isinstance(found, BadSpec)
    assert found.field == f"spec.gates[{len(spec['gates']) - 1}].type"
    assert "'SourceAlias'" in found.message


@pytest.mark.parametrize("what", NEWER)
def test_a_spec_of_a_newer_version_stops_everything_and_forgets_nothing(stage: Stage, what: str) -> None:
    for _ in range(2):
        key = stage.promote(stage.registry.register(stage.dev))
        stage.operator.settle(key)
    before = stage.cluster.status(key)
    stage.promote(stage.registry.register(stage.dev), **NEWER[what])
    mark = stage.mark()
    stage.operator.settle(key)
    assert (stage.phase(key), stage.ready(key)) == ("Failed", ("False", "InvalidSpec"))
    assert stage.cluster.condition(key, "Stalled")["reason"] == "InvalidSpec"
    assert stage.house.requests(principal="lakeward", after=mark) == []
    after = stage.cluster.status(key)
    kept = ("attempt", "gates", "history", "promoted", "target", "resources", "summary")
    assert {name: after.get(name) for name in kept} == {name: before.get(name) for name in kept}
    hold(stage, key)
    stage.promote(3)
    stage.operator.settle(key)
    assert stage.registry.aliases(stage.prod) == {"champion": 3, "previous": 2}
    assert [entry["target"] for entry in stage.cluster.status(key)["history"]] == [3, 2, 1]
    hold(stage, key)


def test_one_that_cannot_be_read_is_let_go_when_it_is_deleted(stage: Stage) -> None:
    key = stage.promote(stage.registry.register(stage.dev))
    stage.operator.settle(key)
    stage.promote(1, gates=[ORACLE])
    stage.operator.settle(key)
    stage.cluster.delete(key)
    mark = stage.mark()
    assert stage.operator.settle(key).released
    assert stage.writes(mark) == []
    assert stage.registry.aliases(stage.prod) == {"champion": 1}
