"""Faults on request: carries out the rules on exchanges. Only the event loop touches it."""

import asyncio
import json
import socket
import sqlite3
import struct
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lakeward_sandbox.errors import ApiError, Json, arm_error
from lakeward_sandbox.exchange import Exchange
from lakeward_sandbox.rules import Effect, Rule, When, parse
from lakeward_sandbox.sites import Azure
from lakeward_sandbox.store import Store

TRANSPORT = "lakeward.transport"


@dataclass
class _Past:
    """What a STALE rule shows, and how often each path has already shown it."""

    snapshot: sqlite3.Connection
    shown: Counter[str] = field(default_factory=Counter)


class Faults:
    """The rules in their order, and the exchanges that they hold."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._rules: dict[str, Rule] = {}
        self._made = 0
        self._pasts: dict[str, _Past] = {}
        self._gates: dict[str, asyncio.Event] = {}
        self._changed = asyncio.Condition()
        self._stopping = False

    def add(self, body: Json) -> Rule:
        """Raises RuleError."""
        rule = parse(body, str(self._made + 1))
        self._made += 1
        self._rules[rule.id] = rule
        return rule

    def rules(self) -> Sequence[Rule]:
        return list(self._rules.values())

    def rule(self, rule_id: str) -> Rule | None:
        return self._rules.get(rule_id)

    def remove(self, rule: Rule) -> None:
        """What the rule holds goes on."""
        self.release(rule)
        self._rules.pop(rule.id, None)
        self._pasts.pop(rule.id, None)

    def release(self, rule: Rule) -> int:
        """Lets go what the rule holds now; what comes later is held again. Returns how many."""
        gate = self._gates.pop(rule.id, None)
        if gate is not None:
            gate.set()
        released, rule.held = rule.held, 0
        return released

    def stop(self) -> None:
        """The lakehouse ends: what is held is dropped, without its effect."""
        self._stopping = True
        for rule in self.rules():
            self.release(rule)

    async def wait_held(self, rule: Rule, calls: int, seconds: float) -> bool:
        """True as soon as the rule holds that many calls, False after so many seconds."""
        try:
            async with asyncio.timeout(seconds), self._changed:
                await self._changed.wait_for(lambda: rule.held >= calls)
        except TimeoutError:
            return False
        return True

    async def around(self, app: ASGIApp, exchange: Exchange, scope: Scope, receive: Receive, send: Send) -> None:
        """Runs the exchange, with the first rule that strikes it."""
        self._show_past(exchange)
        rule = next((r for r in self.rules() if r.effect != Effect.STALE and r.means(exchange) and r.strikes()), None)
        if rule is None:
            await app(scope, receive, send)
            return
        if rule.effect == Effect.FAIL:
            exchange.fault = rule.effect
            exchange.operation_error = {"code": rule.error_code, "message": rule.message}
            await app(scope, receive, send)
            return
        if rule.effect == Effect.FORGET:
            exchange.fault = rule.effect
            forgetful = _Struck(app, scope, _without(rule.body_field, await _read(receive)), receive, send)
            await forgetful.reply(await forgetful.effect())
            return
        exchange.fault = f"{rule.effect} {rule.when}"
        struck = _Struck(app, scope, await _read(receive), receive, send)
        answer = await struck.effect() if rule.when == When.AFTER else None
        await self._strike(rule, exchange, struck, answer)

    async def _strike(self, rule: Rule, exchange: Exchange, struck: "_Struck", answer: list[Message] | None) -> None:
        match rule.effect:
            case Effect.STATUS:
                await struck.refuse(_refusal(rule, exchange))
            case Effect.RESET:
                await struck.reset()
            case Effect.DELAY:
                await asyncio.sleep(rule.seconds)
                await struck.reply(answer or await struck.effect())
            case Effect.MALFORMED:
                await struck.garble(answer or await struck.effect())
            case Effect.HOLD | Effect.HANG:
                await self._held(rule)
                if rule.effect == Effect.HANG or self._stopping:
                    await struck.reset()
                else:
                    await struck.reply(answer or await struck.effect())

    async def _held(self, rule: Rule) -> None:
        if self._stopping:
            return
        gate = self._gates.setdefault(rule.id, asyncio.Event())
        async with self._changed:
            rule.held += 1
            self._changed.notify_all()
        await gate.wait()

    def _show_past(self, exchange: Exchange) -> None:
        for rule in self.rules():
            if rule.effect != Effect.STALE:
                continue
            if rule.means_write(exchange):
                if rule.strikes():
                    self._pasts[rule.id] = _Past(self._store.snapshot())
            elif rule.id in self._pasts and rule.means_read(exchange):
                past = self._pasts[rule.id]
                target = f"{exchange.path}?{exchange.query}"
                past.shown[target] += 1
                if past.shown[target] <= rule.reads:
                    exchange.past = past.snapshot
                    exchange.fault = rule.effect


@dataclass(frozen=True)
class _Struck:
    """An exchange whose request was read to its end, so that its effect no longer depends on the client."""

    app: ASGIApp
    scope: Scope
    body: bytes
    receive: Receive
    send: Send

    async def effect(self) -> list[Message]:
        """Lets the call happen and keeps the answer."""
        answer: list[Message] = []
        body = [self.body]

        async def body_again() -> Message:
            if not body:  # the application listens for the client's leaving, which no longer matters
                await asyncio.Event().wait()
            return {"type": "http.request", "body": body.pop(), "more_body": False}

        async def keep(message: Message) -> None:
            answer.append(message)

        await self.app(self.scope, body_again, keep)
        return answer

    async def reply(self, answer: list[Message]) -> None:
        for message in answer:
            await self.send(message)

    async def refuse(self, refusal: Response) -> None:
        await refusal(self.scope, self.receive, self.send)

    async def garble(self, answer: list[Message]) -> None:
        """The status and type are those of the answer; its text breaks off."""
        headers = [(b"content-type", b"application/json")]
        await self.send({"type": "http.response.start", "status": answer[0]["status"], "headers": headers})
        await self.send({"type": "http.response.body", "body": b'{"name": "half of'})

    async def reset(self) -> None:
        """The client sees the connection reset, not closed in good order."""
        transport = self.scope[TRANSPORT]
        linger_nothing = struct.pack("ii", 1, 0)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger_nothing)
        transport.abort()
        while (await self.receive())["type"] != "http.disconnect":
            pass


def _refusal(rule: Rule, exchange: Exchange) -> Response:
    """In the shape of the API that the call was for."""
    if isinstance(exchange.site.place, Azure):
        headers = {} if rule.retry_after is None else {"Retry-After": str(rule.retry_after)}
        return arm_error(rule.status, rule.error_code, rule.message, headers=headers)
    return ApiError(rule.status, rule.error_code, rule.message, retry_after=rule.retry_after).response()


def _without(field: str, body: bytes) -> bytes:
    """What is no JSON object stays as it is."""
    try:
        content = json.loads(body)
    except ValueError:
        return body
    if not isinstance(content, dict):
        return body
    content.pop(field, None)
    return json.dumps(content).encode()


async def _read(receive: Receive) -> bytes:
    content = bytearray()
    while True:
        message = await receive()
        content.extend(message.get("body", b""))
        if not message.get("more_body", False):
            return bytes(content)
