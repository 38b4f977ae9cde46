"""Engines: connecting, reading files, hashing rows, and turning an engine's errors into ours."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from secondline.core.errors import DataError, EngineError, SecondlineError

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa
    from ibis.backends import BaseBackend

PUSHDOWN = frozenset({"duckdb"})
"""Engines that run every reduction themselves; rows of others are copied to Parquet first."""

HASH_MASK = (1 << 63) - 1
HASH_METHODS = {
    "duckdb": "63 bits of DuckDB's row hash, summed in two halves",
}


def connect() -> BaseBackend:
    """Return a fresh embedded engine (DuckDB in memory, spilling to a temporary folder)."""
    import ibis

    con = ibis.duckdb.connect()
    con.raw_sql("SET preserve_insertion_order = false")
    con.raw_sql("SET enable_progress_bar = false")
    return con


@contextmanager
def mapped(what: str) -> Iterator[None]:
    """Turn an engine's exception into an EngineError: what was being done, and the engine's first line."""
    try:
        yield
    except (SecondlineError, KeyboardInterrupt, MemoryError):
        raise
    except Exception as error:
        first = re.split(r"\n(?:LINE|\s*\n)|\n\n", str(error).strip())[0]
        raise EngineError(f"{what}: {type(error).__name__}: {' '.join(first.split())[:400]}") from error


def read_files(con: BaseBackend, files: Sequence[Path], view: str, name: str) -> ir.Table:
    """Read Parquet, CSV or Arrow files as one table; a CSV is first staged as Parquet so that it is parsed once."""
    paths = [str(file) for file in files]
    suffix = files[0].suffix.lower()
    with mapped(f"Population {name!r}: cannot read {files[0].name!r}"):
        if suffix in {".csv", ".tsv"}:
            paths = [_stage_csv(con, paths, view)]
        elif suffix in {".arrow", ".feather", ".ipc"}:
            return _arrow(con, files, view)
        return con.read_parquet(paths, table_name=view)


def _stage_csv(con: BaseBackend, paths: list[str], view: str) -> str:
    staged = scratch(view)
    con.read_csv(paths, table_name=f"{view}_csv").to_parquet(staged)
    return str(staged)


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="secondline-")


_numbers = count(1)


def scratch(name: str) -> Path:
    """Return a path for a temporary Parquet file; all of them go when the process ends."""
    return Path(_folder().name) / f"{next(_numbers)}-{name}.parquet"


def copied(table: ir.Table, view: str) -> ir.Table:
    """Return *table* copied to a file of the embedded engine; one of another engine is returned as it is."""
    con = table.get_backend()
    if con.name != "duckdb":
        return table
    path = scratch(view)
    table.to_parquet(path)
    return con.read_parquet(str(path), table_name=f"{view}_used")


def widened(table: ir.Table, kinds: Mapping[str, str]) -> ir.Table:
    """Return *table* with columns more, of the types named and without any value."""
    import ibis

    empty: dict[str, Any] = {column: ibis.null(kind) for column, kind in kinds.items()}
    return table.mutate(**empty) if empty else table


def _arrow(con: BaseBackend, files: Sequence[Path], view: str) -> ir.Table:
    import pyarrow as pa
    from pyarrow import feather

    return register(con, pa.concat_tables([feather.read_table(file) for file in files]), view)


def register(con: BaseBackend, table: pa.Table, view: str) -> ir.Table:
    """Show an Arrow table to the embedded engine without copying it."""
    con.con.register(view, table)
    return con.table(view)


def compile_sql(expression: ir.Table) -> str:
    """Return the SQL of an expression in its engine's dialect, formatted to be read."""
    import ibis

    return str(ibis.to_sql(expression))


def run_sql(expression: ir.Table, sql: str) -> pa.Table:
    """Run an expression whose SQL is already compiled and return its rows as Arrow."""
    con = expression.get_backend()
    if con.name != "duckdb":
        return expression.to_pyarrow()
    # Straight to the engine: Ibis would compile a second time and import pandas to convert what is Arrow already.
    return con.con.sql(sql).to_arrow_table()


def open_duckdb(path: Path) -> BaseBackend:
    """Open a DuckDB file, read-only."""
    import ibis

    return ibis.duckdb.connect(path, read_only=True)


def duckdb_tables(con: BaseBackend) -> list[str]:
    """Return the names of the tables and views of a DuckDB connection."""
    return [row[0] for row in con.con.execute("SELECT table_name FROM information_schema.tables ORDER BY 1").fetchall()]


def query_view(con: BaseBackend, text: str, view: str) -> ir.Table:
    """Show the rows of one SELECT as a table of the embedded engine.

    Raises:
        DataError: *text* is not exactly one SELECT.
    """
    import duckdb

    found = duckdb.extract_statements(text)
    if len(found) != 1 or found[0].type != duckdb.StatementType.SELECT:
        raise DataError("A SQL file must hold one SELECT (or WITH ... SELECT) query.")
    name = f"{view}_query"
    con.con.execute(f'CREATE OR REPLACE TEMP VIEW "{name}" AS {text}')  # the user's own query, checked to be one SELECT
    return con.table(name)


def row_hash(table: ir.Table, columns: Sequence[str]) -> ir.IntegerValue:
    """Return a non-negative integer hash of the named columns of each row, computed in the table's engine.

    Raises:
        EngineError: the engine has no row hash we trust.
    """
    import ibis

    engine = table.get_backend().name
    if engine == "duckdb":
        return _duckdb_hash(ibis.struct({c: table[c] for c in columns}))
    raise EngineError(f"No row hash is defined for the engine {engine!r}.")


def value_hash(value: Any) -> Any:
    """Return a non-negative integer hash of one value, computed in its engine; for counting, never for a record."""
    return _duckdb_hash(value)


def floor(value: Any) -> Any:
    """Return the largest whole double not above a double; Ibis' own floor becomes an integer, which costs more."""
    import ibis
    import ibis.expr.datatypes as dt

    def stub(value: Any) -> Any: ...

    native: Any = ibis.udf.scalar.builtin(stub, name="floor", signature=((dt.float64,), dt.float64))
    return native(value)


def _duckdb_hash(row: Any) -> Any:
    import ibis
    import ibis.expr.datatypes as dt

    # Ibis' own hash() goes through a bit string to become signed, which costs more than the hash itself.
    def stub(row: Any) -> Any: ...

    native: Any = ibis.udf.scalar.builtin(stub, name="hash", signature=((row.type(),), dt.uint64))

    return (native(row) & HASH_MASK).cast("int64")
