"""Cron schedules of five fields: on which days and at which minutes something starts, in wall-clock time.

The fields are minute, hour, day of month, month and day of week; each is a list of *, numbers, ranges and steps. Days
and months have English names of three letters; 0 and 7 are Sunday. Where neither day field begins with *, one of the
two is enough; else both must hold. Knows no zone and no clock.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple, Self

_PART = re.compile(r"(?:\*|([0-9]{1,2}|[A-Z]{3})(?:-([0-9]{1,2}|[A-Z]{3}))?)(?:/([0-9]{1,2}))?", re.ASCII)
_SUNDAY, _SUNDAY_AGAIN = 0, 7
_LEAP_YEAR = 2024
_LONGEST_TOLD = 100


class _Field(NamedTuple):
    name: str
    lowest: int
    highest: int
    names: tuple[str, ...] = ()

    def number(self, word: str) -> int:
        if word in self.names:
            return self.names.index(word) + self.lowest
        if word.isdecimal() and self.lowest <= int(word) <= self.highest:
            return int(word)
        raise ValueError(f"{word} is no {self.name}, which is {self.lowest} to {self.highest}")


_WEEKDAY = _Field("day of week", _SUNDAY, _SUNDAY_AGAIN, ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"))
_MONTH = _Field("month", 1, 12, ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"))
_FIELDS = (_Field("minute", 0, 59), _Field("hour", 0, 23), _Field("day of month", 1, 31), _MONTH, _WEEKDAY)


@dataclass(frozen=True, kw_only=True)
class Cron:
    """A schedule. A search for its starts goes from day to day: those of one day are `minutes`, at hand.

    minutes     minutes of the day at which it starts, ascending; 540 is 09:00
    months      months of the year
    days        days of the month
    weekdays    days of the week; 0 is Sunday
    either_day  whether one of the two day fields is enough
    """

    minutes: tuple[int, ...]
    months: frozenset[int]
    days: frozenset[int]
    weekdays: frozenset[int]
    either_day: bool

    @classmethod
    def parse(cls, text: str) -> Self:
        """The schedule that `text` writes; ValueError, in one sentence, for anything else and for one without a day."""
        try:
            return cls._of(text.upper().split())
        except ValueError as error:
            raise ValueError(f'"{text[:_LONGEST_TOLD]}" is no cron schedule: {error}') from None

    @classmethod
    def _of(cls, fields: list[str]) -> Self:
        if len(fields) != len(_FIELDS):
            raise ValueError("it needs five fields: minute, hour, day of month, month and day of week")
        minutes, hours, days, months, weekdays = (
            _values(field, text) for field, text in zip(_FIELDS, fields, strict=True)
        )
        either_day = not any(fields[place].startswith("*") for place in (2, 4))
        if not either_day and min(days) > max(monthrange(_LEAP_YEAR, month)[1] for month in months):
            raise ValueError(f"no such month has a day {min(days)}")
        return cls(
            minutes=tuple(sorted(hour * 60 + minute for hour in hours for minute in minutes)),
            months=months,
            days=days,
            weekdays=frozenset(day % _SUNDAY_AGAIN for day in weekdays),
            either_day=either_day,
        )

    def on(self, day: date) -> bool:
        """Whether it starts on that day at all."""
        by_date, by_weekday = day.day in self.days, day.isoweekday() % _SUNDAY_AGAIN in self.weekdays
        falls = by_date or by_weekday if self.either_day else by_date and by_weekday
        return falls and day.month in self.months

    def matches(self, local: datetime) -> bool:
        """Whether it starts in the minute of that wall-clock time."""
        return self.on(local.date()) and local.hour * 60 + local.minute in self.minutes


def _values(field: _Field, text: str) -> frozenset[int]:
    return frozenset(value for part in text.split(",") for value in _part(field, part))


def _part(field: _Field, part: str) -> range:
    found = _PART.fullmatch(part)
    if found is None:
        raise ValueError(f'the {field.name} is not made of *, numbers, ranges and steps: "{part[:_LONGEST_TOLD]}"')
    first, last, step = found.groups()
    if step is not None and (int(step) == 0 or (first is not None and last is None)):
        raise ValueError(f"the step {part} of the {field.name} must be above 0 and follow * or a range")
    return range(*_ends(field, first, last), int(step or 1))


def _ends(field: _Field, first: str | None, last: str | None) -> tuple[int, int]:
    if first is None:
        return field.lowest, (_SUNDAY_AGAIN if field is _WEEKDAY else field.highest + 1)
    low = field.number(first)
    high = low if last is None else field.number(last)
    if field is _WEEKDAY and last == "SUN":
        high = _SUNDAY_AGAIN  # as the end of a range it is the last day of the week
    if high < low:
        raise ValueError(f"the range {first}-{last} of the {field.name} runs backwards")
    return low, high + 1
