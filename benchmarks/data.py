"""Two populations of scored accounts in Parquet: 20 numbers, 5 categories, score and label, the same every time."""

from __future__ import annotations

from pathlib import Path

import duckdb

NUMBERS, CATEGORIES = 20, 5


def uniform(column: int, seed: int) -> str:
    """Return SQL for a number in (0, 1) that depends on the row, the column and the seed alone."""
    return f"((hash(i, {column}, {seed}) >> 11) + 0.5) / 9007199254740992.0"


def normal(column: int, seed: int) -> str:
    """Return SQL for a standard normal number, by Box and Muller."""
    return f"sqrt(-2 * ln({uniform(2 * column, seed)})) * cos(2 * pi() * {uniform(2 * column + 1, seed)})"


def select(rows: int, seed: int, shift: float, digits: int | None) -> str:
    """Return the query of one population; *shift* moves two features, *digits* rounds the score (None leaves it)."""
    parts = [f"{normal(k, seed)} + {shift if k < 2 else 0.0} AS x{k}" for k in range(NUMBERS)]
    levels = [
        f"'level ' || CAST(floor({uniform(100 + k, seed)} * {4 + 2 * k}) AS INTEGER) AS c{k}" for k in range(CATEGORIES)
    ]
    odds = "1 / (1 + exp(-(-2.5 + 0.6 * x0 + 0.4 * x1 - 0.5 * x2 + 0.3 * x3)))"
    pd = odds if digits is None else f"round({odds}, {digits})"
    return f"""
        SELECT * EXCLUDE i, {pd} AS pd, CAST({uniform(900, seed)} < {odds} AS TINYINT) AS y
        FROM (SELECT i, {", ".join(parts + levels)} FROM range({rows}) AS t(i))
    """


def write(folder: Path, rows: int, digits: int | None = None) -> None:
    """Write reference.parquet and current.parquet of *rows* rows each, unless they are there."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, seed, shift in (("reference", 1, 0.0), ("current", 2, 0.05)):
        path = folder / f"{name}.parquet"
        if not path.exists():
            connection = duckdb.connect()
            connection.execute(
                f"COPY ({select(rows, seed, shift, digits)}) TO '{path}' (FORMAT parquet, ROW_GROUP_SIZE 250000)"
            )
            connection.close()


def rounded(source: Path, folder: Path) -> None:
    """Write the populations of *source* with scores of four decimals into *folder*."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("reference", "current"):
        path = folder / f"{name}.parquet"
        if not path.exists():
            query = f"SELECT * REPLACE (round(pd, 4) AS pd) FROM '{source / name}.parquet'"
            duckdb.connect().execute(f"COPY ({query}) TO '{path}' (FORMAT parquet, ROW_GROUP_SIZE 250000)")


def repeated(source: Path, folder: Path, times: int) -> None:
    """Link each population's file *times* times into a folder of its own."""
    for name in ("reference", "current"):
        into = folder / name
        into.mkdir(parents=True, exist_ok=True)
        for i in range(times):
            link = into / f"part-{i:02d}.parquet"
            if not link.exists():
                link.hardlink_to((source / f"{name}.parquet").resolve())
