"""The points of a sweep: each write of an undisturbed run, cut before and after."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sweep.proxy import KubeWrite

OUTSIDE, KUBERNETES = "lakehouse", "kubernetes"
WHEN = ("before", "after")


@dataclass(frozen=True)
class Point:
    """The `nth` write like `what`, cut `before` it is done or `after` that, when its answer is on its way."""

    where: str
    what: str
    nth: int
    when: str

    def __str__(self) -> str:
        return f"{self.what} #{self.nth} {self.when}"

    def method(self) -> str:
        return self.what.partition(" ")[0]

    def pattern(self, name: str) -> str:
        """The paths of the lakehouse that are meant when the story has this name."""
        return f"^{re.escape(self.what.partition(' ')[2]).replace('NAME', re.escape(name))}$"


def points(
    name: str, outside: Iterable[str], inside: Iterable[KubeWrite] = (), where: str = OUTSIDE
) -> Sequence[Point]:
    """Every moment of a recorded run; `where` is what the place of the calls outside is called."""
    found, seen = [], Counter[str]()
    writes = [(where, call.replace(name, "NAME")) for call in outside]
    for at, what in [*writes, *((KUBERNETES, write.what) for write in inside)]:
        seen[what] += 1
        found += [Point(at, what, seen[what], when) for when in WHEN]
    return found
