"""Signing in and out, and setting a password by an invitation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse, Response

from secondline.core.errors import SpecError
from secondline.web.answers import answer, local
from secondline.web.passwords import checks, hashed
from secondline.web.routes import PUBLIC, page
from secondline.web.seen import Seen
from secondline.web.views import View
from secondline.web.visitor import ANONYMOUS_COOKIE, new_secret

if TYPE_CHECKING:
    from secondline.web.site import Site

WRONG = "That name and password do not fit."


@page("/login", may=PUBLIC, formats=("html",))
def login(seen: Seen) -> View:
    """Ask who it is."""
    return View("signing/login.html", {"then": local(seen.text("then")), "error": "", "person": ""})


def sign_in(seen: Seen, typed: Mapping[str, str]) -> Response:
    """Open a session for whoever gives the right password."""
    person, then = typed.get("person", "").strip(), local(typed.get("then", "/"))
    try:
        good = checks(seen.site, person, typed.get("password", ""), seen.address)
        error = "" if good and _active(seen, person) else WRONG
    except SpecError as closed:
        error = str(closed)
    if error:
        context = {"then": then, "error": error, "person": person}
        return answer(View("signing/login.html", context, status=401), seen)
    return begin(seen.site, person, then)


def _active(seen: Seen, person: str) -> bool:
    found = seen.ledger.records.get("person", person)
    return bool(found) and found.get("state") == "active"  # type: ignore[union-attr]  # found is not None


def begin(site: Site, person: str, then: str) -> Response:
    """Begin a session under a new secret: whatever the browser held before is worth nothing now."""
    secret, settings = new_secret(), site.settings
    site.access.open_session(secret, person, site.now(), settings.absolute)
    site.access.note_sign_in(site.ledger.clock(), person, "web")
    response = RedirectResponse(local(then), 303)
    response.set_cookie(
        settings.cookie, secret, max_age=int(settings.absolute), httponly=True, samesite="lax", secure=settings.secure
    )
    response.delete_cookie(ANONYMOUS_COOKIE)
    return response


def sign_out(seen: Seen) -> Response:
    """End the session, here and in the store."""
    seen.site.access.close_session(seen.visitor.secret)
    response = RedirectResponse("/login", 303)
    response.delete_cookie(seen.site.settings.cookie, secure=seen.site.settings.secure, httponly=True, samesite="lax")
    return response


@page("/welcome/{secret}", may=PUBLIC, formats=("html",))
def welcome(seen: Seen) -> View:
    """Let the holder of a one-time link set a password."""
    person = seen.site.access.invited(seen.path["secret"], seen.site.now())
    status = 200 if person else 410
    return View("signing/welcome.html", {"person": person or "", "secret": seen.path["secret"], "error": ""},
                status=status)  # fmt: skip


def set_first(seen: Seen, typed: Mapping[str, str]) -> Response:
    """Set the password of whoever holds the one-time link, and sign them in."""
    site, secret = seen.site, typed.get("secret", "")
    person = site.access.invited(secret, site.now())
    if not person:
        raise SpecError("This link was used already, or is too old. An admin makes another: secondline person invite.")
    try:
        kept = hashed(twice(typed))
    except SpecError as error:
        context = {"person": person, "secret": secret, "error": str(error)}
        return answer(View("signing/welcome.html", context, status=422), seen)
    site.access.accept(secret, site.now())
    site.access.set_password(person, kept, site.now())
    return begin(site, person, "/")


def twice(typed: Mapping[str, str]) -> str:
    """Return the new password.

    Raises:
        SpecError: it was not typed twice alike.
    """
    if typed.get("password") != typed.get("again"):
        raise SpecError("The two passwords differ.")
    return typed.get("password", "")
