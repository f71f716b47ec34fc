"""People who decide. The demo administers the cluster, so it may act as anybody: each person is a `kubectl proxy`."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from demo.errors import DemoError
from demo.kubectl import Kubectl
from lakeward_sandbox.cluster.processes import Guard, Program

RISK = "model-risk"
SERVES = re.compile(r"Starting to serve on (\S+)")
# whoever else is on this machine gets no further through the proxy than to what people decide about
PATHS = r"^/apis/(mlops\.lakeward\.dev|authentication\.k8s\.io)/"
PROXY_SECONDS, STOP_SECONDS = 20.0, 5.0

Wait = Callable[[str, Callable[[], bool], float], None]


@dataclass(frozen=True)
class Person:
    """A user of the cluster."""

    name: str
    groups: tuple[str, ...]

    @property
    def first(self) -> str:
        """What others call them."""
        return self.name.partition("@")[0].capitalize()


ANA = Person("ana@example.com", ("data-scientists", RISK))
BOB = Person("bob@example.com", (RISK,))


@contextmanager
def login(kubectl: Kubectl, who: Person, work: Path, wait: Wait) -> Iterator[Path]:
    """A kubeconfig with which a program is that person, as long as the block lasts."""
    rights = [f"--as={who.name}", *(f"--as-group={group}" for group in who.groups)]
    guard = Guard()
    try:
        log = work / f"{who.first.lower()}.log"
        program = guard.launch(kubectl.command("proxy", "--port=0", f"--accept-paths={PATHS}", *rights), log)
        try:
            wait(f"{who.first} is logged in", lambda: bool(_address(program)), PROXY_SECONDS)
            file = work / f"{who.first.lower()}.kubeconfig"
            file.write_text(json.dumps(_view(f"http://{_address(program)}")))
            yield file
        finally:
            program.stop(STOP_SECONDS)
    finally:
        guard.close()


def _address(program: Program) -> str:
    """Where it serves; empty while it does not yet."""
    found = SERVES.search(program.log.read_text(errors="replace"))
    if found is None and program.ended(within=0):
        raise DemoError(f"`kubectl proxy` ended with exit code {program.exit_code}: {program.end_of_log(1).strip()}")
    return found[1] if found else ""


def _view(server: str) -> Mapping[str, object]:
    context = {"cluster": "demo", "user": "me"}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "demo", "cluster": {"server": server}}],
        "users": [{"name": "me", "user": {}}],
        "contexts": [{"name": "demo", "context": context}],
        "current-context": "demo",
    }
