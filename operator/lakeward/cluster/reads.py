"""The two kinds of Kubernetes' own that passes read, by one synchronous GET each: Secrets and namespaces.

The generated API classes cost a second and many megabytes to import; this uses their client below. Called from threads.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from kubernetes.client.exceptions import ApiException
from urllib3.exceptions import HTTPError

if TYPE_CHECKING:
    from kubernetes.client.api_client import ApiClient

TIMEOUT = (3.05, 10.0)
NO_ANSWER, OK, FORBIDDEN, NOT_FOUND = 0, 200, 403, 404


class ReadError(Exception):
    """The API server refused or did not answer (`status` 0)."""

    def __init__(self, status: int) -> None:
        answered = f"answered {status}" if status else "did not answer"
        super().__init__(f"the API server {answered}")
        self.status = status


class Reads:
    """Reads through one client. Thread-safe."""

    def __init__(self, client: ApiClient) -> None:
        self._client = client

    def secret(self, namespace: str, name: str) -> Mapping[str, str]:
        """The values of a Secret, still in base64. Raises ReadError."""
        found = self._get(f"/api/v1/namespaces/{quote(namespace, safe='')}/secrets/{quote(name, safe='')}")
        return found.get("data") or {}

    def terminating(self, namespace: str) -> bool:
        """Whether a namespace is being deleted. Raises ReadError."""
        found = self._get(f"/api/v1/namespaces/{quote(namespace, safe='')}")
        return bool(found["metadata"].get("deletionTimestamp"))

    def _get(self, path: str) -> dict[str, Any]:
        headers = {"Accept": "application/json"}
        method, url, headers, *_ = self._client.param_serialize(
            "GET", path, header_params=headers, auth_settings=["BearerToken"]
        )
        try:
            answer = self._client.call_api(method, url, headers, _request_timeout=TIMEOUT)
            text = answer.read()  # type: ignore[no-untyped-call]  # untyped in the client
        except (ApiException, HTTPError):
            raise ReadError(NO_ANSWER) from None
        if answer.status != OK:
            raise ReadError(answer.status)
        body: dict[str, Any] = json.loads(text)
        return body
