"""Paired differences of proper scores: by hand, beside scikit-learn, a bootstrap and an exact null."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import norm, ttest_rel
from sklearn.metrics import brier_score_loss, log_loss

from make import NULLS, alarms, at_least, at_most, no_number, number, sample
from secondline.stats.challenge.losses import brier_lead, log_loss_lead


def rows(n: int = 500, seed: int = 1) -> tuple[Any, Any]:
    """Return a sample whose score is the truth blurred a little, and a challenger's blurred more."""
    draw = np.random.default_rng(seed)
    odds = draw.normal(-1, 1, n)
    label = (draw.random(n) < 1 / (1 + np.exp(-odds))).astype(float)
    blurred = [1 / (1 + np.exp(-(odds + blur * draw.normal(size=n)))) for blur in (0.2, 0.9)]
    return sample(blurred[0], at_label=label), blurred[1]


@pytest.mark.parametrize(("lead", "loss"), [(brier_lead, brier_score_loss), (log_loss_lead, log_loss)])
def test_value_is_the_difference_of_scikit_learns_losses(lead: Any, loss: Any) -> None:
    """Challenger less champion; the statistic is that of the paired t-test."""
    table, score = rows()
    label = table.columns["@label"]
    found = number(lead(table, score))
    assert found.value == pytest.approx(loss(label, score) - loss(label, table.columns["@score"]), abs=1e-12)
    assert found.value > 0
    own = [(label - p) ** 2 if lead is brier_lead else -np.log(np.where(label == 1, p, 1 - p))
           for p in (table.columns["@score"], score)]  # fmt: skip
    peer = ttest_rel(own[1], own[0])
    assert found.value / found.detail["se"] == pytest.approx(peer.statistic, rel=1e-9)
    assert found.p_value == pytest.approx(2 * norm.sf(peer.statistic))


def test_interval_is_that_of_a_bootstrap() -> None:
    """Resampling rows spreads the difference as the closed form says."""
    table, score = rows(800)
    label, champion = table.columns["@label"], table.columns["@score"]
    gaps = (label - score) ** 2 - (label - champion) ** 2
    draw = np.random.default_rng(4)
    means = [gaps[draw.integers(0, 800, 800)].mean() for _ in range(2_000)]
    assert number(brier_lead(table, score)).detail["se"] == pytest.approx(np.std(means), rel=0.06)


def test_weights_count_rows() -> None:
    """Equal weights change nothing; a weight of zero takes the row out."""
    table, score = rows(100)
    columns = table.columns
    weight = np.where(np.arange(100) < 80, 3.0, 0.0)
    one = number(brier_lead(sample(columns["@score"], at_label=columns["@label"], at_weight=weight), score))
    two = number(brier_lead(sample(columns["@score"][:80], at_label=columns["@label"][:80]), score[:80]))
    assert (one.value, one.low, one.n) == pytest.approx((two.value, two.low, two.n))


def test_points_have_no_loss() -> None:
    """A champion that gives points, or numbers beyond 0 to 1, is not compared; certainty that errs is finite."""
    table, score = rows(100)
    assert no_number(brier_lead(table, score, probability=False)).kind == "not-applicable"
    beyond = sample(table.columns["@score"] * 3, at_label=table.columns["@label"])
    assert no_number(log_loss_lead(beyond, score)).kind == "not-applicable"
    assert number(log_loss_lead(table, np.zeros(100))).value > 5


def test_equal_models_are_told_apart_at_the_nominal_rate() -> None:
    """Two blurs of one truth, equally strong, are called different in five of a hundred samples."""
    draw = np.random.default_rng(3)
    p_values = []
    for _ in range(NULLS):
        odds = draw.normal(-1, 1, 150)
        label = (draw.random(150) < 1 / (1 + np.exp(-odds))).astype(float)
        one, two = (1 / (1 + np.exp(-(odds + 0.5 * draw.normal(size=150)))) for _ in range(2))
        p_values.append(number(brier_lead(sample(one, at_label=label), two)).p_value)
    # The statistic is a t of 149 degrees held against the normal: a little more than nominal.
    assert at_least() <= alarms(p_values) <= at_most(alpha=0.055)


def test_the_same_scores_do_not_differ() -> None:
    """A model against itself: 0, no doubt, p of 1."""
    table, _ = rows(50)
    found = number(brier_lead(table, table.columns["@score"]))
    assert (found.value, found.low, found.high, found.p_value) == (0, 0, 0, 1)
