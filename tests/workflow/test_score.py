"""Scoring a population: every row, in order, whole or not at all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from secondline.cli.app import app
from secondline.core.errors import EngineError, MissingColumn, ModelError, SpecError
from secondline.core.spec import Artefact, Population
from secondline.frames import stream
from secondline.models import pool as pooled
from secondline.models.inprocess import wrapped
from secondline.models.model import BATCH, Model
from secondline.workflow import score as scoring
from secondline.workflow.score import ScoreRequest, from_study, score

TABLE = {"params": {"const": 0.5, "x": 2.0, "C(region)[T.north]": 1.0}, "link": "identity"}


def rows(n: int = 10) -> pa.Table:
    x = np.arange(n, dtype=np.float64)
    region = pa.array([None if i % 10 == 7 else "north" if i % 2 else "south" for i in range(n)], pa.string())
    return pa.table({"id": pa.array(range(n), pa.int64()), "x": pa.array(x, mask=x % 10 == 3), "region": region})


def wanted(n: int = 10) -> list[float | None]:
    return [None if i % 10 in {3, 7} else 0.5 + 2.0 * i + (i % 2) for i in range(n)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "m.json").write_text(json.dumps(TABLE))
    pq.write_table(rows(), tmp_path / "rows.parquet")
    return tmp_path


def request(folder: Path, **more: Any) -> ScoreRequest:
    given: dict[str, Any] = {"artefact": Artefact(path="m.json"), "base": folder, "to": folder / "out.parquet",
                             "population": Population(data="rows.parquet"), "workers": 1}  # fmt: skip
    return ScoreRequest(**given | more)


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".arrow"])
def test_each_format_holds_every_row_in_order(folder: Path, suffix: str) -> None:
    """By hand: 0.5 + 2 x + 1 in the north; a missing number or region has no score, which is null."""
    done = score(request(folder, to=folder / f"out{suffix}", keep=("id",), column="pd"))
    read: dict[str, Any] = {
        ".parquet": pq.read_table,
        ".csv": pc.read_csv,
        ".arrow": lambda p: pa.ipc.open_file(p).read_all(),
    }
    found = read[suffix](folder / f"out{suffix}")
    assert found.column_names == ["id", "pd"]
    assert found["id"].to_pylist() == list(range(10))
    assert found["pd"].to_pylist() == wanted()
    assert (done.rows, done.missing) == (10, 2)
    assert done.model.digest


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_many_batches_and_workers_give_the_same_rows(
    folder: Path, monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    """Sixty batches over several processes come out in the order they went in."""
    monkeypatch.setattr(scoring, "BATCH", 2_048)
    n = 120_000
    pq.write_table(rows(n), folder / "rows.parquet", row_group_size=3_000)
    told: list[tuple[int, int]] = []
    score(request(folder, keep=("id",), workers=workers, progress=lambda _, done, total: told.append((done, total))))
    found = pq.read_table(folder / "out.parquet")
    assert found["id"].to_pylist() == list(range(n))
    assert found["score"].to_pylist() == wanted(n)
    assert told[-1] == (n, n)
    assert len(told) > 50


def test_no_more_batches_than_workers_are_held() -> None:
    """Memory is bounded: a batch is read only when an earlier one has left."""
    held = [0, 0]

    def batches() -> Any:
        for i in range(50):
            held[0] += 1
            held[1] = max(held)
            yield {"x": np.full(4, float(i))}

    models = [wrapped(lambda columns: columns["x"], ["x"]) for _ in range(3)]
    for i, (_, found) in enumerate(pooled.scored(models, batches(), lambda b: b, lambda _: 4)):
        held[0] -= 1
        assert list(found) == [float(i)] * 4
    assert held[1] <= 3 + pooled.AHEAD


def test_an_empty_population_makes_an_empty_file(folder: Path) -> None:
    """No rows, no scores, and still a file with its columns."""
    pq.write_table(rows(0), folder / "rows.parquet")
    assert score(request(folder, keep=("id",))).rows == 0
    found = pq.read_table(folder / "out.parquet")
    assert [str(field.type) for field in found.schema] == ["int64", "double"]
    assert found.column_names == ["id", "score"]


def test_what_fails_leaves_nothing_behind(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that fails half way: the old file stays, no partial one does, and every process is ended."""
    monkeypatch.setattr(scoring, "BATCH", 3)
    (folder / "out.parquet").write_text("the old file")
    made: list[Model] = []

    def failing(*_: Any, **__: Any) -> Model:
        ended: list[bool] = []

        def run(columns: dict[str, Any]) -> Any:
            if columns["x"][0] > 4:
                raise ModelError("it broke")
            return columns["x"]

        made.append(Model("m", "python", ("x",), run, facts={"ended": ended}, close=lambda: ended.append(True)))
        return made[-1]

    monkeypatch.setattr(scoring, "open_artefact", failing)
    with pytest.raises(ModelError, match="it broke"):
        score(request(folder, workers=2))
    assert (folder / "out.parquet").read_text() == "the old file"
    assert sorted(p.name for p in folder.iterdir()) == ["m.json", "out.parquet", "rows.parquet"]
    assert [model.facts["ended"] for model in made] == [[True], [True]]


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        ({"to": Path("out.xlsx")}, SpecError, "Use a name that ends in .parquet, .csv, .arrow"),
        ({"keep": ("score",)}, MissingColumn, r"no column 'score' \(named as --keep\)"),
        ({"keep": ("id",), "column": "id"}, SpecError, "Two columns would be called the same"),
        ({"keep": ("nme",)}, MissingColumn, "no column 'nme'"),
        ({"population": Population(data="none.parquet")}, Exception, "no file 'none.parquet'"),
        ({"artefact": Artefact(path="none.json")}, ModelError, "cannot be read"),
        ({"to": Path("/proc/none/out.parquet")}, EngineError, "Cannot write"),
    ],
)
def test_mistakes_are_said(folder: Path, change: dict[str, Any], error: type[Exception], said: str) -> None:
    """Names that clash, columns and files that are not there, a place that cannot be written."""
    with pytest.raises(error, match=said):
        score(request(folder, **change))
    assert not list(folder.glob("out*"))
    assert not list(folder.glob(".*"))


