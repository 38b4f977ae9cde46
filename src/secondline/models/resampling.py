"""Resampling: the rows of a snapshot drawn again with replacement, in a file or in memory."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from secondline.core.errors import ModelError

SEED = 20_261_125
TEXT = frozenset({".csv", ".tsv"})
PARQUET = frozenset({".parquet", ".pq"})


def drawn(rows: int, draw: int) -> npt.NDArray[np.int64]:
    """Return the places of *rows* rows drawn with replacement; a repetition of the same *draw* gives the same."""
    return np.random.default_rng([SEED, draw]).integers(0, rows, rows)


def resample_file(path: Path, draw: int) -> None:
    """Put a file's rows drawn with replacement in its place.

    The first line of a CSV file is its header, and records stay as they are written, to the byte.

    Raises:
        ModelError: it is neither Parquet nor CSV.
    """
    suffix = path.suffix.lower()
    if suffix in PARQUET:
        table = pq.read_table(path)
        pq.write_table(table.take(pa.array(drawn(table.num_rows, draw))), path)
    elif suffix in TEXT:
        _resample_text(path, draw)
    else:
        raise ModelError(
            f"The rows of {path.name!r} cannot be drawn again: that takes a .parquet, .csv or .tsv file as the first "
            "`reproduce: snapshot`."
        )


def _resample_text(path: Path, draw: int) -> None:
    head, *records = _records(path.read_bytes())
    end = b"\r\n" if head.endswith(b"\r\n") else b"\n"
    rows = [record.rstrip(b"\r\n") + end for record in records if record.strip()]
    path.write_bytes(head + b"".join(rows[i] for i in drawn(len(rows), draw)))


def _records(content: bytes) -> list[bytes]:
    """Return the records of a delimited file as they are written; a line ends one unless it stands in quotes."""
    found, pending = [], b""
    for line in content.splitlines(keepends=True):
        pending += line
        if pending.count(b'"') % 2 == 0:
            found.append(pending)
            pending = b""
    return [*found, pending] if pending or not found else found


def resample_table(table: Any, draw: int) -> Any:
    """Return the rows of a pandas, polars or Arrow table drawn with replacement, as a table of the same kind.

    Raises:
        ModelError: it is another kind of thing, such as a query.
    """
    kind = type(table).__module__.split(".")[0]
    if isinstance(table, pa.Table):
        return table.take(pa.array(drawn(table.num_rows, draw)))
    if kind in {"pandas", "polars"} and isinstance(table, import_module(kind).DataFrame):
        places = drawn(len(table), draw)
        return table.take(places).reset_index(drop=True) if kind == "pandas" else table[places]
    raise ModelError(
        f"The rows of a {type(table).__name__} cannot be drawn again; give a pandas, polars or Arrow table."
    )
