"""Webhooks: notices as signed JSON to one address that the operator names; never to a place inside by accident."""

from __future__ import annotations

import asyncio
import hmac
import json
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from ipaddress import ip_address
from urllib.parse import urlsplit, urlunsplit

from secondline.core.errors import SpecError
from secondline.workflow.notices import Notice

TIMEOUT = 10.0
Resolve = Callable[[str, int], Sequence[str]]


def resolved(host: str, port: int) -> list[str]:
    """Return the addresses of a host."""

    async def ask() -> list[str]:
        found = await asyncio.get_running_loop().getaddrinfo(host, port)
        return [str(entry[4][0]) for entry in found]

    # A thread of its own, since the one that asks may have a loop running already.
    with ThreadPoolExecutor(1) as alone:
        return alone.submit(lambda: asyncio.run(ask())).result()


@dataclass(frozen=True, slots=True)
class Webhook:
    """One address that hears every notice. Receivers check ``x-secondline-signature`` over ``TIME.BODY``."""

    url: str
    secret: str
    private: bool = False
    """Whether the address may be inside: on this machine or the bank's own network, and without https."""
    resolve: Resolve = resolved

    def send(self, notice: Notice, email: str) -> None:
        """Post a notice; redirects are not followed, and the connection goes to the address that was checked."""
        del email
        facts = {"key": notice.key, "person": notice.person, "subject": notice.subject, "body": notice.body}
        self.post(json.dumps(facts, ensure_ascii=False).encode())

    def post(self, body: bytes) -> None:
        """Post JSON with the time and a signature over both.

        Raises:
            SpecError: the address is not one that may be called.
            ConnectionError: it could not be reached, or did not take it.
        """
        at = str(int(time.time()))
        signed = {"x-secondline-time": at, "x-secondline-signature": f"sha256={signature(self.secret, at, body)}"}
        posted(self.url, body, signed, private=self.private, resolve=self.resolve)


def posted(
    url: str, body: bytes, headers: Mapping[str, str], *, private: bool = False, resolve: Resolve = resolved
) -> None:
    """Post JSON to an address that was looked up once and checked: never inside unless *private*, never redirected.

    Raises:
        SpecError: the address is not one that may be called.
        ConnectionError: it could not be reached, or did not take it.
    """
    import httpx

    address, host, name = checked(url, private=private, resolve=resolve)
    sent = {"host": host, "content-type": "application/json", **headers}
    try:
        with httpx.Client(timeout=TIMEOUT, follow_redirects=False, trust_env=False) as client:
            answer = client.post(address, content=body, headers=sent, extensions={"sni_hostname": name})
    except httpx.HTTPError as error:
        raise ConnectionError(f"The webhook could not be reached: {type(error).__name__}") from error
    if not answer.is_success:
        raise ConnectionError(f"The webhook answered {answer.status_code}")


def checked(url: str, *, private: bool, resolve: Resolve) -> tuple[str, str, str]:
    """Return a URL by its checked address, the Host header, and the name for TLS.

    Raises:
        SpecError: it is no https address, carries a name, or leads inside.
    """
    parts = urlsplit(url)
    if parts.scheme not in ({"http", "https"} if private else {"https"}) or not parts.hostname or parts.username:
        raise SpecError(f"A webhook is an https address without a name in it; got {url!r}.")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    found = resolve(parts.hostname, port)
    if not found or not (private or all(ip_address(a).is_global for a in found)):
        raise SpecError(f"The webhook's host {parts.hostname!r} leads inside; say so if that is meant.")
    address = f"[{found[0]}]" if ":" in found[0] else found[0]
    return urlunsplit((parts.scheme, f"{address}:{port}", parts.path, parts.query, "")), parts.netloc, parts.hostname


def signature(secret: str, at: str, body: bytes) -> str:
    """Return the HMAC-SHA-256 of time and body, in hexadecimal."""
    return hmac.new(secret.encode(), at.encode() + b"." + body, sha256).hexdigest()
