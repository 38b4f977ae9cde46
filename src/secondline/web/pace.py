"""Pace: nobody asks faster than a person or an honest program would; who does is told when to come back."""

from __future__ import annotations

import json
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from starlette.datastructures import Headers

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

MOST_CALLERS = 10_000
MINUTE = 60.0
EXPORT_COST, CROWD = 10, 20
"""How many looks one export counts for; how many callers one address may hold."""


@dataclass(slots=True)
class Bucket:
    """What a caller may still ask, and when that was counted."""

    left: float
    at: float


class Pace:
    """Lets each caller (a session, a token, else an address) ask so often a minute, in bursts of as many."""

    def __init__(self, app: ASGIApp, *, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        """Keep the pace of *app*; 0 lets everything pass."""
        self.app, self.per_minute, self.clock = app, per_minute, clock
        self.buckets: OrderedDict[str, Bucket] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 429 with the seconds to wait."""
        if scope["type"] != "http" or not self.per_minute or scope["path"].startswith("/static/"):
            await self.app(scope, receive, send)
            return
        export = scope["path"].endswith((".csv", ".json"))
        cost = EXPORT_COST if export else 1
        # Made-up cookies do not help: an address, which many may share behind a proxy, has twenty times the pace.
        wait = max(self.wait(caller(scope), cost), self.wait(address(scope), cost / CROWD))
        if not wait:
            await self.app(scope, receive, send)
            return
        detail = f"You ask faster than {self.per_minute} times a minute. Come back in {wait} seconds."
        problem = {"type": "about:blank", "title": "Too many requests", "status": 429, "detail": detail}
        headers = [(b"content-type", b"application/problem+json"), (b"retry-after", str(wait).encode())]
        await send({"type": "http.response.start", "status": 429, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(problem).encode()})

    def wait(self, who: str, cost: float) -> int:
        """Return the seconds *who* must wait before asking for *cost* more, 0 when they may now."""
        now = self.clock()
        bucket = self.buckets.pop(who, None) or Bucket(self.per_minute, now)
        bucket.left = min(self.per_minute, bucket.left + (now - bucket.at) * self.per_minute / MINUTE)
        bucket.at = now
        self.buckets[who] = bucket
        while len(self.buckets) > MOST_CALLERS:
            self.buckets.popitem(last=False)
        cost = min(cost, self.per_minute)
        if bucket.left >= cost:
            bucket.left -= cost
            return 0
        return math.ceil((cost - bucket.left) * MINUTE / self.per_minute)


def caller(scope: Scope) -> str:
    """Return who asks: a digest of the token or cookies they bring, else where they come from."""
    headers = Headers(scope=scope)
    brought = headers.get("authorization") or headers.get("cookie") or ""
    return sha256(brought.encode()).hexdigest() if brought else f"nobody at {address(scope)}"


def address(scope: Scope) -> str:
    """Return where a request comes from."""
    client = scope.get("client")
    return str(client[0] if client else "")
