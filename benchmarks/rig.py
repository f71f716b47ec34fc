"""The whole of it as users run it: a real API server, the operator as a process, and what a client of both can see.

Everything is below one folder and ends with the stack that it is given, also when this process is killed.
"""

import itertools
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, cast
from urllib.request import urlopen

from kubernetes.client import ApiClient, Configuration, CoreV1Api, CustomObjectsApi, V1Namespace, V1ObjectMeta, V1Secret
from kubernetes.client.exceptions import ApiException
from kubernetes.config import load_kube_config
from kubernetes.watch import Watch

from benchmarks.bench import ROOT, Bench
from lakeward_sandbox.cluster.accounts import log_in
from lakeward_sandbox.cluster.find import cluster
from lakeward_sandbox.cluster.processes import Guard, Program, answer

GROUP, VERSION = "mlops.lakeward.dev", "v1alpha1"
PLURALS = {"MLWorkspace": "mlworkspaces", "ModelPromotion": "modelpromotions"}
SECRET = "lakehouse-token"  # noqa: S105 - the name of a Secret
SYSTEM, ACCOUNT = "lakeward-system", "lakeward"
URL = re.compile(r"health and metrics at (http://\S+)")
START_SECONDS = 60.0
CREATORS = 4
FLAGS = {
    "cluster-name": "bench",
    "allow-loopback-http": "true",
    "health-address": "127.0.0.1",
    "health-port": "0",
}
Manifest = Mapping[str, Any]


