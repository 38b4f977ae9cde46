"""Tensors: the datatypes of the Open Inference Protocol, from JSON to columns.

A number becomes a double, so an integer beyond 2^53 is refused rather than rounded, and so is what its datatype cannot
hold. ``null`` is a missing value in FP16, FP32, FP64 and BYTES. Data may be flat or nested as the shape says.
"""

from __future__ import annotations

import math
import re
from typing import Annotated, Any

import msgspec
import numpy as np
import numpy.typing as npt

from secondline.events.limits import TEXT
from secondline.gateway.calls import bad, decoded

Column = npt.NDArray[Any]
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
EXACT = 2**53
MOST_DIMS = 2
LARGEST = {"FP16": 65504.0, "FP32": float(np.finfo(np.float32).max), "FP64": float(np.finfo(np.float64).max)}
WIDTHS = {f"{sign}INT{bits}": (sign, bits) for sign in ("", "U") for bits in (8, 16, 32, 64)}


def _whole(sign: str, bits: int) -> Any:
    low, high = (0, 2**bits - 1) if sign else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    return Annotated[int, msgspec.Meta(ge=max(low, -EXACT), le=min(high, EXACT))]


KINDS: dict[str, Any] = {
    "BOOL": bool,
    "BYTES": str | None,
    **dict.fromkeys(LARGEST, float | None),
    **{name: _whole(*width) for name, width in WIDTHS.items()},
}


def _list(kind: Any) -> Any:
    return list[kind]


FLAT = {name: msgspec.json.Decoder(_list(kind)) for name, kind in KINDS.items()}
NESTED = {name: msgspec.json.Decoder(_list(_list(kind))) for name, kind in KINDS.items()}


def size(name: str, shape: list[int]) -> int:
    """Return how many values a shape holds.

    Raises:
        Turned: 400, there are more than two dimensions or none.
    """
    if not 1 <= len(shape) <= MOST_DIMS:
        raise bad(f"Input {name[:100]!r}: shape must have 1 or {MOST_DIMS} dimensions; got {len(shape)}.")
    return math.prod(shape)


def from_json(name: str, datatype: str, shape: list[int], raw: bytes) -> Column:
    """Return the values of a tensor as a flat column: doubles, or text as objects.

    Raises:
        Turned: 400, the data are not of the datatype or not as many as the shape says.
    """
    if not raw:
        raise bad(f"Input {name[:100]!r} has no data.")
    expected = size(name, shape)
    nested = raw[1:].lstrip()[:1] == b"["
    try:
        values = decoded((NESTED if nested else FLAT)[datatype], raw)
    except Exception as error:
        raise bad(f"Input {name[:100]!r}, data: {error}") from error
    if nested:
        if len(shape) != MOST_DIMS or len(values) != shape[0] or any(len(row) != shape[1] for row in values):
            raise bad(f"Input {name[:100]!r}: the nested data do not have the shape {shape[:4]}.")
        values = [value for row in values for value in row]
    if len(values) != expected:
        raise bad(f"Input {name[:100]!r}: shape {shape[:4]} holds {expected} values; got {len(values)}.")
    if datatype == "BYTES":
        return as_text(name, values)
    return within(name, datatype, np.array(values, dtype=np.float64))


def as_text(name: str, values: list[Any]) -> Column:
    """Return text as a column of objects.

    Raises:
        Turned: 400, a text is longer than an event takes, or has control characters.
    """
    for value in values:
        if value and (len(value) > TEXT or CONTROL.search(value)):
            raise bad(f"Input {name[:100]!r} has control characters, or more than {TEXT} characters.")
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


def within(name: str, datatype: str, column: Column) -> Column:
    """Return the column if its datatype can hold every number; a missing one (NaN) passes.

    Raises:
        Turned: 400.
    """
    largest = LARGEST.get(datatype)
    if largest is not None and len(column) and np.fmax.reduce(np.abs(column)) > largest:
        raise bad(f"Input {name[:100]!r} holds a number that {datatype} cannot hold.")
    return column
