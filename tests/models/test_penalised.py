"""Boosted trees that pay for a gap between groups."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import log_loss

from secondline.core.declared.challengers import Boosting
from secondline.models.challengers.given import Given
from secondline.models.challengers.penalised import Penalty, fit

SETTINGS = Boosting.model_validate({"leaves": 7, "sample": 1.0, "columns": 1.0, "least-rows": 20})


def given() -> tuple[Given, np.ndarray]:
    draw = np.random.default_rng(3)
    group = draw.random(4_000) < 0.4
    x, proxy = draw.normal(size=4_000), group + draw.normal(scale=0.5, size=4_000)
    label = (draw.random(4_000) < 1 / (1 + np.exp(1 - x - group))).astype(float)
    return Given({"x": x, "proxy": proxy}, label, np.ones(4_000), {}, 1), group


def gap(score: np.ndarray, group: np.ndarray) -> float:
    odds = np.log(score / (1 - score))
    return float(odds[group].mean() - odds[~group].mean())


def test_a_larger_penalty_makes_a_smaller_gap_and_a_larger_loss() -> None:
    """The gap in mean log-odds shrinks as its price rises, and what it costs is paid in log-loss."""
    rows, group = given()
    scores = [
        fit(rows, SETTINGS, Penalty(group, ~group, price), 100).predict(rows.columns) for price in (1e-9, 0.5, 10.0)
    ]
    gaps = [gap(score, group) for score in scores]
    losses = [log_loss(rows.label, score) for score in scores]
    assert gaps[0] > gaps[1] > gaps[2] > -0.02
    assert gaps[2] < 0.2 * gaps[0]
    assert losses[0] < losses[1] < losses[2]


def test_without_a_price_it_is_the_plain_fit() -> None:
    """A penalty of nothing gives what LightGBM's own objective gives."""
    import lightgbm

    from secondline.models.challengers.boosting import data, parameters

    rows, group = given()
    mine = fit(rows, SETTINGS, Penalty(group, ~group, 1e-12), 50).predict(rows.columns)
    plain = lightgbm.train(parameters(rows, SETTINGS), data(lightgbm, rows, {}), 50)
    theirs = plain.predict(np.column_stack([rows.columns["x"], rows.columns["proxy"]]))
    assert mine == pytest.approx(theirs, abs=2e-3)
