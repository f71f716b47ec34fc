"""The gate Window: may it happen now? Inside any `allow`, or anywhere without one, and outside every `deny`.

All times are wall-clock times of the gate's zone. Where clocks are changed, an allow or deny that starts in the skipped
hour starts at the first instant after it, and a time that comes twice counts once, the first time. An allow lasts its
duration in real time. A closed window is waited for and never fails. Knows no client; the hour is told to it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from lakeward.judgement.cron import Cron
from lakeward.judgement.gates import Cause, Mode, Result, Stage, Verdict, not_judged
from lakeward.judgement.openings import Opening, all_closed, first_open
from lakeward.judgement.spans import show
from lakeward.judgement.walltime import ZoneDataError, instant, zone_of

TYPE = "Window"
HORIZON = timedelta(days=400)
LONGEST = timedelta(days=366)
_FIRST_YEAR, _LAST_YEAR = 1900, 9000


class Span(NamedTuple):
    """From one instant up to another, both in UTC."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class Allow:
    """When it may happen: from each start of a cron schedule, in local time, for a duration."""

    schedule: str
    duration: timedelta


@dataclass(frozen=True)
class Deny:
    """When it may not: from `start` up to `end`, both local times without a zone, and why."""

    start: datetime
    end: datetime
    reason: str

    def __str__(self) -> str:
        return f"{self.start.isoformat()} to {self.end.isoformat()}"


@dataclass(frozen=True, kw_only=True)
class WindowGate:
    """When the move may be made.

    name      name of the gate
    timezone  IANA name of the zone of all its times
    allow     when it may; empty: always
    deny      when it may not, whatever `allow` says
    mode      Enforce or Warn
    """

    name: str
    timezone: str
    allow: tuple[Allow, ...] = ()
    deny: tuple[Deny, ...] = ()
    mode: Mode = Mode.ENFORCE


def evaluate(gate: WindowGate, now: datetime) -> Verdict:
    """The verdict at the instant `now`, which has a zone; `next_at` is the next change within 400 days."""
    now = now.astimezone(UTC)
    try:
        zone = zone_of(gate.timezone)
        allowed = [_allowed(place, allow, zone) for place, allow in enumerate(gate.allow)]
        denied = [(_denied(place, deny, zone), deny) for place, deny in enumerate(gate.deny)]
    except ZoneDataError as error:
        return not_judged(gate.name, TYPE, gate.mode, str(error), cause=Cause.NO_ZONE_DATA)
    except ValueError as error:
        return not_judged(gate.name, TYPE, gate.mode, str(error), cause=Cause.INVALID_GATE)
    reasons = [deny for span, deny in denied if span.start <= now < span.end]
    free = _free(Span(now, now + HORIZON), sorted(span for span, _ in denied if span.start < span.end))
    return _verdict(gate, now, _next(allowed, free), reasons)


def _verdict(gate: WindowGate, now: datetime, found: Span | None, reasons: list[Deny]) -> Verdict:
    """`found` is the next time at which the window is open."""
    is_open = found is not None and found.start == now
    change = None if found is None else found.end if is_open else found.start
    return Verdict(
        name=gate.name,
        type=TYPE,
        stage=Stage.PRE_COPY,
        mode=gate.mode,
        result=Result.PASS if is_open else Result.PENDING,
        observed="open" if is_open else "closed",
        required=_required(gate),
        evidence=f"the clock in {gate.timezone}",
        message="the window is open" if is_open else _closed(gate, reasons, found),
        cause=None if is_open else Cause.WINDOW_CLOSED,
        next_at=None if change == now + HORIZON else change,
    )


def _next(allowed: Sequence[Opening], free: Iterable[Span]) -> Span | None:
    """The first part of the free time that is allowed."""
    for part in free:
        if not allowed:
            return part
        start = first_open(allowed, part.start, part.end)
        if start is not None:
            return Span(start, all_closed(allowed, start, part.end))
    return None


def _free(ahead: Span, denied: Iterable[Span]) -> Iterator[Span]:
    """What the denied spans, sorted, leave of the time ahead."""
    start = ahead.start
    for span in denied:
        if span.start >= ahead.end:
            break
        if span.start > start:
            yield Span(start, span.start)
        start = max(start, span.end)
    if start < ahead.end:
        yield Span(start, ahead.end)


def _allowed(place: int, allow: Allow, zone: ZoneInfo) -> Opening:
    where = f"window.allow[{place}]"
    if not timedelta(0) < allow.duration <= LONGEST:
        raise ValueError(f"{where}.duration is {show(allow.duration)}; it must be above 0s and at most {show(LONGEST)}")
    try:
        return Opening(Cron.parse(allow.schedule), allow.duration, zone)
    except ValueError as error:
        raise ValueError(f"{where}.schedule: {error}") from None


def _denied(place: int, deny: Deny, zone: ZoneInfo) -> Span:
    where = f"window.deny[{place}], {deny},"
    if deny.start.tzinfo is not None or deny.end.tzinfo is not None:
        raise ValueError(f"{where} has an offset; leave it out, for window.timezone says where that is")
    if deny.end <= deny.start:
        raise ValueError(f"{where} ends before it starts; set from before to")
    if not _FIRST_YEAR <= deny.start.year <= deny.end.year <= _LAST_YEAR:
        raise ValueError(f"{where} must lie between the years {_FIRST_YEAR} and {_LAST_YEAR}")
    return Span(instant(deny.start, zone), instant(deny.end, zone))


def _required(gate: WindowGate) -> str:
    within = " or ".join(f"{allow.schedule} for {show(allow.duration)}" for allow in gate.allow)
    beside = " nor ".join(str(deny) for deny in gate.deny)
    return f"{within or 'any time'}{beside and f', not {beside}'} ({gate.timezone})"


def _closed(gate: WindowGate, reasons: list[Deny], found: Span | None) -> str:
    """Why it is closed, and when it opens: `found`."""
    zone = zone_of(gate.timezone)
    opens = found.start.astimezone(zone).replace(tzinfo=None) if found is not None else None
    if reasons:
        last = max(reasons, key=lambda deny: (deny.end, deny.reason))
        until = last.end.isoformat(" ", "minutes")
        text = f"denied until {until} in {gate.timezone}: {last.reason or 'window.deny'}"
        # told once, where the one is the other
        opens = None if opens == last.end and found is not None else opens
    else:
        text = f"outside every window.allow ({gate.timezone})"
    if found is None:
        return f"{text}; it does not open within {HORIZON.days} days, so change the window"
    return text if opens is None else f"{text}; opens {opens.isoformat(' ', 'minutes')}"
