"""One identity at one Azure subscription, as plain REST: pace, pages, and what came of each call. Knows no resource.

The SDK is loaded by the first call, so that who manages nothing in Azure does not pay for it. Paths are those below
the subscription; a token never leaves for another host than the one that was allowed.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from lakeward.engine.errors import Throttled, Unavailable
from lakeward.providers.azure.operations import Operations
from lakeward.providers.azure.wire import Json, Reply, error_of, origin, path
from lakeward.providers.limits import Bucket

if TYPE_CHECKING:
    from lakeward.providers.azure.sdk import Sdk

NO_ANSWER, NOT_FOUND = 0, 404
# a 404 of any other code is no word about the object: a subscription, a type, a gateway on the way
ABSENT = frozenset({"ResourceNotFound", "NotFound", "ResourceGroupNotFound", "ParentResourceNotFound"})
Observer = Callable[[str, str, int, float], None]


class Api:
    """Calls in one subscription by one identity. Raises problems only. Thread-safe.

    `observed(host, method, code, seconds)` is told of every call; a code of 0 says that there was no answer.
    """

    def __init__(
        self,
        host: str,
        subscription: str,
        token: str,
        bucket: Bucket,
        observed: Observer = lambda *_: None,
        *,
        login: str = "",
    ) -> None:
        self.host = host
        self._login = login
        self.operations = Operations()
        self._root = path("subscriptions", subscription)
        self._subscription = subscription
        self._token = token
        self._bucket = bucket
        self._observed = observed
        self._loaded: Sdk | None = None
        self._lock = threading.Lock()

    def find(self, at: str) -> Json | None:
        """A GET where absence is an answer: None."""
        reply = self._send("GET", self._url(at), at)
        return None if _absent(reply) else _sound(reply).json

    def put(self, at: str, body: Json, headers: Mapping[str, str]) -> Reply:
        """A PUT; it may begin an operation."""
        return _sound(self._send("PUT", self._url(at), at, body, headers))

    def patch(self, at: str, body: Json) -> Json:
        """A PATCH."""
        return _sound(self._send("PATCH", self._url(at), at, body)).json

    def drop(self, at: str) -> Reply | None:
        """A DELETE, None when there is nothing; it may begin an operation."""
        reply = self._send("DELETE", self._url(at), at)
        return None if _absent(reply) else _sound(reply)

    def entries(self, at: str) -> Iterator[Json]:
        """All entries of a listing, page by page. A page may be empty and still have a successor."""
        url = self._url(at)
        while url:
            page = _sound(self._send("GET", url, at)).json
            yield from page.get("value") or ()
            url = str(page.get("nextLink") or "")
            if url and not self._ours(url):
                raise Unavailable(f"GET {at}: {self.host} continues its listing at another host")

    def ended(self, monitor: str) -> Json | None:
        """What the monitor of an operation says; None when it has been forgotten or is somewhere else."""
        if not self._ours(monitor):
            return None
        reply = self._send("GET", monitor, "operation")
        return None if reply.status == NOT_FOUND else _sound(reply).json

    def _send(
        self, method: str, url: str, at: str, body: Json | None = None, headers: Mapping[str, str] | None = None
    ) -> Reply:
        sdk = self._sdk()
        self._bucket.take()
        code, begun = NO_ANSWER, time.monotonic()
        try:
            reply = sdk.send(method, url, f"{method} {at}", body, headers or {})
            code = reply.status
        finally:
            self._observed(urlsplit(self.host).netloc, method, code, time.monotonic() - begun)
        if isinstance(reply.problem, Throttled) and reply.problem.retry_after:
            self._bucket.close(reply.problem.retry_after)
        return reply

    def _sdk(self) -> "Sdk":
        with self._lock:
            if self._loaded is None:
                from lakeward.providers.azure.sdk import Sdk  # noqa: PLC0415 - half a second and 50 MB, see above

                self._loaded = Sdk(self.host, self._subscription, self._token, self._login)
            return self._loaded

    def _url(self, at: str) -> str:
        return f"{self.host}{self._root}{at}"

    def _ours(self, url: str) -> bool:
        return origin(url) == origin(self.host)


def _absent(reply: Reply) -> bool:
    return reply.status == NOT_FOUND and error_of(reply.json)[0] in ABSENT


def _sound(reply: Reply) -> Reply:
    if reply.problem is not None:
        raise reply.problem
    return reply
