"""The cluster of the kubeconfig's current context: it is somebody's, so nothing is started, stopped or written there.
It knows kubectl's view of kubeconfigs, not what the cluster is used for.
"""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lakeward_sandbox.cluster import kubeconfig
from lakeward_sandbox.cluster.errors import ClusterError
from lakeward_sandbox.cluster.processes import answer

ANSWER_SECONDS = 15


@dataclass(frozen=True)
class Current:
    """The context, pinned: `kubeconfig` keeps pointing to it when the user switches to another one."""

    context: str
    kubeconfig: Path
    kubectl: Path


@contextmanager
def current(workdir: Path, environ: Mapping[str, str]) -> Iterator[Current]:
    """The current context, seen to answer. Its kubeconfig holds credentials and goes at the end of the block."""
    kubectl = shutil.which("kubectl", path=environ.get("PATH", ""))
    if kubectl is None:
        raise ClusterError("CLUSTER=current needs kubectl: put it on the PATH.")
    context = _context(kubectl, environ)
    workdir.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="current-context-", dir=workdir.absolute()))
    try:
        file = folder / "kubeconfig"
        view = ["config", "view", "--minify", "--flatten", "--raw", f"--context={context}"]
        kubeconfig.write(file, answer([kubectl, *view], environ=environ))
        _check(kubectl, file, context, environ)
        yield Current(context, file, Path(kubectl))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _context(kubectl: str, environ: Mapping[str, str]) -> str:
    try:
        return answer([kubectl, "config", "current-context"], environ=environ).strip()
    except ClusterError as problem:
        raise ClusterError(
            "CLUSTER=current, but your kubeconfig has no current context: choose one with `kubectl config use-context`."
        ) from problem


def _check(kubectl: str, file: Path, context: str, environ: Mapping[str, str]) -> None:
    asking = [kubectl, f"--kubeconfig={file}", f"--request-timeout={ANSWER_SECONDS}s", "get", "--raw=/readyz"]
    try:
        answer(asking, environ=environ, within=2 * ANSWER_SECONDS)
    except ClusterError as problem:
        said = str(problem).partition("\n")[2]
        raise ClusterError(
            f"CLUSTER=current, but the cluster of the context {context} does not answer: start it, or choose another"
            f" context.\n{said}".rstrip()
        ) from problem
