"""Conversion: what becomes ONNX is the same model or is refused, and no bad file harms whoever asks."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secondline.core.canonical import canonical, digest_bytes
from secondline.core.errors import ModelError
from secondline.core.spec import ModelSpec
from secondline.models.conversion.drawing import Drawing
from secondline.models.conversion.equivalence import compared
from secondline.models.conversion.graph import examined
from secondline.models.conversion.intake import Taken, converted, taken
from secondline.models.conversion.rows import LEAST, tried
from secondline.models.opening import seal
from secondline.models.session import Session, TooSlow

ROWS = 1_500
NAMES = list("abcdef")


def data() -> tuple[Any, Any]:
    """Return features with missing values and a category, and an outcome."""
    draws = np.random.default_rng(1)
    x = draws.normal(size=(ROWS, 6))
    x[draws.random(x.shape) < 0.1] = np.nan
    x[:, 5] = draws.integers(0, 6, ROWS)
    known = np.nan_to_num(x)
    return x, (known[:, 0] + known[:, 1] * known[:, 5] / 4 + draws.normal(size=ROWS) > 1).astype(int)


def spec(path: str, domains: dict[str, Any] | None = None, **artefact: Any) -> ModelSpec:
    """Return a study of one artefact."""
    return ModelSpec.model_validate(
        {"model": "m", "version": "1", "populations": {"dev": {"data": "dev.csv"}}, "columns": {"score": "p"},
         "decision": {"approve-below": 0.3}, "domains": domains or {}, "artefact": {"path": path, **artefact}}
    )  # fmt: skip


def lightgbm(folder: Path) -> dict[str, Any]:
    """A booster with missing values and a category."""
    import lightgbm as lgb

    x, y = data()
    fitted = lgb.train({"objective": "binary", "num_threads": 1, "verbose": -1, "seed": 1},
                       lgb.Dataset(x, y, categorical_feature=[5]), 15)  # fmt: skip
    fitted.save_model(folder / "m.txt")
    return {"path": "m.txt"}


def lightgbm_points(folder: Path) -> dict[str, Any]:
    """A regression whose scores spread wide, without missing values in training."""
    import lightgbm as lgb

    x, y = data()
    fitted = lgb.train({"objective": "regression", "num_threads": 1, "verbose": -1},
                       lgb.Dataset(np.nan_to_num(x), y * 500.0), 15)  # fmt: skip
    fitted.save_model(folder / "m.txt")
    return {"path": "m.txt", "calibration": None}


def xgboost(folder: Path) -> dict[str, Any]:
    """XGBoost, dropping trees."""
    import xgboost as xgb

    x, y = data()
    made = {"objective": "binary:logistic", "booster": "dart", "rate_drop": 0.3, "nthread": 1, "seed": 1}
    xgb.train(made, xgb.DMatrix(x, y), 12).save_model(folder / "m.ubj")
    return {"path": "m.ubj", "features": NAMES}


def catboost(folder: Path) -> dict[str, Any]:
    """CatBoost on numbers."""
    from catboost import CatBoostClassifier

    x, y = data()
    fitted = CatBoostClassifier(iterations=10, verbose=0, thread_count=1, allow_writing_files=False).fit(x, y)
    fitted.save_model(str(folder / "m.cbm"))
    return {"path": "m.cbm"}


def logistic(folder: Path) -> dict[str, Any]:
    """A scikit-learn pipeline."""
    import skops.io
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    x, y = data()
    skops.io.dump(make_pipeline(StandardScaler(), LogisticRegression()).fit(np.nan_to_num(x), y), folder / "m.skops")
    return {"path": "m.skops", "features": NAMES}


def forest(folder: Path) -> dict[str, Any]:
    """A random forest that was trained with missing values."""
    from sklearn.ensemble import RandomForestClassifier

    return _dumped(RandomForestClassifier(5, max_depth=5, random_state=1), folder)


def histogram(folder: Path) -> dict[str, Any]:
    """Histogram-based boosting with missing values, which compares in double precision."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    return _dumped(HistGradientBoostingClassifier(max_iter=8, random_state=1), folder)


def _dumped(estimator: Any, folder: Path) -> dict[str, Any]:
    import skops.io

    content = skops.io.dumps(estimator.fit(*data()))
    (folder / "m.skops").write_bytes(content)
    return {"path": "m.skops", "features": NAMES, "trusted": skops.io.get_untrusted_types(data=content)}


