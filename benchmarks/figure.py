"""What a figure is: a module with a `measure`, which yields readings; a reading is a number beside its target.

A figure is a count or a ratio of two numbers of one run, never bare seconds: it must mean the same on any machine.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.bench import Bench


@dataclass(frozen=True)
class Reading:
    """One line of the table. `target` is the most that is allowed, None where the number is only told.

    `beside` says what the number is made of: the two sides of a ratio, the load, how often it was taken.
    """

    what: str
    value: float
    target: float | None = None
    unit: str = ""
    beside: str = ""

    @property
    def holds(self) -> bool:
        return self.target is None or self.value <= self.target


Measure = Callable[[Bench], Iterator[Reading]]


def milliseconds(seconds: Sequence[float]) -> str:
    """The median of some times, for the words beside a ratio."""
    return f"{median(seconds) * 1000:.0f} ms"
