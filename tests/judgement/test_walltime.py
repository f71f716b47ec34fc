"""Local times as instants, where clocks are changed and where no zone is known."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lakeward
from lakeward.judgement.walltime import instant, zone_of

ZONES = ["Europe/Amsterdam", "America/Havana", "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Apia", "UTC"]

INSTANTS = [
    ("Europe/Amsterdam", "2026-08-24T09:00", "2026-08-24T07:00"),
    ("Europe/Amsterdam", "2026-03-29T01:59:59", "2026-03-29T00:59:59"),
    ("Europe/Amsterdam", "2026-03-29T02:00", "2026-03-29T01:00"),  # skipped
    ("Europe/Amsterdam", "2026-03-29T02:30", "2026-03-29T01:00"),  # skipped
    ("Europe/Amsterdam", "2026-03-29T02:59:59.5", "2026-03-29T01:00"),  # skipped
    ("Europe/Amsterdam", "2026-03-29T03:00", "2026-03-29T01:00"),
    ("Europe/Amsterdam", "2026-10-25T02:30", "2026-10-25T00:30"),  # comes twice
    ("Europe/Amsterdam", "2026-10-25T03:00", "2026-10-25T02:00"),
    ("America/Havana", "2026-11-01T00:00", "2026-11-01T04:00"),  # midnight comes twice
    ("America/Havana", "2026-03-08T00:30", "2026-03-08T05:00"),  # there is no midnight
    ("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:30"),  # half an hour is skipped
    ("Pacific/Apia", "2011-12-30T12:00", "2011-12-30T10:00"),  # a whole day is skipped
]


@pytest.mark.parametrize(("zone", "wall", "utc"), INSTANTS)
def test_a_local_time_is_an_instant(zone: str, wall: str, utc: str) -> None:
    assert instant(datetime.fromisoformat(wall), zone_of(zone)) == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@given(
    st.sampled_from(ZONES),
    st.datetimes(datetime(2011, 1, 1), datetime(2027, 1, 1)),  # noqa: DTZ001 - local times
    st.timedeltas(timedelta(0), timedelta(hours=3)),
)
def test_a_later_time_is_never_an_earlier_instant(zone: str, wall: datetime, more: timedelta) -> None:
    assert instant(wall, zone_of(zone)) <= instant(wall + more, zone_of(zone))


@given(st.sampled_from(ZONES), st.datetimes(datetime(2011, 1, 1), datetime(2027, 1, 1)))  # noqa: DTZ001 - local times
def test_the_clock_shows_the_time_or_has_skipped_it(zone: str, wall: datetime) -> None:
    found = instant(wall, zone_of(zone))
    shown = found.astimezone(zone_of(zone)).replace(tzinfo=None)
    before = (found - timedelta(microseconds=1)).astimezone(zone_of(zone)).replace(tzinfo=None)
    assert shown == wall or before < wall < shown


@pytest.mark.parametrize("name", ["", " ", "Mars", "Europe", "../UTC", "/etc/passwd", "a\0b", "\ud800", "x" * 5000])
def test_what_is_no_zone_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is no time zone; write one like Europe/Amsterdam") as refusal:
        zone_of(name)
    assert len(str(refusal.value)) < 200


SCRIPT = """
from datetime import datetime, timedelta, UTC
from lakeward.judgement.window import WindowGate, evaluate
found = evaluate(WindowGate(name="freeze", timezone="Europe/Amsterdam"), datetime(2026, 8, 24, tzinfo=UTC))
print(found.result, found.cause, found.message)
"""


def answer(*flags: str) -> str:
    # an empty path leaves out the system's own data
    only = {"PYTHONTZPATH": "", "PYTHONPATH": str(Path(lakeward.__file__).parent.parent)}
    command = [sys.executable, *flags, "-c", SCRIPT]
    return subprocess.run(command, env=only, capture_output=True, text=True, check=True).stdout


def test_a_machine_without_zone_data_says_so() -> None:
    # -S leaves out the installed packages, and with them tzdata
    told = answer("-S")
    assert told.startswith("Error NoZoneData ")
    assert "install the package tzdata" in told


def test_the_installed_packages_bring_zone_data_along() -> None:
    assert answer().startswith("Pass None ")
