"""A folder of manifests for one test, and the commands on it."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from lakeward.app import main
from lakeward_sandbox.launch import Lakehouse

NAMESPACE = ("--namespace", "ml-platform")
KEYS = ("databricks", "azure")
LAKEWARD = (sys.executable, "-m", "lakeward.app")
PROGRAM = (*LAKEWARD, "plan")
SWITCHES = ("--cluster-name", "test", "--allow-loopback-http")
PORTS = {"dev": 8442, "test": 8443, "prod": 8444}


@dataclass(frozen=True)
class Said:
    """How the command ended and what it said, with volatile values replaced by words."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Desk:
    """A copy of the samples whose names only this test uses, a file with the token, and the command."""

    house: Lakehouse
    folder: Path
    capsys: pytest.CaptureFixture[str]
    own: str

    @property
    def token(self) -> Path:
        return self.folder.parent / "token"

    def write(self, name: str, text: str) -> Path:
        place = self.folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
        return place

    def change(self, name: str, old: str, new: str) -> None:
        text = (self.folder / name).read_text()
        assert old in text
        self.write(name, text.replace(old, new))

    def environment(self, name: str) -> str:
        return str(self.folder / "environments" / f"{name}.yaml")

    def promotion(self, name: str) -> str:
        return str(self.folder / "promotions" / f"{name}.yaml")

    @property
    def flags(self) -> tuple[str, ...]:
        """What every plan of the samples needs: both tokens, the name of the cluster, and leave for plain http."""
        both = (f"lakehouse-token/{key}=@{self.token}" for key in KEYS)
        return (*(word for one in both for word in ("--secret", one)), *SWITCHES)

    def plan(self, *arguments: str, secret: bool = True) -> Said:
        return self.run(*arguments, *(self.flags if secret else SWITCHES))

    def gate_check(self, *arguments: str) -> Said:
        """On the whole folder; more flags may narrow it."""
        return self.command("gate-check", "-f", str(self.folder), *NAMESPACE, *arguments, *self.flags)

    def run(self, *arguments: str) -> Said:
        return self.command("plan", *arguments)

    def command(self, *words: str) -> Said:
        self.capsys.readouterr()
        code = main(words)
        said = self.capsys.readouterr()
        return Said(code, self._told(said.out), self._told(said.err))

    def piped(self, text: str, *arguments: str) -> Said:
        """The plan as a process of its own that is handed the text."""
        return self.handed(text, "plan", *arguments, *self.flags)

    def handed(self, text: str, *words: str) -> Said:
        """Any command as a process of its own that is handed the text."""
        command = [*LAKEWARD, *words]
        done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=60, check=False)
        return Said(done.returncode, self._told(done.stdout), self._told(done.stderr))

    def _told(self, text: str) -> str:
        assert self.house.token("lakeward") not in text
        for name in PORTS:
            text = text.replace(self.house.workspace(name).url, f"http://{name}")
        text = text.replace(self.house.azure_url, "http://azure").replace(str(self.folder), "DIR")
        return text.replace(f"{self.own}ops-", "mlops-").replace(self.own, "ml_")

    def writes(self) -> set[str]:
        return {r.method for r in self.house.requests(principal="lakeward")} - {"GET"}
