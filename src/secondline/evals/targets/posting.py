"""Posting: JSON over HTTP to one address and nowhere else."""

from __future__ import annotations

import json
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
    """One address, asked with POST. No proxy, no cookie, no redirect, no other host."""

    def __init__(self, url: str, secret: Secret, header: str, *, connections: int) -> None:
        """Prepare; nothing is sent yet, and the connections belong to the first event loop that sends.

        Raises:
            SpecError: the address is not one.
        """
        self.url, self._secret = checked(url), secret
        self._headers = {"content-type": "application/json", "accept": "application/json", **secret.header(header)}
        self._connections = connections
        self._client: httpx.AsyncClient | None = None

    def _opened(self) -> httpx.AsyncClient:
        try:
            import httpx
        except ImportError as missing:
            raise MissingExtra.needs("Asking a system over HTTP", "client") from missing
        limits = httpx.Limits(max_connections=self._connections, max_keepalive_connections=self._connections)
        return httpx.AsyncClient(
            headers=self._headers, limits=limits, timeout=None,  # noqa: S113 - whoever calls `send` limits the time of all of it
            follow_redirects=False, trust_env=False,
        )  # fmt: skip

    async def send(self, body: bytes, key: str) -> Reply:
        """Post *body*. The caller limits the time.

        Raises:
            Dropped: the connection failed, or the answer is too long.
        """
        if self._client is None:
            self._client = self._opened()
        import httpx

        request = self._client.build_request("POST", self.url, content=body, headers={"idempotency-key": key})
        try:
            response = await self._client.send(request, stream=True)
            try:
                content = await _bounded(response)
            finally:
                await response.aclose()
        except httpx.HTTPError as error:
            raise Dropped(f"no answer: {type(error).__name__}") from error
        kept = {name: value for name, value in response.headers.items() if name in NEEDED}
        return Reply(response.status_code, self._secret.scrub(content), kept)

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None


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
