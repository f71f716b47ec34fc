"""Clients for an environment: which host may be called, and one shared client per identity. Nobody else builds them.

Credentials go only to hosts that the operator's settings allow. Knows no Kubernetes: a Secret's value is handed in.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

from lakeward.api.mlworkspace import MLWorkspaceSpec
from lakeward.engine.errors import Denied, Invalid
from lakeward.engine.reasons import Reason
from lakeward.engine.resource import Clients
from lakeward.engine.snapshots import Snapshots
from lakeward.engine.work import Works
from lakeward.providers.azure.api import Api as ArmApi
from lakeward.providers.azure.client import Azure
from lakeward.providers.azure.client import scope as arm_scope
from lakeward.providers.databricks.api import Api, Observer
from lakeward.providers.databricks.client import CopyLimits, Databricks, scope
from lakeward.providers.limits import Bucket

LOGIN_RETRY = 60.0
LOOPBACK = frozenset({"127.0.0.1", "localhost"})
HOST_FIELD = "spec.databricks.host"
ARM_FIELD = "spec.endpoints.azureResourceManager"
ARM_HOST = "https://management.azure.com"
SECRET_FIELD = "spec.credentials.token.secretRef"  # noqa: S105 - the path of a field
AZURE_KEY_FIELD = "spec.credentials.token.azureKey"


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What the settings allow: host patterns, plain http to this machine, calls a second, seconds between scans.

    `copies` is how much copies of model versions may move.
    """

    allowed_hosts: Sequence[str]
    allow_loopback_http: bool
    calls_per_second: float
    scan_interval: float
    copies: CopyLimits = field(default_factory=CopyLimits)


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
        self._arm_apis: dict[str, ArmApi] = {}
        self._buckets: dict[str, Bucket] = {}
        self._lock = threading.Lock()

    def clients(
        self, spec: MLWorkspaceSpec, secret: Callable[[str, str, str], str], wake: Callable[[], None]
    ) -> Clients:
        """The clients of an environment as one pass sees them. `secret(name, key, field)` reads a value of a Secret.

        Raises Invalid(HostNotAllowed) before anything is read or called, and what `secret` raises.
        """
        host, arm_host = spec.databricks.host, spec.endpoints.azure_resource_manager or ARM_HOST
        self._check(host, HOST_FIELD)
        if spec.azure:
            self._check(arm_host, ARM_FIELD)
        token = spec.credentials.token
        if token is None:
            raise Invalid("exactly one member is required", field="spec.credentials")
        value = _token(secret(token.secret_ref.name, token.databricks_key, SECRET_FIELD), SECRET_FIELD)
        client = self._databricks(host, value, wake)
        if not spec.azure:
            return {"databricks": client, "mlflow": client}
        value = _token(secret(token.secret_ref.name, token.azure_key, AZURE_KEY_FIELD), AZURE_KEY_FIELD)
        return {
            "databricks": client,
            "mlflow": client,
            "azure": self._azure(arm_host, spec.azure.subscription_id, value),
        }

    def _check(self, host: str, field: str) -> None:
        parts = urlsplit(host)
        name = parts.hostname or ""
        if parts.scheme == "http" and not (self._limits.allow_loopback_http and name in LOOPBACK):
            text = "plain http is allowed to this machine only, and only with the operator's --allow-loopback-http"
            raise Invalid(text, reason=Reason.HOST_NOT_ALLOWED, field=field)
        allowed = parts.scheme == "http" or any(fnmatchcase(name, p) for p in self._limits.allowed_hosts)
        if not allowed:
            text = f"{name} is not among the hosts that the operator may log in to (--allowed-hosts)"
            raise Invalid(text, reason=Reason.HOST_NOT_ALLOWED, field=field)

    def _databricks(self, host: str, token: str, wake: Callable[[], None]) -> Databricks:
        identity = scope(host, token)
        bucket = self._bucket(host)
        with self._lock:
            api = self._apis.get(identity)
        if api is None:
            # not under the lock: it probes the host, which may be down
            api = Api(host, token, bucket, self._observed, login=SECRET_FIELD)
            with self._lock:
                api = self._apis.setdefault(identity, api)
        listed, now = self._moments()
        return Databricks(api, identity, self._snapshots, self._works, listed, now, wake, self._limits.copies)

    def _azure(self, host: str, subscription: str, token: str) -> Azure:
        identity = arm_scope(host, subscription, token)
        bucket = self._bucket(host)
        with self._lock:
            api = self._arm_apis.get(identity)
            if api is None:
                api = self._arm_apis[identity] = ArmApi(
                    host, subscription, token, bucket, self._observed, login=AZURE_KEY_FIELD
                )
        listed, now = self._moments()
        return Azure(api, identity, self._snapshots, listed, now)

    def _bucket(self, host: str) -> Bucket:
        with self._lock:
            return self._buckets.setdefault(host, Bucket(self._limits.calls_per_second, self._clock, host=host))

    def _moments(self) -> tuple[float, float]:
        """Since when a collection, and a single object, is read recently enough."""
        now = self._clock()
        self._snapshots.sweep(now - 2 * self._limits.scan_interval)
        # listings are shared for one scan interval; half of it keeps two scans in a row from sharing one
        return now - self._limits.scan_interval / 2, now


def _token(value: str, field: str) -> str:
    """A token as it may be sent: one word of printable characters."""
    token = value.strip()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        text = "the value of this key of the Secret is empty or is not one word, so it is no token"
        raise Denied(text, reason=Reason.LOGIN_FAILED, field=field, retry_after=LOGIN_RETRY)
    return token
