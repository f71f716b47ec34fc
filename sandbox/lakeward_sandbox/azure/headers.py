"""The headers that Azure Resource Manager puts on every answer, refusals and faults included."""

import uuid

from starlette.types import Message, Scope

_CORRELATION = b"x-ms-correlation-request-id"


def stamped(scope: Scope, message: Message) -> Message:
    """The start of an answer with the ids by which support finds it."""
    sent = dict(scope["headers"])
    request_id = str(uuid.uuid4()).encode()
    added = [
        (b"x-ms-request-id", request_id),
        (_CORRELATION, sent.get(_CORRELATION, request_id)),
        (b"x-ms-routing-request-id", b"LOCAL:" + request_id),
        (b"cache-control", b"no-cache"),
    ]
    if sent.get(b"x-ms-return-client-request-id", b"").lower() == b"true" and b"x-ms-client-request-id" in sent:
        added.append((b"x-ms-client-request-id", sent[b"x-ms-client-request-id"]))
    return {**message, "headers": [*message["headers"], *added]}
