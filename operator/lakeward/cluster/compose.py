"""The one place where kinds meet the cluster: builds the reconciler of the operator from what the cluster offers it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from lakeward.cluster.world import ClusterWorld
from lakeward.engine.work import Works
from lakeward.kinds.connect import Connections, Limits
from lakeward.passes.roster import reconciler
from lakeward.providers.databricks.client import CopyLimits

if TYPE_CHECKING:
    from lakeward.cluster.reads import Reads
    from lakeward.engine.outcome import Key
    from lakeward.judgement.approval import Identity
    from lakeward.passes.reconcile import Reconciler
    from lakeward.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What a reconciler is built from.

    get           the newest body of a watched object
    items         all watched objects
    reads         Secrets and namespaces
    identity      whether approvers are who they say, in a namespace
    now           the time
    wake          plans a pass from any thread, for long work that ends
    long          threads for long work, for which no pass waits
    observe_call  host, method, code (0: no answer) and seconds of every call to a service, from any thread
    proceed       whether passes may go on writing
    """

    settings: Settings
    get: Callable[[Key], Mapping[str, Any] | None]
    items: Callable[[], Iterable[tuple[Key, Mapping[str, Any]]]]
    reads: Reads
    identity: Callable[[str], Identity]
    now: Callable[[], datetime]
    wake: Callable[[Key], None]
    long: Executor
    observe_call: Callable[[str, str, int, float], None]
    proceed: Callable[[], bool]


def compose(parts: Parts) -> tuple[Reconciler, Works]:
    """The reconciler of all kinds, and the long work that it starts, to be stopped with the operator."""
    settings = parts.settings
    limits = Limits(
        allowed_hosts=settings.allowed_hosts,
        allow_loopback_http=settings.allow_loopback_http,
        calls_per_second=settings.calls_per_second,
        scan_interval=settings.scan_interval,
        copies=CopyLimits(settings.copy_bytes, settings.artifact_bytes),
    )
    works = Works(parts.long, parts.proceed)
    connections = Connections(limits, works, parts.observe_call)
    world = ClusterWorld(
        settings.cluster_name,
        get=parts.get,
        items=parts.items,
        reads=parts.reads,
        connections=connections,
        wake=parts.wake,
        identity=parts.identity,
        people=settings.user_map,
        now=parts.now,
    )
    grace = timedelta(seconds=settings.drift_grace)
    return reconciler(world, parts.proceed, grace, works.abandon), works
