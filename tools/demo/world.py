"""Everything that runs while the story is told: started in parallel where it can be, stopped in order."""

import socket
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from demo.errors import DemoError
from demo.kubectl import Kubectl
from demo.scientist import Scientist, scientist
from demo.screen import Screen
from demo.tenancy import guest
from lakeward_sandbox.cluster.find import cluster
from lakeward_sandbox.launch import Lakehouse, LakehouseError, start

FIRST_PORT, PORTS = 8440, 5
LAKEHOUSE_SECONDS = 90.0


@dataclass(frozen=True)
class World:
    """A cluster, a lakehouse and a data scientist. `root` is the checkout, `work` the folder of this run."""

    root: Path
    work: Path
    environ: Mapping[str, str]
    screen: Screen
    kubectl: Kubectl
    house: Lakehouse
    ana: Scientist


@contextmanager
def world(root: Path, work: Path, environ: Mapping[str, str], screen: Screen) -> Iterator[World]:
    """Starts it, and stops all of it at the end of the block, also when the start fails halfway."""
    _free_ports()
    reachable = _direct(environ)
    with ExitStack() as stack:
        ana = stack.enter_context(scientist(work / "training.log", reachable))
        begun = time.monotonic()
        coming = stack.enter_context(_lakehouse(work / "lakehouse"))
        found = stack.enter_context(cluster(work / "cluster", environ, screen.note, screen.stream))
        screen.done(f"Kubernetes API ready after {time.monotonic() - begun:.1f} s")
        kubectl = Kubectl(found, root, work)
        stack.enter_context(guest(kubectl, screen))
        screen.wait("the lakehouse is ready", coming.done, LAKEHOUSE_SECONDS, _nothing)
        house = coming.result()
        screen.done(f"lakehouse ready after {time.monotonic() - begun:.1f} s (started at the same time)")
        yield World(root, work, reachable, screen, kubectl, house, ana)


def _free_ports() -> None:
    """Before anything starts: the samples name these ports."""
    for port in range(FIRST_PORT, FIRST_PORT + PORTS):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as problem:
                last = FIRST_PORT + PORTS - 1
                raise DemoError(
                    f"port {port} is in use, and the samples expect the local lakehouse on {FIRST_PORT} to {last}: "
                    "end the other program and try again."
                ) from problem


def _direct(environ: Mapping[str, str]) -> dict[str, str]:
    """A proxy of the user's must not be asked for addresses of this machine."""
    result = dict(environ)
    for name in ("NO_PROXY", "no_proxy"):
        result[name] = ",".join(filter(None, (environ.get(name, ""), "127.0.0.1", "localhost")))
    return result


@contextmanager
def _lakehouse(state: Path) -> Iterator[Future[Lakehouse]]:
    with ThreadPoolExecutor(1, "lakehouse") as pool:
        coming = pool.submit(_start, state)
        try:
            yield coming
        finally:
            with suppress(DemoError):
                coming.result().stop()


def _start(state: Path) -> Lakehouse:
    try:
        return start(state, FIRST_PORT)
    except LakehouseError as problem:
        raise DemoError(f"the lakehouse did not start: {str(problem).splitlines()[-1]}") from problem


def _nothing() -> None:
    """Nothing else can go wrong yet."""
