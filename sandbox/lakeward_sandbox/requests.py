"""The log of requests: what tests and people read to learn what a client really did. It never holds a token or a value
of a body, only the names of its fields.
"""

import json
from collections import deque
from collections.abc import Iterator, Mapping, Sequence

from starlette.types import Message, Receive, Scope

from lakeward_sandbox.errors import Json
from lakeward_sandbox.exchange import Exchange

KEPT = 100_000
_LONGEST_BODY = 1 << 20


class RequestLog:
    """The last exchanges in the order of their arrival. Only the event loop touches it."""

    def __init__(self) -> None:
        self._exchanges: deque[Exchange] = deque(maxlen=KEPT)
        self._arrived = 0

    def next_sequence(self) -> int:
        self._arrived += 1
        return self._arrived

    def add(self, exchange: Exchange) -> None:
        self._exchanges.append(exchange)

    def clear(self) -> None:
        self._exchanges.clear()

    def matching(self, wanted: Mapping[str, str]) -> Sequence[Json]:
        """Filters: principal, method, workspace, path (a part of it), after (a sequence number)."""
        return [_entry(exchange) for exchange in self._exchanges if all(_fits(exchange, wanted))]


def _fits(exchange: Exchange, wanted: Mapping[str, str]) -> Iterator[bool]:
    entry = _entry(exchange)
    for name in ("principal", "method", "workspace"):
        if name in wanted:
            yield entry[name] == wanted[name]
    yield wanted.get("path", "") in exchange.path
    yield exchange.sequence > int(wanted.get("after", "0"))


def _entry(exchange: Exchange) -> Json:
    return {
        "sequence": exchange.sequence,
        "method": exchange.method,
        "path": exchange.path,
        "query": exchange.query,
        "status": exchange.status,
        "principal": exchange.principal.name if exchange.principal else None,
        "user_agent": exchange.user_agent,
        "workspace": exchange.place,
        "body_fields": exchange.body_fields,
        "fault": exchange.fault,
    }


def noting_fields(scope: Scope, receive: Receive, exchange: Exchange) -> Receive:
    """Passes the body on and notes the names of its top-level fields, if it is a JSON object."""
    headers = dict(scope["headers"])
    if not headers.get(b"content-type", b"").startswith(b"application/json"):
        return receive
    content = bytearray()

    async def noted() -> Message:
        message = await receive()
        if message["type"] == "http.request" and len(content) <= _LONGEST_BODY:
            content.extend(message.get("body", b""))
            if not message.get("more_body", False):
                exchange.body_fields = _field_names(bytes(content))
        return message

    return noted


def _field_names(content: bytes) -> list[str]:
    try:
        body = json.loads(content)
    except ValueError:
        return []
    return sorted(body) if isinstance(body, dict) else []
