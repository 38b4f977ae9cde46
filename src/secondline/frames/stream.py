"""Stream: rows in and rows out, batch by batch, whatever holds them; memory does not grow with the rows."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from secondline.core.errors import DataError, EngineError, MissingColumn, SpecError
from secondline.core.spec import Population
from secondline.frames.engines import compile_sql, connect, mapped, run_sql
from secondline.frames.facts import column_values
from secondline.frames.relation import is_number
from secondline.frames.sources import open_source

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

WRITTEN = (".parquet", ".csv", ".arrow")


@dataclass(frozen=True, slots=True)
class Stream:
    """An opened population: its table, and how many rows it has."""

    table: ir.Table
    name: str
    rows: int

    def batches(self, features: Sequence[str], keep: Sequence[str], size: int) -> Iterator[pa.RecordBatch]:
        """Yield batches of about *size* rows, in the order of a file's rows: features first, then columns to keep."""
        import pyarrow as pa

        table = self.table
        given = {f"f{i}": _feature(self.name, table, name) for i, name in enumerate(features)}
        chosen = table.select(
            **given, **{f"k{i}": _there(self.name, table, name, "--keep") for i, name in enumerate(keep)}
        )
        with mapped(f"Population {self.name!r}: reading rows"):
            reader = _reader(chosen, size)
            none = True
            for batch in reader:
                none = False
                yield batch
            if none:  # so that what is written has its columns
                yield pa.RecordBatch.from_pylist([], schema=reader.schema)


def _reader(chosen: ir.Table, size: int) -> pa.RecordBatchReader:
    con = chosen.get_backend()
    if con.name != "duckdb":
        return chosen.to_pyarrow_batches(chunk_size=size)
    return con.con.sql(compile_sql(chosen)).to_arrow_reader(size)


def open_stream(name: str, population: Population, base: Path) -> Stream:
    """Open a population to be read once, row after row.

    Raises:
        DataError: there is no such file, or it cannot be read.
    """
    con = connect()
    con.raw_sql("SET preserve_insertion_order = true")
    table = open_source(name, population, base, con).table
    with mapped(f"Population {name!r}: counting rows"):
        counted = table.aggregate(rows=table.count())
        rows = run_sql(counted, compile_sql(counted))["rows"][0].as_py()
    return Stream(table, name, int(rows))


def columns_of(batch: pa.RecordBatch, features: Sequence[str]) -> dict[str, np.ndarray[Any, Any]]:
    """Return the features of a batch as a model takes them."""
    return {name: column_values(batch.column(i)) for i, name in enumerate(features)}


def _there(population: str, table: ir.Table, name: str, role: str) -> Any:
    if name not in table.columns:
        raise MissingColumn.among(name, population, table.columns, role)
    return table[name]


def _feature(population: str, table: ir.Table, name: str) -> Any:
    column = _there(population, table, name, "a feature")
    kind = column.type()
    if is_number(kind) or "NULL" in str(kind):  # a column without any value has a type of its own
        return column.cast("float64")
    if not (kind.is_string() or kind.is_boolean() or kind.is_temporal()):
        raise DataError(f"Population {population!r}: the feature {name!r} is of type {kind}, which no model takes.")
    return column


@contextmanager
def written(path: Path, keep: Sequence[str], column: str) -> Iterator[Any]:
    """Yield a function that appends batches and their scores; the file appears when all is well, and not before.

    A score that is missing is written as null.

    Raises:
        SpecError: the suffix is none of .parquet, .csv and .arrow, or a kept column has the score's name.
        EngineError: the file cannot be written.
    """
    if path.suffix.lower() not in WRITTEN:
        raise SpecError(f"Scores cannot be written as {path.name!r}. Use a name that ends in {', '.join(WRITTEN)}.")
    if column in keep or len(set(keep)) < len(keep):
        raise SpecError(f"Two columns would be called the same: {', '.join([*keep, column])}. Use --as for the score.")
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _Writer(partial, path.suffix.lower(), keep, column) as writer:
            yield writer.append
        partial.replace(path)
    except OSError as error:
        raise EngineError(f"Cannot write {str(path)!r}: {error.strerror or error}.") from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


class _Writer:
    """One file, opened with the schema of the first batch."""

    def __init__(self, path: Path, suffix: str, keep: Sequence[str], column: str) -> None:
        self.path, self.suffix, self.keep, self.column = path, suffix, list(keep), column
        self._open: Any = None

    def append(self, batch: pa.RecordBatch, scores: np.ndarray[Any, Any]) -> None:
        """Write one batch."""
        import pyarrow as pa

        kept = batch.columns[batch.num_columns - len(self.keep) :]
        made = pa.record_batch([*kept, pa.array(scores, mask=np.isnan(scores))], [*self.keep, self.column])
        self._open = self._open or self._opened(made.schema)
        self._open.write(pa.Table.from_batches([made])) if self.suffix == ".parquet" else self._open.write_batch(made)

    def _opened(self, schema: pa.Schema) -> Any:
        import pyarrow as pa
        from pyarrow import csv, parquet

        if self.suffix == ".parquet":
            return parquet.ParquetWriter(self.path, schema, compression="zstd")
        return csv.CSVWriter(self.path, schema) if self.suffix == ".csv" else pa.ipc.new_file(str(self.path), schema)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._open is not None:
            self._open.close()
