"""Saying: what is said of the cases beside their inputs, whichever protocol said it, and the request made of it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any

import msgspec
import numpy as np

from secondline.gateway.asked import Asked
from secondline.gateway.calls import BadFields, Call, bad
from secondline.gateway.catalogue import Served
from secondline.gateway.tensors import Column

CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")
"""What no text may hold: an event takes none (`events.reading`)."""
Word = Annotated[str, msgspec.Meta(max_length=200)]
Key = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Moment = Annotated[int, msgspec.Meta(ge=0, le=4_102_444_800_000_000)] | Annotated[datetime, msgspec.Meta(tz=True)]
"""Microseconds since 1970 in UTC up to the year 2100, or RFC 3339 text with its zone."""
Segments = Annotated[dict[Word, Word], msgspec.Meta(max_length=50)]


class Parameters(msgspec.Struct, frozen=True):
    """The ``parameters`` of a request. One value serves a single case; several cases take a list."""

    use: Word | None = None
    entity: Word | list[Word] | None = None
    amount: float | list[float | None] | None = None
    time: Moment | list[Moment] | None = None
    segments: Segments | list[Segments] | None = None
    idempotency_key: Key | list[Key] | None = None
    reasons: bool | None = None
    binary_data_output: bool | None = None


PLAIN = Parameters()


def asked(
    call: Call, served: Served, columns: Mapping[str, Column], rows: int, said: Parameters, version: str = ""
) -> Asked:
    """Return the request as the desk sees it.

    Raises:
        Turned: 400, a list is not as long as there are cases.
    """
    key = call.headers.get(b"idempotency-key")
    uses = served.uses_of(call.caller)
    if said is PLAIN and key is None:
        return Asked(served.name, columns, rows, call.caller.name, uses, version=version, received=call.received)
    own, entities = _spread("idempotency_key", said.idempotency_key, rows), _spread("entity", said.entity, rows)
    segments = _spread("segments", said.segments, rows)
    must_be_plain(use=[said.use or ""], entity=entities, idempotency_key=own, segments=words(segments))
    return Asked(
        model=served.name,
        columns=columns,
        rows=rows,
        caller=call.caller.name,
        uses=uses,
        use=said.use or "",
        version=version,
        keys=keys_of(own, key, rows),
        entities=entities,
        amounts=tuple(math.nan if x is None else float(x) for x in _spread("amount", said.amount, rows)),
        times=tuple(micros(x) for x in _spread("time", said.time, rows)),
        segments=segments,
        received=call.received,
        reasons=said.reasons is not False,
    )


def must_be_plain(**said: Iterable[str]) -> None:
    """Refuse control characters in what is said of cases, by the name of the field.

    msgspec could check a pattern itself, and 0.22 then crashes the process as it ends.

    Raises:
        Turned: 400, with the fields that hold one.
    """
    wrong = {name: "holds control characters" for name, texts in said.items() if CONTROLS.search("".join(texts))}
    if wrong:
        raise BadFields(wrong)


def words(segments: Iterable[Mapping[str, str]]) -> Iterator[str]:
    """Yield the names and values of segments."""
    for one in segments:
        yield from one
        yield from one.values()


def _spread(name: str, value: Any, rows: int) -> tuple[Any, ...]:
    if value is None:
        return ()
    values = value if isinstance(value, list) else [value]
    if len(values) != rows:
        raise BadFields({f"parameters.{name}": f"{rows} cases need {rows} values; got {len(values)}"})
    return tuple(values)


def keys_of(keys: tuple[str, ...], header: bytes | None, rows: int) -> tuple[str, ...]:
    """Return the idempotency keys of the cases; that of the header serves the request, case by case.

    Raises:
        Turned: 400, both are given, the header's is too long, or one key is given twice.
    """
    if header is not None:
        text = header.decode("latin-1").strip().strip('"')
        if keys or not 1 <= len(text) <= 200 or not text.isprintable():  # noqa: PLR2004 - as in Key
            raise bad("Give one idempotency key of 1 to 200 characters: in the header or with the cases, not in both.")
        return (text,) if rows == 1 else tuple(f"{text}#{i}" for i in range(rows))
    if len(set(keys)) != len(keys):
        raise bad("An idempotency key is given twice in one request.")
    return keys


def micros(moment: int | datetime) -> int:
    """Return a moment in microseconds since 1970 UTC."""
    if isinstance(moment, int):
        return moment
    at = round(moment.timestamp() * 1_000_000)
    if at < 0:
        raise bad("A time before 1970 is not accepted.")
    return at


def fitting(served: Served, columns: Mapping[str, Column]) -> dict[str, Column]:
    """Return the columns in the model's order; whether others are known is for the desk, whose rules may read more.

    Raises:
        Turned: 400, inputs are missing, or text stands where numbers must.
    """
    wrong: dict[str, str] = {}
    for name in served.inputs:
        if name not in columns:
            wrong[name] = "input is missing"
        elif (columns[name].dtype == np.dtype(object)) != (name in served.text):
            wrong[name] = "must be text (BYTES)" if name in served.text else "must be a number"
    if wrong:
        raise BadFields({f"inputs.{name[:100]}": what for name, what in list(wrong.items())[:20]})
    return {name: columns[name] for name in served.inputs} | dict(columns)
