"""The gate Window as a manifest writes it: when a champion may move. Part of two CRDs; evaluates no schedule."""

from typing import Annotated

from pydantic import Field

from lakeward.api.common import Api, Duration
from lakeward.api.schema import ListMap, Rule, matches


def _field(value: str) -> str:
    part = f"({value}|(\\*|({value})-({value}))(/[1-9][0-9]?)?)"
    return f"{part}(,{part})*"


_MINUTE, _HOUR, _DAY = "[0-5]?[0-9]", "[01]?[0-9]|2[0-3]", "0?[1-9]|[12][0-9]|3[01]"
_MONTH = "0?[1-9]|1[0-2]|JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC"
_WEEKDAY = "0?[0-7]|SUN|MON|TUE|WED|THU|FRI|SAT"
Schedule = Annotated[
    str,
    Field(min_length=1, max_length=120),
    matches(
        " ".join(_field(value) for value in (_MINUTE, _HOUR, _DAY, _MONTH, _WEEKDAY)),
        "must be the five cron fields minute, hour, day, month and weekday with one blank between,"
        ' for example "0 9 * * MON-THU"',
    ),
]
# a day that the calendar does not have is refused here: later it would only keep the window shut
_DATE = (
    "20[0-9]{2}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))"
    "|20([02468][048]|[13579][26])-02-29"
)
LocalTime = Annotated[
    str,
    Field(min_length=1, max_length=40),
    matches(
        f"({_DATE})T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]",
        "must be a local time of this century without zone, for example 2026-12-18T00:00:00",
    ),
]
TimeZone = Annotated[
    str,
    Field(min_length=1, max_length=64),
    matches(
        "[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+){0,2}", "must be the name of a zone, for example Europe/Amsterdam or UTC"
    ),
]


class Allow(Api):
    """A time that comes again and again in which the move may happen."""

    schedule: Schedule
    """When it opens: five cron fields in the zone of the gate."""
    duration: Duration
    """How long it stays open."""


class Deny(Api):
    """A time in which the move may not happen, whatever is allowed."""

    rules = (Rule("self.from < self.to", "to must be after from", lambda deny: deny.from_ < deny.to, "to"),)

    from_: Annotated[LocalTime, Field(alias="from")]
    """When it begins, in the zone of the gate."""
    to: LocalTime
    """When it ends, in the zone of the gate."""
    reason: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    """Why, for example year-end freeze."""


class Window(Api):
    """When the move may happen. A rollback never waits for it."""

    timezone: TimeZone
    """Zone of the schedules and times, for example Europe/Amsterdam."""
    allow: Annotated[tuple[Allow, ...], Field(max_length=20), ListMap("schedule")] = ()
    """When the move may happen; left out means always."""
    deny: Annotated[tuple[Deny, ...], Field(max_length=50), ListMap("from")] = ()
    """When it may not; deny wins over allow."""
