"""What Databricks accepts in a tracking call and MLflow's own server does not: searches and listings of experiments
without a page size, as the Databricks SDK sends them by default. It knows nothing of what is answered.
"""

import json
from collections.abc import Sequence
from urllib.parse import parse_qsl, urlencode

from starlette.requests import ClientDisconnect, Request
from starlette.types import Message, Receive, Scope

_SEARCH = "/api/2.0/mlflow/experiments/search"
_LIST = "/api/2.0/mlflow/experiments/list"
_PAGE = 1000
_UNSET = (None, 0, "", "0")


async def translated(scope: Scope, receive: Receive) -> tuple[Scope, Receive]:
    """The same call as MLflow's server takes it."""
    if scope["method"] == "GET" and scope["path"] in {_SEARCH, _LIST}:
        return {**scope, "path": _SEARCH, "raw_path": _SEARCH.encode(), "query_string": _query(scope)}, receive
    if scope["method"] == "POST" and scope["path"] == _SEARCH:
        return await _with_page_size(scope, receive)
    return scope, receive


def _query(scope: Scope) -> bytes:
    given: Sequence[tuple[str, str]] = parse_qsl(scope["query_string"].decode("ascii", "replace"))
    kept = [(name, value) for name, value in given if name != "max_results" or value not in _UNSET]
    sized = any(name == "max_results" for name, _ in kept)
    return urlencode(kept if sized else [*kept, ("max_results", str(_PAGE))]).encode()


async def _with_page_size(scope: Scope, receive: Receive) -> tuple[Scope, Receive]:
    try:
        content = await Request(scope, receive).body()
    except ClientDisconnect:
        return scope, receive
    content = _sized(content)
    headers = [(name, value) for name, value in scope["headers"] if name != b"content-length"]
    length = (b"content-length", str(len(content)).encode())
    body: list[Message] = [{"type": "http.request", "body": content, "more_body": False}]

    async def body_first() -> Message:
        return body.pop() if body else await receive()

    return {**scope, "headers": [*headers, length]}, body_first


def _sized(content: bytes) -> bytes:
    """What is no JSON object is left to MLflow to refuse."""
    try:
        body = json.loads(content or b"{}")
    except ValueError:
        return content
    if not isinstance(body, dict) or body.get("max_results") not in _UNSET:
        return content
    return json.dumps({**body, "max_results": _PAGE}).encode()
