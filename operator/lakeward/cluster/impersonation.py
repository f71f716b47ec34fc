"""As whom the user of a kubeconfig acts: `as`, `as-uid`, `as-groups`, `as-user-extra`, as kubectl sends them.

https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation
"""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from kubernetes.client.api_client import ApiClient
from kubernetes.client.configuration import Configuration
from kubernetes.client.rest import RESTResponse
from urllib3 import HTTPHeaderDict

USER, UID, GROUPS, EXTRA = "as", "as-uid", "as-groups", "as-user-extra"
LEGAL = "!#$&'*+-.^_`|~"
"""What names of headers may have beside letters and digits, without the % that escapes the rest."""
Headers = tuple[tuple[str, str], ...]


class BadUser(Exception):  # noqa: N818 - a field that a person mends
    """The fields do not say as whom; the message names the one that is wrong."""


class Impersonating(ApiClient):
    """A client that says in every call as whom it is made. Its own default headers cannot repeat, and groups do."""

    def __init__(self, configuration: Configuration, headers: Headers) -> None:
        super().__init__(configuration)
        self._headers = headers

    def call_api(
        self,
        method: str,
        url: str,
        header_params: Mapping[str, str] | None = None,
        body: object = None,
        post_params: object = None,
        _request_timeout: object = None,
    ) -> RESTResponse:
        every = HTTPHeaderDict(header_params or {})
        for name, value in self._headers:
            every.add(name, value)
        return super().call_api(method, url, every, body, post_params, _request_timeout)


def headers(user: Mapping[str, Any]) -> Headers:
    """The headers of every call; none where the user acts as itself. Raises BadUser."""
    found = tuple(_headers(user))
    if found and found[0][0] != "Impersonate-User":
        said = next(field for field in (UID, GROUPS, EXTRA) if user.get(field))
        raise BadUser(f"{said} needs {USER}: say as whom")
    return found


def _headers(user: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if user.get(USER):
        yield "Impersonate-User", _text(USER, user[USER])
    if user.get(UID):
        yield "Impersonate-Uid", _text(UID, user[UID])
    for group in _texts(GROUPS, user.get(GROUPS)):
        yield "Impersonate-Group", group
    extra = user.get(EXTRA) or {}
    if not isinstance(extra, Mapping):
        raise BadUser(f"{EXTRA} must be lists of strings by key")
    for key, values in extra.items():
        for value in _texts(f"{EXTRA}.{key}", values):
            yield f"Impersonate-Extra-{quote(str(key), safe=LEGAL)}", value


def _texts(field: str, found: object) -> Iterator[str]:
    if not isinstance(found, list | None):
        raise BadUser(f"{field} must be a list of strings")
    return (_text(field, one) for one in found or ())


def _text(field: str, found: object) -> str:
    """A value as the client sends it: in Latin-1, of which the API server reads the bytes as UTF-8."""
    if not isinstance(found, str) or not found.isprintable():
        raise BadUser(f"{field} must be a string of one line")
    return found.encode().decode("latin-1")
