"""What the sweep shares: the proxy before the API server, the relay of operators, a namespace with an environment."""

import itertools
import json
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path

import pytest

from cluster.cluster import Cluster, ready
from cluster.conftest import installed
from contract.promotion_cases import add_job
from lakeward_sandbox.cluster import find
from lakeward_sandbox.cluster.accounts import log_in
from lakeward_sandbox.cluster.processes import Guard
from lakeward_sandbox.launch import Lakehouse
from scenarios.registry import Registry
from sweep.operators import Relay
from sweep.proxy import Proxy
from sweep.scene import Scene
from sweep.stories import VALIDATE

__all__ = ["installed"]

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def account(control_plane: find.Cluster, installed: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A kubeconfig of the operator's ServiceAccount."""
    assert installed.kubeconfig == control_plane.kubeconfig
    file = tmp_path_factory.mktemp("account") / "kubeconfig"
    log_in(control_plane, "lakeward-system", "lakeward", file)
    return file


@pytest.fixture(scope="session")
def proxy(account: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    view = _view(account)["clusters"][0]["cluster"]
    authority = tmp_path_factory.mktemp("authority") / "ca.crt"
    authority.write_bytes(b64decode(view["certificate-authority-data"]))
    made = Proxy(view["server"], authority)
    yield made
    made.close()


@pytest.fixture(scope="package")
def scene(
    shared_house: Lakehouse, installed: Cluster, proxy: Proxy, account: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Scene]:
    """One namespace for the tests of this folder; stories have names of their own in it. Made anew when a worker comes
    back to the folder, beside the one that is still on its way out.
    """
    shared_house.clear()
    team = installed.namespace(f"sweep-{next(_numbers)}")
    token = shared_house.token("lakeward")
    team.secret("lakehouse-token", {"databricks": token, "azure": token})
    guard = Guard()
    relay = Relay(account, tmp_path_factory.mktemp("relay"), guard, proxy)
    secrets = (token, str(_view(account)["users"][0]["user"]["token"]))
    made = Scene(shared_house, team, proxy, relay, secrets)
    add_job(Registry(shared_house, workspace="prod"), made.job)
    team.apply(made.environment("env", promotions={"jobs": {VALIDATE: {"name": made.job}}}))
    team.wait("mlworkspaces", "env", ready)
    yield made
    relay.close()
    guard.close()
    shared_house.clear()
    team.clear("modelpromotions")
    team.clear("mlworkspaces")


def _view(kubeconfig: Path) -> dict[str, list[dict[str, dict[str, str]]]]:
    lines = kubeconfig.read_text().splitlines(keepends=True)
    view: dict[str, list[dict[str, dict[str, str]]]] = json.loads("".join(line for line in lines if line[0] != "#"))
    return view
