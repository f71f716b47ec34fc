"""A pass-through before the API server that can hold a write before it is sent on, or before its answer goes back.

Each operator comes in by a door of its own, a port, so that one can be kept waiting while another one works:

    operator --(door, plain HTTP)--> proxy --(TLS, the operator's own token)--> kube-apiserver

It knows paths and names of objects, no kinds. It runs on an event loop in a thread of its own.
"""

import asyncio
import json
import re
import socket
import ssl
import threading
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
from aiohttp import web

T = TypeVar("T")
GROUP = "/apis/mlops.lakeward.dev/"
EVENTS = "/apis/events.k8s.io/"
HOP = frozenset({"host", "connection", "keep-alive", "transfer-encoding", "content-length", "upgrade"})
SECONDS = 20.0


@dataclass(frozen=True)
class KubeWrite:
    """One write of an operator: what it does, to which object; `code` is 0 while there is no answer."""

    what: str
    name: str
    code: int = 0


@dataclass
class Hold:
    """Holds the `nth` write like this one, `before` it is sent on or before its answer goes back (`after`)."""

    what: str
    name: str
    nth: int
    when: str
    seen: int = 0
    held: threading.Event = field(default_factory=threading.Event)
    free: asyncio.Event = field(default_factory=asyncio.Event)

    def strikes(self, write: KubeWrite) -> bool:
        if (write.what, write.name) != (self.what, self.name):
            return False
        self.seen += 1
        return self.seen == self.nth


@dataclass(eq=False)
class Door:
    """The way in of one operator. A closed door lets it log in, and lets no list of its objects through."""

    url: str
    opened: asyncio.Event
    knocked: threading.Event = field(default_factory=threading.Event)
    silent: asyncio.Event | None = None
    came_back: threading.Event = field(default_factory=threading.Event)
    open_calls: set["asyncio.Task[Any]"] = field(default_factory=set)


class Proxy:
    """`server` is the API server, `authority` what its certificate is checked with."""

    def __init__(self, server: str, authority: Path) -> None:
        self._server = server
        self._trust = ssl.create_default_context(cafile=str(authority))
        self._doors: dict[int, Door] = {}
        self._writes: list[KubeWrite] = []
        self._holds: list[Hold] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._thread.start()
        self._run(self._start())

    def door(self, *, is_open: bool = True) -> Door:
        """A new way in."""
        return self._run(self._door(is_open))

    def open(self, door: Door) -> None:
        self._loop.call_soon_threadsafe(door.opened.set)

    def writes(self, name: str, after: int = 0) -> list[KubeWrite]:
        """Writes about an object of that name, from the mark `after` on."""
        return [write for write in self._writes[after:] if write.name == name]

    def mark(self) -> int:
        return len(self._writes)

    def hold(self, what: str, name: str, nth: int = 1, when: str = "before") -> Hold:
        return self._run(self._hold(Hold(what, name, nth, when)))

    def remove(self, hold: Hold) -> None:
        """What it holds is dropped: nothing is sent on, no answer goes back."""
        self._run(self._remove(hold))

    def silence(self, door: Door) -> None:
        """Cut every call of this door; what comes then gets no answer until `speak`, and sets `came_back`."""
        self._run(self._silence(door))

    def speak(self, door: Door) -> None:
        assert door.silent is not None
        self._loop.call_soon_threadsafe(door.silent.set)

    def close(self) -> None:
        self._run(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(SECONDS)

    async def _start(self) -> None:
        connector = aiohttp.TCPConnector(limit=0, ssl=self._trust)
        self._session = aiohttp.ClientSession(
            connector=connector, auto_decompress=False, timeout=aiohttp.ClientTimeout(total=None)
        )
        app = web.Application(client_max_size=1 << 24)
        app.router.add_route("*", "/{path:.*}", self._pass)
        # a client that is gone takes its call with it, as a broken connection would
        self._runner = web.AppRunner(app, handler_cancellation=True, access_log=None)
        await self._runner.setup()

    async def _stop(self) -> None:
        for hold in self._holds:
            hold.free.set()
        for door in self._doors.values():
            door.opened.set()
            _cut(door)
        await self._runner.cleanup()
        await self._session.close()

    async def _door(self, is_open: bool) -> Door:
        listening = socket.create_server(("127.0.0.1", 0))
        port = int(listening.getsockname()[1])
        self._doors[port] = door = Door(f"http://127.0.0.1:{port}", asyncio.Event())
        if is_open:
            door.opened.set()
        await web.SockSite(self._runner, listening).start()
        return door

    async def _hold(self, hold: Hold) -> Hold:
        self._holds.append(hold)
        return hold

    async def _remove(self, hold: Hold) -> None:
        self._holds.remove(hold)
        hold.free.set()

    async def _silence(self, door: Door) -> None:
        door.silent = asyncio.Event()
        door.came_back.clear()
        _cut(door)

    async def _pass(self, request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        door = self._doors[request.transport.get_extra_info("sockname")[1]]
        task = asyncio.current_task()
        assert task is not None
        door.open_calls.add(task)
        try:
            return await self._through(door, request, await request.read())
        finally:
            door.open_calls.discard(task)

    async def _through(self, door: Door, request: web.Request, body: bytes) -> web.StreamResponse:
        if door.silent is not None and not door.silent.is_set():
            door.came_back.set()
            await door.silent.wait()
        if request.path.startswith(GROUP) and "limit" in request.query and not door.opened.is_set():
            door.knocked.set()
            await door.opened.wait()
        write = _write(request.method, request.path, body)
        if write is None:
            return await self._send_on(request, body)
        hold = next((h for h in self._holds if h.strikes(write)), None)
        if hold is not None and hold.when == "before":
            await _held(hold, request)
        answer = await self._send_on(request, body)
        self._writes.append(KubeWrite(write.what, write.name, answer.status))
        if hold is not None:
            await _held(hold, request)
        return answer

    async def _send_on(self, request: web.Request, body: bytes) -> web.StreamResponse:
        headers = {k: v for k, v in request.headers.items() if k.lower() not in HOP}
        url = f"{self._server}{request.raw_path}"
        async with self._session.request(request.method, url, headers=headers, data=body or None) as upstream:
            back = {k: v for k, v in upstream.headers.items() if k.lower() not in HOP}
            if "watch" not in request.query:
                return web.Response(status=upstream.status, headers=back, body=await upstream.read())
            stream = web.StreamResponse(status=upstream.status, headers=back)
            await stream.prepare(request)
            async for piece in upstream.content.iter_any():
                await stream.write(piece)
            return stream


async def _held(hold: Hold, request: web.Request) -> None:
    """Hold it, and then drop it."""
    hold.held.set()
    await hold.free.wait()
    if request.transport is not None:
        request.transport.abort()
    raise asyncio.CancelledError


def _cut(door: Door) -> None:
    for task in door.open_calls:
        task.cancel()


def _write(method: str, path: str, body: bytes) -> KubeWrite | None:
    """What a request changes in the cluster; None for a read, and for a question about rights."""
    if method in {"POST", "PATCH"} and path.startswith((GROUP, EVENTS)):
        if path.startswith(EVENTS):
            event: Mapping[str, Any] = json.loads(body)
            return KubeWrite(f"event {event['reason']}", str(event["regarding"]["name"]))
        found = re.fullmatch(rf"{GROUP}v1alpha1/namespaces/[^/]+/(\w+)/([^/]+)(/status)?", path)
        assert found is not None, path
        return KubeWrite("status" if found[3] else "finalizer", found[2])
    assert method == "GET" or path.startswith("/apis/authorization"), f"{method} {path}"
    return None
