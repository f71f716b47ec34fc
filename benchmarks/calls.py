"""Counts of what the operator asked of the far side, from the lakehouse's own log. The operator's word is not taken."""

from collections.abc import Iterable

from lakeward_sandbox.launch import Lakehouse, Request

OPERATOR = "lakeward"
READS = frozenset({"GET", "HEAD"})


def mark(house: Lakehouse) -> int:
    """The number of the last request until now."""
    return max((request.sequence for request in house.requests()), default=0)


def since(house: Lakehouse, mark: int) -> list[Request]:
    """Every request of the operator after a mark."""
    return house.requests(principal=OPERATOR, after=mark)


def writes(requests: Iterable[Request]) -> list[Request]:
    return [request for request in requests if request.method not in READS]


def reads(requests: Iterable[Request]) -> list[Request]:
    return [request for request in requests if request.method in READS]
