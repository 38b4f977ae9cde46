"""Actual over expected agrees with Garwood's tables and covers."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2

from make import groups, groups_of, no_number, number
from secondline.stats.calibration.ratio import actual_expected


def test_by_hand() -> None:
    """Ten events against eight expected: Garwood's 95 % limits of 10 are 4.795 and 18.390."""
    found = number(actual_expected(groups([500, 300], [4, 6], [0.01, 0.01])))
    assert found.value == pytest.approx(10 / 8)
    assert (found.low, found.high) == pytest.approx((4.795 / 8, 18.390 / 8), abs=1e-4)
    assert found.low == pytest.approx(chi2.ppf(0.025, 20) / 2 / 8)
    assert (found.detail["actual"], found.detail["expected"]) == (10, pytest.approx(8))
    assert len(found.detail["bands"]) == 2


def test_no_events() -> None:
    """No event among 3 expected: the ratio is 0 and its upper limit 3.689 / 3."""
    found = number(actual_expected(groups(300, 0, 0.01)))
    assert (found.value, found.low) == (0.0, 0.0)
    assert found.high == pytest.approx(3.6889 / 3, abs=1e-4)


def test_covers_at_least_nominally() -> None:
    """The interval holds the true ratio, 1, in at least 95 % of samples, unweighted and weighted."""
    rng = np.random.default_rng(1)
    p = rng.uniform(0.01, 0.2, 400)
    weight = rng.uniform(0.5, 3.0, 400)
    for w in (None, weight):
        found = [number(actual_expected(groups_of(p, rng.random(400) < p, ["a"] * 400, w))) for _ in range(600)]
        inside = np.mean([(f.low or 0) <= 1.0 <= (f.high or 0) for f in found])
        assert inside > 0.94


def test_mde_is_of_the_predictions() -> None:
    """The smallest detectable distance is 2.80 standard errors of A / E under the predictions."""
    found = number(actual_expected(groups(1000, 12, 0.01)))
    assert found.mde == pytest.approx((1.959964 + 0.841621) * np.sqrt(9.9) / 10, rel=1e-6)


def test_nothing_expected_and_no_rows() -> None:
    """Without expected events, or without rows, there is no ratio."""
    assert no_number(actual_expected(groups(10, 0, 0.0))).needed == "predictions above 0"
    assert no_number(actual_expected(groups(0, 0, 0.0))).kind == "too-few"
