"""A cluster in memory and an operator that makes whole passes over its objects. The far side is the real lakehouse.

    with Operator(cluster) as operator:
        key = cluster.put(manifest)          # as `kubectl apply`; a changed spec is a new generation
        outcome = operator.run(key)          # one pass: status written, events kept, finalizer dropped
        operator.settle(key)                 # passes until the object rests or needs a person

Every pass moves the clock of the cluster by `tick` and is checked by `invariants.checks`. Leaving the block ends the
operator; a second one on the same cluster is its restart, and knows only what the cluster and the far side know.
"""

import json
import threading
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self

from invariants.checks import check
from lakeward.api.mlworkspace import MLWorkspaceSpec
from lakeward.engine.conditions import timestamp
from lakeward.engine.errors import Unavailable
from lakeward.engine.outcome import Event, Key, Outcome
from lakeward.engine.reasons import Reason
from lakeward.engine.resource import Clients
from lakeward.engine.work import Works
from lakeward.judgement.approval import Identity
from lakeward.kinds.connect import Connections, Limits
from lakeward.kinds.kind import Kind
from lakeward.kinds.mlworkspace.kind import MLWorkspace
from lakeward.passes.reconcile import Reconciler, Runtime
from lakeward.providers.databricks.client import CopyLimits
from lakeward.providers.types import TYPES

Body = dict[str, Any]
KINDS: tuple[Kind[Any, Any], ...] = (MLWorkspace(),)
NAMESPACE = "ml"
ENFORCED = Identity(enforced=True, since=datetime(2025, 1, 1, tzinfo=UTC), policy="1/1", message="")
API_VERSION = "mlops.lakeward.dev/v1alpha1"


class Cluster:
    """What the API server would keep: objects, Secrets, and namespaces that are being deleted.

    Approvers are who they say unless `identities` says otherwise of a namespace; `people` are users of Databricks.
    """

    def __init__(self, name: str = "test") -> None:
        self.name = name
        self.now = datetime(2026, 3, 1, 12, tzinfo=UTC)
        self.objects: dict[Key, Body] = {}
        self.secrets: dict[tuple[str, str], dict[str, str]] = {}
        self.terminating: set[str] = set()
        self.identities: dict[str, Identity] = {}
        self.people: dict[str, str] = {}
        self.events: list[tuple[Key, Event]] = []
        self.status_writes = 0
        self._uids = 0

    def put(self, body: Body) -> Key:
        """Create the object, or give it this spec and these annotations; its status stays."""
        meta = body["metadata"]
        key = Key(body["kind"], meta.get("namespace", NAMESPACE), meta["name"])
        before = self.objects.get(key)
        if before is None:
            self._uids += 1
            own = {"uid": f"uid-{self._uids}", "generation": 1, "creationTimestamp": timestamp(self.now)}
        else:
            own = {k: before["metadata"][k] for k in ("uid", "generation", "creationTimestamp")}
            own["generation"] += before["spec"] != body["spec"]
        meta = {**meta, "namespace": key.namespace, **own, "finalizers": ["mlops.lakeward.dev/finalizer"]}
        kept = {"status": before["status"]} if before and "status" in before else {}
        self.objects[key] = json.loads(json.dumps({**body, "metadata": meta, **kept}))
        return key

    def annotate(self, key: Key, **annotations: str) -> None:
        """Set annotations of our group; `_` in a name stands for `-`."""
        ours = {f"mlops.lakeward.dev/{name.replace('_', '-')}": value for name, value in annotations.items()}
        self.objects[key]["metadata"].setdefault("annotations", {}).update(ours)

    def delete(self, key: Key) -> None:
        """As `kubectl delete`: the object stays until its finalizer falls."""
        self.objects[key]["metadata"]["deletionTimestamp"] = timestamp(self.now)

    def status(self, key: Key) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.objects[key].get("status", {})
        return found

    def condition(self, key: Key, kind: str) -> Mapping[str, Any]:
        """One condition of the status; empty when it is not there."""
        return next((c for c in self.status(key).get("conditions", ()) if c["type"] == kind), {})

    def rows(self, key: Key) -> dict[str, str]:
        """The inventory as address and state."""
        return {row["address"]: row["state"] for row in self.status(key).get("resources", ())}

    def apply(self, key: Key, outcome: Outcome) -> None:
        """What the operator does after a pass."""
        self.events += [(key, event) for event in outcome.events]
        if outcome.released:
            del self.objects[key]
        elif outcome.status is not None and outcome.status != self.status(key):
            self.objects[key]["status"] = json.loads(json.dumps(outcome.status))
            self.status_writes += 1