class Rig:
    """A cluster with Lakeward installed, and one operator process after another."""

    def __init__(self, bench: Bench) -> None:
        self._bench, self._numbers = bench, itertools.count(1)
        folder = bench.folder / "rig"
        folder.mkdir()
        found = bench.stack.enter_context(cluster(folder, bench.environ, bench.say, sys.stderr))
        kubectl = [str(found.kubectl), f"--kubeconfig={found.kubeconfig}"]
        for command in (
            ["apply", "--server-side", "-k", str(ROOT / "crds")],
            ["wait", "--for=condition=Established", "--timeout=30s", "crd", "--all"],
            ["apply", "-k", str(ROOT / "manifests" / "install")],
        ):
            answer([*kubectl, *command], within=60)
        self._login = folder / "login"
        log_in(found, SYSTEM, ACCOUNT, self._login)
        configuration = Configuration()
        load_kube_config(str(found.kubeconfig), client_configuration=configuration, persist_config=False)  # type: ignore[no-untyped-call]  # untyped in the client
        self._client = ApiClient(configuration)
        bench.stack.callback(self._client.close)
        self._core, self._custom = CoreV1Api(self._client), CustomObjectsApi(self._client)
        self._guard = Guard()
        bench.stack.callback(self._guard.close)
        bench.stack.callback(self.stop)
        self._program: Program | None = None
        self._url = ""

    def start(self, **flags: str) -> None:
        """End the operator that runs, if one does, start another, and return when it knows all objects."""
        self.stop()
        named = {**FLAGS, **{name.replace("_", "-"): value for name, value in flags.items()}}
        words = [f"--{name}={value}" for name, value in {**named, "kubeconfig": str(self._login)}.items()]
        log = self._bench.folder / f"operator-{next(self._numbers)}.log"
        command = [sys.executable, "-m", "lakeward", "run", *words]
        environ = {"PATH": os.defpath, "HOME": str(self._bench.folder)}
        self._program = program = self._guard.launch(command, log, environ=environ)

        def said() -> re.Match[str] | None:
            return URL.search(log.read_text(errors="replace"))

        until(lambda: said() is not None or program.ended(0), START_SECONDS, "the operator listens")
        listening = said()
        if listening is None:
            raise RuntimeError(f"the operator did not start:\n{program.end_of_log()}")
        self._url = listening[1]
        until(lambda: self._asked("/readyz") == "ok\n", START_SECONDS, "the operator is ready")

    def stop(self) -> None:
        if self._program is not None:
            self._program.stop(30.0)
            self._program = None

    def resident(self) -> int:
        """Bytes of memory that the operator holds now."""
        assert self._program is not None  # noqa: S101 - asked between start and stop
        statm = Path(f"/proc/{self._program.pid}/statm")
        if statm.exists():
            return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        command = ["ps", "-o", "rss=", "-p", str(self._program.pid)]
        return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout) * 1024  # noqa: S603 - fixed words

    def metric(self, name: str, **labels: str) -> float:
        """The sum of a metric over all series that have these labels."""
        wanted = [f'{label}="{value}"' for label, value in labels.items()]
        lines = (line for line in self._asked("/metrics").splitlines() if re.match(rf"{name}[ {{]", line))
        return sum(float(line.rpartition(" ")[2]) for line in lines if all(w in line for w in wanted))

    def namespace(self, name: str) -> str:
        """A new namespace with the Secret that environments name."""
        self._core.create_namespace(V1Namespace(metadata=V1ObjectMeta(name=name)))
        token = self._bench.house.token("lakeward")
        values = {"databricks": token, "azure": token}
        self._core.create_namespaced_secret(name, V1Secret(metadata=V1ObjectMeta(name=SECRET), string_data=values))
        return name

    def create(self, namespace: str, manifest: Manifest) -> None:
        plural = PLURALS[manifest["kind"]]
        self._custom.create_namespaced_custom_object(GROUP, VERSION, namespace, plural, dict(manifest))

    def create_all(self, namespace: str, manifests: Iterable[Manifest]) -> None:
        with ThreadPoolExecutor(CREATORS) as pool:
            list(pool.map(lambda manifest: self.create(namespace, manifest), manifests))

    def remove(self, namespace: str, kind: str, name: str) -> None:
        """Delete one object at once, whatever it has outside."""
        where = (GROUP, VERSION, namespace, PLURALS[kind], name)
        with suppress(ApiException):
            self._custom.delete_namespaced_custom_object(*where)
            self._custom.patch_namespaced_custom_object(*where, {"metadata": {"finalizers": None}})

    def annotate(self, namespace: str, kind: str, name: str, **annotations: str) -> None:
        body = {"metadata": {"annotations": {f"{GROUP}/{k.replace('_', '-')}": v for k, v in annotations.items()}}}
        self._custom.patch_namespaced_custom_object(GROUP, VERSION, namespace, PLURALS[kind], name, body)

    def wait_ready(self, namespace: str, kind: str, name: str, seconds: float = 120.0) -> None:
        """Return as soon as the watch shows that the object is ready; it must be in time."""
        if not self.watch_ready(namespace, kind, name, seconds):
            raise RuntimeError(f"{kind} {namespace}/{name} was not ready within {seconds:.0f} s")

    def watch_ready(self, namespace: str, kind: str, name: str, seconds: float) -> bool:
        """Whether the object is ready in time; returns as soon as the watch shows it."""
        stream = Watch().stream(  # type: ignore[no-untyped-call]  # untyped in the client
            self._custom.list_namespaced_custom_object,
            *(GROUP, VERSION, namespace, PLURALS[kind]),
            field_selector=f"metadata.name={name}",
            timeout_seconds=round(seconds),
        )
        return any(ready(cast("Manifest", event["object"])) for event in stream)

    def _asked(self, path: str) -> str:
        try:
            with urlopen(f"{self._url}{path}", timeout=10) as said:  # noqa: S310 - our own child
                return str(said.read().decode())
        except OSError:
            return ""


def ready(body: Manifest) -> bool:
    """Ready, and about the newest spec."""
    status = body.get("status") or {}
    good = any(c["type"] == "Ready" and c["status"] == "True" for c in status.get("conditions", ()))
    return good and status.get("observedGeneration") == body["metadata"]["generation"]


def until(holds: Callable[[], bool], seconds: float, what: str) -> None:
    """Return as soon as this holds."""
    deadline, pause = time.monotonic() + seconds, threading.Event()
    while not holds():
        if time.monotonic() > deadline:
            raise RuntimeError(f"not so within {seconds:.0f} s: {what}")
        pause.wait(0.1)
