"""Slope and intercept agree with statsmodels, weighted or not, and keep their level."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, logit

from make import NULLS, alarms, at_least, at_most, gridded, no_number, number, scores
from secondline.core.tables import ScoreTable
from secondline.stats.calibration.logistic import intercept, slope


def rows(seed: int, size: int = 800, a: float = 0.0, b: float = 1.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return predictions, outcomes with intercept *a* and slope *b* on their log-odds, and weights."""
    rng = np.random.default_rng(seed)
    p = expit(rng.normal(-1.5, 1.0, size))
    return p, (rng.random(size) < expit(a + b * logit(p))).astype(float), rng.uniform(0.5, 3.0, size)


@pytest.mark.parametrize("weighted", [False, True])
def test_equals_statsmodels(weighted: bool) -> None:
    """Coefficients and sandwich errors are those of statsmodels' GLM on the rows."""
    p, y, w = rows(1, a=0.3, b=0.7)
    weight = w if weighted else np.ones_like(w)
    table, x, family = ScoreTable.of(p, y, weight), logit(p), sm.families.Binomial()
    joint = sm.GLM(y, sm.add_constant(x), family=family, var_weights=weight).fit(cov_type="HC0", tol=1e-12)
    level = sm.GLM(y, np.ones_like(x), family=family, var_weights=weight, offset=x).fit(cov_type="HC0", tol=1e-12)
    b, a = number(slope(table)), number(intercept(table))
    assert (b.detail["intercept"], b.value) == pytest.approx(tuple(joint.params))
    assert (b.detail["intercept_se"], b.detail["se"]) == pytest.approx(tuple(joint.bse))
    assert (b.low, b.high) == pytest.approx(tuple(joint.conf_int()[1]))
    assert (a.value, a.detail["se"]) == pytest.approx((level.params[0], level.bse[0]))
    assert a.detail["joint_slope"] == pytest.approx(b.value)


def test_by_hand() -> None:
    """Rates of 1/5 and 4/5 predicted as 1/3 and 2/3: slope ln 4 / ln 2 = 2, intercept 0."""
    found = number(slope(scores([50, 50], [10, 40], [1 / 3, 2 / 3])))
    assert found.value == pytest.approx(2.0)
    assert found.detail["intercept"] == pytest.approx(0.0, abs=1e-9)
    assert number(intercept(scores([50, 50], [10, 40], [1 / 3, 2 / 3]))).value == pytest.approx(0.0, abs=1e-9)


def test_intercept_by_hand() -> None:
    """All rows predicted at 1/2 and 20 % observed: the intercept is ln(1/4), though no slope exists."""
    table = scores([100], [20], [0.5])
    found = number(intercept(table))
    assert found.value == pytest.approx(np.log(0.25))
    assert found.detail["joint_slope"] is None
    assert no_number(slope(table)).needed == "at least two distinct predictions"


def test_null_false_alarms() -> None:
    """Right predictions: both two-sided tests alarm as often as they say, over tables of unequal cells."""
    rng = np.random.default_rng(2)
    p, n = expit(np.linspace(-3.5, 0.5, 20)), np.linspace(20, 200, 20).astype(int)
    tables = [scores(n, rng.binomial(n, p), p) for _ in range(NULLS)]
    for test in (slope, intercept):
        assert at_least() <= alarms([number(test(t)).p_value for t in tables]) <= at_most()


def test_mde_has_its_power() -> None:
    """A slope off by the smallest detectable distance is found in about 80 % of samples."""
    rng = np.random.default_rng(3)
    p, n = expit(np.linspace(-3.5, 0.5, 20)), np.full(20, 200)
    mde = number(slope(scores(n, np.round(n * p), p))).mde
    assert mde is not None
    draws = rng.binomial(n, expit((1 - mde) * logit(p) - 0.3), (300, 20))
    found = [(number(slope(scores(n, k, p))).p_value or 0) < 0.05 for k in draws]
    assert np.mean(found) == pytest.approx(0.8, abs=0.1)


@given(st.integers(0, 300))
def test_copies_of_rows_move_nothing(seed: int) -> None:
    """A weight of 2 for all rows leaves coefficients and errors; rows listed twice leave the coefficients."""
    p, y, _ = rows(seed, 200)
    once, heavy, twice = (
        slope(ScoreTable.of(p, y)),
        slope(ScoreTable.of(p, y, np.full(200, 2.0))),
        slope(ScoreTable.of(np.tile(p, 2), np.tile(y, 2))),
    )
    a, b, c = number(once), number(heavy), number(twice)
    assert b.value == pytest.approx(a.value, rel=1e-8)
    assert b.detail["se"] == pytest.approx(a.detail["se"])
    assert c.value == pytest.approx(a.value, rel=1e-8)
    assert c.detail["se"] == pytest.approx(a.detail["se"] / np.sqrt(2))


@given(st.integers(0, 300), st.sampled_from([2.0**-6, 2.0**-9]))
def test_grid_stays_within_its_bound(seed: int, cell: float) -> None:
    """On a grid both coefficients differ from the exact ones by less than the stated bound."""
    p, y, w = rows(seed, 400)
    for test in (slope, intercept):
        exact, grid = number(test(ScoreTable.of(p, y, w))), number(test(gridded(p, y, cell, w)))
        assert abs(grid.value - exact.value) <= grid.bound
        assert (grid.high or 0) - (grid.low or 0) > 2 * grid.bound
        assert exact.bound == 0.0


def test_predictions_of_zero_are_moved_and_counted() -> None:
    """Predictions of exactly 0 and 1 are moved to the clip, with a warning; the clip is a parameter."""
    table = scores([40, 100, 100, 40], [1, 20, 60, 39], [0.0, 0.2, 0.6, 1.0])
    found = number(slope(table))
    assert found.warnings == ("80 of 280 predictions lie within 1e-06 of 0 or 1 and were moved there",)
    assert number(slope(table, clip=1e-3)).value > found.value
    assert not number(slope(scores([50, 50], [10, 40], [0.3, 0.7]))).warnings


def test_no_number() -> None:
    """Separated outcomes, one outcome, points and no rows have no slope."""
    assert no_number(slope(scores([50, 50], [0, 50], [0.3, 0.7]))).because.startswith("the score separates")
    assert (
        no_number(slope(ScoreTable.of(np.linspace(0.1, 0.9, 40), (np.arange(40) >= 20).astype(float)))).kind
        == "too-few"
    )
    assert number(intercept(scores([50, 50], [0, 50], [0.3, 0.7]))).detail["joint_slope"] is None
    for test in (slope, intercept):
        assert no_number(test(scores([50, 50], [0, 0], [0.3, 0.7]))).because == "there are no events"
        assert no_number(test(scores([50, 50], [50, 50], [0.3, 0.7]))).because == "every row is an event"
        assert no_number(test(ScoreTable.empty())).kind == "too-few"
        points = ScoreTable.of(np.array([1.0, 2.0]), np.array([0.0, 1.0]), probability=False)
        assert no_number(test(points)).kind == "not-applicable"
