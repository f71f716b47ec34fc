"""What a cron schedule opens for a while, and when all that several of them open is closed. Knows no gate and no clock.

Nothing is walked minute by minute: days are looked at one by one, and the starts of a day are searched by halves.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from lakeward.judgement.cron import Cron
from lakeward.judgement.walltime import instant

_DAY, _MINUTE = timedelta(days=1), timedelta(minutes=1)
_MOST_STEPS = 500  # more than one for each of the 400 days that a window looks ahead


@dataclass(frozen=True)
class Opening:
    """It opens at each start of a schedule, in the zone's wall-clock time, for a time that really passes.

    All instants are in UTC. At the instant at which it closes it is closed, unless it starts there again.
    """

    cron: Cron
    lasts: timedelta
    zone: ZoneInfo

    def closing(self, moment: datetime) -> datetime | None:
        """An instant up to which it stays open, as far as one day tells; None where it is closed at `moment`."""
        # where midnight comes twice a start of tomorrow can be past already
        for day in self._days(moment + _DAY, moment - self.lasts - _DAY, -_DAY):
            past = self._past(day, moment)
            if past:
                end = self._start(day, self._last_alike(day, past - 1)) + self.lasts
                return end if end > moment else None
        return None

    def start_after(self, moment: datetime, before: datetime) -> datetime | None:
        """Its first start after `moment` and before another instant; None where there is none."""
        for day in self._days(moment - _DAY, before + _DAY, _DAY):
            past = self._past(day, moment)
            if past < len(self.cron.minutes):
                start = self._start(day, past)
                return start if start < before else None
        return None

    def _days(self, first: datetime, last: datetime, step: timedelta) -> Iterator[date]:
        """Days with starts. No zone is a day away from UTC, so a day more at both ends leaves none out."""
        for place in range((last.date() - first.date()) // step + 1):
            day = first.date() + place * step
            if self.cron.on(day):
                yield day

    def _past(self, day: date, moment: datetime) -> int:
        """How many starts of that day are not after `moment`."""
        if self._start(day, 0) > moment:
            return 0
        return bisect_right(range(len(self.cron.minutes)), moment, key=lambda place: self._start(day, place))

    def _start(self, day: date, place: int) -> datetime:
        hour, minute = divmod(self.cron.minutes[place], 60)
        return instant(datetime.combine(day, time(hour, minute)), self.zone)

    def _last_alike(self, day: date, place: int) -> int:
        """The last start to which it surely stays open from that one: no gap between, and no change of the clocks."""
        first, last = self._start(day, place), self._run_ends[place]

        def changed(other: int) -> bool:
            shown = (self.cron.minutes[other] - self.cron.minutes[place]) * _MINUTE
            return self._start(day, other) - first != shown

        if not changed(last):
            return last
        return place + bisect_left(range(place, last + 1), True, key=changed) - 1

    @cached_property
    def _run_ends(self) -> tuple[int, ...]:
        """For each start of a day the last one that is reached without a gap, by the clock."""
        minutes = self.cron.minutes
        ends = [len(minutes) - 1]
        for place in range(len(minutes) - 2, -1, -1):
            touches = (minutes[place + 1] - minutes[place]) * _MINUTE <= self.lasts
            ends.append(ends[-1] if touches else place)
        return tuple(reversed(ends))


def first_open(openings: Sequence[Opening], moment: datetime, before: datetime) -> datetime | None:
    """The first instant from `moment` on, and before another, at which any of them is open; None without one."""
    if any(opening.closing(moment) for opening in openings):
        return moment
    starts = [opening.start_after(moment, before) for opening in openings]
    return min((start for start in starts if start is not None), default=None)


def all_closed(openings: Sequence[Opening], moment: datetime, before: datetime) -> datetime:
    """The first instant from `moment` on at which all of them are closed, and `before` at the latest.

    Where hundreds of them take over from each other, it is the instant up to which that was followed.
    """
    for _ in range(_MOST_STEPS):
        ends = [end for opening in openings if (end := opening.closing(moment)) is not None]
        if not ends or moment >= before:
            break
        moment = max(ends)
    return min(moment, before)
