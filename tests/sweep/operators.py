"""Operators one after another: the next one is started while one works, and begins the moment that one is killed."""

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError

from cluster.process import URL, Operator, until
from lakeward_sandbox.cluster.processes import Guard
from sweep.proxy import Door, Proxy

PATIENT = {"scan_interval": "1h", "drift_grace": "1s"}


class Doored(Operator):
    """An operator that reaches the API server by a door of the proxy."""

    def __init__(self, account: Path, folder: Path, guard: Guard, proxy: Proxy, door: Door, **settings: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        super().__init__(_by(door, account, folder), folder, guard, **settings)
        self._proxy = proxy
        self.door = door

    def begin(self) -> None:
        """Let it see the objects; returns at once."""
        self._proxy.open(self.door)

    def wait_knock(self) -> None:
        """Return when it has loaded everything and asks for the objects for the first time."""
        assert self.door.knocked.wait(30) or self.door.opened.is_set(), self.log

    def wait_working(self) -> None:
        """Return when it knows all objects."""
        found = URL.search(self.log)
        assert found is not None, self.log
        self.url = found[1]
        until(self._answers, 30, "the operator is ready")

    def _answers(self) -> bool:
        try:
            return self.ask("/readyz") == "ok\n"
        except URLError:
            return False


class Relay:
    """One operator that works, one that waits at its door, and the one that was killed last."""

    def __init__(self, account: Path, folder: Path, guard: Guard, proxy: Proxy) -> None:
        self._parts = account, guard, proxy
        self._folder = folder
        self._numbers: Iterator[int] = itertools.count(1)
        self._next = self._launched()
        self.now = self.fallen = self._next
        self.take_over()

    def kill(self) -> None:
        """SIGKILL to the one that works."""
        if not self._next.running:  # nobody is let wait for ever, not even here
            self._next = self._launched()
        self._next.wait_knock()
        self.fallen = self.now
        self.now.kill()

    def take_over(self) -> None:
        """The one that waits begins, and another one is started to wait."""
        self._next.wait_knock()
        self.now = self._next
        self.now.begin()
        self._next = self._launched()

    def close(self) -> None:
        for operator in (self.now, self._next):
            if operator.running:
                operator.kill()

    def _launched(self) -> Doored:
        account, guard, proxy = self._parts
        folder = self._folder / f"{next(self._numbers)}"
        made = Doored(account, folder, guard, proxy, proxy.door(is_open=False), **PATIENT)
        made.launch()
        return made


def _by(door: Door, account: Path, folder: Path) -> Path:
    """The kubeconfig of the account, by this door."""
    view = json.loads("".join(line for line in account.read_text().splitlines(keepends=True) if line[0] != "#"))
    view["clusters"][0]["cluster"] = {"server": door.url}
    made = folder / "kubeconfig"
    made.write_text(json.dumps(view))
    made.chmod(0o600)
    return made
