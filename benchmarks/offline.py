"""An operator without a cluster: real passes with real clients against the lakehouse, in a time that jumps.

Between two passes the clock goes forward to the next one that is due, by the rules and with the jitter of the running
operator, so that hours of scans take seconds and every count is the same each time. Short pauses are really waited
for, because the far side's own clock does not jump. It keeps objects as an API server would, and counts its writes.
"""

import random
import threading
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self

from lakeward.api.mlworkspace import MLWorkspaceSpec
from lakeward.engine.backoff import delay
from lakeward.engine.outcome import Key, Outcome
from lakeward.engine.resource import Clients
from lakeward.engine.work import Works
from lakeward.judgement.approval import Identity
from lakeward.kinds.connect import Connections, Limits
from lakeward.passes.roster import reconciler

Body = dict[str, Any]
NAMESPACE = "ml-platform"
FINALIZERS = ["mlops.lakeward.dev/cleanup"]
SCAN = 300.0
WAITED_FOR = 5.0
"""A pause up to here may be one for the far side, which takes its time; a longer one, or that of a scan, is jumped."""
COPYING_SECONDS = 120.0


class Offline:
    """Objects of all kinds and passes over them, one at a time in the order in which they are due."""

    def __init__(self, token: str) -> None:
        self.cluster = "bench"
        self.complete = True
        self.bodies: dict[Key, Body] = {}
        self.passes = 0
        self.kubernetes_writes = 0
        self._token = token
        self._begun, self._start = time.monotonic(), datetime.now(UTC)
        self._ahead = 0.0
        self._due: dict[Key, float] = {}
        self._resting: set[Key] = set()
        self._failures: dict[Key, int] = {}
        self._chance = random.Random(1)  # noqa: S311 - the same jitter in each run
        self._woken = threading.Condition()
        self._long = ThreadPoolExecutor(16, "long")
        self._works = Works(self._long)
        limits = Limits(allowed_hosts=(), allow_loopback_http=True, calls_per_second=1000.0, scan_interval=SCAN)
        self._connections = Connections(limits, self._works, clock=self.clock)
        self._reconciler = reconciler(self, lambda: True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._works.stop()
        self._long.shutdown()

    def clock(self) -> float:
        return time.monotonic() + self._ahead

    def put(self, manifest: Mapping[str, Any]) -> Key:
        """As `kubectl apply`; a changed spec is a new generation."""
        key = Key(manifest["kind"], NAMESPACE, manifest["metadata"]["name"])
        before = self.bodies.get(key, {})
        generation = before.get("metadata", {}).get("generation", 0) + (before.get("spec") != manifest["spec"])
        meta = {"name": key.name, "namespace": NAMESPACE, "uid": str(key), "generation": generation}
        status = {"status": before["status"]} if "status" in before else {}
        self.bodies[key] = {**manifest, "metadata": {**meta, "finalizers": FINALIZERS}, **status}
        self._wake(key)
        return key

    def ready(self, key: Key) -> bool:
        """Ready, and about the newest spec."""
        body = self.bodies[key]
        status = body.get("status") or {}
        ready = any(c["type"] == "Ready" and c["status"] == "True" for c in status.get("conditions", ()))
        return ready and status.get("observedGeneration") == body["metadata"]["generation"]

    def settle(self, seconds: float = 600.0) -> None:
        """Passes until every object is ready and nothing is due before its next scan."""
        end = self.clock() + seconds
        while not (all(map(self.ready, self.bodies)) and min(self._due.values()) - self.clock() > WAITED_FOR):
            if self.clock() > end:
                raise RuntimeError(f"not ready: {[str(k) for k in self.bodies if not self.ready(k)]}")
            self._next()

    def rest(self, seconds: float) -> None:
        """All passes of so many seconds."""
        end = self.clock() + seconds
        while min(self._due.values()) < end:
            self._next()
        self._ahead += max(0.0, end - self.clock())

    def _next(self) -> None:
        with self._woken:
            key = min(self._due, key=self._due.__getitem__)
            pause = self._due[key] - self.clock()
            if self._copies():
                self._woken.wait_for(lambda: self._due[key] <= self.clock() or not self._copies(), COPYING_SECONDS)
                key = min(self._due, key=self._due.__getitem__)
            elif key in self._resting or pause > WAITED_FOR:
                self._ahead += max(0.0, pause)
            elif pause > 0:
                self._woken.wait(pause)
        self._pass(key)

    def _pass(self, key: Key) -> None:
        del self._due[key]
        self.passes += 1
        body = self.bodies[key]
        outcome = self._reconciler.reconcile(body)
        self._plan(key, outcome)
        self.kubernetes_writes += len(outcome.events)
        if outcome.status is not None and outcome.status != body.get("status"):
            self.bodies[key] = {**body, "status": outcome.status}
            self.kubernetes_writes += 1
            for other in [k for k, b in self.bodies.items() if key in self._reconciler.refs(b)]:
                self._wake(other)

    def _plan(self, key: Key, outcome: Outcome) -> None:
        if outcome.failed:
            self._failures[key] = self._failures.get(key, 0) + 1
            pause = max(outcome.after or 0.0, delay(self._failures[key], self._chance.random()))
        else:
            self._failures.pop(key, None)
            pause = SCAN * (0.8 + 0.4 * self._chance.random()) if outcome.after is None else outcome.after
        with self._woken:
            (self._resting.discard if outcome.failed or outcome.after is not None else self._resting.add)(key)
            self._due[key] = min(self.clock() + pause, self._due.get(key, float("inf")))

    def _wake(self, key: Key) -> None:
        with self._woken:
            self._resting.discard(key)
            self._due[key] = self.clock()
            self._woken.notify_all()

    def _copies(self) -> bool:
        """Whether a copy runs, of which its promotion is told."""
        now = self.clock()
        return any(
            (body.get("status") or {}).get("phase") == "Copying" and self._due[key] > now
            for key, body in self.bodies.items()
        )

    # the world, as a pass sees it

    def get(self, kind: str, namespace: str, name: str) -> Mapping[str, Any] | None:
        return self.bodies.get(Key(kind, namespace, name))

    def all(self, kind: str) -> Iterable[Mapping[str, Any]]:
        return [body for key, body in self.bodies.items() if key.kind == kind]

    def secret(self, namespace: str, name: str, key: str, field: str) -> str:  # noqa: ARG002 - one identity for all
        return self._token

    def clients(self, workspace: MLWorkspaceSpec, asker: Key) -> Clients:
        def secret(name: str, key: str, field: str) -> str:
            return self.secret(asker.namespace, name, key, field)

        return self._connections.clients(workspace, secret, lambda: self._wake(asker))

    def terminating(self, namespace: str) -> bool:  # noqa: ARG002 - no namespace ever goes
        return False

    def identity(self, namespace: str) -> Identity | None:  # noqa: ARG002 - there is no admission that could be tried
        return None

    def person(self, databricks_user: str) -> str | None:  # noqa: ARG002 - nobody is mapped
        return None

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self.clock() - self._begun)
