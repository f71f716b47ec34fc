"""The programs of a control plane and the folder outside the checkout that keeps the built ones.
It knows where they are and what they are built from, not how.
"""

import hashlib
import os
import platform
import pwd
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lakeward_sandbox.cluster.errors import ClusterError

PACKAGES = {
    "etcd": "go.etcd.io/etcd/server/v3",
    "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
    "kubectl": "k8s.io/kubernetes/cmd/kubectl",
    "kube-controller-manager": "k8s.io/kubernetes/cmd/kube-controller-manager",
}
RECIPE = "1"  # part of the key: raise it when build.py builds the same modules in another way

MACHINES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


@dataclass(frozen=True)
class Binaries:
    """Paths of the programs. Without a controller-manager a control plane works, but for its controllers."""

    etcd: Path
    kube_apiserver: Path
    kubectl: Path
    kube_controller_manager: Path | None

    @classmethod
    def of(cls, folder: Path) -> "Binaries | None":
        """Those of a folder, by their usual names; None unless the three that nothing works without are there."""
        if not all((folder / name).is_file() for name in ("etcd", "kube-apiserver", "kubectl")):
            return None
        controllers = folder / "kube-controller-manager"
        return cls(
            etcd=folder / "etcd",
            kube_apiserver=folder / "kube-apiserver",
            kubectl=folder / "kubectl",
            kube_controller_manager=controllers if controllers.is_file() else None,
        )


@dataclass(frozen=True)
class Pins:
    """The Go module that pins what is built, and the machine that it is built for."""

    folder: Path
    goos: str
    goarch: str

    @property
    def key(self) -> str:
        """Changes with every pinned version, so that a cached build is never of another one."""
        digest = hashlib.sha256(RECIPE.encode())
        for name in ("go.mod", "go.sum"):
            digest.update((self.folder / name).read_bytes())
        return f"{self.goos}-{self.goarch}-{digest.hexdigest()[:16]}"

    @property
    def kubernetes(self) -> str:
        """For example v1.36.3."""
        return self._pinned(r"^\s*k8s\.io/kubernetes (v\S+)")

    @property
    def go(self) -> str:
        """The oldest Go that can build it, for example 1.26.0."""
        return self._pinned(r"^go (\S+)")

    def _pinned(self, pattern: str) -> str:
        found = re.search(pattern, (self.folder / "go.mod").read_text(), re.MULTILINE)
        if found is None:
            raise ClusterError(
                f"{self.folder / 'go.mod'} has no line like `{pattern}`: restore it from version control."
            )
        return found[1]


def pins() -> Pins | None:
    """The pinned module of this checkout; None where Lakeward was installed without one."""
    folder = Path(__file__).resolve().parents[3] / "tools"
    machine = MACHINES.get(platform.machine().lower())
    if not (folder / "go.mod").is_file() or machine is None:
        return None
    return Pins(folder, sys.platform, machine)


def cache(environ: Mapping[str, str]) -> Path:
    """$LAKEWARD_CACHE, else $XDG_CACHE_HOME/lakeward, else ~/.cache/lakeward."""
    if own := environ.get("LAKEWARD_CACHE"):
        return Path(own).expanduser().absolute()
    # the XDG base directory specification: a relative path is to be ignored
    if (shared := environ.get("XDG_CACHE_HOME", "")) and Path(shared).is_absolute():
        return Path(shared) / "lakeward"
    home = environ.get("HOME") or pwd.getpwuid(os.getuid()).pw_dir
    return Path(home) / ".cache" / "lakeward"


def built(environ: Mapping[str, str], wanted: Pins) -> Path:
    """The folder that holds, or will hold, what is built from these pins."""
    return cache(environ) / "control-plane" / wanted.key
