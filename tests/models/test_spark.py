"""Spark scores where the rows are: the executors' scores are those of the artefact opened here."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pyarrow as pa
import pytest

from secondline.core.errors import MissingExtra, ModelError
from secondline.core.spec import Artefact
from secondline.models import spark as sparked
from secondline.models.opening import open_artefact, seal, unseal
from secondline.models.spark import Partition, score_spark

NAMES = ("income", "age")
# Spark's own warnings: of pandas 3, and of sockets and zip files it leaves to the collector.
pytestmark = [
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support:FutureWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


def rows(n: int = 3_000) -> dict[str, Any]:
    draw = np.random.default_rng(5)
    return {
        "id": np.arange(n),
        "income": draw.normal(size=n),
        "age": np.where(np.arange(n) % 7, draw.normal(size=n), np.nan),
    }


@pytest.fixture
def artefact(tmp_path: Path) -> Artefact:
    made = rows()
    x = np.column_stack([made[name] for name in NAMES])
    data = lightgbm.Dataset(x, made["income"] > 0.3, feature_name=list(NAMES), params={"verbosity": -1})
    booster = lightgbm.train({"objective": "binary", "verbosity": -1, "num_threads": 1}, data, 5)
    booster.save_model(tmp_path / "m.txt")
    return Artefact(path="m.txt")


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    """A local Spark of two threads. In CI its absence is a failure: a test that never runs proves nothing."""
    lacking = [what for what, there in (("pyspark", find_spec("pyspark")), ("Java", shutil.which("java"))) if not there]
    if lacking:
        said = f"{' and '.join(lacking)} not installed: pip install 'secondline[spark]' and a Java runtime"
        pytest.fail(said) if os.environ.get("CI") == "true" else pytest.skip(said)
    # Executors of a local Spark run the first python3 of the PATH unless told otherwise.
    patch = pytest.MonkeyPatch()
    patch.setenv("PYSPARK_PYTHON", sys.executable)
    made = (
        import_module("pyspark.sql")
        .SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", "500")
        .getOrCreate()
    )
    yield made
    made.stop()
    patch.undo()


def test_executors_give_the_scores_of_the_artefact(session: Any, tmp_path: Path, artefact: Artefact) -> None:
    """Three partitions of several batches, nulls among them: every score equals the one made here, by its id."""
    made = rows()
    whole = open_artefact(artefact, tmp_path)
    wanted = whole.score({name: made[name] for name in NAMES})
    whole.close()
    given = [(i, x, None if np.isnan(a) else a) for i, x, a in zip(*(made[n].tolist() for n in made), strict=True)]
    frame = session.createDataFrame(given, "id long, income double, age double").repartition(3)
    scored = score_spark(frame, artefact, base=tmp_path, keep=["id"], column="pd")
    assert scored.columns == ["id", "pd"]
    found = {row["id"]: row["pd"] for row in scored.collect()}
    assert [found[i] for i in range(len(wanted))] == pytest.approx(wanted, abs=1e-15)


def test_spark_names_a_missing_column(session: Any, tmp_path: Path, artefact: Artefact) -> None:
    """Before anything runs."""
    frame = session.createDataFrame([(1, 2.0)], "id long, incme double")
    with pytest.raises(ModelError, match=r"no column 'income'. Did you mean 'incme'"):
        score_spark(frame, artefact, base=tmp_path)


def test_a_task_opens_the_model_once(tmp_path: Path, artefact: Artefact, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Spark: one process for all batches of a task, ended with the last; a task without rows opens none."""
    opened: list[Any] = []
    real = unseal

    def counting(sealed: Any) -> Any:
        opened.append(real(sealed))
        return opened[-1]

    monkeypatch.setattr(sparked, "unseal", counting)
    partition = Partition(seal(artefact, tmp_path), NAMES, ("id",), "pd")
    batches = pa.table(rows(1_000)).to_batches(max_chunksize=300)
    out = list(partition(iter(batches)))
    assert [b.num_rows for b in out] == [300, 300, 300, 100]
    assert out[0].schema.names == ["id", "pd"]
    assert len(opened) == 1
    with pytest.raises(ModelError):
        opened[0].score({name: np.zeros(1) for name in NAMES})
    assert list(partition(iter([]))) == []
    assert len(opened) == 1


def test_missing_scores_are_null_and_text_is_text(tmp_path: Path) -> None:
    """A row without a category has no score: null in Arrow, as NaN is a number to Spark."""
    table = {"params": {"Intercept": 1.0, "C(region)[T.north]": 1.0}, "link": "identity"}
    (tmp_path / "m.json").write_text(json.dumps(table))
    partition = Partition(seal(Artefact(path="m.json"), tmp_path), ("region",), (), "score")
    (out,) = partition(iter(pa.table({"region": ["north", None, "south"]}).to_batches()))
    assert out.column("score").to_pylist() == [2.0, None, 1.0]


def test_endpoints_and_a_missing_pyspark_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An endpoint has no bytes to ship; without pyspark the extra is named."""
    with pytest.raises(ModelError, match="no bytes to send"):
        seal(Artefact(path="https://host/v2/models/m"), tmp_path)

    def absent(name: str) -> Any:
        raise ImportError(name)

    monkeypatch.setattr(sparked, "import_module", absent)
    with pytest.raises(MissingExtra, match=r"secondline\[spark\]"):
        score_spark(None, "m.txt")
