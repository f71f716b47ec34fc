"""`lakeward approve` as the person of a kubeconfig: known by its flags and by what it prints."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from demo.errors import DemoError

SECONDS = 60


def approve(promotion: str, namespace: str, reason: str, kubeconfig: Path, environ: Mapping[str, str]) -> str:
    """What it prints. DemoError when no approval was made."""
    words = [f"mp/{promotion}", "--namespace", namespace, "--reason", reason, "--kubeconfig", str(kubeconfig)]
    done = subprocess.run(  # noqa: S603 - the demo's own words
        [sys.executable, "-m", "lakeward", "approve", *words, "--yes"],
        env=environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    if done.returncode != 0:
        said = done.stderr.strip().rpartition("\n")[2] or done.stdout.strip().rpartition("\n")[2]
        raise DemoError(f"`lakeward approve` ended with exit code {done.returncode}: {said or 'it said nothing'}.")
    return done.stdout
