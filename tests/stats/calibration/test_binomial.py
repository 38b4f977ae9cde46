"""Binomial tests agree with published critical values, with scipy, and keep their level."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import binom, binomtest, norm

from make import NULLS, alarms, at_least, at_most, groups, no_number, number
from secondline.stats.calibration.binomial import correlated, independent, one_factor, upper_tail


def test_published_critical_values() -> None:
    """k* of 1,000 rows at 1 % is 16, 19, 22; the normal approximation is too low."""
    found = number(independent(groups(1000, 15, 0.01))).detail["critical"]
    assert [row["events"] for row in found] == [16, 19, 22]
    assert [row["normal"] for row in found] == pytest.approx([15.175, 17.320, 19.723], abs=1e-3)


@pytest.mark.parametrize(("n", "events", "pd"), [(1000, 15, 0.01), (50, 0, 0.02), (10, 10, 0.5), (250, 7, 0.01)])
def test_equals_scipy(n: int, events: int, pd: float) -> None:
    """p-value and interval are scipy's exact ones."""
    found, theirs = number(independent(groups(n, events, pd))), binomtest(events, n, pd, alternative="greater")
    interval = binomtest(events, n, pd).proportion_ci(0.95, "exact")
    assert found.p_value == pytest.approx(theirs.pvalue, rel=1e-10)
    assert (found.low, found.high) == pytest.approx((interval.low - pd, interval.high - pd))


def test_kupiec_traffic_light_probabilities() -> None:
    """Basel's 250-day table: P(fewer than 5 exceptions) is 89.22 %, than 10 is 99.97 %."""
    assert [1 - upper_tail(k, 250, 0.01) for k in (5, 6, 7, 8, 10)] == pytest.approx(
        [0.8922, 0.9588, 0.9863, 0.9960, 0.9997], abs=5e-5
    )


def test_published_critical_rate() -> None:
    """The one-factor critical rate at 1 %, correlation 5 % and 95 %."""
    found = number(correlated(groups(1000, 15, 0.01)))
    assert found.detail["critical_rate"] == pytest.approx(0.0222459, abs=5e-8)


def test_without_correlation_it_is_the_exact_test() -> None:
    """At rho = 0, and in the limit towards it, the p-value is the independent one; with rho it is larger."""
    table = groups(1000, 18, 0.01)
    exact = number(independent(table)).p_value
    assert number(correlated(table, rho=0.0)).p_value == exact
    assert number(correlated(table, rho=1e-9)).p_value == pytest.approx(exact, rel=1e-3)
    assert (number(correlated(table)).p_value or 0) > (exact or 1)


@pytest.mark.parametrize(
    ("n", "events", "pd", "rho"), [(1000, 25, 0.01, 0.05), (2_000_000, 60_000, 0.02, 0.1), (30, 1, 0.1, 0.3)]
)
def test_mixture_equals_a_fine_sum(n: int, events: int, pd: float, rho: float) -> None:
    """The averaged tail equals a plain sum over many values of the factor."""
    y = norm.ppf((np.arange(200_000) + 0.5) / 200_000)
    rate: Any = norm.cdf((norm.ppf(pd) + np.sqrt(rho) * y) / np.sqrt(1 - rho))
    assert number(correlated(groups(n, events, pd), rho=rho)).p_value == pytest.approx(
        float(np.mean(binom.sf(events - 1, n, rate))), rel=1e-4
    )


def test_null_false_alarms() -> None:
    """Independent events: the exact test never exceeds its level and comes near it with many rows."""
    rng = np.random.default_rng(4)
    sizes, pds = rng.integers(200, 100_000, NULLS), rng.uniform(0.01, 0.4, NULLS)
    found = [number(independent(groups(n, rng.binomial(n, p), p))).p_value for n, p in zip(sizes, pds, strict=True)]
    assert 0.6 * 0.05 * NULLS <= alarms(found) <= at_most()


def test_null_false_alarms_with_correlation() -> None:
    """With a common factor the correlated test keeps its level, where the independent one does not."""
    rng = np.random.default_rng(5)
    n, pd = 5000, 0.03
    rates = [one_factor(pd, 0.05, y) for y in rng.standard_normal(NULLS)]
    tables = [groups(n, rng.binomial(n, r), pd) for r in rates]
    assert at_least() <= alarms([number(correlated(t)).p_value for t in tables]) <= at_most()
    assert alarms([number(independent(t)).p_value for t in tables]) > 4 * at_most()


def test_correlated_mde_has_its_power() -> None:
    """A rate higher by mde, under the same factor, is found in about 80 % of samples."""
    rng = np.random.default_rng(6)
    n, pd = 5000, 0.03
    mde = number(correlated(groups(n, 150, pd))).mde
    assert mde is not None
    rates = [one_factor(pd * (1 + mde), 0.05, y) for y in rng.standard_normal(500)]
    found = [(number(correlated(groups(n, rng.binomial(n, r), pd))).p_value or 0) < 0.05 for r in rates]
    assert np.mean(found) == pytest.approx(0.8, abs=0.07)


def test_edges() -> None:
    """No events give p = 1; predictions of 0 or 1 and no rows give no number; a bad rho is the caller's error."""
    for test in (independent, correlated):
        assert number(test(groups(100, 0, 0.05))).p_value == pytest.approx(1.0)
        assert number(test(groups(1, 1, 0.05))).p_value == pytest.approx(0.05)
        assert no_number(test(groups(100, 3, 0.0))).because.startswith("the mean prediction is exactly 0")
        assert no_number(test(groups(0, 0, 0.0))).kind == "too-few"
    with pytest.raises(ValueError, match="rho"):
        correlated(groups(10, 1, 0.1), rho=1.0)
