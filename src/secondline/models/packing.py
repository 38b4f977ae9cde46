"""Packing: columns as bytes, on their way to a model's process and taken out there."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa


def packed(columns: Mapping[str, npt.NDArray[Any]]) -> tuple[dict[str, Any], bytes]:
    """Return columns as they travel: what the head says of them, and the body.

    Numbers alone go as they lie in memory, one column after another, which costs a single row next to nothing; with
    text among them they go as an Arrow stream.
    """
    if columns and all(values.dtype == np.float64 for values in columns.values()):
        return {"as": "numbers"}, b"".join(np.ascontiguousarray(values).data for values in columns.values())
    sink = pa.BufferOutputStream()
    table = pa.table({name: pa.array(values, from_pandas=False) for name, values in columns.items()})
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return {"as": "arrow"}, bytes(sink.getvalue())


def columns_of(names: Sequence[str], head: Mapping[str, Any], body: bytes) -> dict[str, Any]:
    """Return the columns that `packed` packed; *names* are those of numbers, in the order they were sent."""
    if head["as"] == "numbers":
        return dict(zip(names, np.frombuffer(body, dtype=np.float64).reshape(len(names), -1), strict=True))
    table = pa.ipc.open_stream(io.BytesIO(body)).read_all()
    return {name: _values(table[name].combine_chunks()) for name in table.column_names}


def _values(array: Any) -> Any:
    if pa.types.is_string(array.type):
        return np.array(array.to_pylist(), dtype=object)
    return array.to_numpy(zero_copy_only=False)
