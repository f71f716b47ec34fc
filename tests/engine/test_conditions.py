"""How conditions are ordered, dated and left out."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from lakeward.engine.conditions import Condition, Status, dated, find, is_true, timestamp
from lakeward.engine.reasons import Reason

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)


def ready(status: Status = "True", message: str = "") -> Condition:
    return Condition("Ready", status, Reason.CONVERGED, message)


def test_ready_leads_then_the_abnormal_ones_then_the_others_by_name() -> None:
    given = [
        Condition("InSync", "True", Reason.CONVERGED),
        Condition("Stalled", "True", Reason.FAILED),
        Condition("CatalogReady", "False", Reason.PROGRESSING),
        ready("False"),
    ]
    assert [c["type"] for c in dated(given, {}, 1, NOON)] == ["Ready", "Stalled", "CatalogReady", "InSync"]


def test_abnormal_conditions_are_there_only_while_true() -> None:
    given = [ready(), Condition("Stalled", "False", Reason.FAILED), Condition("Reconciling", "Unknown", Reason.FAILED)]
    assert [c["type"] for c in dated(given, {}, 1, NOON)] == ["Ready"]


def test_a_first_condition_is_dated_now() -> None:
    assert dated([ready(message="fine")], {}, 3, NOON) == [
        {
            "type": "Ready",
            "status": "True",
            "reason": "Converged",
            "message": "fine",
            "observedGeneration": 3,
            "lastTransitionTime": "2026-03-01T12:00:00Z",
        }
    ]


@pytest.mark.parametrize(
    ("then", "since"),
    [
        (ready(message="other words"), NOON),
        (Condition("Ready", "True", Reason.PROMOTED), NOON),
        (ready("False"), LATER),
        (ready("Unknown"), LATER),
    ],
)
def test_the_time_moves_only_when_the_status_flips(then: Condition, since: datetime) -> None:
    before = {"conditions": dated([ready()], {}, 1, NOON)}
    (after,) = dated([then], before, 2, LATER)
    assert after["lastTransitionTime"] == timestamp(since)
    assert after["observedGeneration"] == 2


def test_a_condition_that_comes_back_is_dated_anew() -> None:
    stalled = Condition("Stalled", "True", Reason.FAILED)
    first = {"conditions": dated([ready("False"), stalled], {}, 1, NOON)}
    second = {"conditions": dated([ready()], first, 1, LATER)}
    third = dated([ready("False"), stalled], second, 1, LATER + timedelta(hours=1))
    assert {c["lastTransitionTime"] for c in third} == {"2026-03-01T14:00:00Z"}


def test_the_same_conditions_make_the_same_list() -> None:
    before = dated([ready(), Condition("InSync", "True", Reason.CONVERGED)], {}, 1, NOON)
    assert dated([Condition("InSync", "True", Reason.CONVERGED), ready()], {"conditions": before}, 1, LATER) == before


@pytest.mark.parametrize(
    "status",
    [
        {"conditions": None},
        {"conditions": "x"},
        {"conditions": [None, "x", {}]},
        {"conditions": [{"type": "Ready", "status": "True"}]},
        {"conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": None}]},
    ],
)
def test_a_status_that_somebody_broke_does_not_stop_us(status: dict[str, Any]) -> None:
    assert dated([ready()], status, 1, NOON)[0]["lastTransitionTime"] == "2026-03-01T12:00:00Z"
    assert not is_true(status, "Stalled")
    assert find(status, "Stalled") is None


def test_a_condition_is_found_by_its_type() -> None:
    status = {"conditions": [{"type": "Ready", "status": "False"}, {"type": "InSync", "status": "True"}]}
    assert find(status, "Ready") == {"type": "Ready", "status": "False"}
    assert not is_true(status, "Ready")
    assert is_true(status, "InSync")
    assert not is_true(status, "Missing")


def test_times_are_told_in_utc_with_whole_seconds() -> None:
    there = datetime(2026, 3, 1, 14, 30, 15, 999_999, tzinfo=timezone(timedelta(hours=2)))
    assert timestamp(there) == "2026-03-01T12:30:15Z"
