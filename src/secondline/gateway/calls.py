"""Calls: one HTTP request after the door, the reply to it, and the table entry that joins the two."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from secondline.gateway.asked import Turned

Right = Literal["public", "read", "score", "events", "metrics"]
"""What a route needs of a caller; ``public`` is for health alone."""
JSON, BYTES, TEXT = b"application/json", b"application/octet-stream", b"text/plain; charset=utf-8"
encode = msgspec.json.Encoder().encode


class BadFields(Turned):
    """A request is wrong in certain fields: each field with what is wrong with it."""

    def __init__(self, fields: dict[str, str], status: int = 400) -> None:
        first, *more = (f"{name}: {what}" for name, what in fields.items())
        rest = f" (and {len(more)} more)" if more else ""
        super().__init__(status, "bad-request", f"{first}{rest}")
        self.fields = fields


def bad(message: str, status: int = 400, reason: str = "bad-request") -> Turned:
    """Return the error of a request that the client got wrong."""
    return Turned(status, reason, message)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, as the token says: what they may do, for which uses and which models (empty: all)."""

    name: str
    rights: frozenset[str] = frozenset()
    uses: frozenset[str] = frozenset()
    models: frozenset[str] = frozenset()
    every_use: bool = False
    """Whether the caller may decide for every use that is served, as behind an open door."""

    def must_reach(self, model: str) -> None:
        """Refuse a model that the token does not cover.

        Raises:
            Turned: 403.
        """
        if self.models and model not in self.models:
            raise Turned(403, "model-not-allowed", f"This token is not for the model {model[:100]!r}.")


NOBODY = Caller("")


@dataclass(slots=True)
class Call:
    """A request whose caller is known and whose body is whole."""

    params: dict[str, str]
    headers: dict[bytes, bytes]
    body: bytes
    caller: Caller
    received: int
    """``time.perf_counter_ns()`` at arrival."""
    trace: Any = None

    def wants_json(self, *, binary: bool = False) -> None:
        """Refuse a body that is not said to be JSON (or raw bytes, where the route takes them).

        Raises:
            Turned: 415.
        """
        media = self.headers.get(b"content-type")
        if media is None or media == JSON:
            return
        kind = media.split(b";")[0].strip().lower()
        if kind not in {JSON, BYTES} if binary else kind != JSON:
            raise bad("The body must be sent as application/json.", 415, "content-type")


@dataclass(slots=True)
class Reply:
    """What is sent back. ``model`` and ``version`` are for counting; they are names the gateway knows."""

    body: bytes
    status: int = 200
    media: bytes = JSON
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    model: str = ""
    version: str = ""


Handler = Callable[[Call], Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class Route:
    """One entry of the table: which request, what it needs, and who answers."""

    method: str
    path: str
    right: Right
    handler: Handler
    summary: str


def told(answer: Any, status: int = 200, model: str = "", version: str = "") -> Reply:
    """Return a reply in JSON."""
    return Reply(encode(answer), status, model=model, version=version)


def refusal(error: Turned) -> Reply:
    """Return the reply to a request that is turned away."""
    body: dict[str, Any] = {"error": str(error)}
    if isinstance(error, BadFields):
        body["fields"] = error.fields
    reply = Reply(encode(body), error.status)
    if error.retry is not None:
        reply.headers.append((b"retry-after", str(max(1, round(error.retry))).encode()))
    if error.status == 401:  # noqa: PLR2004 - the status that names the scheme
        reply.headers.append((b"www-authenticate", b"Bearer"))
    return reply


def decoded(decoder: msgspec.json.Decoder[Any], body: bytes) -> Any:
    """Decode a body.

    Raises:
        Turned: 400, with the place in the body where it is wrong.
    """
    try:
        return decoder.decode(body)
    except RecursionError as error:
        raise bad("The body is nested too deeply.") from error
    except UnicodeDecodeError as error:
        raise bad("The body is not valid UTF-8.") from error
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at ")
        field = where.strip("`").removeprefix("$").lstrip(".") or "body"
        raise BadFields({field: what.replace("`", "")}) from error
    except (msgspec.DecodeError, ValueError) as error:
        raise bad(f"The body is not JSON: {str(error).removeprefix('JSON is malformed: ')[:200]}.") from error
