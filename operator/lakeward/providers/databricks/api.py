"""One identity at one Databricks workspace, as plain REST over the official SDK: login, user agent, errors, pace.

Answers are raw JSON on purpose: the SDK's classes drop fields and values that are newer than they are. Knows no
resource; every path segment is escaped here, so a name can never reach another path.
"""

import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlsplit

import requests
from databricks.sdk import WorkspaceClient
from databricks.sdk.clock import RealClock
from databricks.sdk.config import Config
from databricks.sdk.errors import NotFound
from databricks.sdk.errors.base import DatabricksError
from databricks.sdk.errors.platform import STATUS_CODE_MAPPING

from lakeward import __version__
from lakeward.engine.errors import Invalid, Throttled
from lakeward.providers.databricks.errors import NoPause, WaitAskedError, translate
from lakeward.providers.limits import Bucket

CALL_TIMEOUT = 30.0
CHUNK = 1024 * 1024
OK, UNKNOWN_CODE, NO_ANSWER = 200, 500, 0
NO_SEGMENT = frozenset({"", ".", ".."})
Json = Mapping[str, Any]
Observer = Callable[[str, str, int, float], None]
RAISED = (DatabricksError, WaitAskedError, requests.RequestException, TimeoutError, ValueError)

# the discovery probe of a host that is down is no news: the first call tells it
logging.getLogger("databricks.sdk").setLevel(logging.ERROR)


def path(*segments: str | int) -> str:
    """A URL path of the given segments, each escaped; a leading one may hold slashes of its own.

    Invalid where a later one is empty or made of dots: on its way such a path becomes another one.
    """
    head, *rest = segments
    if any(str(s) in NO_SEGMENT for s in rest):
        raise Invalid(f"a name below {head} is empty, . or .., which names nothing there; write the name of an object")
    return "/".join([str(head), *(quote(str(s), safe="") for s in rest)])


class Api:
    """Calls to one workspace by one identity. Raises problems only. Thread-safe.

    `observed(host, method, code, seconds)` is told of every call; a code of 0 says that there was no answer.
    """

    def __init__(
        self, host: str, token: str, bucket: Bucket, observed: Observer = lambda *_: None, *, login: str = ""
    ) -> None:
        config = Config(
            host=host,
            token=token,
            auth_type="pat",  # never let the SDK guess
            product="lakeward",
            product_version=__version__,
            http_timeout_seconds=CALL_TIMEOUT,
            retry_timeout_seconds=1,  # only for the discovery probe; calls never wait, see NoPause
            clock=NoPause(RealClock()),
        )
        self.host = host
        self._login = login
        self._calls = WorkspaceClient(config=config).api_client
        self._bucket = bucket
        self._observed = observed

    def do(self, method: str, at: str, query: Json | None = None, body: Json | None = None) -> Json:
        """One call. `at` is a path as `path` makes it."""
        answer = self._call(method, at, query=dict(query or {}) or None, body=dict(body) if body is not None else None)
        return answer if isinstance(answer, Mapping) else {"items": answer}

    def find(self, at: str, query: Json | None = None) -> Json | None:
        """A GET where 404 is an answer: None."""
        try:
            found: Json = self._guarded("GET", at, query=dict(query or {}) or None)
        except NotFound:
            return None
        except RAISED as error:
            raise self._problem(error, "GET", at) from None
        return found

    def drop(self, at: str, query: Json | None = None) -> None:
        """A DELETE where absent is success."""
        try:
            self._guarded("DELETE", at, query=dict(query or {}) or None)
        except NotFound:
            return
        except RAISED as error:
            raise self._problem(error, "DELETE", at) from None

    def pages(self, at: str, field: str, query: Json | None = None) -> Iterator[Json]:
        """All entries of a paged listing. A page may be empty and still have a successor."""
        asked = dict(query or {})
        while True:
            page = self.do("GET", at, asked)
            yield from page.get(field) or ()
            token = page.get("next_page_token")
            if not token:
                return
            asked["page_token"] = token

    def download(self, at: str) -> Iterator[bytes]:
        """The bytes of a file, piece by piece, in constant memory."""
        answer = self._call("GET", at, raw=True, headers={"Accept": "application/octet-stream"})
        contents = answer["contents"]
        try:
            while piece := contents.read(CHUNK):
                yield piece
        except RAISED as error:
            raise self._problem(error, "GET", at) from None
        finally:
            contents.close()

    def upload(self, at: str, stream: "Sized") -> None:
        """Write a file from a stream of known length, in constant memory. Sent once."""
        headers = {"Content-Type": "application/octet-stream"}
        self._call("PUT", at, query={"overwrite": "true"}, data=stream, headers=headers)

    def _call(self, method: str, at: str, **how: Any) -> Any:  # noqa: ANN401 - passed through to the SDK
        try:
            return self._guarded(method, at, **how)
        except RAISED as error:
            raise self._problem(error, method, at) from None

    def _guarded(self, method: str, at: str, **how: Any) -> Any:  # noqa: ANN401 - passed through to the SDK
        self._bucket.take()
        code, begun = OK, time.monotonic()
        try:
            return self._calls.do(method, at, **how)
        except RAISED as error:
            code = _code(error)
            raise
        finally:
            self._observed(urlsplit(self.host).netloc, method, code, time.monotonic() - begun)

    def _problem(self, error: Exception, method: str, at: str) -> Exception:
        problem = translate(error, f"{method} {at}", self.host, self._login)
        if isinstance(problem, Throttled) and problem.retry_after:
            self._bucket.close(problem.retry_after)
        return problem


class Sized:
    """A stream of pieces with a known length, as an HTTP client sends it with a Content-Length.

    Ends with an error of the pieces' source; never yields more than the length.
    """

    def __init__(self, pieces: Iterator[bytes], length: int) -> None:
        self._pieces = pieces
        self._left = length
        self._rest = b""
        self._length = length

    def __len__(self) -> int:
        return self._length

    def __bool__(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes, all that is left without it."""
        wanted = self._left if size < 0 else min(size, self._left)
        while len(self._rest) < wanted:
            piece = next(self._pieces, b"")
            if not piece:
                break
            self._rest += piece
        part, self._rest = self._rest[:wanted], self._rest[wanted:]
        self._left -= len(part)
        return part


def _code(error: Exception) -> int:
    """The HTTP status behind an error of the SDK, which keeps only its class; 0 without an answer."""
    cause = error.__context__ if isinstance(error, WaitAskedError) else error
    known = (code for code, kind in STATUS_CODE_MAPPING.items() if isinstance(cause, kind))
    return next(known, UNKNOWN_CODE if isinstance(cause, DatabricksError) else NO_ANSWER)


def dumps(value: object) -> str:
    """Canonical JSON: sorted keys, no blanks."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
