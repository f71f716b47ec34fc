"""Nothing of a control plane outlives its owner, however the owner ends."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from control_plane.watching import eventually, no_terminal, own_environ, programs_of, secrets_in
from lakeward_sandbox.cluster.find import Cluster, cluster

OWNER = Path(__file__).with_name("owner.py")


@pytest.fixture(autouse=True)
def _own(control_plane: Cluster) -> None:
    if "kube-apiserver" not in control_plane.origin:
        pytest.skip("this machine has no etcd and kube-apiserver to start")


@contextmanager
def owner(workdir: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds a control plane; yields when it serves."""
    with subprocess.Popen(
        [sys.executable, str(OWNER)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=own_environ(),
    ) as process:
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(f"{workdir}\n")
            process.stdin.flush()
            served = Path(process.stdout.readline().strip()).is_file()
            assert served
            yield process
        finally:
            process.kill()


def test_two_run_at_once_and_the_end_of_one_leaves_the_other(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    said: list[str] = []
    with ExitStack() as outer:
        lasting = outer.enter_context(cluster(first, own_environ(), said.append, no_terminal()))
        with cluster(second, own_environ(), said.append, no_terminal()) as passing:
            assert passing.kubeconfig.read_text() != lasting.kubeconfig.read_text()
            assert len(programs_of(first)) == len(programs_of(second)) >= 2
        assert programs_of(second) == []
        assert secrets_in(second) == []
        assert len(programs_of(first)) >= 2
        assert secrets_in(first)
    assert programs_of(first) == []
    assert secrets_in(first) == []
    assert not passing.kubeconfig.exists()
    assert not lasting.kubeconfig.exists()
    assert list(first.rglob("kube-apiserver.log"))
    assert [line.startswith("Cluster: ") for line in said] == [True, True]


def test_an_exception_in_the_block_stops_it(tmp_path: Path) -> None:
    with (
        pytest.raises(ZeroDivisionError),
        cluster(tmp_path, own_environ(), list[str]().append, no_terminal()),
    ):
        raise ZeroDivisionError
    assert programs_of(tmp_path) == []
    assert secrets_in(tmp_path) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_it_and_removes_the_secrets(tmp_path: Path, number: signal.Signals) -> None:
    with owner(tmp_path) as process:
        assert programs_of(tmp_path)
        process.send_signal(number)
        assert process.wait(30) != 0
    assert programs_of(tmp_path) == []
    assert secrets_in(tmp_path) == []


def test_a_killed_owner_leaves_no_process(tmp_path: Path) -> None:
    with owner(tmp_path) as process:
        assert programs_of(tmp_path)
        process.kill()
        process.wait()
        assert eventually(lambda: not programs_of(tmp_path))
