"""Each format scores as the library that wrote it does, through the pipe of the sandbox."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import onnx
import pytest
import skops.io
import xgboost
from onnx import TensorProto, helper
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from secondline.core.errors import ModelError
from secondline.core.spec import Line
from secondline.models.inprocess import wrapped
from secondline.models.model import BATCH

NAMES = ("income", "age", "balance")


@pytest.fixture(scope="module")
def rows() -> dict[str, Any]:
    draw = np.random.default_rng(3)
    x = draw.normal(size=(2_000, 3))
    x[::50, 1] = np.nan
    y = draw.random(2_000) < 1 / (1 + np.exp(-(x[:, 0] - 0.5 * np.nan_to_num(x[:, 1]))))
    return {"x": x, "y": y.astype(int), "columns": {name: x[:, i] for i, name in enumerate(NAMES)}}


def boosted(rows: dict[str, Any]) -> Any:
    data = lightgbm.Dataset(rows["x"], rows["y"], feature_name=list(NAMES), params={"verbosity": -1})
    settings = {"objective": "binary", "verbosity": -1, "monotone_constraints": [1, 0, 0], "num_threads": 1}
    return lightgbm.train(settings, data, 20)


def test_lightgbm_text(tmp_path: Path, rows: dict[str, Any], opened: Any) -> None:
    """Scores equal the library's to the last bit; the constraints are read."""
    booster = boosted(rows)
    (tmp_path / "m.txt").write_text(booster.model_to_string())
    model = opened(tmp_path, path="m.txt")
    assert model.features == NAMES
    assert np.array_equal(model.score(rows["columns"]), booster.predict(rows["x"]))
    assert model.facts["monotone"] == {"income": 1}
    assert model.facts["trees"] == 20


def test_a_line_recalibrates(tmp_path: Path, rows: dict[str, Any], opened: Any) -> None:
    """intercept + slope x log-odds, given in model.yaml or in a file."""
    booster = boosted(rows)
    (tmp_path / "m.txt").write_text(booster.model_to_string())
    (tmp_path / "line.json").write_text('{"intercept": 0.1, "slope": 1.2, "more": 1}')
    wanted = 1 / (1 + np.exp(-(0.1 + 1.2 * booster.predict(rows["x"], raw_score=True))))
    for line in (Line(intercept=0.1, slope=1.2), "line.json"):
        found = opened(tmp_path, path="m.txt", calibration=line).score(rows["columns"])
        assert np.allclose(found, wanted, atol=1e-12, rtol=0)


def test_xgboost(tmp_path: Path, rows: dict[str, Any], opened: Any) -> None:
    """UBJSON and JSON score alike and as the library does."""
    data = xgboost.DMatrix(rows["x"], rows["y"], feature_names=list(NAMES))
    booster = xgboost.train({"objective": "binary:logistic", "max_depth": 3}, data, 10)
    for name in ("m.ubj", "m.json"):
        booster.save_model(tmp_path / name)
        model = opened(tmp_path, path=name)
        assert np.array_equal(model.score(rows["columns"]), booster.predict(data).astype(float))
        assert model.facts["objective"] == "binary:logistic"


def test_skops_with_text_columns(tmp_path: Path, rows: dict[str, Any], opened: Any) -> None:
    """A whole scikit-learn pipeline over named columns, text among them."""
    import pandas as pd

    frame = pd.DataFrame({**rows["columns"], "region": np.where(rows["x"][:, 2] > 0, "north", "south")}).fillna(0.0)
    parts = ColumnTransformer([("n", StandardScaler(), list(NAMES)), ("t", OneHotEncoder(), ["region"])])
    fitted = make_pipeline(parts, LogisticRegression()).fit(frame, rows["y"])
    skops.io.dump(fitted, tmp_path / "m.skops")
    model = opened(tmp_path, path="m.skops")
    columns = {n: frame[n].to_numpy(dtype=object if n == "region" else float) for n in frame}
    assert model.features == (*NAMES, "region")
    assert np.allclose(model.score(columns), fitted.predict_proba(frame)[:, 1], atol=1e-15)


def test_skops_trusts_only_what_model_yaml_names(tmp_path: Path, rows: dict[str, Any], opened: Any) -> None:
    """A type that is not scikit-learn's own is refused by name, and opened once it is listed."""
    fitted = lightgbm.LGBMClassifier(n_estimators=3, verbosity=-1).fit(rows["x"], rows["y"])
    skops.io.dump(fitted, tmp_path / "m.skops")
    with pytest.raises(ModelError, match=r"nobody has vouched for: .*lightgbm\.basic\.Booster"):
        opened(tmp_path, path="m.skops", features=NAMES)
    trusted = skops.io.get_untrusted_types(file=tmp_path / "m.skops")
    model = opened(tmp_path, path="m.skops", features=NAMES, trusted=tuple(trusted))
    assert np.allclose(model.score(rows["columns"]), np.asarray(fitted.booster_.predict(rows["x"])))


