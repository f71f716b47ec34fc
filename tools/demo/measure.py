"""What a change cost outside: the lakehouse logs every request, so writes are counted and not believed."""

from collections.abc import Iterable
from dataclasses import dataclass

from lakeward_sandbox.launch import Lakehouse, Request

OPERATOR = "lakeward"
READS = ("GET", "HEAD")
COPYING = ("/unity-catalog/models/versions", "/fs/files/", "/artifacts")


@dataclass(frozen=True)
class Cost:
    """The operator's writes from one moment to another, and the seconds between them."""

    seconds: float
    writes: tuple[Request, ...]

    def on(self, model: str) -> int:
        """How many of them were about a model."""
        return sum(model in write.path for write in self.writes)

    @property
    def copies(self) -> int:
        """How many of them were part of a copy."""
        return sum(any(part in write.path for part in COPYING) for write in self.writes)


def latest(house: Lakehouse) -> int:
    """The number of the last request until now."""
    return max((request.sequence for request in house.requests()), default=0)


def cost(house: Lakehouse, after: int, seconds: float) -> Cost:
    """Of everything after that request."""
    return Cost(seconds, tuple(_writes(house.requests(principal=OPERATOR, after=after))))


def _writes(requests: Iterable[Request]) -> Iterable[Request]:
    return (request for request in requests if request.method not in READS)
