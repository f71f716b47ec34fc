"""A window keeps the switch waiting: by the clock of its zone, also across a change of clocks, and until the switch."""

from datetime import UTC, datetime
from typing import Any

from lakeward.engine.outcome import Key, Outcome
from scenarios.checks import hold
from scenarios.conftest import Stage
from scenarios.test_approvals import SIGNOFF, vote


def window(**rule: Any) -> dict[str, Any]:
    return {"name": "hours", "type": "Window", "window": {"timezone": "Europe/Amsterdam", **rule}}


# the night in which Amsterdam goes from UTC+1 to UTC+2
FREEZE = window(deny=[{"from": "2026-03-28T12:00:00", "to": "2026-03-29T12:00:00", "reason": "quarter-end freeze"}])
MORNING = window(allow=[{"schedule": "0 9 * * MON-FRI", "duration": "1h"}])


def at(day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    """A moment of March, in UTC."""
    return datetime(2026, 3, day, hour, minute, second, tzinfo=UTC)


def run(stage: Stage, key: Key, now: datetime) -> Outcome:
    """One pass at that very moment."""
    stage.cluster.now = now - stage.operator.tick
    return stage.operator.run(key)


def test_a_freeze_ends_by_the_clock_of_its_zone(stage: Stage) -> None:
    stage.operator.settle(stage.promote(stage.registry.register(stage.dev)))
    key = stage.promote(stage.registry.register(stage.dev), gates=[FREEZE])
    stage.cluster.now = at(28, 12)
    stage.cluster.events.clear()
    mark = stage.mark()
    stage.operator.settle(key)
    status = stage.cluster.status(key)
    assert (stage.phase(key), stage.ready(key)) == ("AwaitingWindow", ("False", "AwaitingWindow"))
    assert status["waitingFor"] == "Window"
    assert status["nextCheckAt"] == "2026-03-29T10:00:00Z"
    assert "quarter-end freeze" in stage.message(key)
    assert stage.cluster.condition(key, "Stalled") == {}
    outcome = run(stage, key, at(29, 9, 59, 50))
    assert stage.phase(key) == "AwaitingWindow"
    assert outcome.after is not None
    assert 10 <= outcome.after <= 11
    assert stage.writes(mark) == []
    assert stage.told(key) == ["AttemptStarted", "AwaitingWindow"]
    run(stage, key, at(29, 10))
    assert stage.phase(key) == "Copying", stage.message(key)
    stage.operator.settle(key)
    assert stage.ready(key) == ("True", "Promoted"), stage.message(key)
    hold(stage, key)


def test_a_window_that_closes_during_the_copy_stops_the_switch_until_it_opens_again(stage: Stage) -> None:
    stage.operator.settle(stage.promote(stage.registry.register(stage.dev)))
    key = stage.promote(stage.registry.register(stage.dev), gates=[MORNING])
    fault = stage.house.fault("hold", method="PATCH", path="/finalize$", principal="lakeward")
    run(stage, key, at(5, 8, 30))
    stage.house.wait_held(fault)
    assert stage.phase(key) == "Copying", stage.message(key)
    stage.cluster.now = at(5, 9, 30)
    stage.house.remove(fault)
    stage.operator.wait_woken(key)
    mark = stage.mark()
    stage.operator.settle(key)
    assert (stage.phase(key), stage.cluster.status(key)["waitingFor"]) == ("AwaitingWindow", "Window")
    assert stage.cluster.status(key)["nextCheckAt"] == "2026-03-06T08:00:00Z"
    assert stage.cluster.condition(key, "Copied")["status"] == "True"
    assert stage.registry.aliases(stage.prod) == {"champion": 1}
    assert not [w for w in stage.writes(mark) if "/aliases/" in w]
    hold(stage, key)
    run(stage, key, at(6, 7, 59, 59))
    assert stage.registry.aliases(stage.prod) == {"champion": 1}
    run(stage, key, at(6, 8))
    assert stage.ready(key) == ("True", "Promoted"), stage.message(key)
    assert stage.registry.aliases(stage.prod) == {"champion": 2, "previous": 1}
    assert sorted(stage.registry.versions(stage.prod)) == [1, 2]
    hold(stage, key)


def test_people_are_waited_for_before_the_clock(stage: Stage) -> None:
    gate = {**SIGNOFF, "approval": {**SIGNOFF["approval"], "minApprovals": 1}}
    stage.cluster.now = at(6, 12)
    key = stage.promote(stage.registry.register(stage.dev), gates=[MORNING, gate])
    stage.operator.settle(key)
    assert stage.phase(key) == "AwaitingApproval"
    vote(stage, key, "bob@acme.example")
    stage.operator.settle(key)
    assert stage.phase(key) == "AwaitingWindow"
    assert stage.cluster.status(key)["nextCheckAt"] == "2026-03-09T08:00:00Z", "over the weekend"
    stage.cluster.now = at(9, 8)
    stage.operator.settle(key)
    assert stage.ready(key) == ("True", "Promoted"), stage.message(key)
    hold(stage, key)
