"""The operator as a real process, logged in as its ServiceAccount: known by `lakeward run`, its log and its health."""

import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from demo.errors import DemoError
from demo.screen import Screen
from lakeward_sandbox.cluster.processes import Guard, Program

NAMESPACE, ACCOUNT = "lakeward-system", "lakeward"
READY_SECONDS = 60.0
STOP_SECONDS = 30.0
FLAGS = {
    "cluster-name": "demo",
    "allow-loopback-http": "true",
    "drift-grace": "5s",
    "user-map": "*@example.com=*@example.com",
    "health-address": "127.0.0.1",
    "health-port": "0",
}


class Operator:
    """A running one."""

    def __init__(self, program: Program) -> None:
        self._program = program

    @property
    def log(self) -> Path:
        return self._program.log

    def check(self) -> None:
        """DemoError when it is not running any more."""
        if self._program.ended(within=0):
            raise DemoError(f"the operator ended with exit code {self._program.exit_code}.")

    def ready(self) -> bool:
        """Whether it knows all objects: it says its address in its log, and the rest there."""
        found = re.search(r"health and metrics at (http://\S+)", self.log.read_text(errors="replace"))
        if found is None:
            return False
        try:
            with urlopen(f"{found[1]}/readyz", timeout=5) as answer:  # noqa: S310 - an address of our own process
                return bool(answer.status == 200)  # noqa: PLR2004 - HTTP's OK
        except (URLError, OSError):
            return False


@contextmanager
def running(kubeconfig: Path, log: Path, environ: Mapping[str, str], screen: Screen) -> Iterator[Operator]:
    """Starts the operator, answers when it is ready, and stops it in good order."""
    flags = [word for name, value in FLAGS.items() for word in (f"--{name}", value)]
    command = [sys.executable, "-m", "lakeward", "run", "--kubeconfig", str(kubeconfig), *flags]
    settled = {name: value for name, value in environ.items() if not name.startswith("LAKEWARD_")}
    guard = Guard()
    try:
        program = guard.launch(command, log, environ=settled)
        try:
            operator = Operator(program)
            screen.wait("the operator is ready", operator.ready, READY_SECONDS, operator.check)
            yield operator
        finally:
            program.stop(STOP_SECONDS)
    finally:
        guard.close()
