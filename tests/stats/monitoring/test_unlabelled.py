"""Expected performance is right under covariate shift, wrong under concept drift, and always says what it is."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from make import at_most, no_number, number
from secondline.core.errors import SpecError
from secondline.core.tables import ScoreTable
from secondline.stats.calibration import logistic
from secondline.stats.discrimination.auc import auc
from secondline.stats.monitoring import unlabelled
from secondline.stats.monitoring.unlabelled import Metric, Recalibration

KNOWN = Recalibration(0.0, 1.0, (0.0, 0.0, 0.0), 1e9, 1e8)


def drawn(rng: np.random.Generator, n: int, shift: float = 0.0, concept: float = 1.0) -> tuple[Any, Any]:
    """Draw scores and outcomes; *shift* moves the cases, *concept* changes what a score means."""
    x = rng.normal(shift, 1.0, n)
    return expit(-1.5 + x), (rng.random(n) < expit(-1.5 + concept * x)).astype(float)


def truth(metric: Metric, p: Any, y: Any, cut: float) -> float:
    """Return a metric from labels."""
    hit = p >= cut
    if metric == "auc":
        return number(auc(ScoreTable.of(p, y))).value
    parts = {"rate": y, "precision": y[hit], "recall": hit[y == 1], "specificity": ~hit[y == 0]}
    return float(np.mean(parts[metric]))


def fitted(p: Any, y: Any) -> Recalibration:
    """Return the recalibration, failing the test where there is none."""
    found = Recalibration.of(p, y)
    assert isinstance(found, Recalibration)
    return found


def test_recalibration_is_the_houses() -> None:
    """Intercept, slope and their errors are those of the calibration slope's own fit."""
    p, y = drawn(np.random.default_rng(0), 3_000, concept=0.7)
    ours, theirs = fitted(p, y), number(logistic.slope(ScoreTable.of(p, y)))
    assert ours.slope == pytest.approx(theirs.value, abs=1e-8)
    assert ours.intercept == pytest.approx(theirs.detail["intercept"], abs=1e-8)
    assert np.sqrt(ours.variance[2]) == pytest.approx(theirs.detail["se"], rel=1e-6)
    assert np.sqrt(ours.variance[0]) == pytest.approx(theirs.detail["intercept_se"], rel=1e-6)


@pytest.mark.parametrize("metric", get_args(Metric))
def test_expected_value_is_the_mean_over_outcomes(metric: Metric) -> None:
    """The expected metric is that of many draws of the outcomes, and the interval's width is their spread."""
    rng = np.random.default_rng(1)
    p = rng.beta(2, 5, 400)
    seen = [truth(metric, p, (rng.random(400) < p).astype(float), 0.4) for _ in range(600)]
    e = number(unlabelled.performance(metric, p, 0.4, KNOWN))
    assert e.value == pytest.approx(np.mean(seen), abs=0.006)
    assert e.detail["se_outcomes"] == pytest.approx(np.std(seen), rel=0.12)


@pytest.mark.slow
@pytest.mark.parametrize("metric", get_args(Metric))
def test_covers_under_covariate_shift(metric: Metric) -> None:
    """With other cases and the same meaning of a score, the labels' figure lies in the interval."""
    missed = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        fit = fitted(*drawn(rng, 3_000))
        p, y = drawn(rng, 1_500, shift=0.7)
        e = number(unlabelled.performance(metric, p, 0.3, fit))
        assert e.low is not None
        assert e.high is not None
        missed += not e.low <= truth(metric, p, y, 0.3) <= e.high
    assert missed <= at_most(100)


def test_fails_under_concept_drift_and_says_it_might() -> None:
    """When a score no longer means what it meant, the estimate is far off: its warning is not idle."""
    rng = np.random.default_rng(2)
    fit = fitted(*drawn(rng, 5_000))
    p, y = drawn(rng, 5_000, concept=0.2)
    e = number(unlabelled.performance("auc", p, 0.3, fit))
    assert e.low is not None
    assert truth("auc", p, y, 0.3) < e.low - 0.05
    assert e.detail["estimate"] is True
    assert unlabelled.ASSUMPTION in e.warnings


def test_little_calibration_data_widens_it() -> None:
    """The interval grows as the labelled cases behind the calibration shrink."""
    p, y = drawn(np.random.default_rng(3), 20_000)
    q = p[:5_000]
    few, many = (number(unlabelled.performance("rate", q, 0.3, fitted(p[:n], y[:n]))) for n in (300, 20_000))
    assert few.detail["se_calibration"] > 3 * many.detail["se_calibration"]
    assert few.detail["se_outcomes"] == pytest.approx(many.detail["se_outcomes"], rel=0.1)


@given(st.lists(st.floats(0, 1), min_size=2, max_size=40), st.floats(0, 1))
def test_stays_within_0_and_1(p: list[float], cut: float) -> None:
    """Whatever the scores, a metric and its interval are shares, and the expected matrix adds up to the cases."""
    for metric in get_args(Metric):
        e = unlabelled.performance(metric, np.array(p), cut, KNOWN)
        if not hasattr(e, "because"):
            found = number(e)
            assert 0 <= (found.low or 0) <= found.value + 1e-9
            assert found.value <= (found.high or 0) + 1e-9 <= 1 + 2e-9
            assert sum(found.detail["confusion"].values()) == pytest.approx(len(p))


def test_what_is_missing_is_said() -> None:
    """No scores, nothing alerted, one case: no number. NaN scores take no part."""
    no_number(unlabelled.performance("rate", np.array([np.nan]), 0.5, KNOWN))
    assert "alerted" in no_number(unlabelled.performance("precision", np.array([0.1, 0.2]), 0.5, KNOWN)).because
    no_number(unlabelled.performance("auc", np.array([0.1]), 0.5, KNOWN))
    assert number(unlabelled.performance("rate", np.array([0.2, np.nan, 0.4]), 0.5, KNOWN)).n == 2


def test_too_few_labels_or_one_score_have_no_recalibration() -> None:
    """Fewer than twenty events, or one score only, show no calibration; a score that is no probability is refused."""
    p, y = drawn(np.random.default_rng(4), 50)
    assert not isinstance(Recalibration.of(p, np.zeros(50)), Recalibration)
    assert not isinstance(Recalibration.of(np.full(100, 0.3), np.arange(100.0) % 2), Recalibration)
    perfect = np.repeat([0.1, 0.9], 50)
    assert not isinstance(Recalibration.of(perfect, np.repeat([0.0, 1.0], 50)), Recalibration)
    with pytest.raises(SpecError, match="probability"):
        unlabelled.performance("rate", 10 * p, 0.5, KNOWN)
    assert len(y) == 50
