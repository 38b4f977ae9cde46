"""Posting: JSON over HTTP to one address and nowhere else."""

from __future__ import annotations

import json
import ssl
import sys
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from secondline.core.errors import MissingExtra, SpecError
from secondline.evals.wire import MOST_ANSWER, Dropped, Reply, Secret, Unreadable

if TYPE_CHECKING:
    import httpx

NEEDED = frozenset({"retry-after", "retry-after-ms", "date"})


def checked(url: str) -> str:
    """Return *url*, where it is one that may be called.

    Raises:
        SpecError: it is not http(s), or holds a name or password, which would be written into records.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise SpecError(f"`url` {url!r} is not an http(s) address, such as https://gateway.bank.example/v1.")
    if parts.username or parts.password:
        raise SpecError("`url` holds a name or password. Name an environment variable under `key` instead.")
    return url


class Poster:
    """One address, asked with POST. No proxy, no cookie, no redirect, no other host.

    Each call in flight has a connection of its own, taken from those that are idle: httpx's pool looks at every
    connection for every request, which at 64 of them costs more than the request.
    """

    def __init__(self, url: str, secret: Secret, header: str) -> None:
        """Prepare; nothing is sent yet, and the connections belong to the event loop that sends.

        Raises:
            SpecError: the address is not one.
        """
        self.url, self._secret = checked(url), secret
        self._headers = {"content-type": "application/json", "accept": "application/json", **secret.header(header)}
        self._idle: list[httpx.AsyncHTTPTransport] = []
        self._trusted: ssl.SSLContext | None = None
        self._address: httpx.URL | None = None

    def _opened(self) -> httpx.AsyncHTTPTransport:
        found = library()
        if self._trusted is None:
            # SSL_CERT_FILE and SSL_CERT_DIR count here, since a bank's gateway has a certificate of the bank's own.
            self._trusted = found.create_ssl_context(trust_env=True)
            self._address = found.URL(self.url)
        limits = found.Limits(max_connections=1, max_keepalive_connections=1)
        made: httpx.AsyncHTTPTransport = found.AsyncHTTPTransport(verify=self._trusted, trust_env=False, limits=limits)
        return made

    async def send(self, body: bytes, key: str) -> Reply:
        """Post *body*. The caller limits the time.

        Raises:
            Dropped: the connection failed, or the answer is too long.
        """
        httpx = library()
        connection = self._idle.pop() if self._idle else self._opened()
        headers = self._headers | {"idempotency-key": key}
        try:
            request = httpx.Request("POST", self._address or self.url, content=body, headers=headers)
            response = await connection.handle_async_request(request)
            content = await _bounded(response)
            await response.aclose()
        except BaseException as error:
            await connection.aclose()
            if isinstance(error, httpx.HTTPError):
                raise Dropped(f"no answer of {urlsplit(self.url).netloc}: {_because(error)}") from error
            raise
        self._idle.append(connection)
        kept = {name: value for name, value in response.headers.items() if name in NEEDED}
        return Reply(response.status_code, self._secret.scrub(content), kept)

    async def close(self) -> None:
        """Close the connections."""
        while self._idle:
            await self._idle.pop().aclose()


@cache
def library() -> ModuleType:
    """Return httpx, which an extra installs.

    Raises:
        MissingExtra: it is not installed.
    """
    try:
        httpx = import_module("httpx")
    except ImportError as missing:
        raise MissingExtra.needs("Asking a system over HTTP", "client") from missing
    # httpcore looks for sniffio in every call, a dozen times; where it is not installed, each is a search of the disk.
    if "sniffio" not in sys.modules and find_spec("sniffio") is None:
        sys.modules["sniffio"] = None  # type: ignore[assignment]  # how an import is told to fail at once
    return httpx


def _because(error: BaseException) -> str:
    """Return why a call brought nothing, in a few words; the library says little beyond the kind."""
    said = {"ConnectError": "nothing listens there, or the name is unknown", "ConnectTimeout": "it cannot be reached"}
    return said.get(type(error).__name__, type(error).__name__)


async def _bounded(response: httpx.Response) -> bytes:
    parts, size = [], 0
    async for part in response.aiter_bytes():
        parts.append(part)
        size += len(part)
        if size > MOST_ANSWER:
            raise Dropped(f"the answer is longer than {MOST_ANSWER >> 20} MiB")
    return b"".join(parts)


def parsed(content: bytes) -> dict[str, Any]:
    """Return the JSON object in *content*.

    Raises:
        Unreadable: there is none.
    """
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise Unreadable("the answer is not JSON") from error
    if not isinstance(found, dict):
        raise Unreadable("the answer is JSON and no object")
    return cast("dict[str, Any]", found)


def whole(value: Any) -> int | None:
    """Return a count of tokens, or None where there is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
