"""Wall-clock times of a zone as instants, also where clocks are changed. Knows no gate and no clock.

A time that is skipped stands for the first instant after the skip; one that comes twice for its first occurrence.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_SECOND = timedelta(seconds=1)
_LONGEST_TOLD = 100


class ZoneDataError(LookupError):
    """No zone is known here at all."""


def zone_of(name: str) -> ZoneInfo:
    """The zone of that IANA name; ValueError for a name that is none, ZoneDataError where no zone is known."""
    found = _zone(name)
    if found is not None:
        return found
    if _zone("UTC") is None:
        raise ZoneDataError("there is no time zone data here; install the package tzdata beside the operator")
    raise ValueError(f'"{name[:_LONGEST_TOLD]}" is no time zone; write one like Europe/Amsterdam')


def instant(local: datetime, zone: ZoneInfo) -> datetime:
    """The instant, in UTC, of a time without a zone. A later time never gives an earlier instant."""
    first = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if first.astimezone(zone).replace(tzinfo=None) == local:
        return first
    # read with the offset of after the skip, a skipped time lies before it; with that of before, behind it
    return _change(local.replace(tzinfo=zone, fold=1).astimezone(UTC), first, zone)


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):  # unknown; not a name; a folder, or too long for one
        return None


def _change(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The first second of the offset of `after`."""
    before, after = before.replace(microsecond=0), after.replace(microsecond=0)
    offset = after.astimezone(zone).utcoffset()
    while after - before > _SECOND:
        middle = before + (after - before) // 2
        middle = middle.replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == offset:
            after = middle
        else:
            before = middle
    return after
