"""Ways to spoil a study: its model.yaml, its columns, its rows, its files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from portfolios import portfolio

Change = Callable[[pa.Table], pa.Table]
ROWS, WIDE = 400, 10_000
SPEC: dict[str, Any] = {
    "model": "m",
    "version": "1",
    "populations": {"dev": {"data": "dev.parquet", "role": "reference"}, "cur": {"data": "cur.parquet"}},
    "columns": {"score": "pd", "label": "y", "entity": "id", "segments": ["region"], "ignore": ["w"]},
    "packs": ["default"],
}
FINE = frozenset({0, 1, 3})
"""Exit codes of a run that finished."""


def same(table: pa.Table) -> pa.Table:
    """Change nothing."""
    return table


def put(name: str, values: Any) -> Change:
    """Return a change that sets a column, in place or at the end."""

    def change(table: pa.Table) -> pa.Table:
        column = values(table.num_rows) if callable(values) else values
        if name in table.column_names:
            return table.set_column(table.column_names.index(name), name, pa.array(column))
        return table.append_column(name, pa.array(column))

    return change


def first(name: str, value: Any) -> Change:
    """Return a change of a column's first value."""

    def change(table: pa.Table) -> pa.Table:
        return put(name, [value, *table[name].to_pylist()[1:]])(table)

    return change


def rename(old: str, new: str) -> Change:
    """Return a change of the name of a column."""
    return lambda table: table.rename_columns([new if name == old else name for name in table.column_names])


@dataclass(frozen=True)
class Case:
    """What is wrong, how it is brought about, and what is said: exit codes, and a part of the message."""

    name: str
    says: str
    codes: frozenset[int] = frozenset({2})
    spec: dict[str, Any] = field(default_factory=dict)
    columns: dict[str, Any] = field(default_factory=dict)
    dev: Change = same
    cur: Change = same
    text: str | None = None
    """The whole of model.yaml, where no valid YAML would show the case."""
    files: Callable[[Path], None] = lambda folder: None
    args: tuple[str, ...] = ()

    def write(self, folder: Path) -> Path:
        """Write data and model.yaml, and return the path of the latter."""
        for name, seed, change in (("dev", 0, self.dev), ("cur", 1, self.cur)):
            pq.write_table(change(portfolio(ROWS, seed)), folder / f"{name}.parquet")
        self.files(folder)
        content = SPEC | {"columns": SPEC["columns"] | self.columns} | self.spec
        path = folder / "model.yaml"
        path.write_text(self.text if self.text is not None else _yaml(content), encoding="utf-8")
        return path


def _yaml(content: dict[str, Any]) -> str:
    import json

    return "\n".join(f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in content.items()) + "\n"


def zoned(zone: str | None) -> Change:
    start = datetime(2026, 1, 1, tzinfo=UTC if zone else None)
    return put("at", lambda n: pa.array([start + timedelta(hours=i) for i in range(n)], pa.timestamp("us", zone)))


def truncate(folder: Path) -> None:
    path = folder / "cur.parquet"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def csv(delimiter: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        options = pacsv.WriteOptions(delimiter=delimiter)
        pacsv.write_csv(portfolio(ROWS, 1), folder / "cur.csv", options)

    return write


def write(name: str, content: str | bytes) -> Callable[[Path], None]:
    data = content.encode() if isinstance(content, str) else content
    return lambda folder: _put(folder / name, data)


def _put(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def wide(table: pa.Table) -> pa.Table:
    values = pa.array(np.zeros(table.num_rows))
    names = [*table.column_names, *(f"x{i}" for i in range(WIDE))]
    return pa.Table.from_arrays([*table.columns, *[values] * WIDE], names=names)


def query(sql: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        duck(folder)
        (folder / "q.sql").write_text(sql)

    return write


def duck(folder: Path) -> None:
    import duckdb

    with duckdb.connect(str(folder / "x.duckdb")) as connection:
        connection.execute("CREATE TABLE t AS SELECT 1 AS pd")


def named(first: str, second: str) -> Change:
    return lambda table: rename("dpd", second)(rename("income", first)(table))


def pops(**cur: Any) -> dict[str, Any]:
    return {"populations": {"dev": SPEC["populations"]["dev"], "cur": {"data": "cur.parquet"} | cur}}
