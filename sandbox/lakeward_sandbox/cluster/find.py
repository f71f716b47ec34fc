"""The door of the room: finds a cluster for development and tests, says which one it took, and stops what it started.

    CLUSTER=current     the current context of the kubeconfig, with a kubectl on the PATH; nothing is started or stopped
    KUBEBUILDER_ASSETS  a folder with etcd, kube-apiserver and kubectl, as the envtest of controller-runtime has it
    Go on the PATH      builds the pinned programs, once per machine
    Docker and kind     creates a cluster of a name of its own and deletes it at the end

The first that is there is taken: a way that was asked for and does not work is an error, never a reason for the next.
"""

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from lakeward_sandbox.cluster import golang, kind
from lakeward_sandbox.cluster.binaries import Binaries, Pins, built, pins
from lakeward_sandbox.cluster.build import build
from lakeward_sandbox.cluster.controlplane import control_plane
from lakeward_sandbox.cluster.current import current
from lakeward_sandbox.cluster.errors import ClusterError
from lakeward_sandbox.cluster.signals import signals_unwind

WAYS = (
    "put Go on the PATH (the control plane is then built once), or Docker with kind and kubectl, or set"
    " KUBEBUILDER_ASSETS to a folder with etcd, kube-apiserver and kubectl, or CLUSTER=current to use your kubeconfig."
)


@dataclass(frozen=True)
class Cluster:
    """A cluster that answers. `ours` says whether it was started here and goes away at the end of the block."""

    kubeconfig: Path
    kubectl: Path
    origin: str
    ours: bool


@contextmanager
def cluster(
    workdir: Path, environ: Mapping[str, str], say: Callable[[str], None], terminal: TextIO
) -> Iterator[Cluster]:
    """The first cluster that can be had, until the end of the block; also SIGTERM ends the block, as Ctrl-C does.

    ClusterError says in one sentence why there is none, or why it does not start.
    """
    with signals_unwind(), _way(workdir, environ, say, terminal) as found:
        yield found


def _way(
    workdir: Path, environ: Mapping[str, str], say: Callable[[str], None], terminal: TextIO
) -> AbstractContextManager[Cluster]:
    asked, assets = environ.get("CLUSTER", ""), environ.get("KUBEBUILDER_ASSETS", "")
    if asked == "current":
        return _current(workdir, environ, say)
    if asked:
        raise ClusterError(f"CLUSTER={asked} is not known: set CLUSTER=current to use your kubeconfig, or unset it.")
    if assets:
        return _own(_of_assets(Path(assets)), f"etcd and kube-apiserver of KUBEBUILDER_ASSETS ({assets})", workdir, say)
    pinned = pins()
    go, why_not_go = _go(pinned, environ)
    if pinned is not None and go is not None:
        programs = build(pinned, go, environ, say, terminal)
        return _own(programs, f"etcd and kube-apiserver {pinned.kubernetes}, built with Go", workdir, say)
    if kind.answers(environ):
        return _kind(workdir, environ, say, terminal)
    raise ClusterError(f"No cluster can be had: {why_not_go}{WAYS}")


def _of_assets(folder: Path) -> Binaries:
    found = Binaries.of(folder.expanduser().absolute())
    if found is None:
        raise ClusterError(f"KUBEBUILDER_ASSETS={folder} must be a folder with etcd, kube-apiserver and kubectl.")
    return found


def _go(pinned: Pins | None, environ: Mapping[str, str]) -> tuple[str | None, str]:
    """The command that builds what is pinned, else why the one that is there cannot."""
    if pinned is None:
        return None, ""
    go = shutil.which("go", path=environ.get("PATH", ""))
    if Binaries.of(built(environ, pinned)) is not None:
        return go or "go", ""  # what is built already needs no Go
    if go is None:
        return None, ""
    try:
        golang.check(go, pinned.go, environ)
    except ClusterError as refusal:
        return None, f"{refusal} Or "
    return go, ""


@contextmanager
def _own(programs: Binaries, origin: str, workdir: Path, say: Callable[[str], None]) -> Iterator[Cluster]:
    say(f"Cluster: {origin}.")
    with control_plane(programs, workdir) as running:
        yield Cluster(running.kubeconfig, programs.kubectl, origin, ours=True)


@contextmanager
def _current(workdir: Path, environ: Mapping[str, str], say: Callable[[str], None]) -> Iterator[Cluster]:
    with current(workdir, environ) as using:
        origin = f"the current context {using.context} of your kubeconfig"
        say(f"Cluster: {origin}.")
        yield Cluster(using.kubeconfig, using.kubectl, origin, ours=False)


@contextmanager
def _kind(workdir: Path, environ: Mapping[str, str], say: Callable[[str], None], terminal: TextIO) -> Iterator[Cluster]:
    name = kind.new_name()
    say(f"Cluster: kind, a new one named {name}.")
    with kind.created(name, workdir, environ, say, terminal) as made:
        yield Cluster(made.kubeconfig, made.kubectl, f"kind cluster {name}", ours=True)
