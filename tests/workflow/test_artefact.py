"""A study whose model is opened: from model.yaml's file and from an object in a notebook."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import secondline as sl
from secondline.core.errors import ModelError
from secondline.core.outcome import Failed, NotApplicable, Passed

CODES = ("soundness.*",)
BETA = {"income": -0.8, "debt": 1.1}


def table(seed: int, rows: int = 3_000) -> pa.Table:
    draw = np.random.default_rng(seed)
    columns = {name: draw.normal(size=rows) for name in BETA} | {"age": draw.uniform(20, 80, rows)}
    pd = 1 / (1 + np.exp(-(-1.5 + sum(b * columns[n] for n, b in BETA.items()))))
    return pa.table(columns | {"pd": pd, "bad": (draw.random(rows) < pd).astype(np.int8)})


def study_file(folder: Path, **artefact: Any) -> Path:
    (folder / "model.json").write_text(json.dumps({"intercept": -1.5, "coefficients": BETA}))
    for name, seed in (("dev", 1), ("oot", 2)):
        pq.write_table(table(seed), folder / f"{name}.parquet")
    content = {
        "model": "m", "version": 1, "artefact": {"path": "model.json"} | artefact,
        "populations": {"dev": {"data": "dev.parquet"}, "oot": {"data": "oot.parquet"}},
        "columns": {"score": "pd", "label": "bad", "protected": ["age"]}, "checks": list(CODES),
        "claims": {"monotone": {"debt": "increasing", "income": "increasing"}, "excluded": ["age"]},
    }  # fmt: skip
    path = folder / "model.yaml"
    path.write_text(json.dumps(content))
    return path


def outcomes(run: Any, code: str) -> dict[tuple[str, str | None], Any]:
    return {(e.subject.population, e.subject.column): e.outcome for e in run.find(code)}


def test_a_study_opens_its_artefact(tmp_path: Path) -> None:
    """Parity holds, a true claim passes, a false one fails for every row, and importance follows the coefficients."""
    run = sl.Study.read(study_file(tmp_path)).validate(store=None)
    for outcome in outcomes(run, "soundness.parity").values():
        assert isinstance(outcome, Passed)
    claims = outcomes(run, "soundness.monotone")
    assert isinstance(claims["oot", "debt"], Passed)
    assert isinstance(claims["oot", "income"], Failed)
    assert claims["oot", "income"].estimate.value == 1
    carried = {c: o.estimate.value for (p, c), o in outcomes(run, "soundness.importance").items() if p == "oot"}
    assert carried["debt"] > carried["income"] > 0.05
    assert isinstance(outcomes(run, "soundness.inputs")["oot", None], Passed)
    assert isinstance(outcomes(run, "soundness.edge_cases")["oot", None], Failed)  # no answer to a missing input


def test_another_model_than_recorded_is_caught(tmp_path: Path) -> None:
    """Scores of a recalibrated artefact differ from the record in every row."""
    path = study_file(tmp_path, calibration={"intercept": 0.1, "slope": 1.0})
    run = sl.Study.read(path).validate(store=None)
    failed = outcomes(run, "soundness.parity")["oot", None]
    assert isinstance(failed, Failed)
    assert failed.severity == "critical"
    assert failed.estimate.value == 1


def test_an_artefact_that_is_only_named_is_not_opened(tmp_path: Path) -> None:
    """`open: false` leaves a reason; a pickle that is opened is refused before any row is read."""
    run = sl.Study.read(study_file(tmp_path, open=False)).validate(store=None)
    assert {type(o) for o in outcomes(run, "soundness.parity").values()} == {NotApplicable}
    (tmp_path / "model.pkl").write_bytes(b"\x80\x04.")
    with pytest.raises(ModelError, match="is a pickle"):
        sl.Study.read(study_file(tmp_path, path="model.pkl")).validate(store=None)


def test_a_model_in_a_notebook() -> None:
    """An object passed as scorer is probed like a file; one that reads an undocumented input is told."""
    frames = {"dev": table(1), "oot": table(2)}

    def model(columns: Any) -> Any:
        return 1 / (1 + np.exp(-(-1.5 + sum(b * columns[n] for n, b in BETA.items()))))

    study = sl.Study.of(
        frames, score="pd", label="bad", scorer=model, features=["income", "debt"], checks=["soundness.*"]
    )
    run = study.validate(store=None)
    assert isinstance(outcomes(run, "soundness.parity")["oot", None], Passed)
    assert isinstance(outcomes(run, "soundness.repeatable")["oot", None], Passed)


def test_lower_scores_may_mean_more_risk(tmp_path: Path) -> None:
    """Points that fall with risk are compared as points, and claims about risk are read the right way round."""
    path = study_file(tmp_path)
    content = json.loads(path.read_text())
    (tmp_path / "model.json").write_text(
        json.dumps({"intercept": 600, "coefficients": {"income": 8, "debt": -11}, "link": "identity"})
    )
    for name in ("dev", "oot"):
        data = pq.read_table(tmp_path / f"{name}.parquet")
        points = 600 + 8 * data["income"].to_numpy() - 11 * data["debt"].to_numpy()
        pq.write_table(data.drop_columns("pd").append_column("pd", pa.array(points)), tmp_path / f"{name}.parquet")
    content["columns"]["score"] = {"column": "pd", "kind": "points", "direction": "lower-is-riskier"}
    path.write_text(json.dumps(content))
    run = sl.Study.read(path).validate(store=None)
    assert isinstance(outcomes(run, "soundness.parity")["oot", None], Passed)
    claims = outcomes(run, "soundness.monotone")
    assert isinstance(claims["oot", "debt"], Passed)
    assert isinstance(claims["oot", "income"], Failed)
