"""Exact attributions equal those of the libraries and of shap, in this process and through the pipe of the sandbox."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import catboost
import lightgbm
import numpy as np
import pytest
import skops.io
import xgboost
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from secondline.core.errors import ModelError
from secondline.core.spec import Line
from secondline.models.attributions import Attributions, attribute, on
from secondline.models.inprocess import wrapped

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of the library that shap draws with
    import shap

NAMES = ("income", "age", "balance", "limit")
DRAW = np.random.default_rng(3)
X = DRAW.normal(size=(1_500, 4))
Y = (DRAW.random(1_500) < 1 / (1 + np.exp(-(X[:, 0] - X[:, 1] * X[:, 2])))).astype(int)
ROWS, ABSENT = X[:200], X[-60:]


def columns(x: Any) -> dict[str, Any]:
    return {name: np.ascontiguousarray(x[:, i]) for i, name in enumerate(NAMES)}


def by_input(found: Attributions) -> dict[str, Any]:
    return dict(zip(found.features, found.values.T, strict=True))


def trusted(folder: Path) -> tuple[str, ...]:
    return tuple(skops.io.get_untrusted_types(file=folder / "m.skops"))


def gappy() -> Any:
    x = X.copy()
    x[::7, 1] = np.nan
    return x


def boosted(x: Any, **more: Any) -> Any:
    data = lightgbm.Dataset(x, Y, feature_name=list(NAMES), params={"verbosity": -1})
    return lightgbm.train({"objective": "binary", "verbosity": -1, "num_threads": 1, **more}, data, 30)


def test_lightgbm_through_the_pipe_equals_shap(tmp_path: Path, opened: Any) -> None:
    """With missing values; contributions add up to log-odds, and those to the score."""
    x = gappy()
    booster = boosted(x)
    (tmp_path / "m.txt").write_text(booster.model_to_string())
    model = opened(tmp_path, path="m.txt")
    found = attribute(model, columns(x[:200]), columns(x[-60:]))
    assert (found.scale, found.method, found.background) == ("log-odds", "trees, path-dependent", 0)
    assert np.abs(found.gap).max() < 1e-9
    assert np.allclose(found.scores, on("log-odds", model.score(columns(x[:200]))), atol=1e-9)
    theirs = shap.TreeExplainer(booster)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it tells what its answer looked like in an earlier version
        wanted = theirs.shap_values(x[:200])
    assert np.allclose(found.values, wanted, atol=1e-9)
    assert found.base == pytest.approx(float(np.ravel(theirs.expected_value)[-1]), abs=1e-9)


def test_a_line_in_log_odds_scales_contributions(tmp_path: Path, opened: Any) -> None:
    """Recalibration by a + b x log-odds multiplies contributions by b, and they still add up to the score."""
    (tmp_path / "m.txt").write_text(boosted(X).model_to_string())
    plain = attribute(opened(tmp_path, path="m.txt"), columns(ROWS), columns(ABSENT))
    model = opened(tmp_path, path="m.txt", calibration=Line(intercept=0.3, slope=1.2))
    found = attribute(model, columns(ROWS), columns(ABSENT))
    assert np.allclose(found.values, 1.2 * plain.values, atol=1e-12)
    assert found.base == pytest.approx(0.3 + 1.2 * plain.base)
    assert np.allclose(found.scores, on("log-odds", model.score(columns(ROWS))), atol=1e-9)
    (tmp_path / "r.txt").write_text(boosted(X, objective="regression").model_to_string())
    other = opened(tmp_path, path="r.txt", calibration=Line(intercept=0.3, slope=1.2))
    with pytest.raises(ModelError, match="cannot follow a line in log-odds"):
        attribute(other, columns(ROWS), columns(ABSENT), method="native")
    sampled = attribute(other, columns(ROWS[:5]), columns(ABSENT), samples=8)
    assert sampled.method.startswith("permutation sampling, interventional (its own method refused: ")


def test_a_steeper_sigmoid_and_other_objectives(tmp_path: Path, opened: Any) -> None:
    """LightGBM's sigmoid parameter is part of the scale; an objective without a known scale is sampled."""
    (tmp_path / "s.txt").write_text(boosted(X, sigmoid=2.0).model_to_string())
    model = opened(tmp_path, path="s.txt")
    found = attribute(model, columns(ROWS), columns(ABSENT))
    assert np.allclose(found.scores, on("log-odds", model.score(columns(ROWS))), atol=1e-9)
    (tmp_path / "p.txt").write_text(boosted(X, objective="poisson").model_to_string())
    counts = opened(tmp_path, path="p.txt")
    assert counts.explain is None
    assert attribute(counts, columns(ROWS[:5]), columns(ABSENT)).method == "every coalition, interventional"


