"""Tokens: secrets by which programs act for a person, with part of their roles, for at most ninety days."""

from __future__ import annotations

from collections.abc import Collection
from secrets import token_hex

from secondline.core.errors import SpecError, UnknownRecord
from secondline.ledger.access import Access, Token, fingerprint
from secondline.ledger.store import Ledger
from secondline.web.visitor import new_secret

MOST_DAYS, DAY = 90, 86_400
INVITED_FOR = 3 * DAY


def make_token(
    ledger: Ledger, access: Access, person: str, now: float, *, name: str, roles: Collection[str] = (), days: int = 30,
    read_only: bool = False,
) -> str:  # fmt: skip
    """Return a new token of *person*; it is shown this once, and only its hash is kept.

    Raises:
        UnknownRecord: nobody active has this name.
        SpecError: it asks for roles the person has not, or for too long.
    """
    found = ledger.records.get("person", person)
    if found is None or found.get("state") != "active":
        raise UnknownRecord.of("active person", person)
    has = set(found.get("roles", ()))
    if lacking := set(roles) - has:
        raise SpecError(f"{person!r} has not the roles {', '.join(sorted(lacking))}, so no token of theirs has.")
    if not 1 <= days <= MOST_DAYS:
        raise SpecError(f"A token lasts 1 to {MOST_DAYS} days; got {days}.")
    if not name.strip() or len(name) > MOST_DAYS:
        raise SpecError("Name the token by what will use it, such as `nightly import`.")
    id_, secret = token_hex(6), new_secret()
    kept = tuple(sorted(roles or has))
    access.add_token(
        Token(id_, person, name.strip(), kept, read_only, now, now + days * DAY, 0.0, 0.0, fingerprint(secret))
    )
    return f"sl_{id_}.{secret}"


def invitation(ledger: Ledger, access: Access, person: str, now: float) -> str:
    """Return the path of a one-time link by which *person* sets a password, within three days.

    Raises:
        UnknownRecord: nobody active has this name.
    """
    found = ledger.records.get("person", person)
    if found is None or found.get("state") != "active":
        raise UnknownRecord.of("active person", person)
    secret = new_secret()
    access.invite(secret, person, now + INVITED_FOR)
    return f"/welcome/{secret}"
