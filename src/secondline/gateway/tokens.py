"""Tokens: who may call, from a file of hashed secrets that is read again when it changes.

A token is ``sg_<id>.<secret>`` with 32 random bytes; the file holds the SHA-256 of the secret alone, so whoever reads
it cannot call. A plain hash serves because the secret is random, not a password.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import time
from collections.abc import Callable, Collection
from pathlib import Path
from secrets import token_hex, token_urlsafe
from typing import Protocol, get_args

import msgspec

from secondline.core.errors import SpecError
from secondline.gateway.asked import Turned
from secondline.gateway.calls import NOBODY, Caller, Right

RIGHTS = frozenset(get_args(Right)) - {"public"}
MOST_DAYS, DAY, FRESH = 366, 86_400, 1.0
OTHERS_MAY_WRITE = 0o022
NOT_ONE = b"0" * 64


class Token(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One caller's token as the file holds it; ``until`` is in seconds since 1970."""

    id: str
    caller: str
    hash: str
    until: float
    rights: tuple[str, ...] = ("read", "score")
    uses: tuple[str, ...] = ()
    models: tuple[str, ...] = ()


class Door(Protocol):
    """What finds out who calls."""

    def caller(self, headers: dict[bytes, bytes], right: Right) -> Caller:
        """Return who calls, if they may.

        Raises:
            Turned: 401 without a valid token, 403 without the right.
        """
        ...


class Open(Door):
    """A door that lets everybody do everything; `Serving.must_be_safe` allows it on loopback alone."""

    def __init__(self, uses: Collection[str] = ()) -> None:
        self._caller = Caller("local", RIGHTS, frozenset(uses), every_use=not uses)

    def caller(self, headers: dict[bytes, bytes], right: Right) -> Caller:  # noqa: ARG002 - a door that looks at nothing
        """Return the one caller there is."""
        return NOBODY if right == "public" else self._caller


class Tokens(Door):
    """A door that asks for a token.

    Raises:
        SpecError: the file is not as it must be, or others may write it.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self._path, self._clock = path, clock
        self._seen, self._looked = (0, 0), 0.0
        self._tokens: dict[str, tuple[Token, Caller]] = {}
        read(path)
        self._read()

    def caller(self, headers: dict[bytes, bytes], right: Right) -> Caller:
        """Return who calls, if they may.

        Raises:
            Turned: 401 without a valid token, 403 without the right.
        """
        if right == "public":
            return NOBODY
        now = self._clock()
        if now - self._looked > FRESH or now < self._looked:
            self._read()
            self._looked = now
        kind, _, given = headers.get(b"authorization", b"").partition(b" ")
        id_, _, secret = given.strip().removeprefix(b"sg_").partition(b".")
        token, caller = self._tokens.get(id_.decode("latin-1"), (None, NOBODY))
        told = hashlib.sha256(secret).hexdigest().encode()
        same = hmac.compare_digest(told, token.hash.encode() if token else NOT_ONE)
        if kind.lower() != b"bearer" or token is None or not same or now >= token.until:
            raise Turned(401, "no-token", "This needs a valid token: Authorization: Bearer sg_...")
        if right not in caller.rights:
            raise Turned(403, "no-right", f"This token has not the right {right!r}.")
        return caller

    def _read(self) -> None:
        """Read the file if it changed; one that cannot be read lets nobody in."""
        try:
            stat = self._path.stat()
            if (stat.st_mtime_ns, stat.st_ino) == self._seen:
                return
            tokens = read(self._path)
        except (OSError, SpecError):
            self._tokens, self._seen = {}, (1, 0)
            return
        self._seen = (stat.st_mtime_ns, stat.st_ino)
        self._tokens = {
            one.id: (one, Caller(one.caller, frozenset(one.rights), frozenset(one.uses), frozenset(one.models)))
            for one in tokens
        }


def read(path: Path) -> list[Token]:
    """Return the tokens of a file.

    Raises:
        SpecError: the file is missing, not as it must be, or others may write it.
    """
    try:
        if path.stat().st_mode & OTHERS_MAY_WRITE:
            raise SpecError(f"{path} may be written by others, who could let themselves in. Run: chmod go-w {path}")
        return msgspec.json.decode(path.read_bytes(), type=list[Token])
    except OSError as error:
        raise SpecError(f"The token file {path} cannot be read. Make one with `secondline gateway token`.") from error
    except (msgspec.MsgspecError, ValueError) as error:
        raise SpecError(f"{path} is not a token file: {error}") from error


def write(path: Path, tokens: list[Token]) -> None:
    """Write a token file whole, readable by its owner alone."""
    half = path.with_suffix(".half")
    half.write_bytes(msgspec.json.format(msgspec.json.encode(tokens), indent=2))
    half.chmod(0o600)
    os.replace(half, path)  # noqa: PTH105 - atomic by name


def add(
    path: Path, caller: str, *, rights: Collection[str] = ("read", "score"), uses: Collection[str] = (),
    models: Collection[str] = (), days: int = 90, now: float | None = None,
) -> str:  # fmt: skip
    """Add a token to a file and return it; it is shown this once, and only its hash is kept.

    Raises:
        SpecError: the caller has no name, a right does not exist, or it is to last too long.
    """
    if not caller.strip() or len(caller) > 100:  # noqa: PLR2004 - a name, not a text
        raise SpecError("Name the caller by what will use the token, such as `card-authorisation`.")
    if strange := set(rights) - RIGHTS:
        raise SpecError(f"There is no right {min(strange)!r}; there are {', '.join(sorted(RIGHTS))}.")
    if not 1 <= days <= MOST_DAYS:
        raise SpecError(f"A token lasts 1 to {MOST_DAYS} days; got {days}.")
    id_, secret = token_hex(6), token_urlsafe(32)
    until = (time.time() if now is None else now) + days * DAY
    hashed = hashlib.sha256(secret.encode()).hexdigest()
    token = Token(id_, caller.strip(), hashed, until, tuple(sorted(rights)), tuple(uses), tuple(models))
    write(path, [*(read(path) if path.exists() else []), token])
    return f"sg_{id_}.{secret}"


def remove(path: Path, id_: str) -> None:
    """Take a token out of a file; the gateway lets it in no more within a second.

    Raises:
        SpecError: the file has no token of this id.
    """
    tokens = read(path)
    left = [one for one in tokens if one.id != id_.removeprefix("sg_").partition(".")[0]]
    if len(left) == len(tokens):
        raise SpecError(f"{path} has no token {id_!r}. It has: {', '.join(one.id for one in tokens) or 'none'}.")
    write(path, left)
