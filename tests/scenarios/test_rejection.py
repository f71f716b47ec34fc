"""One person rejects among those who approve: only that person takes it back. Who may delete is tried on a cluster."""

import pytest

from lakeward.engine.outcome import Key
from scenarios.checks import hold
from scenarios.conftest import Stage
from scenarios.test_approvals import SIGNOFF, reasons, vote

ANA, BOB, EVE = "ana@acme.example", "bob@acme.example", "eve@acme.example"


@pytest.fixture
def rejected(stage: Stage) -> Key:
    """A promotion that two people approve and one rejects in between."""
    key = stage.promote(stage.registry.register(stage.dev), gates=[SIGNOFF])
    stage.operator.settle(key)
    for by, decision in ((ANA, "Approve"), (BOB, "Reject"), (EVE, "Approve")):
        vote(stage, key, by, decision)
        stage.operator.settle(key)
    return key


def blocked(stage: Stage, key: Key) -> None:
    assert (stage.phase(key), stage.ready(key)) == ("Blocked", ("False", "Rejected")), stage.message(key)
    assert stage.cluster.condition(key, "Approved")["reason"] == "Rejected"
    assert stage.registry.versions(stage.prod) == {}


def test_a_rejection_outweighs_all_approvals_and_says_how_it_is_lifted(stage: Stage, rejected: Key) -> None:
    blocked(stage, rejected)
    assert "rejected by bob@acme.example" in stage.message(rejected)
    assert "bob@acme.example can decide anew, or delete PromotionApproval tumor-1" in stage.message(rejected)
    assert reasons(stage, rejected).count("Rejected") == 1
    hold(stage, rejected)


def test_whatever_others_say_later_does_not_lift_it(stage: Stage, rejected: Key) -> None:
    for n in range(60):
        by = EVE if n % 2 else f"person-{n}@acme.example"
        vote(stage, rejected, by)
        stage.cluster.now += stage.operator.tick
    stage.operator.settle(rejected)
    blocked(stage, rejected)


def test_the_one_who_rejected_may_think_again(stage: Stage, rejected: Key) -> None:
    vote(stage, rejected, BOB)
    stage.operator.settle(rejected)
    assert stage.ready(rejected) == ("True", "Promoted"), stage.message(rejected)
    assert stage.registry.tags(stage.prod, 1)["lakeward_approved_by"] == f"{ANA}, {BOB}, {EVE}"
    hold(stage, rejected)


def test_a_rejection_that_its_maker_deleted_is_lifted(stage: Stage, rejected: Key) -> None:
    del stage.cluster.objects[Key("PromotionApproval", rejected.namespace, "tumor-1")]
    stage.operator.settle(rejected)
    assert stage.ready(rejected) == ("True", "Promoted"), stage.message(rejected)
    assert stage.registry.tags(stage.prod, 1)["lakeward_approved_by"] == f"{ANA}, {EVE}"
    hold(stage, rejected)
