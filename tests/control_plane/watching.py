"""What tests of this room see from outside: processes by their command line, and files that hold secrets."""

import io
import os
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

KEEP = ("PATH", "HOME", "LAKEWARD_CACHE", "XDG_CACHE_HOME", "KUBEBUILDER_ASSETS")


def own_environ() -> dict[str, str]:
    """The machine's, without what would choose somebody's cluster."""
    environ: Mapping[str, str] = os.environ  # noqa: TID251 - tests run the machine's own programs
    return {name: environ[name] for name in KEEP if name in environ}


def programs_of(workdir: Path) -> list[str]:
    """Command lines of running processes that name the folder."""
    listed = subprocess.run(["ps", "-axww", "-o", "stat=,args="], capture_output=True, text=True, check=True)
    alive = (line for line in listed.stdout.splitlines() if not line.startswith("Z"))
    return [line for line in alive if str(workdir) in line]


def secrets_in(workdir: Path) -> list[str]:
    """Files with a private key or with credentials inline."""
    files = (path for path in workdir.rglob("*") if path.is_file())
    return [path.name for path in files if b"PRIVATE KEY" in path.read_bytes() or b"key-data:" in path.read_bytes()]


def eventually(condition: Callable[[], bool], seconds: float = 15) -> bool:
    """Whether it becomes true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        threading.Event().wait(0.05)
    return True


def no_terminal() -> io.StringIO:
    """Where progress is said line by line."""
    return io.StringIO()