def test_lightgbm_with_text(tmp_path: Path, opened: Any) -> None:
    """A categorical input travels as text and is explained as the library explains its codes."""
    import pandas as pd

    region = np.array(["north", "south", "west"], dtype=object)[DRAW.integers(0, 3, len(X))]
    frame = pd.DataFrame({"income": X[:, 0], "region": pd.Categorical(region)})
    data = lightgbm.Dataset(frame, (X[:, 0] + (region == "west") > 0.3).astype(int), params={"verbosity": -1})
    booster = lightgbm.train({"objective": "binary", "verbosity": -1, "num_threads": 1}, data, 10)
    (tmp_path / "c.txt").write_text(booster.model_to_string())
    rows = {"income": X[:50, 0], "region": region[:50]}
    found = attribute(opened(tmp_path, path="c.txt"), rows, rows)
    assert np.allclose(found.values, np.asarray(booster.predict(frame[:50], pred_contrib=True))[:, :-1], atol=1e-12)


def test_xgboost_through_the_pipe(tmp_path: Path, opened: Any) -> None:
    """XGBoost works in single precision: contributions add up to a few millionths."""
    data = xgboost.DMatrix(X, Y, feature_names=list(NAMES))
    booster = xgboost.train({"objective": "binary:logistic", "max_depth": 3}, data, 30)
    booster.save_model(tmp_path / "m.ubj")
    found = attribute(opened(tmp_path, path="m.ubj"), columns(ROWS), columns(ABSENT))
    theirs = booster.predict(xgboost.DMatrix(ROWS, feature_names=list(NAMES)), pred_contribs=True)
    assert np.array_equal(found.values, theirs[:, :-1].astype(float))
    assert np.abs(found.gap).max() < 5e-6


def test_coefficients_and_scorecards(tmp_path: Path, opened: Any) -> None:
    """phi_j = beta_j (x_j - E x_j), and beta (woe - mean woe) for a scorecard, with missing values in place."""
    table = {"intercept": -1.0, "coefficients": {"income": 0.5, "age": -2.0, "balance": 0.1, "limit": 0.0}}
    (tmp_path / "l.json").write_text(json.dumps(table))
    found = attribute(opened(tmp_path, path="l.json"), columns(ROWS), columns(ABSENT))
    beta = np.array([0.5, -2.0, 0.1, 0.0])
    assert np.allclose(found.values, beta * (ROWS - ABSENT.mean(axis=0)), atol=1e-12)
    assert found.base == pytest.approx(-1.0 + float((beta * ABSENT.mean(axis=0)).sum()))
    assert found.background == 60
    card = {
        "intercept": -1.5,
        "coefficients": {"income": 0.8},
        "attributes": [
            {"feature": "income", "low": None, "high": 0.0, "woe": 0.7},
            {"feature": "income", "low": 0.0, "high": None, "woe": -0.2},
            {"feature": "income", "missing": True, "woe": 0.1},
        ],
    }
    (tmp_path / "s.json").write_text(json.dumps(card))
    income = np.array([-1.0, 2.0, np.nan, 3.0])
    card_values = attribute(opened(tmp_path, path="s.json"), {"income": income}, {"income": income})
    woe = np.array([0.7, -0.2, 0.1, -0.2])
    assert np.allclose(by_input(card_values)["income"], 0.8 * (woe - woe.mean()), atol=1e-12)
    assert np.abs(card_values.gap).max() < 1e-12


@pytest.mark.parametrize(
    ("estimator", "scale"),
    [
        (RandomForestClassifier(20, max_depth=4, random_state=0), "probability"),
        (GradientBoostingClassifier(n_estimators=20, random_state=0), "log-odds"),
    ],
    ids=["forest", "boosting"],
)
def test_scikit_learn_trees_equal_every_coalition(estimator: Any, scale: str) -> None:
    """Trees by shap, interventionally, are what enumeration of all coalitions gives on the same background."""
    model = wrapped(estimator.fit(X, Y), NAMES)
    found = attribute(model, columns(ROWS[:40]), columns(ABSENT))
    assert (found.scale, found.method, found.background) == (scale, "trees, interventional", 60)
    assert np.abs(found.gap).max() < 1e-6
    if scale == "log-odds":
        wanted = attribute(model, columns(ROWS[:40]), columns(ABSENT), method="enumeration", samples=60)
        assert wanted.scale == scale
        assert np.allclose(found.values, wanted.values, atol=1e-6)


def test_enumeration_and_sampling_equal_shap() -> None:
    """shap's exact and permutation explainers over the same background rows give the same values."""
    model = wrapped(RandomForestClassifier(10, max_depth=4, random_state=0).fit(X, Y), NAMES)
    masker = vars(shap)["maskers"].Independent(ABSENT, max_samples=60)

    def score(x: Any) -> Any:
        return model.score(columns(np.asarray(x)))

    wanted = np.asarray(shap.ExactExplainer(score, masker)(ROWS[:5]).values)
    whole = attribute(model, columns(ROWS[:5]), columns(ABSENT), method="enumeration", samples=60)
    odds = shap.ExactExplainer(lambda x: on("log-odds", score(x)), masker)(ROWS[:5])
    theirs = wanted if whole.scale == "probability" else np.asarray(odds.values)
    assert np.allclose(np.stack(list(by_input(whole).values()), axis=1), theirs, atol=1e-9)


