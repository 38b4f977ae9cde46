"""Packing: records of sufficient statistics as bytes and back: a JSON text that says what they are, then their arrays.

No code is read from the bytes: the kinds of records are listed here, and an array is its type, its shape and numbers.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from secondline.core.errors import DataError
from secondline.core.tables import Bins, CrossTable, FirstLast, GroupTable, Histogram, ScoreTable

KINDS: dict[str, type[Any]] = {
    kind.__name__: kind for kind in (Bins, CrossTable, FirstLast, GroupTable, Histogram, ScoreTable)
}
ARRAYS = frozenset({"<f8", "<i8", "<u8"})
WHOLE = "\x00"
"""Stands for the level None (all rows) in the keys of a table by level."""


def pack(records: Mapping[str, Any]) -> bytes:
    """Return records by name as bytes.

    Raises:
        DataError: a value is of a kind that does not add, such as a sample of rows.
    """
    arrays: list[bytes] = []
    said = json.dumps({name: _told(record, arrays) for name, record in records.items()}, sort_keys=True).encode()
    return zlib.compress(struct.pack("<I", len(said)) + said + b"".join(arrays), 1)


def unpack(content: bytes) -> dict[str, Any]:
    """Return the records that *pack* made bytes of.

    Raises:
        DataError: the bytes are damaged.
    """
    try:
        plain = zlib.decompress(content)
        (size,) = struct.unpack_from("<I", plain)
        told = json.loads(plain[4 : 4 + size])
        rest = memoryview(plain)[4 + size :]
        return {name: _made(value, rest) for name, value in told.items()}
    except (zlib.error, struct.error, ValueError, KeyError, TypeError) as error:
        raise DataError(
            "A saved record of the monitor is damaged. Compute it again: secondline monitor refresh."
        ) from (error)


def _told(value: Any, arrays: list[bytes]) -> Any:
    if isinstance(value, np.ndarray):
        if value.dtype.str not in ARRAYS:
            raise DataError(f"An array of {value.dtype} is not kept in a cell.")
        at = sum(map(len, arrays))
        arrays.append(np.ascontiguousarray(value).tobytes())
        return {"@": value.dtype.str, "shape": list(value.shape), "at": at}
    if is_dataclass(value) and type(value).__name__ in KINDS:
        parts = {field.name: _told(getattr(value, field.name), arrays) for field in fields(value)}
        return {"kind": type(value).__name__, "of": parts}
    if isinstance(value, Mapping):
        return {"levels": {WHOLE if key is None else key: _told(held, arrays) for key, held in value.items()}}
    if isinstance(value, tuple):
        return {"tuple": list(value)}
    if value is None or isinstance(value, (str, int, float)):
        return value
    raise DataError(f"A {type(value).__name__} is not kept in a cell: it does not add.")


def _made(told: Any, rest: memoryview) -> Any:
    if not isinstance(told, dict):
        return told
    if "@" in told:
        if told["@"] not in ARRAYS:
            raise ValueError(told["@"])
        count = int(np.prod(told["shape"], dtype=np.int64))
        array = np.frombuffer(rest, dtype=told["@"], count=count, offset=told["at"]).reshape(told["shape"])
        array.setflags(write=False)
        return array
    if "tuple" in told:
        return tuple(told["tuple"])
    if "levels" in told:
        return {None if key == WHOLE else key: _made(held, rest) for key, held in told["levels"].items()}
    return KINDS[told["kind"]](**{name: _made(part, rest) for name, part in told["of"].items()})


def added(first: Any, second: Any) -> Any:
    """Return the record of the union of rows; of tables by level, level by level."""
    if not isinstance(first, dict):
        return first + second
    both = dict(first)
    for level, record in second.items():
        both[level] = both[level] + record if level in both else record
    return both
