"""Which cluster is taken, and what is said when there is none."""

import json
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from control_plane.watching import no_terminal
from lakeward_sandbox.cluster.errors import ClusterError
from lakeward_sandbox.cluster.find import Cluster, cluster


def refused(workdir: Path, environ: Mapping[str, str]) -> str:
    with (
        pytest.raises(ClusterError) as refusal,
        cluster(workdir, environ, list[str]().append, no_terminal()),
    ):
        pass
    return str(refusal.value)


def program(folder: Path, name: str, script: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


@pytest.mark.parametrize("value", ["kind", "Current", "1"])
def test_an_unknown_way_is_refused_by_name(tmp_path: Path, value: str) -> None:
    assert refused(tmp_path, {"CLUSTER": value}).startswith(f"CLUSTER={value} is not known: set CLUSTER=current ")


def test_without_any_way_one_sentence_names_them_all(tmp_path: Path) -> None:
    said = refused(tmp_path, {"PATH": str(tmp_path), "LAKEWARD_CACHE": str(tmp_path / "cache")})
    assert said.startswith("No cluster can be had: put Go on the PATH ")
    assert "\n" not in said
    assert all(way in said for way in ("Docker with kind", "KUBEBUILDER_ASSETS", "CLUSTER=current"))


def test_an_old_go_is_named_when_nothing_else_is_there(tmp_path: Path) -> None:
    program(tmp_path / "bin", "go", 'echo "go1.19.8"; echo')
    said = refused(tmp_path, {"PATH": str(tmp_path / "bin"), "LAKEWARD_CACHE": str(tmp_path / "cache")})
    assert said.startswith("No cluster can be had: Go 1.19.8 is too old: install Go ")
    assert "Docker with kind" in said


def test_assets_without_the_programs_are_refused_by_name(tmp_path: Path) -> None:
    said = refused(tmp_path, {"KUBEBUILDER_ASSETS": str(tmp_path)})
    assert said == f"KUBEBUILDER_ASSETS={tmp_path} must be a folder with etcd, kube-apiserver and kubectl."


def test_current_without_kubectl_says_what_it_needs(tmp_path: Path) -> None:
    assert refused(tmp_path, {"CLUSTER": "current", "PATH": str(tmp_path)}) == (
        "CLUSTER=current needs kubectl: put it on the PATH."
    )


def environ_of(control_plane: Cluster, kubeconfig: Path) -> dict[str, str]:
    return {"CLUSTER": "current", "PATH": str(control_plane.kubectl.parent), "KUBECONFIG": str(kubeconfig)}


def test_current_without_a_context_says_how_to_choose_one(control_plane: Cluster, tmp_path: Path) -> None:
    said = refused(tmp_path, environ_of(control_plane, tmp_path / "none"))
    assert "kubectl config use-context" in said


def test_a_context_that_does_not_answer_is_refused_by_name(control_plane: Cluster, tmp_path: Path) -> None:
    dead = tmp_path / "dead"
    alive = control_plane.kubeconfig.read_text()
    dead.write_text(re.sub("server: .*", "server: https://127.0.0.1:1", alive))
    said = refused(tmp_path, environ_of(control_plane, dead))
    assert re.match(r"CLUSTER=current, but the cluster of the context \S+ does not answer: start it", said)


def test_current_takes_the_kubeconfigs_cluster_and_leaves_it(control_plane: Cluster, tmp_path: Path) -> None:
    said: list[str] = []
    environ = environ_of(control_plane, control_plane.kubeconfig)
    with cluster(tmp_path, environ, said.append, no_terminal()) as found:
        assert not found.ours
        asked = [str(found.kubectl), f"--kubeconfig={found.kubeconfig}", "get", "namespace", "default", "-o", "json"]
        assert json.loads(subprocess.run(asked, capture_output=True, check=True).stdout)["kind"] == "Namespace"
        assert found.kubeconfig.stat().st_mode & 0o077 == 0
    assert len(said) == 1
    assert said[0].startswith("Cluster: the current context ")
    assert not found.kubeconfig.exists()
    assert control_plane.kubeconfig.exists()


def test_the_cluster_of_the_kubeconfig_goes_before_assets(control_plane: Cluster, tmp_path: Path) -> None:
    environ = {**environ_of(control_plane, control_plane.kubeconfig), "KUBEBUILDER_ASSETS": str(tmp_path)}
    with cluster(tmp_path, environ, list[str]().append, no_terminal()) as found:
        assert not found.ours


KIND = """echo "$@" >>"$0.said"
[ "$1" = create ] || exit 0
echo "kubeconfig" >"$6"
exit "$(cat "$0.code")"
"""


def kind_environ(folder: Path, code: int) -> dict[str, str]:
    """kind as its command line sees it: no test may need Docker."""
    for name, script in (("docker", ""), ("kubectl", ""), ("kind", KIND)):
        program(folder, name, script)
    (folder / "kind.code").write_text(str(code))
    return {"PATH": f"{folder}:/usr/bin:/bin", "LAKEWARD_CACHE": str(folder / "cache")}


def test_a_kind_cluster_has_a_name_of_its_own_and_is_deleted_at_the_end(tmp_path: Path) -> None:
    said: list[str] = []
    environ = kind_environ(tmp_path / "bin", code=0)
    with cluster(tmp_path / "work", environ, said.append, no_terminal()) as found:
        assert found.ours
        assert found.kubeconfig.read_text() == "kubeconfig\n"
    created, deleted = (tmp_path / "bin" / "kind.said").read_text().splitlines()
    name = created.split()[3]
    assert re.fullmatch("lakeward-[0-9a-f]{6}", name)
    assert deleted == f"delete cluster --name {name}"
    assert said[0] == f"Cluster: kind, a new one named {name}."
    assert not found.kubeconfig.exists()


def test_a_kind_cluster_that_does_not_start_is_deleted_too(tmp_path: Path) -> None:
    said = refused(tmp_path / "work", kind_environ(tmp_path / "bin", code=1))
    assert re.match("The kind cluster lakeward-[0-9a-f]{6} could not be created", said)
    commands = (tmp_path / "bin" / "kind.said").read_text().splitlines()
    assert [command.split()[0] for command in commands] == ["create", "delete"]
