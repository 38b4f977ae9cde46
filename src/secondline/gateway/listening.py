"""Listening: uvicorn's fast HTTP protocol with bounds on how long and how large the head of a request may be.

The parser itself has neither: a client could hold a connection by sending a header a minute, or send headers without
end.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LONGEST_HEAD, LONGEST_PATH, MOST_HEADERS = 32_768, 8192, 100
PATIENCE = 10.0


class HeadTooLarge(Exception):
    """The head of a request is larger than any honest one."""


class Patient(HttpToolsProtocol):
    """The protocol of one connection. A head that does not come in time, or is too large, ends it."""

    patience = PATIENCE

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for the first head."""
        super().connection_made(transport)
        self._head = 0
        self._late: asyncio.TimerHandle | None = self.loop.call_later(self.patience, transport.close)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._stop()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """Begin a head."""
        super().on_message_begin()
        self._head = 0
        if self._late is None:
            self._late = self.loop.call_later(self.patience, self.transport.close)

    def on_url(self, url: bytes) -> None:
        """Take a part of the path.

        Raises:
            HeadTooLarge: it is too long; the parser makes a 400 of it.
        """
        super().on_url(url)
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
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """End a head, and begin the request."""
        self._stop()
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        """Take what came; of one header that has no end, no more than a head's worth."""
        super().data_received(data)
        if self._late is not None:
            self._taken = self._taken + len(data)
            if self._taken > 2 * LONGEST_HEAD:
                self.send_400_response("The head of the request is too large.")
        else:
            self._taken = 0

    _taken = 0

    def _stop(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None