def test_a_feature_must_be_something_a_model_takes(folder: Path) -> None:
    """A list is no feature; a missing one is named with its role."""
    pq.write_table(pa.table({"x": [[1.0]], "region": ["north"]}), folder / "rows.parquet")
    with pytest.raises(Exception, match="the feature 'x' is of type array<float64>"):
        score(request(folder))
    pq.write_table(pa.table({"x": [1.0]}), folder / "rows.parquet")
    with pytest.raises(MissingColumn, match=r"no column 'region' \(named as a feature\)"):
        score(request(folder))


def test_columns_are_as_validation_samples_them(folder: Path) -> None:
    """Nulls are NaN, booleans and integers with nulls too, and text stays text."""
    table = pa.table({"flag": pa.array([True, None]), "n": pa.array([None, 3], pa.int64()), "t": pa.array(["a", None])})
    pq.write_table(table, folder / "kinds.parquet")
    opened = stream.open_stream("d", Population(data="kinds.parquet"), folder)
    (batch,) = opened.batches(("flag", "n", "t"), (), BATCH)
    found = stream.columns_of(batch, ("flag", "n", "t"))
    assert found["flag"].tolist() == ["true", None]
    assert np.array_equal(found["n"], [np.nan, 3.0], equal_nan=True)
    assert found["t"].tolist() == ["a", None]


def study(folder: Path, **more: Any) -> Path:
    content = {
        "model": "m", "version": 1, "artefact": "m.json", "populations": {"dev": {"data": "none.parquet"},
        "now": {"data": "rows.parquet"}}, "columns": {"score": "pd", "entity": ["id"]},
    }  # fmt: skip
    (folder / "model.yaml").write_text(json.dumps(content | more))
    return folder / "model.yaml"


def test_a_study_names_its_populations_and_keys(folder: Path) -> None:
    """The first current population unless one is named; the entity key is kept unless other columns are."""
    asked = from_study(study(folder), None, None, folder / "out.parquet")
    assert (asked.name, asked.keep) == ("now", ("id",))
    assert score(asked).rows == 10
    assert from_study(study(folder), "dev", None, folder / "o.parquet", keep=["x"]).keep == ("x",)
    with pytest.raises(SpecError, match=r"no population 'nw'\. Did you mean 'now'"):
        from_study(study(folder), "nw", None, folder / "out.parquet")
    with pytest.raises(SpecError, match="names no artefact to open"):
        from_study(study(folder, artefact={"path": "m.json", "open": False}), None, None, folder / "out.parquet")


def run(*args: str) -> tuple[int, str]:
    found = CliRunner().invoke(app, list(args), env={"COLUMNS": "500", "TERM": "dumb"})
    return found.exit_code, " ".join(found.output.split())


def test_the_command(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bare file, a model.yaml, JSON, and words for what goes wrong."""
    monkeypatch.chdir(folder)
    code, said = run("score", "m.json", "rows.parquet", "--to", "out.csv", "--keep", "id, region", "--as", "pd")
    assert code == 0, said
    assert "Wrote out.csv: 10 rows in" in said
    assert "2 rows have no score (null)" in said
    assert Path("out.csv").read_text().startswith('"id","region","pd"\n0,"south",0.5\n')
    code, said = run("score", str(study(folder)), "--population", "now", "--to", "o.parquet", "--json")
    assert code == 0, said
    assert json.loads(said)["rows"] == 10
    assert json.loads(said)["without_score"] == 2
    for args, message in (
        (("m.json",), "Say what to score"),
        (("model.yaml", "--features", "x"), "belong to a bare file"),
        (("m.json", "rows.parquet", "--calibration", "none.json"), "--calibration: 'none.json' cannot be read as JSON"),
        (("m.pkl", "rows.parquet"), "cannot be read"),
    ):
        code, said = run("score", *args)
        assert code == 2
        assert message in said
