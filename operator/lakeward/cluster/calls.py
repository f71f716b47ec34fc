"""The API server as single synchronous calls on plain JSON, for threads: bounded in time, never retried.

The generated API classes cost a second and many megabytes to import; this uses their client below.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from kubernetes.client.exceptions import ApiException
from urllib3.exceptions import HTTPError

if TYPE_CHECKING:
    from kubernetes.client.api_client import ApiClient

    from lakeward.cluster.clock import Clock

TIMEOUT = (3.05, 10.0)
JSON = "application/json"
NO_ANSWER, BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, NOT_FOUND = 0, 400, 401, 403, 404


class CallError(Exception):
    """The API server refused or did not answer (`status` 0).

    `message` and `causes` are its own words, each one line; `causes` are those of single rules.
    """

    def __init__(self, status: int, message: str = "", causes: tuple[str, ...] = ()) -> None:
        super().__init__(f"the API server {f'answered {status}' if status else 'did not answer'}")
        self.status = status
        self.message = message
        self.causes = causes


class Calls:
    """Calls through one client. Thread-safe. `clock` is told what time the answers say."""

    def __init__(self, client: ApiClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock

    def get(self, path: str) -> dict[str, Any]:
        """Raises CallError."""
        return self._call("GET", path, None, {})

    def create(self, path: str, body: Mapping[str, Any], *, dry: bool = False) -> dict[str, Any]:
        """Make an object, or only ask whether it could be made. Raises CallError."""
        query = {"fieldValidation": "Strict", "fieldManager": "lakeward"} | ({"dryRun": "All"} if dry else {})
        return self._call("POST", path, body, query)

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None, query: Mapping[str, str]) -> dict[str, Any]:
        wanted = {"Accept": JSON, "Content-Type": JSON}
        method, url, headers, *_ = self._client.param_serialize(
            method, path, query_params=list(query.items()), header_params=wanted, auth_settings=["BearerToken"]
        )
        try:
            answer = self._client.call_api(method, url, headers, body, _request_timeout=TIMEOUT)
            text = answer.read()  # type: ignore[no-untyped-call]  # untyped in the client
        except (ApiException, HTTPError):
            raise CallError(NO_ANSWER) from None
        self._clock.saw(answer.headers.get("Date"))
        found = _parsed(text)
        if answer.status >= BAD_REQUEST:
            raise CallError(answer.status, _line(found.get("message")), _causes(found))
        return found


def _causes(answer: Mapping[str, Any]) -> tuple[str, ...]:
    details = answer.get("details")
    causes = details.get("causes") if isinstance(details, Mapping) else None
    return tuple(_line(cause.get("message")) for cause in causes or () if isinstance(cause, Mapping))


def _line(text: object) -> str:
    return " ".join(str(text or "").split())


def _parsed(text: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(text)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}
