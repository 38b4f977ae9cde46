"""Sources: turn what model.yaml or a notebook names into an Ibis table, wherever the data live."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from secondline.core.declared.graded import GRADED
from secondline.core.errors import DataError, near
from secondline.core.spec import Population
from secondline.frames.engines import (
    PUSHDOWN,
    duckdb_tables,
    mapped,
    open_duckdb,
    query_view,
    read_files,
    register,
    scratch,
)

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends import BaseBackend

_URL = re.compile(r"^[a-z][a-z0-9+.-]*://")
_FILES = {".parquet", ".pq", ".csv", ".tsv", ".arrow", ".feather", ".ipc"}
_DATABASES = {".duckdb", ".ddb", ".db"}


@dataclass(frozen=True, slots=True)
class Source:
    """An opened population: its table, its engine, and what identifies its content from outside.

    ``identity`` names the exact files by path, size and modification time, so that an interrupted run may resume; it is
    empty where the outside cannot tell whether the content changed (databases, objects in memory).
    """

    name: str
    table: ir.Table
    engine: str
    origin: str
    identity: str = ""
    notes: tuple[str, ...] = ()


def open_source(name: str, population: Population | Any, base: Path, local: BaseBackend) -> Source:
    """Open one population: a declared one (paths relative to *base*), or a pandas, polars, Arrow or Ibis object."""
    if isinstance(population, Population):
        return _declared(name, population, base, local)
    return _in_memory(name, population, local)


def table_name(name: str) -> str:
    """Return the name a population's table gets in the engine: readable in evidence and the same in every run."""
    return re.sub(r"\W+", "_", name).strip("_").lower() or "population"


def _declared(name: str, population: Population, base: Path, local: BaseBackend) -> Source:
    if _URL.match(population.data):
        return _url(name, population, base, local)
    path = Path(population.data).expanduser()
    path = path if path.is_absolute() else base / path
    files = sorted(path.parent.glob(path.name)) if any(c in path.name for c in "*?[") else [path]
    if population.data.startswith(GRADED):
        raise DataError(
            f"Population {name!r} is made by asking the system, and its graded answers were not handed over. "
            "Ask the system first, or give the table of a former run."
        )
    if not files or not all(file.exists() for file in files):
        raise DataError(f"Population {name!r}: there is no file {population.data!r} (looked in {path.parent}).")
    if path.suffix.lower() in _DATABASES:
        return _database(name, population, path, base)
    if path.is_dir():
        files = sorted(path.rglob("*.parquet"))
        if not files:
            raise DataError(f"Population {name!r}: the folder {population.data!r} holds no .parquet files.")
    _known_suffix(name, files[0])
    table = read_files(local, files, table_name(name), name)
    table = _queried(local, table_name(name), population, base, table)
    return Source(name, table, local.name, population.data, _identity(files))


def _known_suffix(name: str, file: Path) -> None:
    if file.suffix.lower() not in _FILES:
        known = ", ".join(sorted(_FILES | _DATABASES))
        raise DataError(
            f"Population {name!r}: cannot read {file.name!r}. Give a file ending in {known}, or a database URL."
        )


def _identity(files: list[Path]) -> str:
    facts = [(str(file.resolve()), file.stat().st_size, file.stat().st_mtime_ns) for file in files]
    return repr(facts)


def _query_text(name: str, population: Population, base: Path) -> str | None:
    if population.sql is None:
        return None
    file = base / population.sql
    if not file.exists():
        raise DataError(f"Population {name!r}: there is no SQL file {population.sql!r} (looked in {base}).")
    text = file.read_text(encoding="utf-8").strip().rstrip(";")
    if not re.match(r"(?is)^(--[^\n]*\n|\s)*(select|with)\b", text):
        raise DataError(f"Population {name!r}: {population.sql!r} must hold one SELECT (or WITH ... SELECT) query.")
    return text


def _queried(con: BaseBackend, view: str, population: Population, base: Path, table: ir.Table) -> ir.Table:
    text = _query_text(view, population, base)
    with mapped(f"Population {view!r}"):
        return query_view(con, text, view) if text else table


