"""Listening: uvicorn's fast HTTP protocol, bounded and shortened.

The parser itself has no bounds: a client could hold a connection by sending a header a minute, or send headers without
end. And it writes the head and the body of an answer apart, and sets and cancels three timers a request. Here a whole
answer is one write, and a connection looks after itself with one timer, however many requests it carries.
"""

from __future__ import annotations

import asyncio
from typing import Any, cast
from urllib.parse import unquote

from httptools import parse_url
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

LONGEST_HEAD, LONGEST_PATH, MOST_HEADERS = 32_768, 8192, 100
PATIENCE = 10.0


class HeadTooLarge(Exception):
    """The head of a request is larger than any honest one."""


class Exchange(RequestResponseCycle):
    """One request and its answer, which has one part and is written at once."""

    _head: Any = None

    async def send(self, message: Any) -> None:
        """Keep the head of the answer until its body comes, and write both together.

        Raises:
            RuntimeError: the application sent something else.
        """
        if self._head is None:
            if message["type"] != "http.response.start":
                raise RuntimeError(f"An answer begins with its head, not with {message['type']!r}.")
            self._head = message
            return
        if message["type"] != "http.response.body" or message.get("more_body") or self.response_complete:
            raise RuntimeError("An answer has a head and one body.")
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        if not self.disconnected:
            self._write(message.get("body", b""))

    def _write(self, body: bytes) -> None:
        parts = [STATUS_LINE[self._head["status"]]]
        for name, value in self._head["headers"]:
            if b"\n" in value or b"\r" in value:
                raise RuntimeError("A header of an answer holds a line break.")
            parts += (name, b": ", value, b"\r\n")
            if name == b"connection":
                self.keep_alive = False
        if not self.keep_alive:
            parts.append(b"connection: close\r\n")
        parts += (b"\r\n", body)
        self.transport.write(b"".join(parts))
        self.response_started = self.response_complete = True
        self.message_event.set()
        if not self.keep_alive:
            self.transport.close()
        self.on_response()


class Patient(HttpToolsProtocol):
    """The protocol of one connection.

    A head that is too large, or does not come within ``patience`` seconds, ends the connection, and so does silence
    between requests for as long as the server keeps connections alive; both are noticed up to ``patience`` later.
    """

    patience = PATIENCE

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for the first head."""
        super().connection_made(transport)
        self._head = 0
        self._taken = 0
        self._waits: bool | None = True
        """For a head (True), for a next request (False), or for nothing (None), since ``_since``."""
        self._since = self.loop.time()
        self._timer = self.loop.call_later(self.patience, self._look)

    def _look(self) -> None:
        waited = self.loop.time() - self._since
        if self._waits is not None and waited >= (self.patience if self._waits else self.timeout_keep_alive):
            self.transport.close()
        else:
            self._timer = self.loop.call_later(self.patience, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._timer.cancel()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """Begin a head."""
        self.url, self.headers, self.expect_100_continue = b"", [], False
        self._head = 0
        if not self._waits:
            self._waits, self._since = True, self.loop.time()

    def on_url(self, url: bytes) -> None:
        """Take a part of the path.

        Raises:
            HeadTooLarge: it is too long; the parser makes a 400 of it.
        """
        self.url += url
        if len(self.url) > LONGEST_PATH:
            raise HeadTooLarge

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header.

        Raises:
            HeadTooLarge: there are too many; the parser makes a 400 of it.
        """
        self._head += len(name) + len(value)
        if self._head > LONGEST_HEAD or len(self.headers) >= MOST_HEADERS:
            raise HeadTooLarge
        name = name.lower()
        if name == b"expect" and value.lower() == b"100-continue":
            self.expect_100_continue = True
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """End a head, and begin the request, or let it wait until the one before is answered."""
        self._waits, self._taken = None, 0
        http, before = self.parser.get_http_version(), self.cycle
        self.cycle = Exchange(
            scope=cast("Any", self._scope(http)), transport=self.transport, flow=self.flow, logger=self.logger,
            access_logger=self.access_logger, access_log=False, default_headers=[], message_event=asyncio.Event(),
            expect_100_continue=self.expect_100_continue, on_response=self.on_response_complete,
            keep_alive=http != "1.0" and self.parser.should_keep_alive(),
        )  # fmt: skip
        if before is None or before.response_complete:
            self._start_asgi_task(self.cycle, self.app)
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((self.cycle, self.app))

    def _scope(self, http: str) -> dict[str, Any]:
        url = parse_url(self.url)
        path = url.path.decode("ascii")
        return {
            "type": "http", "asgi": {"version": self.asgi_version, "spec_version": "2.3"}, "http_version": http,
            "method": self.parser.get_method().decode("ascii"), "scheme": self.scheme, "root_path": "",
            "path": unquote(path) if "%" in path else path, "raw_path": url.path, "query_string": url.query or b"",
            "headers": self.headers, "server": self.server, "client": self.client, "state": self.app_state.copy(),
        }  # fmt: skip

    def on_response_complete(self) -> None:
        """Go on with a request that waits already, or wait for the next."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        elif self._waits is None:
            self._waits, self._since = False, self.loop.time()

    def data_received(self, data: bytes) -> None:
        """Take what came; of one header that has no end, no more than a head's worth."""
        super().data_received(data)
        if self._waits:
            self._taken += len(data)
            if self._taken > 2 * LONGEST_HEAD:
                self.send_400_response("The head of the request is too large.")
