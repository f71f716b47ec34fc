"""A cluster of kind (https://kind.sigs.k8s.io): created under a name of its own and deleted however this process ends.
It knows the commands of kind and Docker, not what the cluster is used for.

    this process --(pipe)--> a shell in a session of its own: deletes the cluster when the pipe closes, that is at the
                             end of the block, and on kill -9 of this process
"""

import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from lakeward_sandbox.cluster.errors import ClusterError
from lakeward_sandbox.cluster.processes import Guard, Program, answer
from lakeward_sandbox.cluster.progress import Progress

DOCKER_SECONDS = 10
CREATE_SECONDS = 600
DELETE_SECONDS = 120

DELETE_AT_THE_END = """
trap '' INT TERM HUP
read -r nothing
exec kind delete cluster --name "$1"
"""


@dataclass(frozen=True)
class KindCluster:
    """A running one."""

    kubeconfig: Path
    kubectl: Path


def answers(environ: Mapping[str, str]) -> bool:
    """Whether kind can be used: its commands are on the PATH and Docker's daemon answers."""
    path = environ.get("PATH", "")
    if not all(shutil.which(command, path=path) for command in ("docker", "kind", "kubectl")):
        return False
    try:
        answer(["docker", "info"], environ=environ, within=DOCKER_SECONDS)
    except ClusterError:
        return False
    return True


def new_name() -> str:
    """A name that no other run uses: two at a time must not delete each other's cluster."""
    return f"lakeward-{secrets.token_hex(3)}"


@contextmanager
def created(
    name: str, workdir: Path, environ: Mapping[str, str], say: Callable[[str], None], terminal: TextIO
) -> Iterator[KindCluster]:
    """Creates the cluster, answers when its node is ready, and deletes it at the end."""
    workdir.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="kind-", dir=workdir.absolute()))
    kubeconfig = folder / "kubeconfig"
    try:
        with _deleted_at_the_end(name, folder, environ):
            _create(name, kubeconfig, folder / "kind.log", environ, Progress(say, terminal))
            kubectl = shutil.which("kubectl", path=environ.get("PATH", "")) or "kubectl"
            yield KindCluster(kubeconfig, Path(kubectl))
    finally:
        kubeconfig.unlink(missing_ok=True)


@contextmanager
def _deleted_at_the_end(name: str, folder: Path, environ: Mapping[str, str]) -> Iterator[None]:
    with (folder / "kind-delete.log").open("wb") as log:
        deleter = subprocess.Popen(  # noqa: S603 - our own script
            ["/bin/sh", "-c", DELETE_AT_THE_END, "sh", name],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=environ,
            start_new_session=True,
        )
    try:
        yield
    finally:
        if deleter.stdin is not None:
            deleter.stdin.close()
        if deleter.wait(DELETE_SECONDS) != 0:
            raise ClusterError(
                f"The kind cluster {name} could not be deleted: run `kind delete cluster --name {name}`."
            )


def _create(name: str, kubeconfig: Path, log: Path, environ: Mapping[str, str], progress: Progress) -> None:
    guard = Guard()
    try:
        options = ["--name", name, "--kubeconfig", str(kubeconfig), "--wait", "120s"]
        program = guard.launch(["kind", "create", "cluster", *options], log, environ=environ)
        try:
            _await_end(program, name, progress)
        finally:
            program.stop(patience=0)
    finally:
        progress.end()
        guard.close()


def _await_end(program: Program, name: str, progress: Progress) -> None:
    for _ in range(2 * CREATE_SECONDS):
        if program.ended(within=0.5):
            break
        progress.show(f"Creating the kind cluster {name} ({progress.elapsed})")
    if program.exit_code != 0:
        raise ClusterError(f"The kind cluster {name} could not be created. kind said:\n{program.end_of_log(lines=15)}")