class Operator:
    """One run of the operator's program on a cluster. Also the world of its passes.

    scan    the scan interval in seconds: 0 reads every listing anew in each pass
    canary  a text that must never appear in what a pass tells, for example the token
    copies  how much copies of model versions may move
    """

    def __init__(
        self,
        cluster: Cluster,
        *,
        kinds: Sequence[Kind[Any, Any]] = KINDS,
        scan: float = 0.0,
        canary: str = "",
        allowed_hosts: Sequence[str] = (),
        allow_loopback_http: bool = True,
        tick: timedelta = timedelta(minutes=1),
        copies: CopyLimits | None = None,
    ) -> None:
        self.state = cluster
        self.cluster = cluster.name
        self.complete = True
        self.tick = tick
        self.woken: set[Key] = set()
        self._canary = canary
        self._changed = threading.Condition()
        self._long = ThreadPoolExecutor(2, "work")
        self._going = True
        self._works = Works(self._long, lambda: self._going)
        limits = Limits(
            allowed_hosts=allowed_hosts,
            allow_loopback_http=allow_loopback_http,
            calls_per_second=1000.0,
            scan_interval=scan,
            copies=copies or CopyLimits(),
        )
        self._connections = Connections(limits, self._works, clock=self._seconds)
        runtime = Runtime(types=TYPES, proceed=lambda: self._going, abandon=self._works.abandon)
        self.reconciler = Reconciler(self, kinds, runtime)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self._works.stop()
        self._long.shutdown()

    def stop(self) -> None:
        """From now on nobody writes, neither a step nor long work, as after a lost lease."""
        self._going = False

    def run(self, key: Key) -> Outcome:
        """One pass, checked, and what follows from it."""
        self.woken.discard(key)
        self.state.now += self.tick
        body = self.state.objects[key]
        outcome = self.reconciler.reconcile(body)
        check(body, outcome, self._canary)
        self.state.apply(key, outcome)
        return outcome

    def settle(self, key: Key, most: int = 12) -> Outcome:
        """Passes until one finds nothing to do, or only a person or time can help. Long work is waited for."""
        for _ in range(most):
            before = self.state.status(key)
            outcome = self.run(key)
            if outcome.released:
                return outcome
            rests = not outcome.failed and (outcome.after is None or outcome.after > 1)
            if rests and self.state.status(key) == before and not self.works_for(key):
                return outcome
            if self._waits_for_work(key):
                self.wait_woken(key)
        raise AssertionError(f"{key} did not come to rest within {most} passes: {self.state.status(key)}")

    def wait_woken(self, key: Key, seconds: float = 20.0) -> None:
        """Return when long work of this object has ended."""
        with self._changed:
            assert self._changed.wait_for(lambda: key in self.woken, seconds), f"{key} was not woken"

    def works_for(self, key: Key) -> bool:
        """Whether long work of this object goes on, whatever it told last."""
        return any(f"/{key.namespace}/{key.kind}/{key.name} " in name for name in self._works.running())

    # the world, as a pass sees it

    def get(self, kind: str, namespace: str, name: str) -> Mapping[str, Any] | None:
        return self.state.objects.get(Key(kind, namespace, name))

    def all(self, kind: str) -> Iterable[Mapping[str, Any]]:
        return [body for key, body in self.state.objects.items() if key.kind == kind]

    def secret(self, namespace: str, name: str, key: str, field: str) -> str:
        found = self.state.secrets.get((namespace, name), {}).get(key)
        if found is None:
            text = f'Secret "{name}" in namespace "{namespace}" has no key "{key}"'
            raise Unavailable(text, reason=Reason.SECRET_NOT_FOUND, field=field, retry_after=30.0)
        return found

    def clients(self, workspace: MLWorkspaceSpec, asker: Key) -> Clients:
        def secret(name: str, key: str, field: str) -> str:
            return self.secret(asker.namespace, name, key, field)

        return self._connections.clients(workspace, secret, lambda: self._wake(asker))

    def terminating(self, namespace: str) -> bool:
        return namespace in self.state.terminating

    def now(self) -> datetime:
        return self.state.now

    def identity(self, namespace: str) -> Identity | None:
        return self.state.identities.get(namespace, ENFORCED)

    def person(self, databricks_user: str) -> str | None:
        return self.state.people.get(databricks_user)

    def _seconds(self) -> float:
        return self.state.now.timestamp()

    def _wake(self, key: Key) -> None:
        with self._changed:
            self.woken.add(key)
            self._changed.notify_all()

    def _waits_for_work(self, key: Key) -> bool:
        rows = self.state.rows(key).items()
        return any(
            state == "Progressing" and address.startswith("databricks.model_version/") for address, state in rows
        )


def workspace(name: str, url: str, secret: str = "databricks", **spec: Any) -> Body:
    """An MLWorkspace manifest; `spec` holds further members in the words of the manifest."""
    return {
        "apiVersion": API_VERSION,
        "kind": "MLWorkspace",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {
            "environment": "dev",
            "credentials": {"token": {"secretRef": {"name": secret}}},
            "databricks": {"host": url},
            **spec,
        },
    }
