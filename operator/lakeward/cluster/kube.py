"""The API server as a few asynchronous verbs on plain JSON: one request each, counted, bounded in time, never retried.

The generated API classes validate every call with pydantic, which costs more than the call: this uses what is below.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import aiohttp
from kubernetes.aio.client.api_client import ApiClient

from lakeward.cluster.store import Body

JSON = "application/json"
JSON_PATCH = "application/json-patch+json"
APPLY = "application/apply-patch+yaml"

TIMEOUT = 15.0
LIST_TIMEOUT = 60.0
NO_ANSWER, OK, BAD_REQUEST = 0, 200, 400


class KubeError(Exception):
    """The API server refused or did not answer (`status` 0). `message` is its own, one line."""

    def __init__(self, verb: str, path: str, status: int, message: str) -> None:
        super().__init__(f"{verb} {path}: {status or 'no answer'}: {message}")
        self.status = status
        self.message = message


class Kube:
    """`wrote` is called with the verb and the code of every write."""

    def __init__(self, client: ApiClient, wrote: Callable[[str, int], None]) -> None:
        self._client = client
        self._wrote = wrote

    async def get(self, path: str, query: Mapping[str, str] | None = None, limit: float = TIMEOUT) -> dict[str, Any]:
        return await self._request("GET", path, query or {}, None, JSON, limit)

    async def create(self, path: str, body: Body) -> dict[str, Any]:
        return await self._write("POST", "create", path, {}, body, JSON)

    async def patch(self, path: str, operations: Sequence[Body]) -> dict[str, Any]:
        """A JSON patch under our field manager."""
        return await self._write("PATCH", "patch", path, {"fieldManager": "lakeward"}, list(operations), JSON_PATCH)

    async def apply(self, path: str, body: Body) -> dict[str, Any]:
        """Server-side apply: the fields of `body` are ours from now on, whoever had them before."""
        query = {"fieldManager": "lakeward", "force": "true", "fieldValidation": "Strict"}
        return await self._write("PATCH", "apply", path, query, body, APPLY)

    async def close(self) -> None:
        await self._client.close()  # type: ignore[no-untyped-call]  # untyped in the client

    async def _write(  # noqa: PLR0917 - the parts of a request
        self, method: str, verb: str, path: str, query: Mapping[str, str], body: object, content: str
    ) -> dict[str, Any]:
        try:
            answer = await self._request(method, path, query, body, content, TIMEOUT)
        except KubeError as error:
            self._wrote(verb, error.status)
            raise
        self._wrote(verb, OK)
        return answer

    async def _request(  # noqa: PLR0917 - the parts of a request
        self, method: str, path: str, query: Mapping[str, str], body: object, content: str, limit: float
    ) -> dict[str, Any]:
        headers = {"Accept": JSON, "Content-Type": content}
        prepared = await self._client.param_serialize(
            method, path, query_params=list(query.items()), header_params=headers, auth_settings=["BearerToken"]
        )
        _, url, headers, _, _ = prepared
        try:
            response = await self._client.call_api(
                method, url, headers, body, _request_timeout=aiohttp.ClientTimeout(total=limit)
            )
            text = await response.read()  # type: ignore[no-untyped-call]  # untyped in the client
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise KubeError(method, path, NO_ANSWER, type(error).__name__) from None
        answer = _parsed(text)
        if response.status >= BAD_REQUEST:
            raise KubeError(method, path, response.status, " ".join(str(answer.get("message", "")).split())[:500])
        return answer


def _parsed(text: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(text)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}
