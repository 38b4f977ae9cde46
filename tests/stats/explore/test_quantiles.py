"""Quantiles: exact on whole data, and intervals that cover on samples."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from secondline.core.tables import Sample
from secondline.stats.explore.quantiles import SHOWN, quantiles


def sample(values: np.ndarray, total: int) -> Sample:
    """Return a sample of one column."""
    return Sample(len(values), total, np.arange(len(values), dtype=np.uint64), {"x": values})


def test_whole_data_give_exact_quantiles() -> None:
    """With every row kept, quantiles are numpy's and have no interval; odd values do not count."""
    values = np.random.default_rng(0).lognormal(size=501)
    found = quantiles(sample(np.r_[values, np.nan, np.inf], 503), "x")
    assert [q.value for q in found] == [float(np.quantile(values, p, method="inverted_cdf")) for p in SHOWN]
    assert all(q.low == q.value == q.high for q in found)


def test_no_finite_value_has_no_quantile() -> None:
    """An empty column has none, and one row is all of them."""
    assert quantiles(sample(np.array([np.nan]), 1), "x") == []
    assert {q.value for q in quantiles(sample(np.array([4.0]), 1), "x")} == {4.0}


@pytest.mark.parametrize("p", [0.01, 0.5, 0.95])
def test_intervals_cover(p: float) -> None:
    """In 600 samples of 400 exponential values the interval holds the true quantile at least 95 times in 100."""
    rng = np.random.default_rng(20260101)
    truth = -np.log(1 - p)
    held = 0
    for _ in range(600):
        found = quantiles(sample(rng.exponential(size=400), 10**6), "x", at=(p,))[0]
        held += found.low <= truth <= found.high
    assert held >= binom.ppf(0.001, 600, 0.95)


def test_an_interval_is_made_of_order_statistics() -> None:
    """The median of 100 values lies between the 40th and the 61st: the binomial table's ranks."""
    found = quantiles(sample(np.arange(1.0, 101.0), 1_000), "x", at=(0.5,))[0]
    assert (found.low, found.value, found.high) == (40.0, 50.0, 61.0)
