"""Each kind against the library it rests on, or an independent one, on the same rows."""

from __future__ import annotations

from typing import Any

import lightgbm
import numpy as np
import pytest
import statsmodels.api as sm
from interpret.glassbox import ExplainableBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from models.challengers.drawn import drawn
from secondline.core.errors import ModelError
from secondline.models.challengers import fit
from secondline.models.challengers.design import Design, Number, Text
from secondline.models.challengers.network import Learnt


def numbers(rows: int = 1_500, *, gaps: bool = False) -> tuple[dict[str, Any], Any]:
    columns, label = drawn(rows, 7, gaps=gaps)
    columns.pop("grade")
    return columns, label


def test_logistic_equals_a_pipeline_of_scikit_learn() -> None:
    """Mean imputation with a flag, scaling by the known values and a ridge give the same coefficients and scores."""
    columns, label = numbers(gaps=True)
    matrix = np.column_stack(list(columns.values()))
    spread, mean = np.nanstd(matrix, axis=0), np.nanmean(matrix, axis=0)
    imputed = SimpleImputer(strategy="constant", fill_value=0.0, add_indicator=True).fit_transform(
        (matrix - mean) / spread
    )
    peer = LogisticRegression(C=1 / 3.0, tol=1e-12, max_iter=10_000).fit(imputed, label)
    model = fit("logistic", columns, label, settings={"ridge": 3.0})
    ours = model.facts["coefficients"]
    assert list(ours) == ["up", "up = (missing)", "down", "noise"]
    assert [ours[n] for n in ("up", "down", "noise", "up = (missing)")] == pytest.approx(
        peer.coef_[0].tolist(), abs=1e-6
    )
    np.testing.assert_allclose(model.score(columns), peer.predict_proba(imputed)[:, 1], atol=1e-7)


def test_logistic_without_a_ridge_is_statsmodels_logit() -> None:
    """A ridge of next to nothing leaves maximum likelihood, and the coefficients are those of statsmodels."""
    columns, label = numbers()
    matrix = StandardScaler().fit_transform(np.column_stack(list(columns.values())))
    peer = sm.Logit(label, sm.add_constant(matrix)).fit(disp=False)
    facts = fit("logistic", columns, label, settings={"ridge": 1e-8}).facts
    assert [facts["intercept"], *facts["coefficients"].values()] == pytest.approx(peer.params.tolist(), abs=1e-6)


def test_texts_become_one_column_a_value() -> None:
    """Scores equal those of scikit-learn on columns written out by hand, one of them for missing texts."""
    columns, label = drawn(1_500, 7)
    model = fit("logistic", {"grade": columns["grade"]}, label)
    hot = np.column_stack([columns["grade"] == level for level in ("a", "b", "c", None)]).astype(float)
    peer = LogisticRegression(C=1.0, tol=1e-12, max_iter=10_000).fit(hot, label)
    np.testing.assert_allclose(model.score({"grade": columns["grade"]}), peer.predict_proba(hot)[:, 1], atol=1e-7)


def test_scorecard_is_a_regression_on_its_weights() -> None:
    """Scores follow from intercept, coefficients and attributes; statsmodels finds the same from the weights."""
    columns, label = drawn(3_000, 8)
    model = fit("scorecard", columns, label)
    shapes = {shape["feature"]: shape for shape in model.facts["shapes"]}
    assert set(shapes) == {"up", "down", "grade"}  # noise carries no information
    assert list(model.facts["left out"]) == ["noise"]
    assert model.facts["parameters"] == sum(len(shape["at"]) for shape in shapes.values()) + 4
    p = model.score(columns)
    odds = np.log(p / (1 - p))
    again = sm.Logit(label, sm.add_constant(odds)).fit(disp=False).params
    assert again.tolist() == pytest.approx([0.0, 1.0], abs=2e-3)  # its own log-odds need no correction


def test_no_feature_counts_against_its_own_attributes() -> None:
    """A copy with opposite noise gets a negative coefficient and is dropped, and the card says why."""
    draw = np.random.default_rng(3)
    truth = draw.normal(size=4_000)
    label = (draw.random(4_000) < 1 / (1 + np.exp(-truth))).astype(float)
    columns = {"whole": truth + 0.3 * draw.normal(size=4_000)}
    columns["part"] = columns["whole"] - truth + 0.15 * truth  # little of the truth, all of the other's error
    model = fit("scorecard", columns, label, settings={"least-information": 0.0, "bins": 12})
    assert model.facts["left out"] == {"part": "its coefficient had the wrong sign"}
    assert (
        min(min(s["log-odds"]) for s in model.facts["shapes"])
        < 0
        < max(max(s["log-odds"]) for s in model.facts["shapes"])
    )


