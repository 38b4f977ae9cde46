"""Guard: what holds for every answer and every form, whichever page: headers, origin, the form's token."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from secondline.core.errors import Refused

if TYPE_CHECKING:
    from starlette.datastructures import Headers
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from secondline.web.visitor import Visitor

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; object-src 'none'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "cache-control": "no-store",
}
TLS = {"strict-transport-security": "max-age=31536000"}


class Guard:
    """Adds the headers of every answer; an answer that sets one itself keeps its own."""

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        """Guard *app*; *secure* tells browsers to come by https only."""
        self.app = app
        self.headers = [(k.encode(), v.encode()) for k, v in {**HEADERS, **(TLS if secure else {})}.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and the answer back with its headers."""

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *((k, v) for k, v in self.headers if k not in own)]
            await send(message)

        await self.app(scope, receive, guarded)


def must_be_ours(visitor: Visitor, headers: Headers, form: Mapping[str, str]) -> None:
    """Refuse a form that no page of ours gave to this browser.

    Raises:
        Refused: it came from another site, or without the token.
    """
    origin, host = headers.get("origin"), headers.get("host", "")
    foreign = origin is not None and urlsplit(origin).netloc != host
    if foreign or headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise Refused("This form was sent from another site. Nothing was done.")
    sent = form.get("csrf", "") or headers.get("x-csrf-token", "")
    if not visitor.csrf or not hmac.compare_digest(sent.encode(), visitor.csrf.encode()):
        raise Refused(
            "This form is too old, or was not made for you. Nothing was done: go back, reload, send it again."
        )
