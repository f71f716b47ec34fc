"""What a person asks `lakeward approve` for, and why it was not done. Knows nothing of gates. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

APPROVE, REJECT, BYPASS = "Approve", "Reject", "Bypass"
Json = Mapping[str, Any]


class NotMade(Exception):  # noqa: N818 - an outcome that a person mends
    """No approval was made; the message is one sentence that says why and what to do."""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a person asks for. `gate` and `subject` may be empty: then there is only one, or what holds now."""

    namespace: str
    name: str
    decision: str
    reason: str
    gate: str = ""
    subject: str = ""
    groups: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"ModelPromotion {self.namespace}/{self.name}"


def mapping(body: Json, name: str) -> Json:
    """A member that is an object; empty where it is missing."""
    found = body.get(name)
    return found if isinstance(found, Mapping) else {}


def rows(body: Json, name: str) -> list[Json]:
    """A member that is a list of objects; empty where it is missing."""
    found = body.get(name)
    return [row for row in found if isinstance(row, Mapping)] if isinstance(found, list | tuple) else []
