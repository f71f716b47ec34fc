"""Kopf's part: log in, watch each kind, hand every event to the intake. The only file that imports handlers of Kopf.

Kopf writes nothing here: no change handlers, no timers, no indexes, no peering, and its finalizer is not ours.
"""

from __future__ import annotations

import asyncio
import itertools
import signal
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import kopf

from lakeward.api.objects import GROUP, VERSION
from lakeward.cluster.objects import key_of
from lakeward.cluster.store import uid

if TYPE_CHECKING:
    from lakeward.cluster.intake import Intake
    from lakeward.cluster.login import Login


class Patience:
    """Pauses between tries of one request, without end: an API server that is away comes back."""

    def __iter__(self) -> Iterator[float]:
        return itertools.chain((0.5, 1.0, 2.0), itertools.repeat(5.0))


async def watch(
    login: Login, plurals: Iterable[str], intake: Intake, halt: asyncio.Event, stop: Callable[[], None]
) -> None:
    """Watch until `halt` is set; `stop` is called at SIGINT and SIGTERM. Raises what Kopf could not bear."""
    before = asyncio.all_tasks()
    tasks = await kopf.spawn_tasks(
        registry=_registry(login, plurals, intake),
        settings=_settings(),
        standalone=True,
        clusterwide=True,
        stop_flag=halt,
    )
    # Kopf has just put its own in place, which a second signal would make fail
    on_signals(stop)
    await kopf.run_tasks(tasks, ignored=before)


def on_signals(stop: Callable[[], None]) -> None:
    """Call `stop` when somebody asks the process to end."""
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop)


def _registry(login: Login, plurals: Iterable[str], intake: Intake) -> kopf.OperatorRegistry:
    registry = kopf.OperatorRegistry()

    @kopf.on.login(registry=registry)
    async def log_in(**_: Any) -> kopf.ConnectionInfo:  # noqa: ANN401 - Kopf passes what it likes
        return login.kopf()

    async def seen(event: kopf.RawEvent, **_: Any) -> None:  # noqa: ANN401 - Kopf passes what it likes
        body: dict[str, Any] = dict(event["object"])
        if event["type"] == "DELETED":
            intake.gone(key_of(body), uid(body))
        else:
            intake.saw(key_of(body), body)

    for plural in plurals:
        kopf.on.event(GROUP, VERSION, plural, id=f"see-{plural}", registry=registry)(seen)
    return registry


def _settings() -> kopf.OperatorSettings:
    settings = kopf.OperatorSettings()
    settings.scanning.disabled = True  # no watch of CRDs and namespaces, and no right to
    settings.posting.enabled = False
    settings.watching.server_timeout = 270  # load balancers cut silent connections after four to five minutes
    settings.watching.client_timeout = 300
    settings.watching.chunk_size = 500
    settings.watching.reconnect_backoff = 1.0
    settings.networking.request_timeout = 30
    settings.networking.connect_timeout = 5
    settings.networking.error_backoffs = Patience()
    settings.process.ultimate_exiting_timeout = 60
    return settings
