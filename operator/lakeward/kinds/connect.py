"""Clients for an environment: which host may be called, and one shared client per identity. Nobody else builds them.

Credentials go only to hosts that the operator's settings allow. Knows no Kubernetes: a Secret's value is handed in.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

from lakeward.api.mlworkspace import MLWorkspaceSpec
from lakeward.engine.errors import Invalid
from lakeward.engine.reasons import Reason
from lakeward.engine.resource import Clients
from lakeward.engine.snapshots import Snapshots
from lakeward.engine.work import Works
from lakeward.providers.databricks.api import Api, Observer
from lakeward.providers.databricks.client import Databricks, scope
from lakeward.providers.limits import Bucket

LOOPBACK = frozenset({"127.0.0.1", "localhost"})
HOST_FIELD = "spec.databricks.host"
SECRET_FIELD = "spec.credentials.token.secretRef"  # noqa: S105 - the path of a field


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What the settings allow: host patterns, plain http to this machine, calls a second, seconds between scans."""

    allowed_hosts: Sequence[str]
    allow_loopback_http: bool
    calls_per_second: float
    scan_interval: float


class Connections:
    """All clients of the process. Thread-safe."""

    def __init__(
        self,
        limits: Limits,
        works: Works,
        observed: Observer = lambda *_: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limits = limits
        self._works = works
        self._observed = observed
        self._clock = clock
        self._snapshots = Snapshots(clock)
        self._apis: dict[str, Api] = {}
        self._buckets: dict[str, Bucket] = {}
        self._lock = threading.Lock()

    def clients(
        self, spec: MLWorkspaceSpec, secret: Callable[[str, str, str], str], wake: Callable[[], None]
    ) -> Clients:
        """The clients of an environment as one pass sees them. `secret(name, key, field)` reads a value of a Secret.

        Raises Invalid(HostNotAllowed) before anything is read or called, and what `secret` raises.
        """
        host = spec.databricks.host
        self._check(host)
        token = spec.credentials.token
        if token is None:
            raise Invalid("exactly one member is required", field="spec.credentials")
        value = secret(token.secret_ref.name, token.databricks_key, SECRET_FIELD).strip()
        client = self._databricks(host, value, wake)
        return {"databricks": client, "mlflow": client}

    def _check(self, host: str) -> None:
        parts = urlsplit(host)
        name = parts.hostname or ""
        if parts.scheme == "http" and not (self._limits.allow_loopback_http and name in LOOPBACK):
            text = "plain http is allowed to this machine only, and only with the operator's --allow-loopback-http"
            raise Invalid(text, reason=Reason.HOST_NOT_ALLOWED, field=HOST_FIELD)
        allowed = parts.scheme == "http" or any(fnmatchcase(name, p) for p in self._limits.allowed_hosts)
        if not allowed:
            text = f"{name} is not among the hosts that the operator may log in to (--allowed-hosts)"
            raise Invalid(text, reason=Reason.HOST_NOT_ALLOWED, field=HOST_FIELD)

    def _databricks(self, host: str, token: str, wake: Callable[[], None]) -> Databricks:
        identity = scope(host, token)
        with self._lock:
            bucket = self._buckets.setdefault(host, Bucket(self._limits.calls_per_second, self._clock))
            api = self._apis.get(identity)
        if api is None:
            # not under the lock: it probes the host, which may be down
            api = Api(host, token, bucket, self._observed)
            with self._lock:
                api = self._apis.setdefault(identity, api)
        now = self._clock()
        # listings are shared for one scan interval; half of it keeps two scans in a row from sharing one
        listed = now - self._limits.scan_interval / 2
        self._snapshots.sweep(now - 2 * self._limits.scan_interval)
        return Databricks(api, identity, self._snapshots, self._works, listed, now, wake)