def _database(name: str, population: Population, path: Path, base: Path) -> Source:
    with mapped(f"Population {name!r}"):
        con = open_duckdb(path)
        text = _query_text(name, population, base)
        if text is None and population.table is None:
            listed = ", ".join(duckdb_tables(con))
            raise DataError(
                f"Population {name!r}: say which table of {population.data!r} to read (table: ...): {listed}."
            )
        table = query_view(con, text, table_name(name)) if text else _table(con, name, population)
    return Source(name, table, con.name, f"{population.data}:{population.table or population.sql}", _identity([path]))


def _url(name: str, population: Population, base: Path, local: BaseBackend) -> Source:
    import ibis

    text = _query_text(name, population, base)
    if text is None and population.table is None:
        raise DataError(f"Population {name!r}: a database URL needs `table:` or `sql:` (a file with one SELECT query).")
    with mapped(f"Population {name!r}"):
        try:
            con = ibis.connect(population.data)
        except ValueError as error:
            scheme = population.data.split(":", 1)[0]
            raise DataError(
                f"Population {name!r}: no engine is known for {scheme}:// addresses. Use one that Ibis knows, such as "
                f"postgres://, duckdb:// or snowflake://."
            ) from error
        table = con.sql(text) if text else _table(con, name, population)
    shown = re.sub(r"//[^@/]*@", "//***@", population.data)
    return _pushed_or_staged(name, table, f"{shown} {population.table or population.sql}", local)


def _table(con: Any, name: str, population: Population) -> ir.Table:
    from ibis.common.exceptions import TableNotFound

    try:
        return con.table(population.table)
    except TableNotFound as error:
        known = duckdb_tables(con) if con.name == "duckdb" else con.list_tables()
        hint = near(population.table or "", known, f"It has: {', '.join(map(repr, sorted(known)[:12]))}.")
        missing = f"Population {name!r}: {population.data!r} has no table {population.table!r}."
        raise DataError(f"{missing} {hint}") from error


def _in_memory(name: str, value: Any, local: BaseBackend) -> Source:
    import ibis
    import pyarrow as pa

    if isinstance(value, ibis.Table):
        return _pushed_or_staged(name, value, "an Ibis table", local)
    if isinstance(value, (str, Path)):
        return _declared(name, Population(data=str(value)), Path(), local)
    kind = type(value).__module__.split(".")[0]
    if hasattr(value, "collect") and kind == "polars":
        value = value.collect()
    if hasattr(value, "to_arrow"):
        value = value.to_arrow()
    elif kind == "pandas":
        value = pa.Table.from_pandas(value, preserve_index=False)
    if not isinstance(value, pa.Table):
        raise DataError(
            f"Population {name!r}: cannot read a {type(value).__name__}. "
            f"Give a path, or a pandas, polars, Arrow or Ibis table."
        )
    with mapped(f"Population {name!r}"):
        table = register(local, value, table_name(name))
    return Source(name, table, local.name, f"{kind} table in memory")


def _pushed_or_staged(name: str, table: ir.Table, origin: str, local: BaseBackend) -> Source:
    """Use the table's own engine when it can do the reductions, else stage a copy for the embedded one."""
    import pyarrow.parquet as pq
    from ibis.expr.operations import InMemoryTable

    con = table.get_backend()
    if table.op().find(InMemoryTable):
        return Source(name, register(local, table.to_pyarrow(), table_name(name)), local.name, origin)
    if con.name in PUSHDOWN:
        return Source(name, table, con.name, origin)
    staged = scratch(table_name(name))
    with mapped(f"Population {name!r}"):
        schema = table.schema().to_pyarrow()
        with pq.ParquetWriter(staged, schema, compression="zstd") as writer:
            for batch in table.to_pyarrow_batches():
                writer.write_batch(batch.cast(schema))
    note = f"copied from {con.name} into the embedded engine, which ran the queries"
    return Source(name, read_files(local, [staged], table_name(name), name), local.name, origin, notes=(note,))
