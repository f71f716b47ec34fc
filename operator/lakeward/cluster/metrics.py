"""What the operator counts, in a registry of its own.

Labels are kinds, results, verbs, hosts, codes and namespaces: never names of objects or values.
"""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.registry import Collector

from lakeward.engine.conditions import find

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

    from lakeward.cluster.queue import Turn
    from lakeward.cluster.store import Body
    from lakeward.engine.outcome import Key

PASS_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900)
CALL_BUCKETS = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """The counters. `observe_call` is handed to providers and may be called from any thread."""

    def __init__(self) -> None:
        registry = self.registry = CollectorRegistry()
        self._passes = Counter("lakeward_passes", "Passes over objects", ("kind", "result"), registry=registry)
        self._seconds = Histogram(
            "lakeward_pass_seconds", "How long passes take", ("kind",), buckets=PASS_BUCKETS, registry=registry
        )
        self._retries = Counter("lakeward_retries", "Passes planned after a failure", ("kind",), registry=registry)
        self._writes = Counter("lakeward_kubernetes_writes", "Kubernetes writes", ("verb", "code"), registry=registry)
        self._events = Counter("lakeward_events", "Kubernetes events told", ("kind", "type"), registry=registry)
        self._repairs = Counter("lakeward_relist_repairs", "Objects a watch had missed", ("kind",), registry=registry)
        self._calls = Counter(
            "lakeward_external_calls", "Calls to services", ("host", "method", "code"), registry=registry
        )
        self._call_seconds = Histogram(
            "lakeward_external_call_seconds", "How long calls take", ("host",), buckets=CALL_BUCKETS, registry=registry
        )
        self.loop_lag = Gauge("lakeward_loop_lag_seconds", "How late the event loop runs", registry=registry)

    def passed(self, kind: str, result: str, seconds: float) -> None:
        self._passes.labels(kind, result).inc()
        self._seconds.labels(kind).observe(seconds)

    def retried(self, kind: str) -> None:
        self._retries.labels(kind).inc()

    def wrote(self, verb: str, code: int) -> None:
        self._writes.labels(verb, _code(code)).inc()

    def told(self, kind: str, type_: str) -> None:
        self._events.labels(kind, type_).inc()

    def repaired(self, kind: str) -> None:
        self._repairs.labels(kind).inc()

    def observe_call(self, host: str, method: str, code: int, seconds: float) -> None:
        """One call to a service is over; a code of 0 says that there was no answer."""
        self._calls.labels(host, method, _code(code)).inc()
        self._call_seconds.labels(host).observe(seconds)

    def watch(
        self,
        depth: Callable[[], dict[Turn, int]],
        busy: Callable[[], Iterable[Key]],
        objects: Callable[[], Iterable[tuple[Key, Body]]],
    ) -> None:
        """Read these whenever somebody asks for the metrics."""
        self.registry.register(_Live(depth, busy, objects))

    def watch_identities(self, known: Callable[[], Mapping[str, bool]]) -> None:
        """Read whenever somebody asks: namespaces, and whether approvers are proved to be who they say there."""
        self.registry.register(_Enforced(known))

    def text(self) -> bytes:
        """All metrics in the Prometheus text format."""
        return generate_latest(self.registry)


class _Live(Collector):
    def __init__(
        self,
        depth: Callable[[], dict[Turn, int]],
        busy: Callable[[], Iterable[Key]],
        objects: Callable[[], Iterable[tuple[Key, Body]]],
    ) -> None:
        self._depth = depth
        self._busy = busy
        self._objects = objects

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterator[Metric]:
        waiting = GaugeMetricFamily("lakeward_queue_depth", "Objects that wait for a worker", labels=("turn",))
        for turn, count in self._depth().items():
            waiting.add_metric((turn.name.lower(),), count)
        yield waiting
        running = GaugeMetricFamily("lakeward_passes_running", "Passes that run now", labels=("kind",))
        for kind, count in Tally(key.kind for key in self._busy()).items():
            running.add_metric((kind,), count)
        yield running
        objects = GaugeMetricFamily("lakeward_objects", "Objects by readiness", labels=("kind", "ready"))
        for labels, count in Tally((key.kind, _ready(body)) for key, body in self._objects()).items():
            objects.add_metric(labels, count)
        yield objects


class _Enforced(Collector):
    def __init__(self, known: Callable[[], Mapping[str, bool]]) -> None:
        self._known = known

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterator[Metric]:
        told = "Whether the API server was seen to refuse an approval in another's name; 0: no approval counts"
        enforced = GaugeMetricFamily("lakeward_approvals_enforced", told, labels=("namespace",))
        for namespace, holds in self._known().items():
            enforced.add_metric((namespace,), holds)
        yield enforced


def _ready(body: Body) -> str:
    condition = find(body.get("status") or {}, "Ready")
    return str(condition.get("status")) if condition else "Unknown"


def _code(code: int) -> str:
    return str(code) if code else "none"
