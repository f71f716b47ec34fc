"""How a span of time reads in a message: as a manifest writes it. Knows no gate and no clock."""

from datetime import timedelta

_UNITS = {"d": 86400, "h": 3600, "m": 60, "s": 1}


def show(span: timedelta) -> str:
    """The span in the largest unit that divides it: 90m, 24h is 1d; fractions of a second are left out."""
    seconds = int(span.total_seconds())
    unit = next(unit for unit, size in _UNITS.items() if seconds % size == 0 and (seconds or unit == "s"))
    return f"{seconds // _UNITS[unit]}{unit}"