def linear(folder: Path) -> dict[str, Any]:
    """A table of coefficients with a recalibration, which becomes part of the graph."""
    (folder / "m.json").write_text('{"intercept": -1, "coefficients": {"a": 0.5, "b": -0.2}, "link": "logit"}')
    return {"path": "m.json", "calibration": {"intercept": 0.1, "slope": 0.9}}


def scorecard(folder: Path) -> dict[str, Any]:
    """A scorecard with a missing attribute and one without."""
    rows = [("a", None, 0.1, 1.0), ("a", 0.1, 2.5, -1.0), ("a", 2.5, None, 0.3), ("b", None, None, 1.0)]
    card = {
        "intercept": -1, "coefficients": {"a": 0.5, "b": -0.2},
        "attributes": [{"feature": f, "low": low, "high": high, "woe": w} for f, low, high, w in rows]
        + [{"feature": "a", "missing": True, "woe": 3}],
    }  # fmt: skip
    (folder / "m.json").write_text(json.dumps(card))
    return {"path": "m.json"}


def network(folder: Path) -> dict[str, Any]:
    """A small network of every kind of layer."""
    from safetensors.numpy import save_file

    draws = np.random.default_rng(3)
    sizes = {"one.weight": (8, 2), "one.bias": (8,), "two.weight": (8, 8), "out.weight": (1, 8), "out.bias": (1,)}
    sizes |= dict.fromkeys(("bn.weight", "bn.bias", "bn.running_mean", "ln.weight", "ln.bias"), (8,))
    tensors = {name: draws.normal(size=size).astype(np.float32) for name, size in sizes.items()}
    tensors["bn.running_var"] = np.ones(8, dtype=np.float32)
    save_file(tensors, folder / "m.safetensors")
    inner = [{"kind": "linear", "name": "two", "units": 8, "bias": False}, {"kind": "silu"}]
    layers = [
        {"kind": "linear", "name": "one", "units": 8}, {"kind": "batch_norm", "name": "bn"}, {"kind": "gelu"},
        {"kind": "residual", "layers": inner},
        {"kind": "layer_norm", "name": "ln"}, {"kind": "gelu", "approximate": "tanh"}, {"kind": "dropout"},
        {"kind": "linear", "name": "out", "units": 1},
    ]  # fmt: skip
    inputs = [{"name": "a", "mean": 1.0, "scale": 2.0, "missing": 0.5}, {"name": "b"}]
    (folder / "m.json").write_text(json.dumps({"inputs": inputs, "layers": layers, "link": "logit"}))
    return {"path": "m.safetensors", "architecture": "m.json"}


SLOW = [pytest.param(make, marks=pytest.mark.slow) for make in (lightgbm_points, catboost, logistic, forest, histogram)]
MAKERS = [lightgbm, xgboost, linear, scorecard, network, *SLOW]


def taken_in(folder: Path, made: dict[str, Any], **more: Any) -> Taken:
    """Convert an artefact and end its process."""
    study = spec(**made, **more)
    assert study.artefact is not None
    found = converted(seal(study.artefact, folder), study)
    found.native.close()
    return found


@pytest.mark.parametrize("make", MAKERS, ids=lambda f: f.__name__)
def test_each_format_becomes_the_same_model(tmp_path: Path, make: Callable[[Path], dict[str, Any]]) -> None:
    """On 10,000 rows at and beside every threshold, missing and extreme, scores agree and no decision flips."""
    found = taken_in(tmp_path, make(tmp_path))
    report = found.report
    assert report is not None
    assert report.passed, report.problems
    assert report.equivalence.rows >= LEAST
    assert report.equivalence.flips_beyond == 0
    assert report.result == digest_bytes(found.content)
    body = json.loads(report.file())
    assert body.pop("seal") == digest_bytes(canonical(body).encode())
    assert examined(found.content).nodes >= 1


