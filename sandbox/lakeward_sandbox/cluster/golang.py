"""Whether the Go on this machine can build the pinned programs, and the environment in which it does.
It knows Go's rules of toolchains (https://go.dev/doc/toolchain), not what is built.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from lakeward_sandbox.cluster.errors import ClusterError
from lakeward_sandbox.cluster.processes import answer

FIRST_WITH_TOOLCHAINS = (1, 21)


def refusal(version: str, toolchain: str, needed: str) -> str | None:
    """Why this Go cannot build what needs a newer one, in one sentence; None when it can, or can fetch one that does.

    `version` is as `go env GOVERSION` prints it, `toolchain` as `go env GOTOOLCHAIN` does.
    """
    if _numbers(version) >= _numbers(needed):
        return None
    own = version.removeprefix("go")
    if _numbers(version) < FIRST_WITH_TOOLCHAINS:
        return f"Go {own} is too old: install Go {needed} or newer (from 1.21 on, Go fetches a newer one by itself)."
    if toolchain == "auto" or toolchain.endswith("+auto"):
        return None
    return f"Go {own} is too old and GOTOOLCHAIN={toolchain} forbids it to fetch Go {needed}: set GOTOOLCHAIN=auto."


def check(go: str, needed: str, environ: Mapping[str, str]) -> None:
    """ClusterError unless this Go can build for it."""
    # asked outside of every module: inside one, an old Go already fails on the module's own demand
    said = answer([go, "env", "GOVERSION", "GOTOOLCHAIN"], environ=dict(environ), cwd=Path("/")).split("\n")
    reason = refusal(said[0].strip(), said[1].strip(), needed)
    if reason is not None:
        raise ClusterError(reason)


def environment(environ: Mapping[str, str], cache: Path, goos: str, goarch: str) -> dict[str, str]:
    """A build that depends on the pins only: not on a C compiler, a workspace file, or flags for other modules."""
    result = {**environ, "CGO_ENABLED": "0", "GOWORK": "off", "GOOS": goos, "GOARCH": goarch}
    if not environ.get("HOME"):
        result.setdefault("GOCACHE", str(cache / "go-build"))
        result.setdefault("GOPATH", str(cache / "go"))
    return result


def _numbers(version: str) -> tuple[int, ...]:
    found = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", version)
    return tuple(int(part or 0) for part in found.groups()) if found else (0, 0, 0)
