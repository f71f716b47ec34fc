"""What `lakeward approve` shows of a status as the operator writes it: never the gates of one version under another."""

from typing import Any

import pytest

from lakeward.cluster.approve.decide import Person, manifest, matter
from lakeward.cluster.approve.show import review
from lakeward.cluster.approve.wish import NotMade, Wish
from lakeward.engine.outcome import Key
from scenarios.conftest import Stage
from scenarios.incidents import HOLD, NEVER, SIGNOFF, held_pin, promoted

BOB = Person("bob@acme.example", frozenset({"model-risk"}))


def shown(stage: Stage, key: Key) -> tuple[str, dict[str, Any]]:
    """The screen, and the spec of what would be made."""
    wish = Wish(namespace=key.namespace, name=key.name, decision="Approve", reason="FL-231 reviewed")
    about = matter(stage.cluster.objects[key], wish)
    return review(about, wish, BOB, ["model-risk"]), manifest(about, wish, BOB, ["model-risk"])["spec"]


def waiting(stage: Stage) -> tuple[Key, str]:
    """Version 2 waits for its gates, and the subject of that."""
    key = promoted(stage, 1)
    stage.promote(stage.registry.register(stage.dev), gates=[SIGNOFF, NEVER])
    stage.operator.settle(key)
    return key, stage.cluster.status(key)["attempt"]["subject"]


def test_a_pin_under_hold_shows_no_gates_and_is_bound_to_its_own_subject(stage: Stage) -> None:
    key, before = waiting(stage)
    third = stage.registry.register(stage.dev)
    body = stage.promotion(third, gates=[SIGNOFF])
    body["metadata"]["annotations"] = dict(HOLD)
    stage.cluster.put(body)
    with pytest.raises(NotMade, match="has changed since the operator last looked at it"):
        shown(stage, key)
    held_pin(stage, third, gates=[SIGNOFF])
    screen, spec = shown(stage, key)
    assert f"source   {stage.dev} version 3" in screen
    assert "No gate is judged yet: mlops.lakeward.dev/hold says: INC-7" in screen
    assert spec["subject"] == stage.cluster.status(key)["attempt"]["subject"] != before
    assert spec["subject"] in screen


def test_a_hold_of_what_is_judged_already_leaves_its_gates_there(stage: Stage) -> None:
    key, before = waiting(stage)
    stage.cluster.annotate(key, hold="INC-7")
    stage.operator.settle(key)
    screen, spec = shown(stage, key)
    assert "risk-signoff  Approval  Pending" in screen
    assert spec["subject"] == before


@pytest.mark.parametrize("away", ["the guard", "Databricks"])
def test_a_new_pin_that_cannot_be_judged_is_not_shown_with_the_gates_of_the_one_before(stage: Stage, away: str) -> None:
    key, before = waiting(stage)
    if away == "Databricks":
        stage.house.fault("status", status=500, path="/models", principal="lakeward", count=0)
    env = "gone" if away == "the guard" else "env"
    stage.promote(stage.registry.register(stage.dev), gates=[SIGNOFF], workspaceRef={"name": env})
    stage.operator.run(key)
    status = stage.cluster.status(key)
    assert status["observedGeneration"] == stage.cluster.objects[key]["metadata"]["generation"]
    assert status["attempt"]["subject"] == before
    with pytest.raises(NotMade, match="has changed and the operator cannot judge that yet: "):
        shown(stage, key)
    stage.house.clear()
