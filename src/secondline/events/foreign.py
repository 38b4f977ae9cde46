"""Foreign events: what other systems write, read by an explicit choice and never guessed.

`imported` reads events whose times are RFC 3339 text, for back-fill. `unwrapped` takes an event of ours out of a
CloudEvents 1.0 envelope. `Pairing` makes decisions of what KServe's logger sends: a request with the inputs, and later
its response with the score.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from secondline.events.limits import LARGEST
from secondline.events.reading import BadEvent, decode, encode
from secondline.events.shapes import AnyEvent, Decision, Value

TIMES = ("at", "known", "decided", "opened")
PREFIX = "secondline."
KSERVE = "org.kubeflow.serving.inference."
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class _Envelope(msgspec.Struct):
    """The attributes of a CloudEvent that matter here."""

    specversion: str
    id: str
    type: str
    source: str
    time: datetime | None = None
    inferenceservicename: str = ""
    data: msgspec.Raw = msgspec.Raw(b"")


_envelope = msgspec.json.Decoder(_Envelope).decode


def micros(text: str) -> int:
    """Return an RFC 3339 instant as microseconds; a time without a zone is refused, for it could be any of many.

    Raises:
        ValueError: it is no such instant.
    """
    try:
        return _micros(msgspec.convert(text, datetime))
    except msgspec.ValidationError:
        raise ValueError(f"{text!r} is no RFC 3339 time") from None


def _micros(moment: datetime) -> int:
    if moment.tzinfo is None:
        raise ValueError("the time has no zone; write Z or an offset such as +02:00")
    return (moment - _EPOCH) // timedelta(microseconds=1)


def imported(payload: bytes) -> AnyEvent:
    """Return an event whose times may be RFC 3339 text (``2026-11-24T10:00:00Z``) or microseconds.

    Raises:
        BadEvent: it is none, or a time has no zone.
    """
    content = _content(payload)
    for name in TIMES:
        if isinstance(content.get(name), str):
            try:
                content[name] = micros(content[name])
            except ValueError as error:
                raise BadEvent(
                    "invalid", f"This event is not as its shape says: {error} - at `$.{name}`.", name
                ) from None
    return decode(msgspec.json.encode(content))


def _content(payload: bytes) -> dict[str, Any]:
    if len(payload) > LARGEST:
        raise BadEvent("too-large", f"An event has at most {LARGEST} bytes; this one has {len(payload)}.")
    try:
        content = msgspec.json.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadEvent("malformed", f"This is not JSON in UTF-8: {error}.") from None
    if not isinstance(content, dict):
        raise BadEvent("malformed", "This is no event: an event is one JSON object.")
    return content


def enveloped(payload: bytes) -> _Envelope:
    """Return the CloudEvents 1.0 envelope in *payload* (structured mode).

    Raises:
        BadEvent: it is none.
    """
    if len(payload) > LARGEST:
        raise BadEvent("too-large", f"An event has at most {LARGEST} bytes; this one has {len(payload)}.")
    try:
        found = _envelope(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadEvent("malformed", f"This is no CloudEvent: {error}.") from None
    if found.specversion != "1.0":
        raise BadEvent("unknown-version", f"CloudEvents {found.specversion[:20]!r} is not 1.0.", "specversion")
    return found


def unwrapped(payload: bytes) -> AnyEvent:
    """Return the event of ours that a CloudEvent of type ``secondline.decision`` (or another kind) carries.

    Raises:
        BadEvent: it carries none.
    """
    envelope = enveloped(payload)
    if not envelope.type.startswith(PREFIX):
        raise BadEvent("unknown-type", f"A CloudEvent of type {envelope.type[:60]!r} carries no event of ours.", "type")
    return decode(bytes(envelope.data))


class Pairing:
    """Joins KServe's logged requests with their responses; at most *most* of either wait for the other.

    Columns of a request become inputs, the first output of a response becomes the score, a row a decision each. A
    request whose response does not come in time is forgotten, and counted in ``dropped``.
    """

    def __init__(self, model: str = "", most: int = 10_000) -> None:
        self._model, self._most = model, most
        self._waiting: OrderedDict[str, tuple[str, _Envelope]] = OrderedDict()
        self.dropped = 0

    def feed(self, payload: bytes) -> list[Decision]:
        """Return the decisions that this event completes: none for the first of a pair.

        Raises:
            BadEvent: it is no event of KServe's logger, or a pair does not fit together.
        """
        envelope = enveloped(payload)
        side = envelope.type.removeprefix(KSERVE)
        if side not in {"request", "response"} or side == envelope.type:
            raise BadEvent(
                "unknown-type", f"A CloudEvent of type {envelope.type[:60]!r} is not of KServe's logger.", "type"
            )
        other = self._waiting.get(envelope.id)
        if other is None or other[0] == side:
            self._waiting[envelope.id] = (side, envelope)
            if len(self._waiting) > self._most:
                self._waiting.popitem(last=False)
                self.dropped += 1
            return []
        del self._waiting[envelope.id]
        pair = (envelope, other[1]) if side == "request" else (other[1], envelope)
        return list(self._decisions(*pair))

    def _decisions(self, request: _Envelope, response: _Envelope) -> Iterator[Decision]:
        rows, scores = _rows(_content(bytes(request.data))), _scores(answer := _content(bytes(response.data)))
        if len(rows) != len(scores):
            raise BadEvent("invalid", f"The request has {len(rows)} rows and its response {len(scores)}.", "data")
        moment = request.time or response.time
        if moment is None or moment.tzinfo is None:
            raise BadEvent("invalid", "The event has no time with a zone - at `$.time`.", "time")
        model = self._model or request.inferenceservicename or str(answer.get("model_name", ""))
        version, at = str(answer.get("model_version") or ""), _micros(moment)
        for i, (inputs, score) in enumerate(zip(rows, scores, strict=True)):
            name = request.id if len(rows) == 1 else f"{request.id}.{i}"
            made = Decision(
                id=name, at=at, model=model, version=version, inputs=inputs, score=score, request=request.id
            )
            encode(made)  # it has to be one that can be kept
            yield made


def _rows(data: Mapping[str, Any]) -> list[dict[str, Value]]:
    """Return the cases of a request: ``instances`` of protocol v1, or the ``inputs`` tensors of v2 by column."""
    if isinstance(instances := data.get("instances"), list):
        return [row if isinstance(row, dict) else _numbered(row) for row in instances]
    columns = {str(t.get("name", "")): t.get("data") for t in _tensors(data, "inputs")}
    if len(columns) == 1:
        ((name, flat),) = columns.items()
        (tensor,) = _tensors(data, "inputs")
        shape = tensor.get("shape", [])
        if isinstance(flat, list) and len(shape) == 2 and shape[1] != 1:  # noqa: PLR2004 - rows and columns
            wide = _width(shape, len(flat))
            return [_numbered(flat[i : i + wide]) for i in range(0, len(flat), wide)]
        columns = {name: flat}
    if not columns or not all(isinstance(column, list) for column in columns.values()):
        raise BadEvent("invalid", "The request holds neither instances nor inputs - at `$.data`.", "data")
    return [dict(zip(columns, row, strict=True)) for row in _across(list(columns.values()))]


def _tensors(data: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    found = data.get(key)
    return [tensor for tensor in found if isinstance(tensor, dict)] if isinstance(found, list) else []


def _width(shape: Sequence[Any], values: int) -> int:
    wide = shape[1]
    if not isinstance(wide, int) or wide < 1 or values % wide:
        raise BadEvent("invalid", "The tensor's shape does not fit its data - at `$.data`.", "data")
    return wide


def _across(columns: list[Any]) -> list[tuple[Any, ...]]:
    try:
        return list(zip(*columns, strict=True))
    except ValueError:
        raise BadEvent("invalid", "The columns of the request are not equally long - at `$.data`.", "data") from None


def _numbered(row: Any) -> dict[str, Value]:
    values = row if isinstance(row, list) else [row]
    return {f"x{i}": value for i, value in enumerate(values)}


def _scores(data: Mapping[str, Any]) -> list[float | None]:
    found = data.get("predictions")
    if not isinstance(found, list):
        tensors = _tensors(data, "outputs")
        found = tensors[0].get("data") if tensors else None
    if not isinstance(found, list):
        raise BadEvent("invalid", "The response holds neither predictions nor outputs - at `$.data`.", "data")
    return [_score(value) for value in found]


def _score(value: Any) -> float | None:
    last = value[-1] if isinstance(value, list) and value else value  # of class probabilities, that of the event
    if isinstance(last, bool) or not isinstance(last, (int, float)):
        raise BadEvent("invalid", "A prediction is no number - at `$.data`.", "data")
    return float(last)
