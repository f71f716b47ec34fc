"""A rollout between copy and switch: where nobody rolls out yet a stub gives its verdict."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from invariants.world import Operator
from lakeward.api.modelpromotion import ModelPromotionSpec
from lakeward.api.objects import Object
from lakeward.kinds.mlworkspace.kind import MLWorkspace
from lakeward.kinds.modelpromotion.kind import ModelPromotion
from lakeward.kinds.modelpromotion.rollout import Rollout, RolloutState
from scenarios.checks import hold
from scenarios.conftest import Stage

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
