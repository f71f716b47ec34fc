"""Fault rules: which exchanges a rule means, how often it strikes, and with what. Pure: no connection, no clock."""

import re
from dataclasses import asdict, dataclass, field
from enum import StrEnum

from lakeward_sandbox.errors import Json
from lakeward_sandbox.exchange import Exchange


class Effect(StrEnum):
    """What befalls a matching exchange.

    STATUS answers an error; RESET breaks the connection; DELAY answers later; HOLD answers when it is released; HANG
    never answers and breaks the connection when it is released; MALFORMED answers half of a JSON text; STALE lets the
    first reads after a write see all objects as they were before that write; FAIL lets what the call begins or ends
    fail: the long-running operation in Azure, the registration of a model version; FORGET lets the call happen as if
    one field of its body had not been sent.
    """

    STATUS = "status"
    RESET = "reset"
    DELAY = "delay"
    HOLD = "hold"
    HANG = "hang"
    MALFORMED = "malformed"
    STALE = "stale"
    FAIL = "fail"
    FORGET = "forget"


class When(StrEnum):
    """Whether the call takes effect before the fault strikes."""

    BEFORE = "before"
    AFTER = "after"


class RuleError(Exception):
    """The text names the field and says what it may be."""


@dataclass
class Rule:
    """One rule and its counters. `offset` matches pass untouched, then `count` are struck; a count of 0 means all.

    For STALE the matches are writes (`write_path`), and `path` names the reads that see the past, `reads` times each.
    """

    id: str
    effect: Effect
    when: When = When.BEFORE
    method: str | None = None
    path: str = ""
    workspace: str | None = None
    principal: str | None = None
    offset: int = 0
    count: int = 1
    status: int = 503
    error_code: str = "TEMPORARILY_UNAVAILABLE"
    message: str = "The service is temporarily unavailable."
    retry_after: int | None = None
    seconds: float = 0.0
    reads: int = 1
    write_path: str = ""
    body_field: str = ""
    matched: int = field(default=0, init=False)
    hits: int = field(default=0, init=False)
    held: int = field(default=0, init=False)

    def means(self, exchange: Exchange) -> bool:
        """Is it this method, path, workspace and principal?"""
        return (
            (self.method is None or self.method == exchange.method)
            and self._is_mine(exchange)
            and re.search(self.path, exchange.path) is not None
        )

    def means_write(self, exchange: Exchange) -> bool:
        """For STALE: does this write arm the rule? Anybody's write does."""
        return exchange.is_write and re.search(self.write_path, exchange.path) is not None

    def means_read(self, exchange: Exchange) -> bool:
        """For STALE: may this read see the past?"""
        return not exchange.is_write and self.means(exchange)

    def strikes(self) -> bool:
        """Counts a match and says whether the rule strikes it."""
        self.matched += 1
        turn = self.matched - self.offset
        struck = turn > 0 and (self.count == 0 or turn <= self.count)
        self.hits += struck
        return struck

    def json(self) -> Json:
        return asdict(self)

    def _is_mine(self, exchange: Exchange) -> bool:
        sender = exchange.principal.name if exchange.principal else None
        return (self.workspace is None or self.workspace == exchange.place) and (
            self.principal is None or self.principal == sender
        )


_TYPES: dict[str, type | tuple[type, ...]] = {
    "effect": str, "when": str, "method": str, "path": str, "workspace": str, "principal": str, "offset": int,
    "count": int, "status": int, "error_code": str, "message": str, "retry_after": int, "seconds": (int, float),
    "reads": int, "write_path": str, "body_field": str,
}  # fmt: skip


def parse(body: Json, rule_id: str) -> Rule:
    """A rule from its JSON; every mistake is named, none is passed over.

    Raises RuleError.
    """
    fields = {name: value for name, value in body.items() if value is not None}
    for name, value in fields.items():
        if name not in _TYPES:
            raise RuleError(f"{name} is not a field of a fault; fields are {', '.join(_TYPES)}")
        if not isinstance(value, _TYPES[name]) or isinstance(value, bool):
            raise RuleError(f"{name} has the wrong type: {value!r}")
        if isinstance(value, int | float) and value < 0:
            raise RuleError(f"{name} must not be negative")
    fields["effect"] = _choice(Effect, "effect", fields.get("effect"))
    fields["when"] = _choice(When, "when", fields.get("when", When.BEFORE))
    for name in ("path", "write_path"):
        try:
            re.compile(str(fields.get(name, "")))
        except re.error as problem:
            raise RuleError(f"{name} is not a regular expression: {problem}") from problem
    if fields["effect"] == Effect.FORGET and not fields.get("body_field"):
        raise RuleError("body_field is missing: the name of the field to forget")
    if not 200 <= int(str(fields.get("status", 503))) <= 599:  # noqa: PLR2004 - the range of HTTP
        raise RuleError("status must be from 200 to 599")
    return Rule(id=rule_id, **fields)  # type: ignore[arg-type] # types were checked against _TYPES above


def _choice(kind: type[StrEnum], name: str, value: object) -> StrEnum:
    try:
        return kind(str(value))
    except ValueError as problem:
        raise RuleError(f"{name} must be one of {', '.join(kind)}") from problem
