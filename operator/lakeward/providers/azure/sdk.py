"""The official management clients of one identity at one subscription: login, user agent, transport, one try a call.

Calls go through their raw `send_request`: their models would drop members that are newer than they are. Their own
policies are left out, because some of them pause and try again, and one registers providers unasked.
"""

import logging
import time
from collections.abc import Mapping
from typing import Any

import requests
from azure.core.credentials import AccessToken
from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import BearerTokenCredentialPolicy, UserAgentPolicy
from azure.core.pipeline.transport import RequestsTransport
from azure.core.rest import HttpRequest, HttpResponse
from azure.mgmt.network import NetworkManagementClient
from azure.mgmt.resource.resources import ResourceManagementClient
from requests.adapters import HTTPAdapter

from lakeward import __version__
from lakeward.providers.azure.errors import RAISED, refused, unanswered
from lakeward.providers.azure.wire import Json, Reply

CONNECT_TIMEOUT = 10.0
READ_TIMEOUT = 30.0
CALLERS = 24
TOKEN_SECONDS = 86400
REFUSALS = 300
VERSIONS = {"Microsoft.Network": "2026-03-01"}
GROUPS_VERSION = "2025-04-01"
Client = NetworkManagementClient | ResourceManagementClient

# at INFO the SDK logs every request with its headers
logging.getLogger("azure").setLevel(logging.WARNING)


class Sdk:
    """Sends one request and answers what came. Raises problems only where nothing came. Thread-safe."""

    def __init__(self, host: str, subscription: str, token: str, login: str) -> None:
        self._host = host
        self._subscription = subscription
        self._login = login
        self._token = _Token(token)
        self._transport = _transport(plain=host.startswith("http://"))
        self._groups = self._made(ResourceManagementClient, subscription)
        self._network = self._made(NetworkManagementClient, subscription)
        self._clients: Mapping[str, Client] = {"Microsoft.Network": self._network}

    def send(self, method: str, url: str, call: str, body: Json | None, headers: Mapping[str, str]) -> Reply:
        """One call. `call` is how its problem names it; an URL without a query gets the version of its service."""
        namespace = url.partition("/providers/")[2].partition("/")[0]
        version = {} if "?" in url else {"api-version": VERSIONS.get(namespace, GROUPS_VERSION)}
        request = HttpRequest(method, _literal(url), params=version, json=body, headers=dict(headers))
        try:
            return self._reply(self._clients.get(namespace, self._groups).send_request(request), call)
        except RAISED as error:
            raise unanswered(error, call, self._host) from None

    def _reply(self, response: HttpResponse, call: str) -> Reply:
        headers = {name.lower(): value for name, value in response.headers.items()}
        if response.status_code < REFUSALS:
            return Reply(response.status_code, headers, _mapping(response.json()) if response.content else {})
        reply = Reply(response.status_code, headers, _mapping_or_nothing(response))
        return Reply(
            reply.status, headers, reply.json, refused(reply, call, self._host, self._subscription, self._login)
        )

    def _made(self, kind: type[Any], subscription: str) -> Any:  # noqa: ANN401 - the clients share no base
        scope = f"{self._host}/.default"
        # policies keep their successor: each client needs its own
        policies = [UserAgentPolicy(user_agent=f"lakeward/{__version__}"), _Bearer(self._token, scope)]
        return kind(
            self._token,
            subscription,
            base_url=self._host,
            credential_scopes=[scope],
            policies=policies,
            transport=self._transport,
        )


class _Token:
    """A credential that is one bearer token; a new token is a new identity."""

    def __init__(self, token: str) -> None:
        self._value = token

    def get_token(self, *_scopes: str, **_more: Any) -> AccessToken:  # noqa: ANN401 - the SDK's own signature
        return AccessToken(self._value, int(time.time()) + TOKEN_SECONDS)


class _Bearer(BearerTokenCredentialPolicy[HttpRequest, HttpResponse]):
    """Sends the token once. Plain http reaches this machine only, as who hands in the host has checked."""

    def on_request(self, request: PipelineRequest[HttpRequest]) -> None:
        request.context["enforce_https"] = False
        super().on_request(request)

    def on_challenge(
        self,
        request: PipelineRequest[HttpRequest],  # noqa: ARG002 - a challenge is an answer like any other
        response: PipelineResponse[HttpRequest, HttpResponse],  # noqa: ARG002 - as above
    ) -> bool:
        return False


def _transport(*, plain: bool) -> RequestsTransport:
    session = requests.Session()
    session.trust_env = not plain  # no proxy stands before this machine
    for scheme in ("https://", "http://"):
        session.mount(scheme, HTTPAdapter(pool_maxsize=CALLERS, max_retries=0))
    return RequestsTransport(
        session=session,
        session_owner=False,
        use_env_settings=not plain,
        connection_timeout=CONNECT_TIMEOUT,
        read_timeout=READ_TIMEOUT,
    )


def _literal(url: str) -> str:
    """The clients take braces for places to fill in."""
    return url.replace("{", "%7B").replace("}", "%7D")


def _mapping(json: object) -> Json:
    if not isinstance(json, Mapping):
        raise ValueError("no JSON object")  # noqa: TRY004 - an answer of a wrong shape, not a wrong argument
    return json


def _mapping_or_nothing(response: HttpResponse) -> Json:
    try:
        return _mapping(response.json())
    except RAISED:
        return {}
