"""Populations come from anywhere and give the same fingerprint and the same numbers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import csv, feather

from portfolios import collected, portfolio, spec
from secondline.core import needs
from secondline.core.errors import DataError, EngineError, MissingColumn
from secondline.core.spec import ModelSpec
from secondline.frames.collect import open_populations

TABLE = portfolio(500, dirty=True).drop_columns(["income"])


def _file(writer: Callable[[pa.Table, Path], Any], name: str) -> Callable[[Path], Any]:
    def make(folder: Path) -> Any:
        writer(TABLE, folder / name)
        return {"data": str(folder / name)}

    return make


def _duckdb(folder: Path) -> Any:
    with duckdb.connect(str(folder / "dw.duckdb")) as con:
        con.register("given", TABLE)
        con.execute('CREATE TABLE "scores ""2026" AS SELECT * FROM given')
    return {"data": str(folder / "dw.duckdb"), "table": 'scores "2026'}


def _sql(folder: Path) -> Any:
    made = _duckdb(folder)
    (folder / "q.sql").write_text('-- all of them\nSELECT * FROM "scores ""2026" WHERE id >= 0;')
    return {"data": made["data"], "sql": "q.sql"}


def _folder(folder: Path) -> Any:
    (folder / "parts").mkdir()
    for i in range(5):
        pq.write_table(TABLE.slice(i * 100, 100), folder / "parts" / f"{i}.parquet")
    return {"data": "parts"}


def _sqlite(folder: Path) -> Any:
    return ibis.memtable(TABLE)


SOURCES: dict[str, Callable[[Path], Any]] = {
    "parquet": _file(pq.write_table, "a.parquet"),
    "csv": _file(csv.write_csv, "a.csv"),
    "arrow": _file(feather.write_feather, "a.arrow"),
    "duckdb table": _duckdb,
    "sql file": _sql,
    "folder": _folder,
    "ibis": _sqlite,
    "arrow table": lambda _: TABLE,
    "pandas": lambda _: TABLE.to_pandas(types_mapper=None, integer_object_nulls=False),
    "polars": lambda _: __import__("polars").from_arrow(TABLE),
    "polars lazy": lambda _: __import__("polars").from_arrow(TABLE).lazy(),
}


def _study(made: Any) -> tuple[ModelSpec, dict[str, Any]]:
    if not isinstance(made, dict):
        return spec("dev"), {"dev": made}
    content = spec("dev").model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return ModelSpec.model_validate(content | {"populations": {"dev": made}}), {}


@pytest.mark.parametrize("name", SOURCES)
def test_every_source_gives_the_same_table(name: str, tmp_path: Path) -> None:
    """One portfolio through eleven doors: equal score tables."""
    study, given = _study(SOURCES[name](tmp_path))
    relations = open_populations(study, given, tmp_path)
    from secondline.frames.collect import collect

    out = collect(relations, study, [("dev", needs.Scores()), ("dev", needs.Groups(by="region"))])
    expected = collected(spec("dev"), {"dev": TABLE}, needs.Scores(), needs.Groups(by="region"))
    assert out.record(("dev", needs.Scores())) == expected.record(("dev", needs.Scores()))
    assert out.record(("dev", needs.Groups(by="region"))).rows.tolist() == [
        *expected.record(("dev", needs.Groups(by="region"))).rows
    ]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"data": "none.parquet"}, "there is no file 'none.parquet'"),
        ({"data": "a.xlsx"}, "cannot read 'a.xlsx'"),
        ({"data": "empty"}, "holds no .parquet files"),
        ({"data": "broken.parquet"}, "cannot read 'broken.parquet'"),
        ({"data": "dw.duckdb"}, "say which table"),
        ({"data": "dw.duckdb", "table": "nope"}, "nope"),
        ({"data": "dw.duckdb", "sql": "drop.sql"}, "must hold one SELECT"),
        ({"data": "dw.duckdb", "sql": "absent.sql"}, "there is no SQL file"),
        ({"data": "postgresql://localhost:1/x"}, "needs `table:` or `sql:`"),
    ],
)
def test_a_source_that_cannot_be_read_says_why(data: dict[str, str], says: str, tmp_path: Path) -> None:
    """Each wrong source names the population, the file and what to do."""
    _duckdb(tmp_path)
    pq.write_table(TABLE, tmp_path / "a.parquet")
    (tmp_path / "a.xlsx").write_bytes(b"PK")
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken.parquet").write_bytes((tmp_path / "a.parquet").read_bytes()[:2_000])
    (tmp_path / "drop.sql").write_text('DROP TABLE "scores ""2026"')
    study, _ = _study(data)
    with pytest.raises((DataError, EngineError), match="Population 'dev'") as caught:
        open_populations(study, {}, tmp_path)
    assert says in str(caught.value)


def test_a_missing_column_names_the_close_ones() -> None:
    """A typo in model.yaml is answered with the columns it may have meant."""
    study = spec("dev", columns={"label": "yy"})
    with pytest.raises(MissingColumn, match=r"no column 'yy' \(named as label\). Did you mean 'y'"):
        open_populations(study, {"dev": TABLE}, Path())


def test_text_where_a_number_is_needed_is_refused() -> None:
    """A score of text is not silently cast."""
    study = spec("dev", columns={"score": "region", "segments": []})
    with pytest.raises(DataError, match="the score column 'region' is of type string, but must be a number"):
        open_populations(study, {"dev": TABLE}, Path())


def test_an_unknown_object_is_refused() -> None:
    """A list is no table."""
    with pytest.raises(DataError, match="cannot read a list"):
        open_populations(spec("dev"), {"dev": [1, 2]}, Path())
