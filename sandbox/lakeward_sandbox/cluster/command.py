"""`lakeward-sandbox cluster`: a Kubernetes API to try things on by hand, until Ctrl-C. Knows how to say where."""

import fcntl
import os
import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lakeward_sandbox.cluster.errors import ClusterError
from lakeward_sandbox.cluster.find import Cluster, cluster


def run(folder: Path) -> int:
    """Start one and keep it; 0 after Ctrl-C, 1 with one sentence when none can be had."""
    environ = os.environ  # noqa: TID251 - where the user's cluster and cache are
    sheet = folder / "env"
    try:
        with _alone(folder), cluster(folder, environ, _say, sys.stderr) as found:
            _write(sheet, found)
            _say(f"ready; in another terminal: . {sheet}; end it with Ctrl-C")
            threading.Event().wait()
    except ClusterError as problem:
        sys.stderr.write(f"lakeward-sandbox: {problem}\n")
        return 1
    except KeyboardInterrupt:
        pass
    _say("stopped")
    return 0


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One cluster in a folder at a time; what a killed one left is removed."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            text = f"{folder} is in use by another running cluster: end it, or give another --state."
            raise ClusterError(text) from None
        for left in folder.glob("control-plane-*"):
            shutil.rmtree(left, ignore_errors=True)
        try:
            yield
        finally:
            (folder / "env").unlink(missing_ok=True)


def _write(sheet: Path, found: Cluster) -> None:
    """What a shell needs, so that a plain `kubectl` means this cluster."""
    sheet.parent.mkdir(parents=True, exist_ok=True)
    sheet.write_text(f'export KUBECONFIG="{found.kubeconfig}"\nexport PATH="{found.kubectl.parent}:$PATH"\n')


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
