"""Which client of Azure an environment gets, where its token may go, and what having none costs."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from lakeward.api.mlworkspace import MLWorkspaceSpec
from lakeward.engine.errors import Invalid, Unavailable
from lakeward.engine.reasons import Reason
from lakeward.engine.resource import Clients
from lakeward.engine.work import Works
from lakeward.kinds.connect import Connections, Limits
from lakeward.providers.azure.client import Azure

SUBSCRIPTION = "8f4d2c6a-35b1-4d7e-9a60-5c1e7b3f9d01"
KEYS = {"databricks": "d-token", "azure": "a-token", "second": "b-token"}
# nothing answers there: a client that is only made calls nobody
NOBODY = "http://127.0.0.1:9"


@pytest.fixture
def connections() -> Iterator[Connections]:
    limits = Limits(
        allowed_hosts=["management.azure.com"], allow_loopback_http=True, calls_per_second=10.0, scan_interval=300.0
    )
    with ThreadPoolExecutor(1) as pool:
        yield Connections(limits, Works(pool))


def spec(host: str | None = NOBODY, *, key: str = "azure", azure: bool = True) -> MLWorkspaceSpec:
    body: dict[str, Any] = {
        "environment": "dev",
        "credentials": {"token": {"secretRef": {"name": "s"}, "azureKey": key}},
        "databricks": {"host": NOBODY},
    }
    if host:
        body["endpoints"] = {"azureResourceManager": host}
    if azure:
        place = {"subscriptionId": SUBSCRIPTION, "location": "eastus2", "resourceGroup": {"name": "rg"}}
        body["azure"] = place
    return MLWorkspaceSpec.model_validate(body)


def secret(name: str, key: str, field: str) -> str:
    if key not in KEYS:
        raise Unavailable(f"{name} has no key {key}", reason=Reason.SECRET_NOT_FOUND, field=field)
    return KEYS[key]


def clients(connections: Connections, wanted: MLWorkspaceSpec) -> Clients:
    return connections.clients(wanted, secret, lambda: None)


def arm(connections: Connections, wanted: MLWorkspaceSpec) -> Azure:
    made = clients(connections, wanted)["azure"]
    assert isinstance(made, Azure)
    return made


def test_who_has_nothing_in_azure_gets_no_client_of_it(connections: Connections) -> None:
    assert set(clients(connections, spec(azure=False, key="not-there"))) == {"databricks", "mlflow"}


def test_the_public_cloud_is_meant_where_no_endpoint_is_named(connections: Connections) -> None:
    assert arm(connections, spec(None)).api.host == "https://management.azure.com"
    assert arm(connections, spec()).api.host == NOBODY


def test_one_identity_is_one_client_and_another_token_another(connections: Connections) -> None:
    first, again, other = (arm(connections, spec(key=key)) for key in ("azure", "azure", "second"))
    assert first.api is again.api
    assert first.api is not other.api
    assert first.scope != other.scope
    assert KEYS["azure"] not in first.scope


def test_a_host_that_is_not_allowed_gets_no_token(connections: Connections) -> None:
    asked: list[str] = []

    def telling(name: str, key: str, field: str) -> str:
        asked.append(key)
        return secret(name, key, field)

    with pytest.raises(Invalid) as caught:
        connections.clients(spec("https://management.example"), telling, lambda: None)
    assert (caught.value.reason, caught.value.field) == (
        Reason.HOST_NOT_ALLOWED,
        "spec.endpoints.azureResourceManager",
    )
    assert asked == []


def test_a_missing_key_names_its_field(connections: Connections) -> None:
    with pytest.raises(Unavailable) as caught:
        clients(connections, spec(key="not-there"))
    assert caught.value.field == "spec.credentials.token.azureKey"


def test_the_sdk_is_loaded_by_the_first_call_only() -> None:
    script = """
import sys
from lakeward.kinds import connect
from lakeward.providers import types
from lakeward.providers.azure.api import Api
from lakeward.providers.limits import Bucket

api = Api("http://127.0.0.1:9", "s", "t", Bucket(10.0))
print(any(m.split(".")[0] == "azure" for m in sys.modules))
try:
    api.find("/resourceGroups/x")
except Exception as error:
    print(type(error).__name__)
print("azure.mgmt.network" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "Unavailable", "True"]
