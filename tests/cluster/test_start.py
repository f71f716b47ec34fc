"""What keeps the operator from starting: one sentence each, and exit code 1."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from cluster.cluster import REPOSITORY, Cluster
from cluster.process import Operator
from lakeward_sandbox.cluster import find
from lakeward_sandbox.cluster.accounts import log_in


@pytest.fixture
def stopped(shared_operator: Operator) -> Iterator[Operator]:
    """The operator, not running."""
    if shared_operator.running:
        shared_operator.stop()
    yield shared_operator
    shared_operator.end()


def refusal(operator: Operator, **settings: str) -> str:
    """The one line that the operator says when it cannot start."""
    operator.launch(**settings)
    assert operator.wait_end() == 1
    lines = operator.log.splitlines()
    assert len(lines) == 1, operator.log
    return lines[0].partition("cannot start: ")[2]


def without_login(cluster: Cluster, file: Path, **changed: object) -> str:
    """A kubeconfig for the same API server, but with changes in its cluster and no user."""
    view = json.loads(cluster.kubectl("config", "view", "--raw", "--minify", "-o=json"))
    view["clusters"][0]["cluster"] |= changed
    view["users"][0]["user"] = {"token": "outdated"}
    file.write_text(json.dumps(view))
    return str(file)


def test_no_kubeconfig(stopped: Operator, tmp_path: Path) -> None:
    said = refusal(stopped, kubeconfig=str(tmp_path / "none"))
    assert said.startswith("no way to a Kubernetes API server: kubeconfig ")
    assert said.endswith("set --kubeconfig")


def test_an_api_server_that_does_not_answer(stopped: Operator, installed: Cluster, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server = f"https://127.0.0.1:{taken.getsockname()[1]}"
    said = refusal(stopped, kubeconfig=without_login(installed, tmp_path / "config", server=server))
    assert said.startswith(f"the API server at {server} does not answer")


def test_a_login_that_is_refused(stopped: Operator, installed: Cluster, tmp_path: Path) -> None:
    said = refusal(stopped, kubeconfig=without_login(installed, tmp_path / "config"))
    assert said.endswith("refuses the login: renew the token or the kubeconfig")


def test_an_account_without_rights(
    stopped: Operator, installed: Cluster, control_plane: find.Cluster, tmp_path: Path
) -> None:
    assert installed
    log_in(control_plane, "default", "default", tmp_path / "config")
    said = refusal(stopped, kubeconfig=str(tmp_path / "config"))
    assert said.startswith("the operator's account may not list mlworkspaces, watch mlworkspaces, patch mlworkspaces")
    assert said.endswith("bind it to the ClusterRole of manifests/install")


def test_a_port_that_is_taken(stopped: Operator) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = refusal(stopped, health_port=str(port))
    assert said == f"127.0.0.1:{port} cannot be listened on (Address already in use): set --health-port"


def test_missing_crds_and_a_kind_that_is_taken_away(stopped: Operator, installed: Cluster) -> None:
    stopped.start()
    installed.kubectl("delete", "crd", "mlworkspaces.mlops.lakeward.dev")
    try:
        assert stopped.wait_end() == 1  # a watch that cannot go on must not leave a process that only seems to work
        said = refusal(stopped)
    finally:
        installed.kubectl("apply", "--server-side", "-k", str(REPOSITORY / "crds"))
        installed.kubectl("wait", "--for=condition=Established", "--timeout=30s", "crd", "--all")
    assert "does not serve MLWorkspace of mlops.lakeward.dev/v1alpha1" in said
    assert said.endswith("install the CRDs with `kubectl apply --server-side -k crds`")
