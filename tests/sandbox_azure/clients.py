"""The unmodified management clients, pointed at the lakehouse: no retries of their own, no token refused over http."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from azure.core.credentials import AccessToken
from azure.core.exceptions import HttpResponseError
from azure.core.pipeline import PipelineRequest
from azure.core.pipeline.policies import BearerTokenCredentialPolicy
from azure.mgmt.network import NetworkManagementClient
from azure.mgmt.resource.resources import ResourceManagementClient

from lakeward_sandbox.launch import Lakehouse
from sandbox.talk import Talk

DATABRICKS = "Microsoft.Databricks/workspaces"
VERSIONS = {"network": "2026-03-01", "resources": "2025-04-01"}


class Fixed:
    """A credential that is one token for ever."""

    def __init__(self, token: str) -> None:
        self._token = token

    def get_token(self, *_scopes: str, **_more: Any) -> AccessToken:
        return AccessToken(self._token, int(time.time()) + 86400)


class Loopback(BearerTokenCredentialPolicy[Any, Any]):
    """azure-core refuses a bearer token over http unless each request says otherwise."""

    def on_request(self, request: PipelineRequest[Any]) -> None:
        request.context["enforce_https"] = False
        super().on_request(request)


@dataclass(frozen=True)
class Clients:
    """One principal in one subscription."""

    resources: ResourceManagementClient
    network: NetworkManagementClient
    plain: Talk
    scope: str

    def group(self, location: str = "eastus2") -> str:
        """A new group."""
        name = f"rg-{uuid4().hex[:8]}"
        self.resources.resource_groups.create_or_update(name, {"location": location})
        return name

    def begin_vnet(self, group: str, *subnets: Any, name: str = "net", **properties: Any) -> Any:
        return self.network.virtual_networks.begin_create_or_update(group, name, vnet(*subnets, **properties))

    def begin_subnet(self, group: str, name: str, prefix: str, **properties: Any) -> Any:
        return self.network.subnets.begin_create_or_update(group, "net", name, subnet(prefix, **properties))

    def vnet(self, group: str, name: str = "net") -> Any:
        """As a GET shows it."""
        return self.network.virtual_networks.get(group, name).as_dict()

    def path(self, group: str, rest: str = "virtualNetworks/net") -> str:
        return f"{self.scope}/resourceGroups/{group}/providers/Microsoft.Network/{rest}"

    def ask(self, method: str, path: str, body: object = None, **more: Any) -> Any:
        """Plain HTTP with the version that the clients would send."""
        version = VERSIONS["network" if "Microsoft.Network" in path else "resources"]
        return self.plain.ask(method, path, body, query={"api-version": version}, **more)


def vnet(*subnets: Any, location: str = "eastus2", **properties: Any) -> Any:
    """A body; without subnets it says nothing about them."""
    own = {"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}, **properties}
    return {"location": location, "properties": {**own, "subnets": list(subnets)} if subnets else own}


def subnet(prefix: str | None, **properties: Any) -> Any:
    own = {"addressPrefix": prefix} if prefix else {}
    return {"properties": {**own, **properties}}


def named(name: str, prefix: str, **properties: Any) -> Any:
    """A subnet inside of a virtual network's body."""
    return {"name": name, **subnet(prefix, **properties)}


def delegated(name: str, prefix: str) -> Any:
    return named(name, prefix, delegations=[{"name": "databricks", "properties": {"serviceName": DATABRICKS}}])


def refusal(call: Callable[[], Any]) -> HttpResponseError:
    """What the client raises."""
    try:
        call()
    except HttpResponseError as refused:
        return refused
    raise AssertionError("it was not refused")


def code(call: Callable[[], Any]) -> str:
    """Status and code of what the client raises."""
    refused = refusal(call)
    assert refused.error is not None
    return f"{refused.status_code} {refused.error.code}"


@contextmanager
def clients(
    house: Lakehouse, principal: str = "lakeward", subscription: str | None = None, token: str | None = None
) -> Iterator[Clients]:
    token = token or house.token(principal)
    scope, subscription = f"{house.azure_url}/.default", subscription or house.subscription
    credential: Any = Fixed(token)

    def options() -> Any:
        policy = Loopback(credential, scope)  # a policy belongs to one client
        common = {"base_url": house.azure_url, "credential_scopes": [scope], "authentication_policy": policy}
        # the longest wait there is: whoever polls sooner was told to by the lakehouse
        return {**common, "retry_total": 0, "polling_interval": 60, "user_agent": "probe"}

    with (
        ResourceManagementClient(credential, subscription, **options()) as resources,
        NetworkManagementClient(credential, subscription, **options()) as network,
    ):
        yield Clients(resources, network, Talk(house.azure_url, token), f"/subscriptions/{subscription}")


@contextmanager
def connection(house: Lakehouse) -> Iterator[HTTPConnection]:
    """One that is used again and again."""
    opened = HTTPConnection(urlsplit(house.azure_url).netloc, timeout=20)
    try:
        yield opened
    finally:
        opened.close()
