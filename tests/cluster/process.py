"""The operator as a process: starts `lakeward run` as users do, waits for it, asks its metrics, stops and kills it."""

import itertools
import os
import re
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from urllib.request import urlopen

from lakeward_sandbox.cluster.processes import Guard, Program

START_SECONDS = 30.0
STOP_SECONDS = 30.0
URL = re.compile(r"health and metrics at (http://\S+)")


class Operator:
    """One operator process after another, with the same way to the API server; never two at a time."""

    def __init__(self, kubeconfig: Path, folder: Path, guard: Guard, **settings: str) -> None:
        self._kubeconfig = kubeconfig
        self._folder = folder
        self._guard = guard
        self._settings = {
            "cluster_name": "test",
            "allow_loopback_http": "true",
            "health_address": "127.0.0.1",
            "health_port": "0",
            "scan_interval": "1s",
            "calls_per_second": "200",
            **settings,
        }
        self._numbers = itertools.count(1)
        self._program: Program | None = None
        self.url = ""

    @property
    def running(self) -> bool:
        return self._program is not None and self._program.exit_code is None

    def launch(self, **settings: str) -> Program:
        """Start a process with these settings and do not wait for anything."""
        assert not self.running, "an operator runs already"
        wanted = {"kubeconfig": str(self._kubeconfig), **self._settings, **settings}
        flags = [f"--{name.replace('_', '-')}={value}" for name, value in wanted.items()]
        log = self._folder / f"operator-{next(self._numbers)}.log"
        environ = {"PATH": os.defpath, "HOME": str(self._folder)}
        self._program = self._guard.launch([sys.executable, "-m", "lakeward", "run", *flags], log, environ=environ)
        return self._program

    def start(self, **settings: str) -> None:
        """Start, and return when it knows all objects; does nothing when it runs."""
        if self.running:
            return
        program = self.launch(**settings)
        self.wait_log(URL)
        found = URL.search(self.log)
        assert found is not None
        self.url = found[1]
        until(lambda: self._ready() or program.exit_code is not None, START_SECONDS, "the operator is ready")
        assert self.running, self.log

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        program = self._started()
        program.stop(STOP_SECONDS)
        assert program.exit_code is not None
        return program.exit_code

    def ask_to_stop(self) -> None:
        """Send SIGTERM and do not wait."""
        os.kill(self._started().pid, signal.SIGTERM)

    def wait_end(self) -> int:
        """The exit code of a process that ends by itself."""
        program = self._started()
        assert program.ended(STOP_SECONDS), self.log
        program.stop(0)
        assert program.exit_code is not None
        return program.exit_code

    def kill(self) -> None:
        """SIGKILL, as a power cut."""
        self._started().stop(0)

    def end(self) -> None:
        """For the end of tests: whatever state it is in."""
        if self._program is not None:
            self._program.stop(STOP_SECONDS)

    @property
    def log(self) -> str:
        """What the process of now said up to now."""
        return self._started().log.read_text(errors="replace")

    def wait_log(self, pattern: str | re.Pattern[str], seconds: float = START_SECONDS) -> None:
        program, wanted = self._started(), re.compile(pattern)
        until(lambda: bool(wanted.search(self.log)) or program.exit_code is not None, seconds, f"it logs {pattern}")
        assert wanted.search(self.log), self.log

    def ask(self, path: str) -> str:
        """What it answers over HTTP."""
        with urlopen(f"{self.url}{path}", timeout=5) as answer:  # noqa: S310 - our own child
            return str(answer.read().decode())

    def metric(self, name: str, **labels: str) -> float:
        """The sum of a metric over all series that have these labels."""
        lines = self.ask("/metrics").splitlines()
        wanted = [f'{label}="{value}"' for label, value in labels.items()]
        series = [line for line in lines if re.match(rf"{name}[ {{]", line) and all(w in line for w in wanted)]
        return sum(float(line.rpartition(" ")[2]) for line in series)

    def wait_passes(self, more: int, kind: str = "MLWorkspace") -> None:
        """Return after so many more passes than now."""
        goal = self.metric("lakeward_passes_total", kind=kind) + more
        until(lambda: self.metric("lakeward_passes_total", kind=kind) >= goal, 30, f"{more} passes are made")

    def _started(self) -> Program:
        assert self._program is not None, "no operator was started"
        return self._program

    def _ready(self) -> bool:
        try:
            return self.ask("/readyz") == "ok\n"
        except OSError:  # it does not listen yet, is too busy to answer, or has just ended
            return False


def until(holds: Callable[[], bool], seconds: float, what: str) -> None:
    """Return as soon as this holds; fail when it does not in time."""
    deadline, pause = time.monotonic() + seconds, threading.Event()
    while not holds():
        assert time.monotonic() < deadline, f"not in {seconds:.0f} s: {what}"
        pause.wait(0.05)
