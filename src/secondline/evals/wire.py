"""The wire: one request as bytes, what came back, and the ways in which nothing usable does."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from secondline.core.errors import ModelError, SpecError

MOST_ANSWER = 16 << 20
"""Bytes of an answer that are read; a longer one is no answer."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What an endpoint said: its status as HTTP counts it, its headers (lower case), and the bytes."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Used:
    """What a call used: tokens in and out, and money where the endpoint tells it."""

    tokens_in: int | None = None
    tokens_out: int | None = None
    cost: float | None = None


class Dropped(Exception):
    """The connection failed or ended before an answer: nobody knows whether the call was counted."""


class Unreadable(Exception):
    """An answer came and is not what it must be."""


class Failed(Exception):
    """A call has no answer and will not get one: ``status`` is ``timeout`` or ``error``."""

    def __init__(self, status: str, because: str) -> None:
        super().__init__(because)
        self.status, self.because = status, because


class Wire(Protocol):
    """How one kind of system is reached: a call, and how its answers are told from faults."""

    @property
    def endpoint(self) -> str:
        """Which system this is; part of the name of every kept answer."""
        ...

    async def send(self, body: bytes, key: str) -> Reply:
        """Send one request and return what came back; *key* names the call, for endpoints that know repetitions.

        Raises:
            Dropped: no answer came.
        """
        ...

    def used(self, reply: Reply) -> Used:
        """Return what an answer used.

        Raises:
            Unreadable: it is not an answer.
        """
        ...

    def answers(self, reply: Reply) -> bool:
        """Whether a reply that is no success is still the system's answer, such as a blocked prompt."""
        ...


class Secret:
    """A key from an environment variable. It shows in no text, and `scrub` takes it out of what others wrote."""

    __slots__ = ("_value", "name")

    def __init__(self, name: str) -> None:
        """Read the variable *name*; an empty name is no key.

        Raises:
            SpecError: the variable is not set.
        """
        self.name = name
        self._value = os.environ.get(name, "").strip() if name else ""
        if name and not self._value:
            raise SpecError(
                f"The target's key is read from the environment variable {name!r}, which is not set. Set it and run "
                "again; a key is never written into a file."
            )
        if not self._value.isascii() or not self._value.isprintable():
            raise SpecError(f"The environment variable {name!r} holds characters that no key has. Set it again.")

    def __repr__(self) -> str:
        return f"Secret({self.name!r})"

    def header(self, name: str) -> dict[str, str]:
        """Return the header that carries the key: ``Authorization: Bearer`` unless another is named."""
        if not self._value:
            return {}
        plain = name and name.lower() != "authorization"
        return {name: self._value} if plain else {"Authorization": f"Bearer {self._value}"}

    def scrub(self, content: bytes) -> bytes:
        """Return *content* without the key, should an endpoint repeat it."""
        return content.replace(self._value.encode(), b"***") if self._value else content


def told(reply: Reply, most: int = 200) -> str:
    """Return the beginning of what an endpoint said, on one line, for an error."""
    text = " ".join(reply.body[: 4 * most].decode("utf-8", errors="replace").split())
    return f"{reply.status}" + (f": {text[:most]}" if text else "")


def refused(reply: Reply) -> ModelError | None:
    """Return why a reply means that no call at all can work, or None."""
    reasons = {
        401: "the key is missing or wrong", 403: "the key may not do this", 404: "there is no such address or model",
        405: "the address takes no POST", 402: "the account is out of credit",
    }  # fmt: skip
    reason = reasons.get(reply.status)
    if reply.status == 429 and b"insufficient_quota" in reply.body[:4096]:  # noqa: PLR2004 - the number is HTTP's
        reason = "the account is out of credit"
    if 300 <= reply.status < 400:  # noqa: PLR2004 - the numbers are HTTP's
        reason = "it points to another address, and redirects are not followed"
    return ModelError(f"The endpoint refuses every call: {reason} (it said {told(reply)}).") if reason else None
