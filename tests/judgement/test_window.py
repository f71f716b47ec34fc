"""The gate Window: when it is open, when that changes, and what clock changes do to it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgement.verdicts import STRANGE, assert_well_said
from lakeward.judgement.cron import Cron
from lakeward.judgement.gates import Cause, Mode, Result, Stage
from lakeward.judgement.window import Allow, Deny, WindowGate, evaluate

AMSTERDAM = "Europe/Amsterdam"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
OFFICE = Allow("0 9 * * 1-4", 7 * HOUR)  # Monday to Thursday, 9 to 16
NIGHT = Allow("0 22 * * *", 8 * HOUR)


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


def utc(text: str) -> datetime:
    return wall(text).replace(tzinfo=UTC)


def deny(start: str, end: str, reason: str = "year-end freeze") -> Deny:
    return Deny(wall(start), wall(end), reason)


def gate(*allow: Allow, deny: tuple[Deny, ...] = (), zone: str = AMSTERDAM, mode: Mode = Mode.ENFORCE) -> WindowGate:
    return WindowGate(name="freeze", timezone=zone, allow=allow, deny=deny, mode=mode)


FREEZE = deny("2026-12-18T00:00:00", "2027-01-04T00:00:00")
OPEN, CLOSED = True, False
RULES = {
    # Amsterdam is two hours before UTC in summer, one in winter
    "before it opens": (gate(OFFICE), "2026-08-24T06:59:59", CLOSED, "2026-08-24T07:00"),
    "as it opens": (gate(OFFICE), "2026-08-24T07:00", OPEN, "2026-08-24T14:00"),
    "while it is open": (gate(OFFICE), "2026-08-24T13:59:59", OPEN, "2026-08-24T14:00"),
    "as it closes": (gate(OFFICE), "2026-08-24T14:00", CLOSED, "2026-08-25T07:00"),
    "over the weekend": (gate(OFFICE), "2026-08-27T15:00", CLOSED, "2026-08-31T07:00"),
    "past midnight": (gate(NIGHT), "2026-08-24T02:00", OPEN, "2026-08-24T04:00"),
    "two that touch": (gate(OFFICE, Allow("0 16 * * *", HOUR)), "2026-08-24T08:00", OPEN, "2026-08-24T15:00"),
    "two that overlap": (gate(OFFICE, Allow("0 12 * * *", HOUR)), "2026-08-24T08:00", OPEN, "2026-08-24T14:00"),
    "two with a gap": (gate(OFFICE, Allow("0 17 * * *", HOUR)), "2026-08-24T14:30", CLOSED, "2026-08-24T15:00"),
    "without any entry": (gate(), "2026-08-24T08:00", OPEN, None),
    "with a deny alone": (gate(deny=(FREEZE,)), "2026-08-24T08:00", OPEN, "2026-12-17T23:00"),
    "in a deny alone": (gate(deny=(FREEZE,)), "2026-12-17T23:00", CLOSED, "2027-01-03T23:00"),
    "with a deny in years": (gate(deny=(FREEZE,)), "2024-08-24T08:00", OPEN, None),
    "after a deny alone": (gate(deny=(FREEZE,)), "2027-01-03T23:00", OPEN, None),
    "a deny beats an allow": (gate(OFFICE, deny=(FREEZE,)), "2026-12-21T09:00", CLOSED, "2027-01-04T08:00"),
    "a deny within an allow": (
        gate(OFFICE, deny=(deny("2026-08-24T12:00", "2026-08-24T13:00"),)),
        "2026-08-24T08:00",
        OPEN,
        "2026-08-24T10:00",
    ),
    "an allow goes on after a deny": (
        gate(OFFICE, deny=(deny("2026-08-24T12:00", "2026-08-24T13:00"),)),
        "2026-08-24T10:30",
        CLOSED,
        "2026-08-24T11:00",
    ),
    "denies that touch": (
        gate(deny=(deny("2026-08-24T12:00", "2026-08-24T13:00"), deny("2026-08-24T11:00", "2026-08-24T12:00"))),
        "2026-08-24T09:30",
        CLOSED,
        "2026-08-24T11:00",
    ),
    "always open": (gate(Allow("0 0 * * *", 26 * HOUR)), "2026-08-24T08:00", OPEN, None),
    "open for more than a year": (gate(Allow("0 0 1 1 *", 366 * DAY)), "2026-08-24T08:00", OPEN, None),
    "not within 400 days": (gate(Allow("0 0 29 2 *", DAY)), "2026-08-24T08:00", CLOSED, None),
    "within 400 days": (gate(Allow("0 0 29 2 *", DAY)), "2027-02-01T08:00", CLOSED, "2028-02-28T23:00"),
    "a deny of years": (
        gate(Allow("*/2 * * * *", MINUTE), deny=(deny("2026-01-01T00:00", "2036-01-01T00:00"),)),
        "2026-08-24T08:00",
        CLOSED,
        None,
    ),
    # 2026-03-29: 02:00 to 03:00 is skipped
    "starts in the skipped hour": (gate(Allow("30 2 * * *", HOUR)), "2026-03-29T00:30", CLOSED, "2026-03-29T01:00"),
    "lasts from the end of the skip": (
        gate(Allow("30 2 * * *", HOUR)),
        "2026-03-29T01:00",
        OPEN,
        "2026-03-29T02:00",
    ),
    "lasts in real time over a skip": (gate(NIGHT), "2026-03-28T23:00", OPEN, "2026-03-29T05:00"),
    "every minute over a skip": (gate(Allow("* 0-5 29 3 *", MINUTE)), "2026-03-29T00:30", OPEN, "2026-03-29T04:00"),
    "a deny that ends in the skip": (
        gate(deny=(deny("2026-03-29T00:00", "2026-03-29T02:30"),)),
        "2026-03-29T00:30",
        CLOSED,
        "2026-03-29T01:00",
    ),
    "a deny within the skip": (
        gate(deny=(deny("2026-03-29T02:10", "2026-03-29T02:50"),)),
        "2026-03-29T00:30",
        OPEN,
        None,
    ),
    # 2026-10-25: 02:00 to 03:00 comes twice
    "starts at the first of two": (gate(Allow("30 2 * * *", HOUR)), "2026-10-25T00:30", OPEN, "2026-10-25T01:30"),
    "does not start at the second": (
        gate(Allow("30 2 * * *", HOUR)),
        "2026-10-25T01:30",
        CLOSED,
        "2026-10-26T01:30",
    ),
    "lasts in real time over both": (gate(NIGHT), "2026-10-24T22:00", OPEN, "2026-10-25T04:00"),
    "every minute counts once": (gate(Allow("* * * * *", MINUTE)), "2026-10-24T12:00", OPEN, "2026-10-25T01:00"),
    "and again after both": (gate(Allow("* * * * *", MINUTE)), "2026-10-25T01:30", CLOSED, "2026-10-25T02:00"),
    "a deny ends at the first of two": (
        gate(deny=(deny("2026-10-25T00:00", "2026-10-25T02:30"),)),
        "2026-10-25T00:00",
        CLOSED,
        "2026-10-25T00:30",
    ),
}


@pytest.mark.parametrize(("asked", "now", "is_open", "change"), RULES.values(), ids=RULES)
def test_it_is_open_or_closed_until_the_next_change(
    asked: WindowGate, now: str, is_open: bool, change: str | None
) -> None:
    found = evaluate(asked, utc(now))
    assert found.result is (Result.PASS if is_open else Result.PENDING)
    assert found.cause is (None if is_open else Cause.WINDOW_CLOSED)
    assert found.next_at == (utc(change) if change else None)
    assert_well_said(found)


def test_windows_that_take_turns_minute_by_minute_are_followed_for_a_while() -> None:
    turns = gate(Allow("*/2 * * * *", MINUTE), Allow("1-59/2 * * * *", MINUTE))
    now = utc("2026-08-24T08:00")
    found = evaluate(turns, now)
    assert found.result is Result.PASS
    assert found.next_at is not None
    assert found.next_at > now + 6 * HOUR
    assert evaluate(turns, found.next_at).result is Result.PASS, "whoever looks again then finds it open"


def test_the_zone_of_the_hour_that_is_told_does_not_matter() -> None:
    now = utc("2026-08-24T08:00")
    assert evaluate(gate(OFFICE), now) == evaluate(gate(OFFICE), now.astimezone(ZoneInfo("Asia/Kolkata")))


def test_the_verdict_says_what_was_looked_at() -> None:
    found = evaluate(gate(OFFICE, NIGHT, deny=(FREEZE,), mode=Mode.WARN), utc("2026-08-24T08:00"))
    assert (found.name, found.type, found.stage, found.mode) == ("freeze", "Window", Stage.PRE_COPY, Mode.WARN)
    assert (found.observed, found.evidence) == ("open", "the clock in Europe/Amsterdam")
    assert found.required == (
        "0 9 * * 1-4 for 7h or 0 22 * * * for 8h, not 2026-12-18T00:00:00 to 2027-01-04T00:00:00 (Europe/Amsterdam)"
    )
    assert evaluate(gate(), utc("2026-08-24T08:00")).required == "any time (Europe/Amsterdam)"


def test_a_closed_window_says_why() -> None:
    out = evaluate(gate(OFFICE), utc("2026-08-24T16:00"))
    opens = "outside every window.allow (Europe/Amsterdam); opens 2026-08-25 09:00"
    assert (out.observed, out.message) == ("closed", opens)
    denied = evaluate(gate(deny=(FREEZE,)), utc("2026-12-17T23:00"))
    assert denied.message == "denied until 2027-01-04 00:00 in Europe/Amsterdam: year-end freeze"
    both = evaluate(gate(OFFICE, deny=(FREEZE,)), utc("2026-12-17T23:00"))
    assert both.message == f"{denied.message}; opens 2027-01-04 09:00"
    longer = (deny("2026-12-20T00:00", "2027-02-01T00:00", "audit"), FREEZE)
    assert (
        "until 2027-02-01 00:00 in Europe/Amsterdam: audit"
        in evaluate(gate(deny=longer), utc("2026-12-24T16:00")).message
    )
    never = evaluate(gate(Allow("0 0 29 2 *", DAY)), utc("2026-08-24T16:00"))
    assert never.message.endswith("it does not open within 400 days, so change the window")


INVALID = [
    (gate(zone="Mars/Olympus"), '"Mars/Olympus" is no time zone'),
    (gate(OFFICE, Allow("0 9 * *", HOUR)), 'window.allow[1].schedule: "0 9 * *" is no cron schedule'),
    (gate(Allow("0 9 * * *", timedelta(0))), "window.allow[0].duration is 0s; it must be above 0s and at most 366d"),
    (gate(Allow("0 9 * * *", -HOUR)), "window.allow[0].duration"),
    (gate(Allow("0 9 * * *", 367 * DAY)), "window.allow[0].duration is 367d"),
    (gate(deny=(deny("2026-08-25T00:00", "2026-08-24T00:00"),)), "ends before it starts"),
    (gate(deny=(deny("2026-08-24T00:00", "2026-08-24T00:00"),)), "ends before it starts"),
    (gate(deny=(FREEZE, deny("2026-08-24T00:00+02:00", "2026-08-25T00:00+02:00"))), "window.deny[1], "),
    (gate(deny=(deny("0001-01-01T00:00", "2026-08-24T00:00"),)), "between the years 1900 and 9000"),
    (gate(deny=(deny("2026-01-01T00:00", "9999-12-31T00:00"),)), "between the years 1900 and 9000"),
]


@pytest.mark.parametrize(("asked", "told"), INVALID)
def test_a_window_that_makes_no_sense_is_an_error(asked: WindowGate, told: str) -> None:
    found = evaluate(asked, utc("2026-08-24T08:00"))
    assert (found.result, found.cause, found.next_at) == (Result.ERROR, Cause.INVALID_GATE, None)
    assert told in found.message
    assert_well_said(found)


@given(STRANGE, STRANGE, STRANGE)
def test_whatever_is_written_there_is_a_verdict(zone: str, schedule: str, reason: str) -> None:
    asked = gate(Allow(schedule, HOUR), deny=(deny("2026-08-24T00:00", "2026-08-25T00:00", reason),), zone=zone)
    assert_well_said(evaluate(asked, utc("2026-08-24T08:00")))


# A slow model, to compare with: it walks the hands of the clock, minute by minute, and starts what they reach or pass.

SCHEDULES = st.sampled_from(
    [
        "* * * * *",
        "*/7 * * * *",
        "30 2 * * *",
        "0 2,3 * * *",
        "15-45 1-3 * * *",
        "0 0 * * *",
        "0 9 * * 1-4",
        "59 1 * * SUN",
    ]
)
ALLOWS = st.builds(Allow, SCHEDULES, st.integers(1, 200).map(lambda n: n * MINUTE))
CHANGES = st.sampled_from(
    [
        (AMSTERDAM, utc("2026-03-29T01:00")),
        (AMSTERDAM, utc("2026-10-25T01:00")),
        (AMSTERDAM, utc("2026-08-24T07:00")),
        ("America/Havana", utc("2026-11-01T05:00")),
        ("America/Havana", utc("2026-03-08T05:00")),
        ("Australia/Lord_Howe", utc("2026-10-03T15:30")),
        ("Australia/Lord_Howe", utc("2026-04-04T15:00")),
    ]
)


def hands(zone: str, start: datetime, end: datetime) -> Iterator[tuple[datetime, list[datetime]]]:
    """Every minute, and the local minutes that the clock shows or has passed there for the first time."""
    place = ZoneInfo(zone)
    seen = start.astimezone(place).replace(tzinfo=None) - MINUTE
    while start < end:
        shown = start.astimezone(place).replace(tzinfo=None)
        fresh = [seen + n * MINUTE for n in range(1, (shown - seen) // MINUTE + 1)]
        yield start, fresh
        seen = max(seen, shown)
        start += MINUTE


def walked(asked: WindowGate, start: datetime, end: datetime) -> dict[datetime, bool]:
    """Whether it is open, minute by minute."""
    allows = [(Cron.parse(allow.schedule), allow.duration) for allow in asked.allow]
    allowed = start
    on: set[int] = set()
    found = {}
    for now, fresh in hands(asked.timezone, start, end):
        allowed = max([allowed, *(now + lasts for cron, lasts in allows if any(map(cron.matches, fresh)))])
        for place, entry in enumerate(asked.deny):
            on = on | {place} if entry.start in fresh else on
            on = on - {place} if entry.end in fresh else on
        found[now] = (not allows or now < allowed) and not on
    return found


@given(CHANGES, st.lists(ALLOWS, max_size=2), st.lists(st.integers(-400, 400), max_size=4), st.integers(-300, 300))
def test_it_is_what_somebody_at_the_clock_would_say(
    change: tuple[str, datetime], allows: list[Allow], edges: list[int], moment: int
) -> None:
    zone, at = change
    local = at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    ends = sorted({local + n * MINUTE for n in edges})
    denies = tuple(Deny(one, other, "x") for one, other in zip(ends[::2], ends[1::2], strict=False))
    asked = gate(*allows, deny=denies, zone=zone)
    now = at + moment * MINUTE
    states = walked(asked, at - 13 * HOUR, at + 15 * HOUR)
    found = evaluate(asked, now)
    assert (found.result is Result.PASS) == states[now]
    changes = [when for when, is_open in states.items() if when > now and is_open != states[now]]
    expected = min(changes, default=None)
    assert found.next_at == expected or (expected is None and (found.next_at or at + 16 * HOUR) >= at + 15 * HOUR)
