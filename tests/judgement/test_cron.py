"""Cron schedules: what can be written, and when it starts."""

from datetime import date, datetime, timedelta

import pytest

from lakeward.judgement.cron import Cron

MONDAY = date(2026, 8, 24)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text)


MATCHES = [
    ("* * * * *", "2026-08-24T03:17", True),
    ("0 9 * * 1-4", "2026-08-24T09:00", True),
    ("0 9 * * 1-4", "2026-08-24T09:00:59", True),
    ("0 9 * * 1-4", "2026-08-24T09:01", False),
    ("0 9 * * 1-4", "2026-08-28T09:00", False),
    ("*/15 * * * *", "2026-08-24T10:45", True),
    ("*/15 * * * *", "2026-08-24T10:46", False),
    ("10-20/5 * * * *", "2026-08-24T10:15", True),
    ("10-20/5 * * * *", "2026-08-24T10:25", False),
    ("5,35 8,20 * * *", "2026-08-24T20:35", True),
    ("5,35 8,20 * * *", "2026-08-24T09:35", False),
    ("0 0 * * 0", "2026-08-23T00:00", True),
    ("0 0 * * 7", "2026-08-23T00:00", True),
    ("0 0 * * sun", "2026-08-23T00:00", True),
    ("0 0 * * FRI-SUN", "2026-08-23T00:00", True),
    ("0 0 * * SUN-TUE", "2026-08-23T00:00", True),
    ("0 0 * * 5-7", "2026-08-22T00:00", True),
    ("0 0 * * MON,wed", "2026-08-26T00:00", True),
    ("0 0 * * MON,wed", "2026-08-25T00:00", False),
    ("0 0 1 Jan-mar *", "2026-03-01T00:00", True),
    ("0 0 1 JAN-MAR *", "2026-04-01T00:00", False),
    ("0 0 29 2 *", "2028-02-29T00:00", True),
    ("0 0 * * */3", "2026-08-26T00:00", True),
    ("0 0 * * */3", "2026-08-27T00:00", False),
    # both day fields are set: one is enough
    ("0 0 13 * FRI", "2026-08-13T00:00", True),
    ("0 0 13 * FRI", "2026-08-14T00:00", True),
    ("0 0 13 * FRI", "2026-08-15T00:00", False),
    ("0 0 1-31/2 * FRI", "2026-08-14T00:00", True),
    # one begins with *: both are needed
    ("0 0 */2 * FRI", "2026-08-14T00:00", False),
    ("0 0 */2 * FRI", "2026-08-21T00:00", True),
    ("0 0 13 * */5", "2026-08-14T00:00", False),
    # the month is needed in any case
    ("0 0 13 9 FRI", "2026-08-14T00:00", False),
]


@pytest.mark.parametrize(("text", "moment", "matches"), MATCHES)
def test_a_schedule_starts_where_its_fields_say(text: str, moment: str, matches: bool) -> None:
    assert Cron.parse(text).matches(local(moment)) is matches


REFUSED = [
    ("", "needs five fields"),
    ("0 9 * *", "needs five fields"),
    ("0 9 * * * *", "needs five fields"),
    ("@daily", "needs five fields"),
    ("60 * * * *", "60 is no minute, which is 0 to 59"),
    ("* 24 * * *", "24 is no hour, which is 0 to 23"),
    ("* * 0 * *", "0 is no day of month, which is 1 to 31"),
    ("* * * 13 *", "13 is no month, which is 1 to 12"),
    ("* * * * 8", "8 is no day of week, which is 0 to 7"),
    ("* * * MON *", "MON is no month"),
    ("* * * * JAN", "JAN is no day of week"),
    ("MON * * * *", "MON is no minute"),
    ("20-10 * * * *", "the range 20-10 of the minute runs backwards"),
    ("* * * * FRI-MON", "the range FRI-MON of the day of week runs backwards"),
    ("*/0 * * * *", "the step */0 of the minute must be above 0"),
    ("5/15 * * * *", "the step 5/15 of the minute must be above 0 and follow * or a range"),
    ("*/100 * * * *", "the minute is not made of"),
    ("1,,2 * * * *", "the minute is not made of"),
    ("-1 * * * *", "the minute is not made of"),
    ("? * * * *", "the minute is not made of"),
    ("* * L * *", "the day of month is not made of"),
    ("* * * * MON#1", "the day of week is not made of"),
    ("\u0661 * * * *", "the minute is not made of"),
    ("1" * 5000 + " * * * *", "the minute is not made of"),
    ("0 0 30 2 *", "no such month has a day 30"),
    ("0 0 31 4,6,9,11 *", "no such month has a day 31"),
]


@pytest.mark.parametrize(("text", "told"), REFUSED)
def test_what_is_no_schedule_is_refused_with_one_sentence(text: str, told: str) -> None:
    with pytest.raises(ValueError, match="is no cron schedule: ") as refusal:
        Cron.parse(text)
    said = str(refusal.value)
    assert told in said
    assert len(said) < 400
    assert "\n" not in said


def test_a_day_that_never_comes_is_no_fault_where_the_weekday_is_enough() -> None:
    assert Cron.parse("0 0 30 2 MON").on(date(2026, 2, 2))


def test_the_starts_of_a_day_are_at_hand() -> None:
    assert Cron.parse("0,30 9-10 * * *").minutes == (540, 570, 600, 630)


def test_every_minute_of_a_week_is_where_the_fields_say() -> None:
    schedule = Cron.parse("*/20 9-17 * * MON-FRI")
    start = datetime.combine(MONDAY, datetime.min.time())
    found = [m for m in (start + timedelta(minutes=n) for n in range(7 * 1440)) if schedule.matches(m)]
    assert len(found) == 5 * 9 * 3
    assert {(m.minute, m.weekday()) for m in found} == {(minute, day) for minute in (0, 20, 40) for day in range(5)}
