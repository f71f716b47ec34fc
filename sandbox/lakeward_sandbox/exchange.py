"""One HTTP exchange as the whole lakehouse sees it: where it arrived, who sent it, and what became of it."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.types import Scope

from lakeward_sandbox.principals import Principal
from lakeward_sandbox.sites import Site, Workspace

_KEY = "lakeward.exchange"


@dataclass
class Exchange:
    """Filled as the exchange goes on; `status` is None while nothing was answered, and for ever after a reset."""

    sequence: int
    site: Site
    method: str
    path: str
    raw_path: str
    query: str
    user_agent: str
    principal: Principal | None
    status: int | None = None
    body_fields: list[str] = field(default_factory=list)
    fault: str | None = None
    past: sqlite3.Connection | None = None
    operation_error: Mapping[str, str] | None = None

    @property
    def place(self) -> str:
        """`dev`, `test`, `prod`, `azure` or `account`."""
        place = self.site.place
        return place.name if isinstance(place, Workspace) else type(place).__name__.lower()

    @property
    def is_write(self) -> bool:
        return self.method not in {"GET", "HEAD", "OPTIONS"}

    def attach(self, scope: Scope) -> None:
        scope[_KEY] = self

    @staticmethod
    def of(scope: Scope) -> "Exchange":
        exchange = scope[_KEY]
        assert isinstance(exchange, Exchange)  # noqa: S101 - the edge attaches it to every scope
        return exchange
