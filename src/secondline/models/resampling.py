"""Resampling: the rows of a snapshot drawn again with replacement, in a file or in memory."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from secondline.core.errors import ModelError

SEED = 20_261_125
DELIMITER = {".csv": ",", ".tsv": "\t"}
PARQUET = frozenset({".parquet", ".pq"})


def drawn(rows: int, draw: int) -> npt.NDArray[np.int64]:
    """Return the places of *rows* rows drawn with replacement; a repetition of the same *draw* gives the same."""
    return np.random.default_rng([SEED, draw]).integers(0, rows, rows)


def resample_file(path: Path, draw: int) -> None:
    """Put a file's rows drawn with replacement in its place; texts of a CSV file stay as they are written.

    Raises:
        ModelError: it is neither Parquet nor CSV.
    """
    suffix = path.suffix.lower()
    if suffix in PARQUET:
        table = pq.read_table(path)
        pq.write_table(table.take(pa.array(drawn(table.num_rows, draw))), path)
    elif suffix in DELIMITER:
        _resample_text(path, DELIMITER[suffix], draw)
    else:
        raise ModelError(
            f"The rows of {path.name!r} cannot be drawn again: that takes a .parquet, .csv or .tsv file as the first "
            "`reproduce: snapshot`."
        )


def _resample_text(path: Path, delimiter: str, draw: int) -> None:
    parse = pacsv.ParseOptions(delimiter=delimiter, newlines_in_values=True)
    with pacsv.open_csv(path, parse_options=parse) as head:
        names = head.schema.names
    # As text, so that 007 stays 007 and an empty field stays empty.
    convert = pacsv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False)
    table = pacsv.read_csv(path, parse_options=parse, convert_options=convert)
    rows = table.take(pa.array(drawn(table.num_rows, draw)))
    pacsv.write_csv(rows, path, pacsv.WriteOptions(delimiter=delimiter, quoting_style="needed"))


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
