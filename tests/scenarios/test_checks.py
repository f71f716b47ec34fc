"""What is held after every scenario can fail: each of the four promises, broken by hand."""

from collections.abc import Callable

import pytest

from lakeward.engine.outcome import Key
from scenarios.checks import hold
from scenarios.conftest import Stage
from scenarios.registry import MLMODEL, UC, Registry


def a_digest_that_is_not_of_the_files(stage: Stage) -> None:
    stage.registry.tag(stage.prod, 2, lakeward_digest="sha256:00")


def a_record_of_another_version(stage: Stage) -> None:
    stage.registry.tag(stage.prod, lakeward_state="uid-2/2/1/promoted")


def a_champion_that_is_not_pinned(stage: Stage) -> None:
    stage.registry.point(stage.prod, "champion", stage.registry.register(stage.prod))


def a_previous_that_never_served(stage: Stage) -> None:
    stage.registry.point(stage.prod, "previous", stage.registry.register(stage.prod))


def a_previous_that_is_the_champion(stage: Stage) -> None:
    stage.registry.point(stage.prod, "previous", 2)


def no_previous(stage: Stage) -> None:
    stage.registry.call("DELETE", f"{UC}/models/{stage.prod}/aliases/previous")


def a_second_copy(stage: Stage) -> None:
    ours = operator(stage)
    number = ours.begin(stage.prod, source=f"models:/{stage.dev}/2")
    ours.put(stage.prod, number, "MLmodel", MLMODEL.encode())
    ours.finalize(stage.prod, number)


def a_deletion_of_what_served(stage: Stage) -> None:
    no_previous(stage)
    stage.registry.point(stage.prod, "previous", 1)
    operator(stage).call("DELETE", f"{UC}/models/{stage.prod}/versions/1")


BROKEN = [
    a_digest_that_is_not_of_the_files,
    a_record_of_another_version,
    a_champion_that_is_not_pinned,
    a_previous_that_never_served,
    a_previous_that_is_the_champion,
    no_previous,
    a_second_copy,
    a_deletion_of_what_served,
]


def operator(stage: Stage) -> Registry:
    """Somebody who writes under the operator's name."""
    return Registry(stage.house, "lakeward", "prod")


@pytest.fixture
def promoted(stage: Stage) -> Key:
    """Two promotions after another."""
    for _ in range(2):
        key = stage.promote(stage.registry.register(stage.dev))
        stage.operator.settle(key)
    return key


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.__name__)
def test_a_broken_promise_is_seen(stage: Stage, promoted: Key, broken: Callable[[Stage], None]) -> None:
    hold(stage, promoted)
    broken(stage)
    with pytest.raises(AssertionError):
        hold(stage, promoted)


def test_a_champion_that_is_not_ready_is_seen(stage: Stage, promoted: Key) -> None:
    stage.promote(2, suspend=True)
    stage.registry.point(stage.prod, "champion", stage.registry.begin(stage.prod, source="models:/m-1"))
    with pytest.raises(AssertionError):
        stage.operator.run(promoted)
