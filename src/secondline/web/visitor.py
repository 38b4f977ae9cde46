"""Visitor: who asks, known by a session's cookie or by a token; their roles are read from the ledger each time."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from hashlib import sha256
from secrets import token_urlsafe
from typing import TYPE_CHECKING

from starlette.requests import Request

from secondline.ledger.access import Session, Token, fingerprint

if TYPE_CHECKING:
    from secondline.web.site import Site

SECRET_BYTES = 32
TOUCH_EVERY = 60.0
ANONYMOUS_COOKIE = "secondline-visit"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks. ``secret`` is what the browser holds; the token of every form is derived from it."""

    id: str = ""
    name: str = ""
    roles: frozenset[str] = frozenset()
    secret: str = ""
    session: Session | None = None
    token: Token | None = None

    @property
    def known(self) -> bool:
        """Whether somebody is signed in."""
        return bool(self.id)

    @property
    def read_only(self) -> bool:
        """Whether they may only read."""
        return bool(self.token and self.token.read_only)

    @property
    def via(self) -> str:
        """Through which door and by which session or token they come; never a secret."""
        if self.token:
            return f"api token {self.token.id}"
        return f"web session {self.session.key[:12]}" if self.session else "web"

    @property
    def csrf(self) -> str:
        """What each form must carry: only a page of ours, shown to this browser, knows it."""
        return hmac.new(self.secret.encode(), b"form", sha256).hexdigest() if self.secret else ""


def new_secret() -> str:
    """Return a secret nobody can guess."""
    return token_urlsafe(SECRET_BYTES)


def who_asks(site: Site, request: Request) -> Visitor:
    """Return who asks: by token if one is sent, else by the session's cookie, else a stranger."""
    header = request.headers.get("authorization", "")
    if header:
        return by_token(site, header)
    secret = request.cookies.get(site.settings.cookie, "")
    session = _alive(site, secret)
    if session is None:
        return Visitor(secret=request.cookies.get(ANONYMOUS_COOKIE, ""))
    now = site.now()
    if now - session.seen > TOUCH_EVERY:
        site.access.touch(session, now)
    return _known(site, session.person, secret=secret, session=session)


def _alive(site: Site, secret: str) -> Session | None:
    session = site.access.session(secret) if secret else None
    if session is None:
        return None
    now, rules = site.now(), site.settings
    late = now - session.seen > rules.idle or now - session.opened > rules.absolute
    return None if late else session


def by_token(site: Site, header: str) -> Visitor:
    """Return who an ``Authorization: Bearer sl_ID.SECRET`` header speaks for; anything else is a stranger."""
    scheme, _, sent = header.partition(" ")
    id_, _, secret = sent.strip().removeprefix("sl_").partition(".")
    token = site.access.token(id_) if scheme.lower() == "bearer" and id_ and secret else None
    now = site.now()
    good = token and hmac.compare_digest(token.hash, fingerprint(secret))
    if token is None or not good or token.revoked or token.expires < now:
        return Visitor()
    if now - token.used > TOUCH_EVERY:
        site.access.use_token(token.id, now)
    return _known(site, token.person, token=token)


def _known(
    site: Site, person: str, *, secret: str = "", session: Session | None = None, token: Token | None = None
) -> Visitor:
    found = site.ledger.records.get("person", person)
    if found is None or found.get("state") != "active":
        return Visitor()
    roles = frozenset(str(r) for r in found.get("roles", ()))
    return Visitor(person, str(found.get("name", person)), roles & set(token.roles) if token else roles,
                   secret, session, token)  # fmt: skip
