"""Array helpers shared by the records: aligning keys, freezing, comparing, and JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from hashlib import sha256
from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


def floats(values: Any) -> FloatArray:
    """Return a read-only float64 copy of *values*."""
    array: FloatArray = np.array(values, dtype=np.float64)
    array.setflags(write=False)
    return array


def ints(values: Any) -> IntArray:
    """Return a read-only int64 copy of *values*."""
    array: IntArray = np.array(values, dtype=np.int64)
    array.setflags(write=False)
    return array


def union_of_keys(a: FloatArray, b: FloatArray) -> tuple[FloatArray, IntArray, IntArray]:
    """Return the sorted union of two key arrays and where each one's keys fall in it."""
    keys = np.union1d(a, b)
    return keys, np.searchsorted(keys, a), np.searchsorted(keys, b)


def union_of_levels(a: tuple[str, ...], b: tuple[str, ...]) -> tuple[tuple[str, ...], IntArray, IntArray]:
    """Return the sorted union of two level tuples and where each one's levels fall in it."""
    levels = tuple(sorted({*a, *b}))
    place = {level: i for i, level in enumerate(levels)}
    return levels, ints([place[x] for x in a]), ints([place[x] for x in b])


def scatter(size: int, at_a: IntArray, a: npt.NDArray[Any], at_b: IntArray, b: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Add *a* and *b* into a zero array of *size* at their places."""
    total = np.zeros(size, dtype=np.result_type(a, b))
    total[at_a] += a
    total[at_b] += b
    return total


def as_json(record: Any) -> dict[str, Any]:
    """Return a record's fields as plain JSON values; arrays become lists, infinities and NaN become None."""
    return {field.name: _plain(getattr(record, field.name)) for field in fields(record)}


def content_digest(record: Any) -> str:
    """Return the SHA-256 of a record's type, fields and array bytes: fast for tables of any size."""
    total = sha256(type(record).__name__.encode())
    for part in fields(record):
        value = getattr(record, part.name)
        for name, held in sorted(value.items()) if isinstance(value, dict) else ((part.name, value),):
            total.update(f"{part.name}.{name}".encode())
            for piece in _pieces(held):
                total.update(piece)
    return total.hexdigest()


def _pieces(value: Any) -> Iterator[bytes]:
    if not isinstance(value, np.ndarray):
        yield repr(value).encode()
        return
    yield f"{value.dtype.str}{value.shape}".encode()
    if value.dtype != object:
        yield np.ascontiguousarray(value).tobytes()
        return
    # Texts repeat: each is written once, then every row as its number.
    places: dict[Any, int] = {}
    codes = np.array([places.setdefault(text, len(places)) for text in value.tolist()], dtype=np.int64)
    yield repr(list(places)).encode()
    yield codes.tobytes()


def same(a: Any, b: Any) -> bool:
    """Whether two records of one type hold equal fields (arrays compared exactly, NaN equal to NaN)."""
    if type(a) is not type(b):
        return False
    return all(_equal(getattr(a, field.name), getattr(b, field.name)) for field in fields(a))


def _equal(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return bool(np.array_equal(np.asarray(a), np.asarray(b), equal_nan=np.asarray(a).dtype.kind == "f"))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(_equal(a[key], b[key]) for key in a)
    return bool(a == b)


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return [_plain(item) for item in value.tolist()]
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if hasattr(value, "__dataclass_fields__"):
        return as_json(value)
    return value
