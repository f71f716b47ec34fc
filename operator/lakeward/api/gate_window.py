"""The gate Window as a manifest writes it: when a champion may move. Part of two CRDs; evaluates no schedule."""

from typing import Annotated

from pydantic import Field

from lakeward.api.common import Api, Duration
from lakeward.api.schema import ListMap, Rule, matches

_FIELD = "[0-9A-Za-z*,/-]{1,60}"
Schedule = Annotated[
    str,
    Field(min_length=9, max_length=120),
    matches(f"{_FIELD}( {_FIELD}){{4}}", 'must be five cron fields with one blank between, for example "0 9 * * 1-4"'),
]
LocalTime = Annotated[
    str,
    Field(min_length=19, max_length=19),
    matches(
        "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]",
        "must be a local time without zone, for example 2026-12-18T00:00:00",
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
