"""The rows of `status.resources`: what we made or adopted, so that what leaves the spec can be found and removed.

Pure. Losing the rows loses what left the spec since, and what goes with a deletion that comes before the next pass.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lakeward.engine.reasons import Reason


@dataclass(frozen=True)
class Row:
    """One external object: address, state for people, one-line message, and the entries inside it that we manage.

    `adopted`: it was there before us and has no place for a mark that would say so.
    `id`: what the service calls it, as it told; some objects are found again by nothing else.
    """

    address: str
    state: str
    message: str = ""
    keys: tuple[str, ...] = ()
    adopted: bool = False
    id: str = ""

    def as_status(self) -> dict[str, Any]:
        row: dict[str, Any] = {"address": self.address, "state": self.state}
        if self.message:
            row["message"] = self.message
        if self.keys:
            row["keys"] = list(self.keys)
        if self.adopted:
            row["adopted"] = True
        if self.id:
            row["id"] = self.id
        return row

    @property
    def retained(self) -> bool:
        """Left outside on purpose after it left the spec."""
        return self.state == Reason.RETAINED


def read(status: Mapping[str, Any]) -> tuple[Row, ...]:
    """The rows of a status, in its order: parents before children. Rows that make no sense are ignored."""
    rows = status.get("resources")
    return tuple(_rows(rows)) if isinstance(rows, list) else ()


def _rows(rows: Iterable[object]) -> Iterable[Row]:
    for row in rows:
        if isinstance(row, Mapping) and isinstance(row.get("address"), str):
            yield Row(
                address=row["address"],
                state=str(row.get("state", "")),
                message=str(row.get("message", "")),
                keys=tuple(str(k) for k in row.get("keys") or ()),
                adopted=row.get("adopted") is True,
                id=str(row.get("id") or ""),
            )
