"""The interval of a squared difference of shares inverts its distribution and covers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ncx2

from secondline.stats.stability.noise import interval, noncentrality_interval


@given(st.floats(0, 500), st.integers(1, 30), st.sampled_from([0.8, 0.95, 0.999]))
def test_interval_inverts_the_distribution(value: float, df: int, level: float) -> None:
    """Each end, where above 0, is the non-centrality that puts exactly the tail beyond the value."""
    low, high = noncentrality_interval(value, df, level)
    assert 0 <= low <= high
    if low > 0:
        assert ncx2.sf(value, df, low) == pytest.approx((1 - level) / 2, abs=1e-6)
    if high > 0:
        assert ncx2.cdf(value, df, high) == pytest.approx((1 - level) / 2, abs=1e-6)


@pytest.mark.parametrize("parameter", [0.0, 3.0, 20.0, 400.0])
def test_covers(parameter: float) -> None:
    """Of draws from the distribution itself, 95 % of intervals hold the truth; more where there is hardly any shift."""
    rng = np.random.default_rng(1)
    draws = rng.noncentral_chisquare(9, parameter, 2000) if parameter else rng.chisquare(9, 2000)
    found = [interval(0.01 * value, 9, 0.01, 0.0, 0.95) for value in draws]
    inside = np.mean([low <= 0.01 * parameter <= high for low, high in found])
    assert inside > 0.935
    assert inside < 0.965 or parameter < 10


def test_stretch_is_the_root_of_the_variances() -> None:
    """Four times the variance gives twice the reach on either side of the estimate; less than once gives no less."""
    plain, wide, narrow = (interval(5.0, 9, 0.01, v * 4 * 5.0 * 0.01, 0.95) for v in (1.0, 4.0, 0.1))
    centre = 5.0 - 9 * 0.01
    assert wide.high - centre == pytest.approx(2 * (plain.high - centre))
    assert centre - wide.low == pytest.approx(2 * (centre - plain.low))
    assert narrow == plain


def test_luck_is_no_precision() -> None:
    """Two samples that agree exactly leave the interval of two that differ as expected, not an empty one."""
    assert interval(0.0, 9, 0.01, 0.0, 0.95) == interval(0.09, 9, 0.01, 0.0, 0.95)
    assert interval(0.0, 9, 0.01, 0.0, 0.95).high > 0.05
