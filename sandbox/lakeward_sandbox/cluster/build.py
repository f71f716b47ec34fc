"""Builds the pinned programs into the cache, once per machine and pins: two at a time wait for each other, and a folder
that exists is complete. It knows Go's command, not what the programs are for.
"""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from lakeward_sandbox.cluster import golang
from lakeward_sandbox.cluster.binaries import PACKAGES, Binaries, Pins, built, cache
from lakeward_sandbox.cluster.errors import ClusterError
from lakeward_sandbox.cluster.processes import Guard, pause
from lakeward_sandbox.cluster.progress import Progress

FIRST_TIME = "first time only, about 5 minutes on 2 cores"
VERSION_PACKAGE = "k8s.io/component-base/version"


def build(pins: Pins, go: str, environ: Mapping[str, str], say: Callable[[str], None], terminal: TextIO) -> Binaries:
    """The programs from the cache, built with the `go` command first if they are not there.

    ClusterError when Go is too old, or when it fails: then with the end of what it said.
    """
    folder = built(environ, pins)
    found = Binaries.of(folder)
    if found is not None:
        return found
    golang.check(go, pins.go, environ)
    progress = Progress(say, terminal)
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        with _alone(folder.with_suffix(".lock"), progress):
            return Binaries.of(folder) or _build_all(pins, go, environ, folder, progress)
    finally:
        progress.end()


@contextmanager
def _alone(lock: Path, progress: Progress) -> Iterator[None]:
    """Holds a file's lock. The system frees it when its holder dies, however it dies."""
    with lock.open("w") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                progress.show(f"Another run is building the control plane; waiting for it ({progress.elapsed})")
                pause(0.2)
            else:
                break
        yield


def _build_all(pins: Pins, go: str, environ: Mapping[str, str], folder: Path, progress: Progress) -> Binaries:
    unfinished = folder.with_suffix(".unfinished")
    if unfinished.exists():  # its builder was killed: nobody else holds the lock
        shutil.rmtree(unfinished)
    unfinished.mkdir()
    try:
        for number, name in enumerate(PACKAGES, start=1):
            title = f"Building {name} ({number} of {len(PACKAGES)})"
            _build_one(pins, go, environ, name, folder=unfinished, title=title, progress=progress)
        unfinished.rename(folder)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    finished = Binaries.of(folder)
    if finished is None:
        raise ClusterError(f"{folder} lacks programs right after they were built: remove it and try again.")
    return finished


def _build_one(
    pins: Pins, go: str, environ: Mapping[str, str], name: str, *, folder: Path, title: str, progress: Progress
) -> None:
    log = folder / f"{name}.log"
    progress.show(f"{title}: {FIRST_TIME}", at_once=True)
    guard = Guard()
    try:
        program = guard.launch(
            _command(pins, go, name, folder),
            log,
            cwd=pins.folder,
            environ=golang.environment(environ, cache(environ), pins.goos, pins.goarch),
        )
        try:
            while not program.ended(within=0.5):
                progress.show(f"{title}, {_seen(log)}, {progress.elapsed}: {FIRST_TIME}")
            if program.exit_code != 0:
                raise ClusterError(f"{_why(log, name)} Go said:\n{program.end_of_log(lines=15)}")
        finally:
            program.stop(patience=0)
    finally:
        guard.close()
    log.unlink()


def _command(pins: Pins, go: str, name: str, folder: Path) -> list[str]:
    major, minor, _ = pins.kubernetes.removeprefix("v").split(".", 2)
    # without these the API server calls itself v0.0.0-master, and clients that compare versions misjudge it
    versions = {"gitVersion": pins.kubernetes, "gitMajor": major, "gitMinor": minor}
    linked = " ".join(f"-X {VERSION_PACKAGE}.{variable}={value}" for variable, value in versions.items())
    flags = ["-v", "-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags", f"-s -w {linked}"]
    return [go, "build", *flags, "-o", str(folder / name), PACKAGES[name]]


def _seen(log: Path) -> str:
    """What Go does: `go build -v` says a line per module that it fetches and per package that it compiles."""
    lines = log.read_text(errors="replace").splitlines()
    fetched = sum(line.startswith("go: downloading ") for line in lines)
    compiled = len(lines) - fetched
    return f"{compiled} packages compiled" if compiled else f"{fetched} modules fetched"


def _why(log: Path, name: str) -> str:
    said = log.read_text(errors="replace")
    with suppress(OSError):
        if os.statvfs(log.parent).f_bavail == 0 or "no space left on device" in said:
            return f"{name} could not be built: the disk is full."
    if any(
        sign in said for sign in ("dial tcp", "no such host", "proxyconnect", "i/o timeout", "toolchain not available")
    ):
        return f"{name} could not be built: Go's module proxy cannot be reached (see `go help goproxy`)."
    return f"{name} could not be built."