def test_ebm_is_interprets_own_and_its_curves_add_up() -> None:
    """Predictions equal those of the class itself with the same arguments, and the curves sum to the log-odds."""
    columns, label = numbers()
    model = fit("ebm", columns, label, seed=11, settings={"bags": 2, "bins": 16})
    peer = ExplainableBoostingClassifier(
        feature_names=list(columns), max_bins=16, interactions=0, outer_bags=2, learning_rate=0.04, max_rounds=5_000,
        random_state=11, n_jobs=1, feature_types=["continuous"] * 3,
    ).fit(np.column_stack(list(columns.values())), label.astype(int))  # fmt: skip
    matrix = np.column_stack(list(columns.values()))
    np.testing.assert_allclose(model.score(columns), peer.predict_proba(matrix)[:, 1], atol=1e-12)
    odds = np.full(len(label), float(peer.intercept_[0]))
    for shape in model.facts["shapes"]:
        places = np.searchsorted(shape["edges"][1:-1], columns[shape["feature"]], side="right")
        odds += np.array(shape["log-odds"])[places]
    np.testing.assert_allclose(model.score(columns), 1 / (1 + np.exp(-odds)), atol=1e-12)


def test_boosting_is_lightgbms_own() -> None:
    """Scores equal those of LightGBM trained with the same parameters for the same rounds."""
    columns, label = numbers()
    model = fit("boosting", columns, label, seed=3, settings={"rounds": 60, "leaves": 7})
    params = {
        "objective": "binary", "num_leaves": 7, "learning_rate": 0.05, "min_data_in_leaf": 40, "lambda_l2": 5.0,
        "bagging_fraction": 0.8, "bagging_freq": 1, "feature_fraction": 0.8, "seed": 3, "deterministic": True,
        "force_row_wise": True, "num_threads": 1, "verbosity": -1,
    }  # fmt: skip
    data = lightgbm.Dataset(np.column_stack(list(columns.values())), label, weight=np.ones(len(label)))
    peer = lightgbm.train(params, data, model.facts["trees"])
    matrix = np.column_stack(list(columns.values()))
    np.testing.assert_allclose(model.score(columns), np.asarray(peer.predict(matrix)), atol=1e-12)
    assert 0 < model.facts["trees"] <= 60
    assert model.facts["parameters"] <= 7 * model.facts["trees"]


def test_a_network_scores_as_the_hand_does_and_survives_its_file() -> None:
    """Weights written down by hand give the log-odds worked out by hand, also after safetensors and back."""
    design = Design((Number("x", 1.0, 2.0, flagged=True),), (Text("g", ("a", "b")),))
    arrays = {
        "vector.0": np.array([[1.0], [-1.0], [0.5], [0.0]], dtype=np.float32),  # a, b, other, missing
        "weight.0": np.array([[1.0, 2.0, 0.5], [-1.0, 0.0, 1.0]], dtype=np.float32),
        "bias.0": np.array([0.0, 0.25], dtype=np.float32),
        "weight.1": np.array([[2.0, -1.0]], dtype=np.float32),
        "bias.1": np.array([0.5], dtype=np.float32),
    }
    columns = {"x": np.array([3.0, np.nan, 1e9]), "g": np.array(["a", None, "z"], dtype=object)}
    # Inputs (x, flag, vector): (1, 0, 1), (0, 1, 0), (8 at most, 0, 0.5); hidden: (1.5, 0.25), (2, 0.25), (8.25, 0).
    by_hand = [2 * 1.5 - 0.25 + 0.5, 2 * 2.0 - 0.25 + 0.5, 2 * 8.25 + 0.5]
    network = Learnt(design, arrays)
    assert network.odds(columns).tolist() == pytest.approx(by_hand, abs=1e-12)
    again = Learnt.read(network.to_bytes())
    assert again.design == design
    np.testing.assert_array_equal(again.odds(columns), network.odds(columns))
    with pytest.raises(ModelError, match="no architecture"):
        Learnt.read(b"\x02\0\0\0\0\0\0\0{}")


def test_pytorch_agrees_with_our_forward_pass() -> None:
    """The network that PyTorch trained gives the scores that the exported weights give."""
    torch = pytest.importorskip("torch")
    columns, label = drawn(1_000, 7)
    seed = torch.initial_seed()
    model = fit("network", columns, label, settings={"layers": [8], "epochs": 5})
    assert torch.initial_seed() == seed
    # Three texts, others and missing, in vectors of 3; then 3 numbers, a flag and the vector into 8 units.
    assert model.facts["parameters"] == 5 * 3 + (3 + 1 + 3) * 8 + 8 + 8 + 1
    assert 1 <= model.facts["epochs"] <= 5
