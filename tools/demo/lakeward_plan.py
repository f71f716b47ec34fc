"""`lakeward plan` over folders, with the settings of the running operator: it asks the lakehouse, not the cluster."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from demo.errors import DemoError

SECONDS = 120
NOTHING, CHANGES = 0, 2
# settings that the plan has no flag for are harmless as variables
SETTINGS = ("cluster-name", "allow-loopback-http", "drift-grace")
TOKEN = "TOKEN"  # noqa: S105 - the name of a variable


def variables(flags: Mapping[str, str], token: str, environ: Mapping[str, str]) -> dict[str, str]:
    """The environment of a plan: the operator's settings, and the token where no other user can see it."""
    own = {name: value for name, value in environ.items() if not name.startswith("LAKEWARD_")}
    given = {f"LAKEWARD_{name.replace('-', '_').upper()}": flags[name] for name in SETTINGS}
    return {**own, **given, TOKEN: token}


def secrets(secret: str, keys: Sequence[str]) -> list[str]:
    """Options that take each key of the Secret from the variable."""
    return [f"--secret {secret}/{key}=env:{TOKEN}" for key in keys]


def plan(folders: Sequence[Path], options: Sequence[str], environ: Mapping[str, str]) -> str:
    """What it prints. DemoError when it could not plan."""
    words = [word for folder in folders for word in ("-f", str(folder))]
    words += [word for option in options for word in option.split(" ")]
    done = subprocess.run(  # noqa: S603 - the demo's own words
        [sys.executable, "-m", "lakeward", "plan", *words],
        env=environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    if done.returncode not in {NOTHING, CHANGES}:
        said = done.stderr.strip().rpartition("\n")[2] or done.stdout.strip().rpartition("\n")[2]
        raise DemoError(f"`lakeward plan` ended with exit code {done.returncode}: {said or 'it said nothing'}.")
    return done.stdout
