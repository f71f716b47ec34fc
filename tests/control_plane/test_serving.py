"""A control plane that serves: what development and tests need of it."""

import json
import subprocess
from pathlib import Path

import pytest

from lakeward_sandbox.cluster.accounts import log_in
from lakeward_sandbox.cluster.errors import ClusterError
from lakeward_sandbox.cluster.find import Cluster


def kubectl(cluster: Cluster, *words: str, kubeconfig: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [str(cluster.kubectl), f"--kubeconfig={kubeconfig or cluster.kubeconfig}", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_it_says_that_it_is_ready(control_plane: Cluster) -> None:
    assert kubectl(control_plane, "get", "--raw=/readyz").stdout == "ok"


def test_client_and_server_are_of_one_version(control_plane: Cluster) -> None:
    if not control_plane.ours:
        pytest.skip("the kubeconfig's cluster may be of any version")
    versions = json.loads(kubectl(control_plane, "version", "--output=json").stdout)
    assert versions["clientVersion"]["gitVersion"] == versions["serverVersion"]["gitVersion"]
    assert versions["serverVersion"]["minor"] != "0"


def test_only_its_owner_can_read_the_kubeconfig(control_plane: Cluster) -> None:
    assert control_plane.kubeconfig.stat().st_mode & 0o077 == 0


def test_a_service_account_may_do_what_a_role_grants_and_no_more(control_plane: Cluster, tmp_path: Path) -> None:
    namespace, file = "limited", tmp_path / "kubeconfig"
    for words in (
        ("create", "namespace", namespace),
        ("create", "serviceaccount", "reader", f"--namespace={namespace}"),
        ("create", "role", "reads", "--verb=get,list", "--resource=configmaps", f"--namespace={namespace}"),
        ("create", "rolebinding", "reads", "--role=reads", f"--serviceaccount={namespace}:reader", "-n", namespace),
    ):
        done = kubectl(control_plane, *words)
        assert done.returncode == 0, done.stderr
    try:
        log_in(control_plane, namespace, "reader", file)
        who = kubectl(control_plane, "auth", "whoami", "--output=json", kubeconfig=file)
        assert json.loads(who.stdout)["status"]["userInfo"]["username"] == f"system:serviceaccount:{namespace}:reader"
        assert kubectl(control_plane, "get", "configmaps", "-n", namespace, kubeconfig=file).returncode == 0
        refused = kubectl(control_plane, "get", "secrets", "-n", namespace, kubeconfig=file)
        assert "(Forbidden)" in refused.stderr
        assert file.stat().st_mode & 0o077 == 0
    finally:
        kubectl(control_plane, "delete", "namespace", namespace, "--wait=false")


def test_a_missing_service_account_cannot_log_in(control_plane: Cluster, tmp_path: Path) -> None:
    with pytest.raises(ClusterError, match='serviceaccounts "nobody" not found'):
        log_in(control_plane, "default", "nobody", tmp_path / "kubeconfig")


def test_a_deleted_namespace_goes_with_what_is_in_it(control_plane: Cluster) -> None:
    assert kubectl(control_plane, "create", "namespace", "short-lived").returncode == 0
    assert kubectl(control_plane, "create", "configmap", "inside", "-n", "short-lived").returncode == 0
    deleted = kubectl(control_plane, "delete", "namespace", "short-lived", "--timeout=30s")
    assert deleted.returncode == 0, deleted.stderr
    assert "NotFound" in kubectl(control_plane, "get", "configmap", "inside", "-n", "short-lived").stderr
