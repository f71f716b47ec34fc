"""/livez, /readyz and /metrics over HTTP, on the loop of the operator.

A loop that hangs cannot answer, which is what a probe wants to know. Decides nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from lakeward.cluster.metrics import Metrics

PASS_LIMIT = 900.0
"""A pass that runs longer hangs in a call that has no time limit; only a restart frees its thread."""
BEAT = 1.0
OK, UNAVAILABLE = 200, 503


class Health:
    """`oldest` is the age of the longest pass; `ready` says whether all objects are known."""

    def __init__(self, metrics: Metrics, oldest: Callable[[], float], ready: Callable[[], bool]) -> None:
        self._metrics = metrics
        self._oldest = oldest
        self._ready = ready
        application = web.Application()
        application.router.add_get("/livez", self._livez)
        application.router.add_get("/readyz", self._readyz)
        application.router.add_get("/metrics", self._text)
        self._runner = web.AppRunner(application, access_log=None, handle_signals=False, shutdown_timeout=0.5)
        self._beat: asyncio.Task[None] | None = None

    async def start(self, address: str, port: int) -> str:
        """Listen, and return the URL. Raises OSError when the address cannot be had."""
        await self._runner.setup()
        await web.TCPSite(self._runner, address, port).start()
        self._beat = asyncio.create_task(self._measure(), name="loop lag")
        host, bound = self._runner.addresses[0][:2]
        return f"http://{host}:{bound}"

    async def stop(self) -> None:
        if self._beat is not None:
            self._beat.cancel()
        await self._runner.cleanup()

    async def _livez(self, _: web.Request) -> web.Response:
        oldest = self._oldest()
        if oldest > PASS_LIMIT:
            return _said(f"a pass runs since {oldest:.0f} s", UNAVAILABLE)
        return _said("ok")

    async def _readyz(self, _: web.Request) -> web.Response:
        if not self._ready():
            return _said("the objects are not known yet", UNAVAILABLE)
        return _said("ok")

    async def _text(self, _: web.Request) -> web.Response:
        headers = {"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
        return _closing(web.Response(body=self._metrics.text(), headers=headers))

    async def _measure(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + BEAT
            await asyncio.sleep(BEAT)
            self._metrics.loop_lag.set(max(0.0, loop.time() - due))


def _said(text: str, status: int = OK) -> web.Response:
    return _closing(web.Response(status=status, text=f"{text}\n"))


def _closing(response: web.Response) -> web.Response:
    # a connection that somebody keeps would delay our stop
    response.force_close()
    return response
