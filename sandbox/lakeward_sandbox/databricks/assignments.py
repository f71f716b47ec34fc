"""The manners of a read of grants: an order that is another one each time, and pages that may be empty."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from lakeward_sandbox.calls import Call
from lakeward_sandbox.databricks.paging import opened, sealed
from lakeward_sandbox.errors import Json, invalid

# the server's own page, in principals: so small that a handful of them makes a client turn pages
PAGE = 3
LEAST = 150


@dataclass(frozen=True)
class Assignment:
    """The privileges of one principal, as one answer shows them."""

    principal: str
    privileges: Sequence[object]

    def rank(self, turn: str) -> str:
        return _rank(turn, self.principal.lower())

    def json(self, turn: str) -> Json:
        return {
            "principal": self.principal,
            "privileges": sorted(self.privileges, key=lambda privilege: _rank(turn, str(privilege))),
        }


@dataclass(frozen=True)
class Reads:
    """How many reads of grants there were: what the order of the next one is made of."""

    number: int


def everything(call: Call, field: str, assignments: Sequence[Assignment]) -> Json:
    """All in one answer."""
    turn = _next_turn(call)
    return _answer(call, field, turn, _ranked(assignments, turn))


def page(call: Call, field: str, size: str, scope: str, assignments: Sequence[Assignment]) -> Json:
    """One page. Between two pages that hold something lies an empty one: only an absent token ends the listing."""
    _check(size, call.integer(size))
    scope = f"{size}:{scope}"
    # opened, a token reads TURN:GAP:AFTER; GAP says that the empty page is due
    turn, _, place = opened(call.text("page_token"), scope).partition(":")
    gap, _, after = place.partition(":")
    turn = turn or _next_turn(call)
    if gap:
        return {"next_page_token": sealed(f"{turn}::{after}", scope)}
    rest = [assignment for assignment in _ranked(assignments, turn) if assignment.rank(turn) > after]
    answer = _answer(call, field, turn, rest[:PAGE])
    if len(rest) > PAGE:
        answer["next_page_token"] = sealed(f"{turn}:gap:{rest[PAGE - 1].rank(turn)}", scope)
    return answer


def _answer(call: Call, field: str, turn: str, assignments: Sequence[Assignment]) -> dict[str, object]:
    """Only the principal that was asked for, if one was; an empty list is left out, as the service does."""
    wanted = (call.text("principal") or "").lower()
    shown = [a.json(turn) for a in assignments if not wanted or a.principal.lower() == wanted]
    return {field: shown} if shown else {}


def _check(size: str, limit: int | None) -> None:
    if limit is not None and (limit < 0 or 0 < limit < LEAST):
        raise invalid(f"{size} must be 0, or greater than or equal to {LEAST}")


def _next_turn(call: Call) -> str:
    kept = call.state.store.of(Reads)
    number = (kept.get("") or Reads(0)).number + 1
    kept.put("", Reads(number))
    return str(number)


def _ranked(assignments: Sequence[Assignment], turn: str) -> Sequence[Assignment]:
    return sorted(assignments, key=lambda assignment: assignment.rank(turn))


def _rank(turn: str, what: str) -> str:
    return hashlib.sha256(f"{turn}:{what}".encode()).hexdigest()