def test_rounding_thresholds_is_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A graph whose answer is another beside one threshold fails the comparison that a random sample would pass."""
    made = spec(**lightgbm(tmp_path))
    cuts = [{"cuts": [0.1], "codes": []}]
    columns = tried(["a"], cuts, made)
    before = np.where(columns["a"] <= 0.1, 0.2, 0.8)
    after = np.where(columns["a"].astype(np.float32) <= np.float32(0.1), 0.2, 0.8)
    found = compared(before, after, lambda s: s < 0.3, 0.3, columns)
    assert not found.passed
    assert found.flips_beyond > 0
    assert np.abs(columns["a"] - 0.1)[before != after].max() < 1e-8


def test_tolerances_and_flips() -> None:
    """Differences within the tolerance pass although a decision at the cut flips; a lost score never passes."""
    before = np.array([0.3 - 1e-7, 0.1, np.nan, np.inf])
    after = np.array([0.3 + 1e-7, 0.1, np.nan, np.inf])
    found = compared(before, after, lambda s: s < 0.3, 0.3, {})
    assert (found.flips, found.flips_beyond, found.passed, found.lost) == (1, 0, True, 0)
    after[1] = np.nan
    assert compared(before, after, None, None, {}).problems == ("1 of 4 rows have a score in one of the two only",)
    assert not compared(np.array([0.5, 0.1]), np.array([0.50002, 0.1]), None, None, {}).passed
    wide = np.linspace(0, 800, 1_000)
    assert compared(wide, wide + 0.001, None, None, {}).passed


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"params": {"C(r)[T.north]": 1.0}}', "terms of text"),
        ('{"coefficients": {"a": 1}, "exposure": "e"}', "exposure"),
        ('{"coefficients": {"a": 1}, "link": "probit"}', "no operator"),
    ],
)
def test_what_cannot_be_expressed_is_refused_with_the_reason(tmp_path: Path, content: str, said: str) -> None:
    """No conversion approximates: what ONNX has no exact form of is named."""
    (tmp_path / "m.json").write_text(content)
    with pytest.raises(ModelError, match=said):
        taken_in(tmp_path, {"path": "m.json"})


def onnx_file(*nodes: Any, inputs: tuple[str, ...] = ("input",), initializers: Any = ()) -> bytes:
    """Return a graph of given operators."""
    from onnx import TensorProto, helper

    values = [helper.make_tensor_value_info(n, TensorProto.DOUBLE, [None, 2]) for n in inputs]
    out = [helper.make_tensor_value_info("score", TensorProto.DOUBLE, [None])]
    graph = helper.make_graph(list(nodes), "g", values, out, list(initializers))
    return bytes(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)]).SerializeToString())


def hostile() -> dict[str, bytes]:
    """Graphs that are never served, by what is wrong with them."""
    from onnx import TensorProto, helper

    branch = helper.make_graph([helper.make_node("Neg", ["x"], ["y"])], "b", [], [])
    outside = TensorProto(name="w", data_type=TensorProto.DOUBLE, dims=[2], data_location=TensorProto.EXTERNAL)
    outside.external_data.add(key="location", value="../../etc/passwd")
    huge = TensorProto(name="w", data_type=TensorProto.DOUBLE, dims=[1 << 31, 8])
    negative = TensorProto(name="w", data_type=TensorProto.DOUBLE, dims=[-4])
    plain = helper.make_node("Neg", ["input"], ["score"])
    many = [helper.make_node("Neg", ["input"], [f"s{i}"]) for i in range(20_001)]
    old = helper.make_model(helper.make_graph([plain], "g", [], []), opset_imports=[helper.make_opsetid("", 3)])
    return {
        "Loop": onnx_file(helper.make_node("Loop", ["input"], ["score"], body=branch)),
        "If, which": onnx_file(helper.make_node("If", ["input"], ["score"], then_branch=branch, else_branch=branch)),
        "Scan": onnx_file(helper.make_node("Scan", ["input"], ["score"], body=branch, num_scan_inputs=1)),
        "com.evil": onnx_file(helper.make_node("Own", ["input"], ["score"], domain="com.evil")),
        "lies in another file": onnx_file(plain, initializers=[outside]),
        "numbers; at most": onnx_file(plain, initializers=[huge]),
        "negative size": onnx_file(plain, initializers=[negative]),
        "operators; at most": onnx_file(*many),
        "needs opset 3": bytes(old.SerializeToString()),
        "no graph": b"",
    }


@pytest.mark.parametrize("said", list(hostile()))
def test_what_is_never_served_is_told_from_the_bytes(said: str) -> None:
    """Loops, foreign domains, files beside it, huge tensors and odd opsets are refused without running anything."""
    with pytest.raises(ModelError, match=said):
        examined(hostile()[said])


def test_control_flow_may_be_allowed_by_name() -> None:
    """A graph that needs If is served where somebody allowed it, and then its branches are examined as well."""
    assert examined(hostile()["If, which"], allow=frozenset({"If"})).operators == {"If": 1, "Neg": 2}


def small() -> bytes:
    """Return an honest graph."""
    draw = Drawing(("a", "b"), np.float64)
    return draw.done(draw.sigmoid(draw.dense(draw.input, np.array([[1.0, 2.0]]), np.array([0.5]))))


@settings(max_examples=300)
@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=6), st.integers(0, 400))
def test_no_bytes_make_the_examiner_fail(changes: list[tuple[int, int]], cut: int) -> None:
    """Mutated and truncated graphs are read as graphs or refused as such; nothing else ever comes of them."""
    content = bytearray(small())
    for place, byte in changes:
        content[place % len(content)] = byte
    with suppress(ModelError):
        examined(bytes(content[: len(content) - cut % len(content)]))


@pytest.mark.parametrize("kind", ["lightgbm", "onnx"])
def test_mutated_files_never_reach_the_process_that_asks(tmp_path: Path, kind: str) -> None:
    """Whatever a damaged file does to its library, the intake answers with a model or with a reason."""
    name = lightgbm(tmp_path)["path"] if kind == "lightgbm" else "m.onnx"
    if kind == "onnx":
        (tmp_path / name).write_bytes(small())
    whole = (tmp_path / name).read_bytes()
    chance = random.Random(7)
    outcomes = []
    for _ in range(4):
        content = bytearray(whole)
        for _ in range(chance.randint(1, 8)):
            content[chance.randrange(len(content))] = chance.randrange(256)
        (tmp_path / name).write_bytes(content[: chance.randint(len(content) // 2, len(content))])
        study = spec(name)
        assert study.artefact is not None
        try:
            taken(seal(study.artefact, tmp_path), study).native.close()
            outcomes.append("taken")
        except ModelError as error:
            outcomes.append(str(error))
    assert len(outcomes) == 4
    assert any(outcome != "taken" for outcome in outcomes)


def test_a_memory_bomb_ends_its_own_process_only(tmp_path: Path) -> None:
    """A few bytes that ask for more memory than a trial gets are refused."""
    from onnx import TensorProto, helper, numpy_helper

    shape = numpy_helper.from_array(np.array([1 << 33]), "shape")
    nodes = [
        helper.make_node("ConstantOfShape", ["shape"], ["big"]),
        helper.make_node("ReduceSum", ["big"], ["total"], keepdims=0),
        helper.make_node("Cast", ["total"], ["double"], to=TensorProto.DOUBLE),
        helper.make_node("ReduceSum", ["input", "axis"], ["sums"], keepdims=0),
        helper.make_node("Add", ["sums", "double"], ["score"]),
    ]
    axis = numpy_helper.from_array(np.array([1]), "axis")
    (tmp_path / "m.onnx").write_bytes(onnx_file(*nodes, initializers=[shape, axis]))
    study = spec("m.onnx", features=["a", "b"])
    assert study.artefact is not None
    with pytest.raises(ModelError):
        taken(seal(study.artefact, tmp_path), study)


def test_a_session_that_takes_too_long_is_ended() -> None:
    """A run past its deadline raises, and the session answers again afterwards."""
    draw = Drawing(("a", "b"), np.float64)
    at = draw.dense(draw.input, np.ones((1_500, 2)), np.zeros(1_500))
    for _ in range(12):
        at = draw.op("MatMul", at, draw.constant(np.full((1_500, 1_500), 1e-4)))
    session = Session(draw.done(draw.dense(at, np.full((1, 1_500), 1e-4), np.zeros(1))), ("a", "b"))
    columns = {name: np.ones(3_000) for name in "ab"}
    with pytest.raises(TooSlow, match="longer than"):
        session.score(columns, 0.02)
    few = {name: np.ones(2) for name in "ab"}
    assert session.score(few, 30.0).shape == (2,)


def test_a_session_refuses_what_it_cannot_read() -> None:
    """Damaged bytes and a wrong number of features are errors that say so."""
    with pytest.raises(ModelError, match="could not be loaded"):
        Session(b"no graph", ("a",))
    with pytest.raises(ModelError, match="takes 2 features and 3"):
        Session(small(), ("a", "b", "c"))
    with pytest.raises(ModelError, match="It failed"):
        Session(small(), ("a", "b")).score({"a": np.array(["x"]), "b": np.array(["y"])})
