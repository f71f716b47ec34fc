"""A rollout between copy and switch: where nobody rolls out yet a stub gives its verdict."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from invariants.world import Operator
from lakeward.api.modelpromotion import ModelPromotionSpec
from lakeward.api.objects import Object
from lakeward.engine.outcome import Key
from lakeward.kinds.mlworkspace.kind import MLWorkspace
from lakeward.kinds.modelpromotion.kind import ModelPromotion
from lakeward.kinds.modelpromotion.rollout import Rollout, RolloutState
from scenarios.checks import hold
from scenarios.conftest import Stage
from scenarios.test_approvals import vote

AFTER: dict[str, Any] = {"switch": {"after": {"servingEndpointRef": {"name": "tumor"}}}}


@dataclass
class Endpoint:
    """Gives the verdict that the test wants, about any candidate but those in `stable`."""

    state: RolloutState = RolloutState.WAITING

    def rollout(self, obj: Object[ModelPromotionSpec], candidate: int) -> Rollout:  # noqa: ARG002 - one endpoint
        return Rollout(self.state, "p95 rose to 900 ms" if self.state is RolloutState.GIVEN_UP else "25 %")


@pytest.fixture
def endpoint(stage: Stage) -> Iterator[Endpoint]:
    made = Endpoint()
    kinds = (MLWorkspace(), ModelPromotion(rollouts=made))
    with Operator(stage.cluster, kinds=kinds) as operator:
        stage.operator = operator
        yield made


def test_the_champion_moves_only_when_the_rollout_succeeded(stage: Stage, endpoint: Endpoint) -> None:
    key = stage.promote(stage.registry.register(stage.dev), **AFTER)
    stage.operator.settle(key)
    assert stage.phase(key) == "AwaitingRollout", stage.message(key)
    assert stage.registry.aliases(stage.prod) == {"challenger": 1}
    assert stage.cluster.status(key)["rollout"] == {"candidate": "1"}
    endpoint.state = RolloutState.STABLE
    stage.operator.settle(key)
    assert stage.ready(key) == ("True", "Promoted"), stage.message(key)
    assert stage.registry.aliases(stage.prod) == {"champion": 1}
    hold(stage, key)


def test_an_aborted_rollout_leaves_the_champion_and_is_not_tried_again(stage: Stage, endpoint: Endpoint) -> None:
    endpoint.state = RolloutState.STABLE
    key = stage.promote(stage.registry.register(stage.dev), **AFTER)
    stage.operator.settle(key)
    endpoint.state = RolloutState.WAITING
    stage.promote(stage.registry.register(stage.dev), **AFTER)
    stage.operator.settle(key)
    assert stage.registry.aliases(stage.prod) == {"champion": 1, "challenger": 2}
    endpoint.state = RolloutState.GIVEN_UP
    stage.operator.settle(key)
    assert (stage.phase(key), stage.ready(key)) == ("Blocked", ("False", "RolloutAborted")), stage.message(key)
    assert stage.registry.aliases(stage.prod) == {"champion": 1}
    assert "lakeward_failed" in stage.registry.tags(stage.prod, 2)
    endpoint.state = RolloutState.STABLE
    mark = stage.mark()
    stage.operator.settle(key)
    assert stage.phase(key) == "Blocked"
    assert stage.writes(mark) == []
    hold(stage, key)


def test_a_champion_that_is_given_up_goes_back_to_the_one_before(stage: Stage, endpoint: Endpoint) -> None:
    endpoint.state = RolloutState.STABLE
    for _ in range(2):
        key = stage.promote(stage.registry.register(stage.dev), **AFTER)
        stage.operator.settle(key)
    endpoint.state = RolloutState.GIVEN_UP
    mark = stage.mark()
    stage.operator.settle(key)
    assert (stage.phase(key), stage.ready(key)) == ("Held", ("False", "RolledBack")), stage.message(key)
    assert stage.registry.aliases(stage.prod) == {"champion": 1, "previous": 1}
    assert [w.rsplit("/", 1)[-1] for w in stage.writes(mark)] == ["2", stage.prod, "champion"]
    endpoint.state = RolloutState.STABLE
    stage.operator.settle(key)
    assert stage.registry.aliases(stage.prod)["champion"] == 1
    stage.promote(stage.registry.register(stage.dev), **AFTER)
    stage.operator.settle(key)
    assert stage.registry.aliases(stage.prod) == {"champion": 3, "previous": 1}
    hold(stage, key)


def test_the_first_champion_has_nothing_to_go_back_to(stage: Stage, endpoint: Endpoint) -> None:
    endpoint.state = RolloutState.STABLE
    key = stage.promote(stage.registry.register(stage.dev), **AFTER)
    stage.operator.settle(key)
    endpoint.state = RolloutState.GIVEN_UP
    stage.operator.settle(key)
    assert (stage.phase(key), stage.ready(key)) == ("Held", ("False", "NoSafePrevious"))
    assert stage.registry.aliases(stage.prod) == {"champion": 1}
    hold(stage, key)


def test_a_challenger_goes_with_its_promotion_and_the_copy_stays(stage: Stage, endpoint: Endpoint) -> None:
    for state in (RolloutState.STABLE, RolloutState.WAITING):
        endpoint.state = state
        key = stage.promote(stage.registry.register(stage.dev), **AFTER)
        stage.operator.settle(key)
    assert stage.registry.aliases(stage.prod) == {"champion": 1, "challenger": 2}
    stage.cluster.delete(key)
    assert stage.operator.settle(key).left == ()
    assert stage.registry.aliases(stage.prod) == {"champion": 1}
    assert sorted(stage.registry.versions(stage.prod)) == [1, 2]
    hold(stage, key)


def test_approvals_that_expire_and_windows_that_close_do_not_stop_a_rollout(stage: Stage, endpoint: Endpoint) -> None:
    signoff: dict[str, Any] = {
        "name": "risk-signoff",
        "type": "Approval",
        "approval": {"approvers": {"groups": ["model-risk"]}, "expiresAfter": "1h"},
    }
    noon: dict[str, Any] = {
        "name": "noon",
        "type": "Window",
        "window": {"timezone": "UTC", "allow": [{"schedule": "0 12 * * *", "duration": "30m"}]},
    }
    key = stage.promote(stage.registry.register(stage.dev), gates=[signoff, noon], **AFTER)
    stage.operator.settle(key)
    vote(stage, key, "bob@acme.example")
    stage.operator.settle(key)
    assert stage.phase(key) == "AwaitingRollout", stage.message(key)
    stage.cluster.now += timedelta(hours=3)
    stage.operator.settle(key)
    assert stage.phase(key) == "AwaitingRollout", stage.message(key)
    assert stage.registry.aliases(stage.prod) == {"challenger": 1}
    endpoint.state = RolloutState.STABLE
    stage.operator.settle(key)
    assert stage.ready(key) == ("True", "Promoted"), stage.message(key)
    assert stage.registry.aliases(stage.prod) == {"champion": 1}
    hold(stage, key)


def test_where_nobody_rolls_out_it_says_so_and_writes_nothing(stage: Stage) -> None:
    version = stage.registry.register(stage.dev)
    mark = stage.mark()
    key = stage.promote(version, **AFTER)
    stage.operator.settle(key)
    assert (stage.phase(key), stage.ready(key)) == ("Failed", ("False", "NotImplemented"))
    assert stage.cluster.condition(key, "Stalled")["reason"] == "NotImplemented"
    assert stage.message(key).startswith("spec.switch.after: ")
    assert stage.house.requests(principal="lakeward", after=mark) == []
    stage.promote(version)
    stage.operator.settle(key)
    assert stage.phase(key) == "Promoted"
    stage.promote(stage.registry.register(stage.dev), **AFTER)
    mark = stage.mark()
    stage.operator.settle(key)
    assert (stage.phase(key), stage.writes(mark)) == ("Failed", [])
    assert stage.registry.aliases(stage.prod) == {"champion": 1}
    hold(stage, key)


def climb(stage: Stage, endpoint: Endpoint, versions: int) -> Key:
    """So many promotions whose rollouts succeed."""
    endpoint.state = RolloutState.STABLE
    for _ in range(versions):
        key = stage.promote(stage.registry.register(stage.dev), **AFTER)
        stage.operator.settle(key)
    stage.cluster.events.clear()
    return key


def aborted(stage: Stage, endpoint: Endpoint) -> Key:
    """The third version, whose rollout is under way."""
    key = climb(stage, endpoint, 2)
    endpoint.state = RolloutState.WAITING
    stage.promote(stage.registry.register(stage.dev), **AFTER)
    stage.operator.settle(key)
    assert stage.registry.aliases(stage.prod) == {"champion": 2, "previous": 1, "challenger": 3}
    endpoint.state = RolloutState.GIVEN_UP
    return key


def test_an_abort_is_told_once_and_touches_neither_champion_nor_previous(stage: Stage, endpoint: Endpoint) -> None:
    key = aborted(stage, endpoint)
    mark = stage.mark()
    stage.operator.settle(key)
    stage.operator.run(key)
    assert (stage.phase(key), stage.ready(key)) == ("Blocked", ("False", "RolloutAborted"))
    assert stage.cluster.condition(key, "Stalled")["reason"] == "RolloutAborted"
    assert "p95 rose to 900 ms" in stage.message(key)
    assert stage.told(key, "Warning") == ["RolloutAborted"]
    assert stage.registry.aliases(stage.prod) == {"champion": 2, "previous": 1}
    assert [w.rpartition("/")[2] for w in stage.writes(mark)] == ["3", stage.prod, "challenger"]
    hold(stage, key)


def test_a_challenger_that_somebody_else_named_meanwhile_stays(stage: Stage, endpoint: Endpoint) -> None:
    key = aborted(stage, endpoint)
    stage.registry.point(stage.prod, "challenger", 1)
    stage.operator.settle(key)
    assert stage.ready(key) == ("False", "RolloutAborted")
    assert stage.registry.aliases(stage.prod) == {"champion": 2, "previous": 1, "challenger": 1}
    hold(stage, key)


@pytest.mark.parametrize("lost", [False, True], ids=["", "with the status lost"])
def test_what_was_aborted_is_tried_again_only_when_git_has_named_another_version(
    stage: Stage, endpoint: Endpoint, lost: bool
) -> None:
    key = aborted(stage, endpoint)
    stage.operator.settle(key)
    endpoint.state = RolloutState.STABLE
    if lost:
        del stage.cluster.objects[key]["status"]
    mark = stage.mark()
    stage.promote(3, gatePolicy={"retryInterval": "1m"}, **AFTER)
    stage.operator.settle(key)
    assert stage.ready(key) == ("False", "RolloutAborted"), stage.message(key)
    assert stage.writes(mark) == []
    stage.promote(stage.registry.register(stage.dev), **AFTER)
    stage.operator.settle(key)
    assert stage.ready(key) == ("True", "Promoted"), stage.message(key)
    assert stage.registry.aliases(stage.prod) == {"champion": 4, "previous": 2}
    stage.promote(3, **AFTER)
    stage.cluster.events.clear()
    stage.operator.settle(key)
    assert "RollbackStarted" not in stage.told(key), "it never served"
    assert stage.ready(key) == ("True", "Promoted"), stage.message(key)
    assert stage.registry.aliases(stage.prod) == {"champion": 3, "previous": 4}
    hold(stage, key)


def test_a_way_back_that_was_cut_is_finished_and_the_bad_version_is_remembered(
    stage: Stage, endpoint: Endpoint
) -> None:
    key = climb(stage, endpoint, 2)
    endpoint.state = RolloutState.GIVEN_UP
    stage.house.fault("reset", method="PUT", path="/aliases/champion$", principal="lakeward")
    stage.operator.run(key)
    assert stage.registry.aliases(stage.prod) == {"champion": 2, "previous": 1}
    assert "lakeward_failed" in stage.registry.tags(stage.prod, 2), "first the record, then the alias"
    assert stage.registry.tags(stage.prod)["lakeward_state"].endswith("/2/failed")
    del stage.cluster.objects[key]["status"]
    stage.operator.settle(key)
    assert (stage.phase(key), stage.ready(key)) == ("Held", ("False", "RolledBack")), stage.message(key)
    assert stage.registry.aliases(stage.prod)["champion"] == 1
    endpoint.state = RolloutState.STABLE
    del stage.cluster.objects[key]["status"]
    mark = stage.mark()
    stage.operator.settle(key)
    assert stage.ready(key) == ("False", "RolledBack"), stage.message(key)
    assert stage.writes(mark) == []
    hold(stage, key)


def test_a_version_that_was_left_by_a_rollback_is_nothing_to_go_back_to(stage: Stage, endpoint: Endpoint) -> None:
    key = climb(stage, endpoint, 3)
    stage.promote(2, **AFTER)
    stage.operator.settle(key)
    assert stage.registry.aliases(stage.prod) == {"champion": 2, "previous": 3}
    endpoint.state = RolloutState.GIVEN_UP
    stage.operator.settle(key)
    assert (stage.phase(key), stage.ready(key)) == ("Held", ("False", "NoSafePrevious")), stage.message(key)
    assert stage.told(key, "Warning") == ["NoSafePrevious"]
    assert stage.registry.aliases(stage.prod) == {"champion": 2, "previous": 3}
    hold(stage, key)


def test_a_version_that_failed_is_nothing_to_go_back_to(stage: Stage, endpoint: Endpoint) -> None:
    key = climb(stage, endpoint, 2)
    stage.registry.tag(stage.prod, 1, lakeward_failed="2026-03-01T12:30:00Z")
    endpoint.state = RolloutState.GIVEN_UP
    stage.operator.settle(key)
    assert (stage.phase(key), stage.ready(key)) == ("Held", ("False", "NoSafePrevious")), stage.message(key)
    assert stage.registry.aliases(stage.prod) == {"champion": 2, "previous": 1}
    hold(stage, key)
