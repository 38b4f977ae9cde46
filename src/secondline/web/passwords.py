"""Passwords: hashed by argon2id, checked slowly on purpose, closed for a while after failures in a row."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from secondline.core.errors import SpecError

if TYPE_CHECKING:
    from argon2 import PasswordHasher

    from secondline.web.site import Site

SHORTEST, LONGEST = 12, 1_000
FREE_TRIES, FIRST_PAUSE, LONGEST_PAUSE = 5, 2.0, 900.0
OFTEN = 30
"""Tries from one address before it has to wait, whomever it tries to be."""


@cache
def hasher() -> PasswordHasher:
    """Return the hasher: argon2id by the library's defaults, which follow RFC 9106's low-memory choice."""
    from argon2 import PasswordHasher

    return PasswordHasher()


@cache
def _nobody() -> str:
    return hasher().hash("a stranger's password")


def hashed(password: str) -> str:
    """Return the hash of a new password.

    Raises:
        SpecError: it is too short or too long, or is one character over and over.
    """
    if not SHORTEST <= len(password) <= LONGEST or len(set(password)) < SHORTEST // 3:
        raise SpecError(f"A password has {SHORTEST} to {LONGEST} characters, not all alike. A sentence is a good one.")
    return hasher().hash(password)


def fits(password: str, kept: str | None) -> bool:
    """Whether a password is the one kept; takes as long when there is none, so that names cannot be guessed."""
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        hasher().verify(kept or _nobody(), password[: LONGEST + 1])
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


def pause(site: Site, *keys: str) -> float:
    """Return for how many seconds trying is closed, by any of these keys."""
    now = site.now()
    return max(0.0, *(site.access.attempts(key)[1] - now for key in keys))


def failed(site: Site, key: str, free: int = FREE_TRIES) -> None:
    """Note a failure; beyond the free tries each one doubles the pause."""
    count = site.access.attempts(key)[0] + 1
    wait = 0.0 if count < free else min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(count - free, 20))
    site.access.fail(key, site.now() + wait)


def checks(site: Site, person: str, password: str, address: str) -> bool:
    """Whether this is the person's password, with failures counted by person and by address.

    Raises:
        SpecError: too many failures in a row; says for how long trying is closed.
    """
    by_person, by_address = f"person:{person[:200]}", f"address:{address}"
    wait = pause(site, by_person, by_address)
    if wait:
        raise SpecError(f"Too many failed attempts. Try again in {wait:.0f} seconds.")
    if fits(password, site.access.password(person)):
        site.access.succeed(by_person)
        return True
    failed(site, by_person)
    failed(site, by_address, OFTEN)
    return False
