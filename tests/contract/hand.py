"""A person in the lakehouse: at its Databricks workspaces, and in its Azure subscription by plain REST."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from lakeward_sandbox.launch import Lakehouse
from sandbox.waiting import wait_for
from scenarios.registry import Registry

NETWORKS = "providers/Microsoft.Network/virtualNetworks"
MOVING = frozenset({"Updating", "Deleting"})
SELDOM, DEADLINE = 0.5, 30.0


class Subscription:
    """All writes are waited for. Paths are those below the subscription: `resourceGroups/...`."""

    def __init__(self, house: Lakehouse, who: str = "ana@example.com") -> None:
        self._root = f"{house.azure_url}/subscriptions/{house.subscription}"
        self._token = house.token(who)

    def find(self, at: str) -> Any:
        """The answer of a GET, None for 404."""
        try:
            return self._send("GET", at)
        except HTTPError as error:
            if error.code != 404:
                raise
            return None

    def put(self, at: str, body: Mapping[str, Any]) -> None:
        self._send("PUT", at, body)
        self.rest(at)

    def tag(self, at: str, tags: Mapping[str, str]) -> None:
        """Sets some tags."""
        before = self.find(at).get("tags") or {}
        self._send("PATCH", at, {"tags": {**before, **tags}})

    def drop(self, at: str) -> None:
        self._send("DELETE", at)
        self.rest(at)

    def rest(self, at: str) -> None:
        """Return when nothing moves there."""
        wait_for(lambda: not self.moves(at))

    def moves(self, at: str) -> bool:
        return (self.find(at) or {}).get("properties", {}).get("provisioningState") in MOVING

    def _send(self, method: str, at: str, body: Mapping[str, Any] | None = None) -> Any:
        try:
            with urlopen(self._request(method, at, body), timeout=20) as answer:  # noqa: S310 - our own lakehouse
                return json.loads(answer.read() or b"null")
        except HTTPError as error:
            error.add_note(error.read().decode())
            raise

    def _request(self, method: str, at: str, body: Mapping[str, Any] | None) -> Request:
        version = "2026-03-01" if "Microsoft.Network" in at else "2025-04-01"
        content = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        url = f"{self._root}/{at}?api-version={version}"
        return Request(url, content, headers, method=method)  # noqa: S310 - our own lakehouse


class Hand(Registry):
    """At Databricks itself, and at `azure`."""

    def __init__(self, house: Lakehouse) -> None:
        super().__init__(house)
        self.azure = Subscription(house)