def test_skops_pipeline_through_the_pipe(tmp_path: Path, opened: Any) -> None:
    """Imputer, scaler and logistic regression: contributions keep the names of the inputs."""
    x = gappy()
    fitted = make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression()).fit(x, Y)
    skops.io.dump(fitted, tmp_path / "m.skops")
    model = opened(tmp_path, path="m.skops", features=NAMES, trusted=trusted(tmp_path))
    found = attribute(model, columns(x[:100]), columns(x[-60:]))
    assert found.method == "terms of a straight line, interventional"
    assert np.allclose(found.scores, on("log-odds", model.score(columns(x[:100]))), atol=1e-9)
    seen = fitted[:-1].transform(x)
    theirs = shap.LinearExplainer(fitted[-1], seen[-60:]).shap_values(seen[:100])
    assert np.allclose(found.values, theirs, atol=1e-9)


def test_skops_trees_through_the_pipe(tmp_path: Path, opened: Any) -> None:
    """shap runs inside the worker, under its limits."""
    fitted = GradientBoostingClassifier(n_estimators=10, random_state=0).fit(X, Y)
    skops.io.dump(fitted, tmp_path / "m.skops")
    skops_ = opened(tmp_path, path="m.skops", features=NAMES, trusted=trusted(tmp_path))
    found = attribute(skops_, columns(ROWS[:20]), columns(ABSENT))
    wanted = shap.TreeExplainer(fitted, ABSENT, feature_perturbation="interventional").shap_values(ROWS[:20])
    assert np.allclose(found.values, wanted, atol=1e-9)


def test_objects_of_this_process() -> None:
    """Boosters in scikit-learn's clothes are explained by their libraries; a regression by its terms."""
    for estimator in (
        lightgbm.LGBMClassifier(n_estimators=10, verbosity=-1, n_jobs=1),
        xgboost.XGBClassifier(n_estimators=10, n_jobs=1),
        catboost.CatBoostClassifier(iterations=10, verbose=0, thread_count=1, allow_writing_files=False),
    ):
        model = wrapped(estimator.fit(X, Y), NAMES)
        found = attribute(model, columns(ROWS), columns(ABSENT))
        assert found.method == "trees, path-dependent"
        assert np.abs(found.gap).max() < 5e-6
        assert np.allclose(found.scores, on("log-odds", model.score(columns(ROWS))), atol=5e-6)
    line = wrapped(LinearRegression().fit(X, X[:, 0] * 2.0), NAMES)
    found = attribute(line, columns(ROWS), columns(ABSENT))
    assert np.allclose(by_input(found)["income"], 2 * (ROWS - ABSENT.mean(0))[:, 0])


def test_what_is_not_understood_is_sampled() -> None:
    """Three classes, histogram trees, and pipelines that mix columns, have no exact attribution here."""
    three = RandomForestClassifier(3, random_state=0).fit(X, np.arange(len(X)) % 3)
    assert wrapped(three, NAMES).explain is None
    from sklearn.decomposition import PCA

    assert wrapped(HistGradientBoostingClassifier(max_iter=2).fit(X, Y), NAMES).explain is None
    assert wrapped(make_pipeline(PCA(2), LogisticRegression()).fit(X, Y), NAMES).explain is None


def test_only_what_reads_a_background_is_sent_one(tmp_path: Path, opened: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Path-dependent trees get the rows to explain and no more; a line gets the background, too."""
    from secondline.models.sandbox import Sandbox

    sent: list[int] = []
    before = Sandbox.ask

    def noted(self: Any, head: Any, body: bytes, *more: Any) -> Any:
        sent.append(len(body) // (8 * len(NAMES)))
        return before(self, head, body, *more)

    (tmp_path / "l.txt").write_text(boosted(X).model_to_string())
    matrix = xgboost.DMatrix(X, Y, feature_names=list(NAMES))
    xgboost.train({"objective": "binary:logistic"}, matrix, 3).save_model(tmp_path / "x.json")
    cat = catboost.CatBoostClassifier(iterations=3, verbose=False, allow_writing_files=False)
    cat.fit(catboost.Pool(X, Y, feature_names=list(NAMES))).save_model(str(tmp_path / "c.cbm"))
    (tmp_path / "line.json").write_text(json.dumps({"intercept": 0.5, "coefficients": dict.fromkeys(NAMES, 1.0)}))
    needs = {"l.txt": False, "x.json": False, "c.cbm": False, "line.json": True}
    for path, background in needs.items():
        model = opened(tmp_path, path=path)
        assert model.explain is not None
        assert model.explain.background is background
        with monkeypatch.context() as patch:
            patch.setattr(Sandbox, "ask", noted)
            found = attribute(model, columns(ROWS[:3]), columns(ABSENT))
        assert sent.pop() == (3 + len(ABSENT) if background else 3)
        assert (found.background == 0) is not background
