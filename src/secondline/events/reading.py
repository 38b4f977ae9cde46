"""Reading: events to bytes and back, with every event held against its shape, in both directions.

The rules of compatibility, kept by tests on stored bytes:

- a field that is not known is ignored; an optional field that is absent has its default;
- `v` says the version of the shape. It is always written, and where it is absent it is 1;
- an event of a later version than this reader's is refused, never guessed at: upgrade readers before writers;
- an event of an earlier version is raised to this one, step by step, by functions in `RAISES`.

Five bytes of a schema registry's framing (a zero byte and a schema id) are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from math import isfinite
from typing import Any, Literal, cast

import msgspec

from secondline.core.errors import SecondlineError, near
from secondline.events.limits import LARGEST
from secondline.events.shapes import KINDS, VERSION, AnyEvent, Event

Reason = Literal["malformed", "too-large", "unknown-type", "unknown-version", "invalid"]
Raise = Callable[[dict[str, Any]], dict[str, Any]]
"""Takes the plain content of an event of one version and returns it as the next version has it."""
RAISES: dict[tuple[str, int], Raise] = {}
"""By kind and version, how content of that version becomes content of the next; a kind that is not named keeps it."""

PROSE = frozenset({"reason", "note"})
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_CONTROL_IN_PROSE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_PLACE = re.compile(r"`\$\.?([^`]*)`$")
_MISSING = re.compile(r"missing required field `(\w+)`")
_REGISTRY = 5


class BadEvent(SecondlineError):
    """Bytes that are no event this version can take, or an event that is not as its shape says.

    ``reason`` is a word for counting and sorting; ``field`` says which field is wrong where one is.
    """

    def __init__(self, reason: Reason, message: str, field: str = "") -> None:
        super().__init__(message)
        self.reason: Reason = reason
        self.field = field


class _Head(msgspec.Struct):
    type: str | None = None
    v: int = 1


_head = msgspec.json.Decoder(_Head).decode


class Codec:
    """Reads the events of one version of the shapes, and of the versions before it."""

    def __init__(self, shapes: Any, version: int, raises: Mapping[tuple[str, int], Raise]) -> None:
        self._shapes, self._version, self._raises = shapes, version, raises
        self._typed = msgspec.json.Decoder(shapes).decode

    def decode(self, payload: bytes) -> Any:
        """Return the event in *payload*.

        Raises:
            BadEvent: there is none that this version takes.
        """
        if payload[:1] == b"\0":
            payload = payload[_REGISTRY:]
        if len(payload) > LARGEST:
            raise BadEvent("too-large", f"An event has at most {LARGEST} bytes; this one has {len(payload)}.")
        try:
            event = self._typed(payload)
            # An absent version is 1, and looks like the newest to the typed reader.
            version = event.v if self._version == 1 else _head(payload).v
            if version != self._version:
                event = self._otherwise(payload, None)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            event = self._otherwise(payload, error)
        # In valid JSON a control character can only hide behind a backslash or outside of ASCII.
        if b"\\" in payload or b"\x7f" in payload or not payload.isascii():
            _check_text(event)
        return event

    def _otherwise(self, payload: bytes, error: Exception | None) -> Any:
        """Raise an event of an earlier version, or say why the payload is none."""
        try:
            head = _head(payload)
        except msgspec.ValidationError as odd:
            raise BadEvent("malformed", f"This is no event: {odd}.") from None
        except (msgspec.DecodeError, UnicodeDecodeError) as odd:
            raise BadEvent("malformed", f"This is not JSON in UTF-8: {odd}.") from None
        except RecursionError:
            raise BadEvent("malformed", "This is nested too deeply to be an event.") from None
        if isinstance(error, (UnicodeDecodeError, RecursionError)):
            raise BadEvent("malformed", f"This is not JSON in UTF-8: {error}.")
        if head.type not in KINDS:
            hint = near(str(head.type), KINDS, f"Known: {', '.join(KINDS)}.")
            raise BadEvent("unknown-type", f"No event is of type {str(head.type)[:60]!r}. {hint}", "type")
        if not 1 <= head.v <= self._version:
            raise BadEvent(
                "unknown-version",
                f"This {head.type} is of version {head.v}; this reader knows 1 to {self._version}. Upgrade the reader.",
                "v",
            )
        if head.v < self._version:
            return self._raised(payload, head)
        raise _invalid(str(error))

    def _raised(self, payload: bytes, head: _Head) -> Any:
        try:
            content = msgspec.json.decode(payload)
            for version in range(head.v, self._version):
                step = self._raises.get((str(head.type), version))
                content = (step(content) if step else content) | {"v": version + 1}
            return msgspec.convert(content, self._shapes)
        except (msgspec.ValidationError, KeyError, TypeError, ValueError) as error:
            raise _invalid(str(error)) from None


def _invalid(said: str) -> BadEvent:
    place = _PLACE.search(said) or _MISSING.search(said)
    field = place[1] if place else ""
    return BadEvent("invalid", f"This event is not as its shape says: {said}.", field)


def _check_text(event: Event) -> None:
    for name in event.__struct_fields__:
        value = getattr(event, name)
        pattern = _CONTROL_IN_PROSE if name in PROSE else _CONTROL
        if any(pattern.search(text) for text in _texts(value)):
            raise BadEvent("invalid", f"This event has control characters in its text - at `$.{name}`.", name)


def _texts(value: object) -> Iterable[str]:
    if isinstance(value, str):
        return (value,)
    if isinstance(value, dict):
        return (text for pair in value.items() for text in pair if isinstance(text, str))
    return value if isinstance(value, tuple) else ()


_CODEC = Codec(AnyEvent, VERSION, RAISES)
_bytes = msgspec.json.Encoder().encode


def decode(payload: bytes) -> AnyEvent:
    """Return the event in *payload*.

    Raises:
        BadEvent: there is none that this version takes; its ``reason`` says why.
    """
    return cast("AnyEvent", _CODEC.decode(payload))


def decode_many(payloads: Iterable[bytes]) -> list[AnyEvent | BadEvent]:
    """Return for each payload its event, or why there is none."""
    found: list[AnyEvent | BadEvent] = []
    read = _CODEC.decode
    for payload in payloads:
        try:
            found.append(read(payload))
        except BadEvent as bad:
            found.append(bad)
    return found


def encode(event: Event) -> bytes:
    """Return an event as bytes that `decode` takes back: what could not be read is never written.

    Raises:
        BadEvent: the event is not as its shape says, or holds NaN or an infinity.
    """
    try:
        payload = _bytes(event)
    except (TypeError, ValueError, OverflowError, msgspec.MsgspecError) as error:
        raise BadEvent("invalid", f"This event cannot be written: {error}.") from None
    if b"null" in payload:  # the encoder writes NaN and infinities so
        _check_numbers(event)
    _CODEC.decode(payload)
    return payload


def _check_numbers(event: Event) -> None:
    for name in event.__struct_fields__:
        value = getattr(event, name)
        numbers = value.values() if isinstance(value, dict) else (value,)
        if not all(isfinite(number) for number in numbers if isinstance(number, float)):
            raise BadEvent("invalid", f"This event holds a number that is none - at `$.{name}`.", name)