def graph(weights: Any, *, per_feature: bool = False) -> bytes:
    """Write sigmoid(x w) as ONNX: one matrix, or one input a feature."""
    k = len(weights)
    constant = helper.make_tensor("w", TensorProto.DOUBLE, [k, 1], list(weights))
    nodes = [helper.make_node("MatMul", ["x", "w"], ["z"]), helper.make_node("Sigmoid", ["z"], ["p"])]
    inputs = [helper.make_tensor_value_info("x", TensorProto.DOUBLE, [None, k])]
    if per_feature:
        inputs = [helper.make_tensor_value_info(name, TensorProto.DOUBLE, [None, 1]) for name in NAMES]
        nodes.insert(0, helper.make_node("Concat", list(NAMES), ["x"], axis=1))
    output = helper.make_tensor_value_info("p", TensorProto.DOUBLE, [None, 1])
    made = helper.make_graph(nodes, "g", inputs, [output], [constant])
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


@pytest.mark.parametrize("per_feature", [False, True])
def test_onnx(tmp_path: Path, rows: dict[str, Any], opened: Any, per_feature: bool) -> None:
    """A matrix input needs names; inputs per feature bring their own."""
    weights = np.array([0.5, -0.25, 1.5])
    (tmp_path / "m.onnx").write_bytes(graph(weights, per_feature=per_feature))
    x = np.nan_to_num(rows["x"])
    columns = {name: x[:, i] for i, name in enumerate(NAMES)}
    model = opened(tmp_path, path="m.onnx", features=None if per_feature else NAMES)
    assert model.features == NAMES
    assert (model.facts["opsets"], model.facts["ir_version"]) == ({"ai.onnx": 17}, 8)
    assert np.allclose(model.score(columns), 1 / (1 + np.exp(-(x @ weights))), atol=1e-15)


def test_onnx_without_names_asks_for_them(tmp_path: Path, opened: Any) -> None:
    """A matrix has no column names."""
    (tmp_path / "m.onnx").write_bytes(graph([1.0, 2.0]))
    with pytest.raises(ModelError, match="list them in order under `artefact: features:`"):
        opened(tmp_path, path="m.onnx")
    with pytest.raises(ModelError, match="takes 2 features and 3 are named"):
        opened(tmp_path, path="m.onnx", features=NAMES)


def test_tables_of_coefficients_and_scorecards(tmp_path: Path, opened: Any) -> None:
    """By hand: 1 / (1 + exp(-(-1 + 0.5 x))) and a card of two attributes and a missing one."""
    (tmp_path / "l.json").write_text(json.dumps({"intercept": -1, "coefficients": {"x": 0.5}}))
    assert opened(tmp_path, path="l.json").score({"x": np.array([2.0, 4.0])}) == pytest.approx(
        [0.5, 1 / (1 + np.exp(-1))]
    )
    lines: list[dict[str, Any]] = [
        {"feature": "x", "low": None, "high": 3.0, "woe": 1.0},
        {"feature": "x", "low": 3.0, "high": None, "woe": -1.0},
        {"feature": "x", "low": None, "high": None, "woe": 0.0, "missing": True},
    ]
    card: dict[str, Any] = {"intercept": 0.0, "coefficients": {"x": -2.0}, "attributes": lines}
    (tmp_path / "c.json").write_text(json.dumps(card))
    found = opened(tmp_path, path="c.json").score({"x": np.array([2.9, 3.0, np.nan])})
    assert found == pytest.approx([1 / (1 + np.exp(2)), 1 / (1 + np.exp(-2)), 0.5])
    card["attributes"] = [lines[0], lines[1] | {"low": 4.0}]
    (tmp_path / "gap.json").write_text(json.dumps(card))
    with pytest.raises(ModelError, match=r"leave a gap or overlap at 3\.0 and 4\.0"):
        opened(tmp_path, path="gap.json")


def test_scoring_is_batched_and_strict(tmp_path: Path, opened: Any) -> None:
    """More rows than a batch give the same numbers in order; a missing column is named; no rows give none."""
    (tmp_path / "l.json").write_text(json.dumps({"coefficients": {"x": 1.0}, "link": "identity"}))
    model = opened(tmp_path, path="l.json")
    x = np.arange(2.0 * BATCH + 5)
    assert np.array_equal(model.score({"x": x}), x)
    assert len(model.score({"x": x[:0]})) == 0
    assert [len(part) for part in model.score_batches(iter([{"x": x[:3]}, {"x": x[:2]}]))] == [3, 2]
    with pytest.raises(ModelError, match=r"reads 'x', and there is no such column\. Did you mean 'xx'"):
        model.score({"xx": x})


def test_objects_in_this_process(rows: dict[str, Any]) -> None:
    """A function of columns and an estimator are wrapped; anything else is refused."""
    model = wrapped(lambda columns: columns["income"] * 2, ["income"])
    assert np.array_equal(model.score(rows["columns"]), rows["x"][:, 0] * 2)
    x = np.nan_to_num(rows["x"])
    fitted = LogisticRegression().fit(x, rows["y"])
    columns = {name: x[:, i] for i, name in enumerate(NAMES)}
    assert np.array_equal(wrapped(fitted, NAMES).score(columns), fitted.predict_proba(x)[:, 1])
    with pytest.raises(ModelError, match="does not name its features"):
        wrapped(fitted)
    with pytest.raises(ModelError, match="neither a function"):
        wrapped(3, ["x"])
    with pytest.raises(ModelError, match="must give one a row"):
        wrapped(lambda columns: np.zeros((3, 2)), ["income"]).score(rows["columns"])
