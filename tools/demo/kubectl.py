"""kubectl on the demo's cluster: what a user would type, without the option that names the kubeconfig."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from demo.errors import DemoError
from lakeward_sandbox.cluster.find import Cluster

SECONDS = 120

Json = Mapping[str, Any]


class Kubectl:
    """Runs in one folder, so that `-k FOLDER` means what it says on the screen. Its cache stays in the work folder."""

    def __init__(self, cluster: Cluster, folder: Path, work: Path) -> None:
        self.cluster = cluster
        self._folder = folder
        self._work = work

    def within(self, folder: Path) -> "Kubectl":
        """The same, run in another folder."""
        return Kubectl(self.cluster, folder, self._work)

    def command(self, *words: str) -> list[str]:
        """The whole command line, for programs that run longer than a call."""
        options = [f"--kubeconfig={self.cluster.kubeconfig}", f"--cache-dir={self._work / 'kubectl-cache'}"]
        return [str(self.cluster.kubectl), *options, *words]

    def run(self, *words: str, stdin: str = "") -> str:
        """Its output. DemoError says in one sentence what it refused."""
        try:
            done = subprocess.run(  # noqa: S603 - the demo's own words
                self.command(*words),
                input=stdin,
                capture_output=True,
                text=True,
                check=False,
                timeout=SECONDS,
                cwd=self._folder,
            )
        except subprocess.TimeoutExpired as problem:
            raise DemoError(f"`kubectl {' '.join(words)}` did not answer in {SECONDS} seconds.") from problem
        if done.returncode != 0:
            said = " ".join(done.stderr.split()) or f"exit code {done.returncode}"
            raise DemoError(f"`kubectl {' '.join(words)}` was refused: {said}")
        return done.stdout

    def items(self, *words: str) -> list[Json]:
        """The objects that `kubectl get` finds; one that lacks is none."""
        text = self.run("get", *words, "--output=json", "--ignore-not-found")
        found: Json = json.loads(text) if text.strip() else {"items": []}
        items: list[Json] = found.get("items", [found])
        return items


def condition(item: Json, kind: str) -> Json:
    """One condition of an object's status; empty when it is not there."""
    conditions: list[Json] = item.get("status", {}).get("conditions", [])
    return next((one for one in conditions if one["type"] == kind), {})
