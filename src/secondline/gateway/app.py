"""App: the gateway as an ASGI application, plain enough that its own cost stays small beside the model's.

Every request goes the same way: find the route, ask who calls, read a body of bounded size in bounded time, answer,
count. What a client does wrong is 4xx with ``{"error": ...}``; a client never sees a traceback.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from secondline.gateway.asked import Turned
from secondline.gateway.calls import TEXT, Call, Reply, Route, bad, refusal, told
from secondline.gateway.journal import LogJournal
from secondline.gateway.metrics import Metrics
from secondline.gateway.openapi import document
from secondline.gateway.routes import Map
from secondline.gateway.tokens import Door
from secondline.gateway.tracing import Quiet

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
ONCE = (b"content-length", b"authorization", b"content-type", b"idempotency-key", b"inference-header-content-length")
log = logging.getLogger("secondline.gateway")


class Gone(Exception):
    """The client left before its request was whole."""


class Bodies:
    """Reads bodies: each at most *most* bytes within *patience* seconds, all together at most *budget* bytes."""

    def __init__(self, most: int, patience: float, budget: int) -> None:
        self._most, self._patience, self._budget = most, patience, budget
        self._held = 0

    async def read(self, headers: dict[bytes, bytes], receive: Receive) -> bytes:
        """Return the body of a request.

        Raises:
            Turned: 413 too large, 408 too slow, 415 compressed, 429 too much is being read already.
            Gone: the client left.
        """
        coding = headers.get(b"content-encoding")
        if coding is not None and coding.strip().lower() != b"identity":
            raise bad("Compressed bodies are not taken. Send the body as it is.", 415, "content-encoding")
        said = headers.get(b"content-length", b"0")
        if not said.isdigit() or len(said) > 15 or int(said) > self._most:  # noqa: PLR2004 - digits of any real length
            raise self._too_large()
        message = await receive() if b"content-length" in headers and int(said) < 1 << 15 else None
        if message is not None and not message.get("more_body") and message["type"] == "http.request":
            return bytes(message.get("body", b""))
        return await self._gather(message, receive)

    async def _gather(self, message: MutableMapping[str, Any] | None, receive: Receive) -> bytes:
        parts = bytearray()
        try:
            async with asyncio.timeout(self._patience):
                while True:
                    message = message or await receive()
                    if message["type"] != "http.request":
                        raise Gone
                    part = message.get("body", b"")
                    self._held += len(part)
                    parts += part
                    if len(parts) > self._most:
                        raise self._too_large()
                    if self._held > self._budget:
                        raise Turned(429, "overload", "Too much is being read. Ask again in a moment.", retry=1)
                    if not message.get("more_body"):
                        return bytes(parts)
                    message = None
        except TimeoutError as error:
            raise bad(f"The body did not come within {self._patience:g} seconds.", 408, "slow") from error
        finally:
            self._held -= len(parts)

    def _too_large(self) -> Turned:
        return bad(f"The body is larger than {self._most} bytes.", 413, "too-large")


class Gateway:
    """The application."""

    def __init__(
        self, routes: list[Route], door: Door, bodies: Bodies, journal: LogJournal, metrics: Metrics, traces: Quiet
    ) -> None:
        self._door, self._bodies, self._journal, self._metrics, self.traces = door, bodies, journal, metrics, traces
        self._traced = type(traces) is not Quiet
        own = [
            Route("GET", "/metrics", "metrics", self._page, "Metrics for Prometheus"),
            Route("GET", "/openapi.json", "read", self._openapi, "This interface"),
        ]
        self.map = Map([*routes, *own])
        self.before_page: Callable[[], None] = lambda: None
        """Called before the metrics are told, to set what is not counted as it happens."""
        self.closing: Callable[[], None] = lambda: None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._other(scope, receive, send)
            return
        begun = time.perf_counter_ns()
        route: Route | None = None
        whole = False
        try:
            headers = plain(scope["headers"])
            route, params = self.map.find(scope["method"], scope["path"])
            caller = self._door.caller(headers, route.right)
            body = b"" if route.method == "GET" else await self._bodies.read(headers, receive)
            whole = True
            call = Call(params, headers, body, caller, begun)
            reply = await (self._followed(route, call) if self._traced else route.handler(call))
        except Turned as error:
            reply = self._refused(error, scope, route, whole=whole)
        except Gone:
            return
        except Exception as error:  # noqa: BLE001 - the last line: told as a fault of ours, without what was in it
            told_of = {"route": route.path if route else "", "what": type(error).__name__, "where": _where(error)}
            log.error("fault", extra=told_of)  # noqa: TRY400 - a traceback may hold inputs
            reply = Reply(told({"error": "The gateway failed to answer; its operator's log says where."}).body, 500)
        self._metrics.answered(
            route.path if route else "",
            reply.model,
            reply.version,
            reply.status,
            (time.perf_counter_ns() - begun) / 1e9,
        )
        await _send(reply, send, empty=scope["method"] == "HEAD")

    async def _followed(self, route: Route, call: Call) -> Reply:
        with self.traces.span(route.method, route.path, call.headers) as span:
            try:
                reply = await route.handler(call)
            except Turned as error:
                self.traces.end(span, error.status, "", "")
                raise
            self.traces.end(span, reply.status, reply.model, reply.version)
            return reply

    def _refused(self, error: Turned, scope: Scope, route: Route | None, *, whole: bool) -> Reply:
        self._metrics.turned(error.reason)
        log.info(
            "turned away", extra={"route": route.path if route else "", "status": error.status, "reason": error.reason}
        )
        reply = refusal(error)
        if error.status == 405:  # noqa: PLR2004 - the status that lists methods
            reply.headers.append((b"allow", self.map.allowed(scope["path"]).encode()))
        if not whole and scope["method"] not in {"GET", "HEAD"}:
            reply.headers.append((b"connection", b"close"))  # what is left of the body is not read
        return reply

    async def _page(self, _: Call) -> Reply:
        self.before_page()
        return Reply(self._metrics.page(), media=TEXT)

    async def _openapi(self, _: Call) -> Reply:
        return told(document(self.map.routes))

    async def _other(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1003})
            return
        while scope["type"] == "lifespan":
            message = await receive()
            if message["type"] == "lifespan.startup":
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                await asyncio.get_running_loop().run_in_executor(None, self.closing)
                await send({"type": "lifespan.shutdown.complete"})
                return


def plain(pairs: list[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Return headers by name.

    Raises:
        Turned: 400, one that decides something is there twice, or two say how long the body is.
    """
    headers = dict(pairs)
    if len(headers) != len(pairs):
        names = [name for name, _ in pairs]
        for name in ONCE:
            if names.count(name) > 1:
                raise bad(f"The header {name.decode()} is given twice.")
    if b"transfer-encoding" in headers and b"content-length" in headers:
        raise bad("Give Content-Length or Transfer-Encoding, not both.")
    return headers


async def _send(reply: Reply, send: Send, *, empty: bool) -> None:
    length = str(len(reply.body)).encode()
    headers = [(b"content-type", reply.media), (b"content-length", length), *reply.headers]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if empty else reply.body})


def _where(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_qualname}:{trace.tb_lineno}" if trace else ""
