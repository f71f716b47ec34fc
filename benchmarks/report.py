"""How figures are told: a table for people, JSON for programs, and the machine that they were measured on."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from benchmarks.figure import Reading

INDENT = 4
PLACES = {"MB": 1, "KiB": 1}


@dataclass(frozen=True)
class Machine:
    """Where and under which load; the load is the average of a minute, at the begin and at the end."""

    processors: int
    system: str
    python: str
    load_before: float
    load_after: float

    @classmethod
    def now(cls) -> "Machine":
        load = os.getloadavg()[0]
        return cls(os.cpu_count() or 1, platform.system(), platform.python_version(), load, load)

    def ended(self) -> "Machine":
        return replace(self, load_after=os.getloadavg()[0])

    def __str__(self) -> str:
        load = f"load {self.load_before:.1f} at the begin, {self.load_after:.1f} at the end"
        return f"{self.processors} processors, {self.system}, Python {self.python}; {load}"


def table(readings: Sequence[tuple[str, Reading]], machine: Machine) -> str:
    """All readings in columns: what, value, target, whether it holds, and below it what the number is made of."""
    rows = [(r.what, number(r.value, r.unit), _target(r), _verdict(r)) for _, r in readings]
    heads = ("figure", "value", "at most", "holds")
    wide = [max(len(row[column]) for row in (heads, *rows)) for column in range(3)]
    lines = [_line(heads, wide), _line(tuple("-" * w for w in (*wide, len(heads[3]))), wide)]
    for row, (_, reading) in zip(rows, readings, strict=True):
        lines.append(_line(row, wide))
        if reading.beside:
            lines.append(f"{' ' * INDENT}{reading.beside}")
    failed = sum(not reading.holds for _, reading in readings)
    end = f"{failed} of {len(readings)} do not hold" if failed else "all hold"
    return "\n".join([*lines, "", f"{end}; {machine}", ""])


def as_json(readings: Sequence[tuple[str, Reading]], machine: Machine, *, quick: bool) -> str:
    """The same for a program; members are only ever added."""
    figures = [{"figure": name, **asdict(reading), "holds": reading.holds} for name, reading in readings]
    return json.dumps({"machine": asdict(machine), "quick": quick, "readings": figures}, indent=2) + "\n"


def number(value: float, unit: str) -> str:
    """Places only where they tell something."""
    text = f"{value:.0f}" if value == int(value) else f"{value:.{PLACES.get(unit, 2)}f}"
    return f"{text}{unit}" if unit == "x" else f"{text} {unit}".strip()


def _line(row: Sequence[str], wide: Sequence[int]) -> str:
    what, value, target, verdict = row
    return f"{what:<{wide[0]}}  {value:>{wide[1]}}  {target:>{wide[2]}}  {verdict}"


def _target(reading: Reading) -> str:
    return "" if reading.target is None else number(reading.target, reading.unit)


def _verdict(reading: Reading) -> str:
    return "" if reading.target is None else "yes" if reading.holds else "NO"
