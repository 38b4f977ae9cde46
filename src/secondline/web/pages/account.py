"""Account: what a visitor may see and change of their own access: password, tokens, sessions."""

from __future__ import annotations

from secondline.core.errors import Refused, SpecError
from secondline.web.pages.signing import twice
from secondline.web.passwords import checks, hashed
from secondline.web.routes import SIGNED_IN, deed, page
from secondline.web.seen import Seen
from secondline.web.tokens import make_token
from secondline.web.views import View

HOME = "/account"


@page(HOME, may=SIGNED_IN, formats=("html",))
def account(seen: Seen) -> View:
    """Show the visitor who they are here, and their tokens."""
    return _shown(seen)


def _shown(seen: Seen, made: str = "") -> View:
    tokens = seen.site.access.tokens(seen.visitor.id)
    return View("signing/account.html", {"tokens": tokens, "made": made, "now": seen.site.now()})


def _themselves(seen: Seen, typed: dict[str, str]) -> None:
    """Make sure that it is the person at the keyboard, by their password."""
    if seen.visitor.session is None:
        raise Refused("This is done on the page, by a person who is signed in.")
    if not checks(seen.site, seen.visitor.id, typed.get("old", ""), seen.address):
        raise SpecError("The present password is not right.")


@deed("/account/password", may=SIGNED_IN)
def change_password(seen: Seen, typed: dict[str, str]) -> str:
    """Change the visitor's password; every session of theirs ends."""
    _themselves(seen, typed)
    seen.site.access.set_password(seen.visitor.id, hashed(twice(typed)), seen.site.now())
    return "/login"


@deed("/account/tokens", may=SIGNED_IN)
def new_token(seen: Seen, typed: dict[str, str]) -> View:
    """Make a token and show it, this once."""
    _themselves(seen, typed)
    days = typed.get("days", "")
    made = make_token(
        seen.ledger, seen.site.access, seen.visitor.id, seen.site.now(), name=typed.get("name", ""),
        roles=[role for role in seen.visitor.roles if typed.get(f"role-{role}")],
        days=int(days) if days.isdecimal() and len(days) < 4 else 0,  # noqa: PLR2004 - longer is longer than allowed
        read_only=bool(typed.get("read_only")),
    )  # fmt: skip
    return _shown(seen, made)


@deed("/account/tokens/revoke", may=SIGNED_IN)
def revoke_token(seen: Seen, typed: dict[str, str]) -> str:
    """Revoke a token of the visitor's own; an admin may revoke anybody's."""
    token = seen.site.access.token(typed.get("token", ""))
    if token is None or (token.person != seen.visitor.id and "admin" not in seen.visitor.roles):
        raise Refused("That is no token of yours.")
    seen.site.access.revoke_token(token.id, seen.site.now())
    return typed.get("then") or HOME
