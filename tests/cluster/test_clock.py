"""The clock of the operator: the later one counts, and small differences are none."""

from datetime import UTC, datetime, timedelta

import pytest

from cluster.cluster import Cluster
from lakeward.cluster.calls import Calls
from lakeward.cluster.clock import Clock
from lakeward.cluster.login import Login

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HTTP = "Sun, 01 Mar 2026 %s GMT"


class Machine:
    """The two clocks of a machine; `jump` is what somebody does to the one on the wall."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.jump = timedelta()

    def own(self) -> datetime:
        return NOON + timedelta(seconds=self.seconds) + self.jump

    def monotonic(self) -> float:
        return self.seconds


@pytest.mark.parametrize(
    ("date", "now"),
    [
        (None, NOON),
        ("", NOON),
        ("tomorrow", NOON),
        (HTTP % "11:00:00", NOON),
        (HTTP % "12:00:00", NOON),
        (HTTP % "12:00:01", NOON),
        (HTTP % "12:00:02", NOON + timedelta(seconds=2)),
        (HTTP % "13:30:00", NOON + timedelta(minutes=90)),
        ("Sun, 01 Mar 2026 13:30:00 -0000", NOON + timedelta(minutes=90)),
        ("Sun, 01 Mar 2026 13:30:00 +0100", NOON + timedelta(minutes=30)),
    ],
)
def test_the_later_clock_counts(date: str | None, now: datetime) -> None:
    machine = Machine()
    clock = Clock(machine.own, machine.monotonic)
    clock.saw(date)
    assert clock.now() == now


def test_the_api_servers_time_goes_on_between_its_answers() -> None:
    machine = Machine()
    clock = Clock(machine.own, machine.monotonic)
    clock.saw(HTTP % "13:00:00")
    machine.seconds = 90.0
    assert clock.now() == NOON + timedelta(hours=1, seconds=90)
    machine.jump = timedelta(hours=2)
    assert clock.now() == NOON + timedelta(hours=2, seconds=90)


def test_the_last_answer_counts() -> None:
    machine = Machine()
    clock = Clock(machine.own, machine.monotonic)
    clock.saw(HTTP % "13:00:00")
    clock.saw(HTTP % "12:00:00")
    assert clock.now() == NOON
    clock.saw("no date")
    assert clock.now() == NOON


def test_each_answer_of_the_api_server_sets_the_clock(installed: Cluster) -> None:
    clock = Clock(lambda: datetime.now(UTC) - timedelta(hours=1))
    client = Login(str(installed.kubeconfig)).client()
    calls = Calls(client, clock)
    calls.get("/version")
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)
    client.close()  # type: ignore[no-untyped-call]  # untyped in the client
