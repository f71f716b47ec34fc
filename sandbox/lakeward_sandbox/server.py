"""Runs one ASGI application on several listening sockets of one event loop, until it is asked to stop."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from typing import cast

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from lakeward_sandbox.faults import TRANSPORT

_GRACE_SECONDS = 3


class _Protocol(H11Protocol):
    """Hands the connection to the application, which a fault may want to break."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(cast("asyncio.Transport", transport))
        inner = self.app

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            scope[TRANSPORT] = transport
            await inner(scope, receive, send)

        self.app = app


def serve(
    app: ASGIApp,
    sockets: Sequence[socket.socket],
    still_wanted: Callable[[], None],
    ready: Callable[[], None],
    stopping: Callable[[], None],
    *,
    until_eof: bool,
) -> None:
    """Serves until SIGINT, SIGTERM, or, if asked, the end of standard input. Calls in flight are finished.
    `still_wanted` raises when the end was asked for before this could hear it.
    """
    config = uvicorn.Config(
        app,
        http=_Protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        backlog=512,
    )
    asyncio.run(_serve(_Server(config, ready), list(sockets), still_wanted, stopping, until_eof=until_eof))


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()


async def _serve(
    server: _Server,
    sockets: list[socket.socket],
    still_wanted: Callable[[], None],
    stopping: Callable[[], None],
    *,
    until_eof: bool,
) -> None:
    loop = asyncio.get_running_loop()

    def stop() -> None:
        stopping()
        server.should_exit = True

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    still_wanted()
    if until_eof:
        loop.add_reader(sys.stdin.fileno(), lambda: None if os.read(sys.stdin.fileno(), 4096) else stop())
    # not serve(): it would take the signals over and raise them again at its end
    await server._serve(sockets)  # noqa: SLF001 - see above
