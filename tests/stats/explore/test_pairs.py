"""Pairs: correlations as pandas and scipy have them, and associations that are silent on noise."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats as sps

from make import at_most
from secondline.core.tables import Sample
from secondline.stats.explore.pairs import (
    LEVELS,
    WIDE,
    WIDE_ROWS,
    associations,
    coded,
    correlation,
    correlation_ratio,
    cramer,
    rank_interval,
)


def sample(**columns: Any) -> Sample:
    """Return a sample of columns, texts as objects."""
    arrays = {
        n: np.asarray(v, dtype=object if isinstance(v[0], str) or v[0] is None else float) for n, v in columns.items()
    }
    rows = len(next(iter(arrays.values())))
    return Sample(rows, rows, np.arange(rows, dtype=np.uint64), arrays)


def gappy(rows: int = 400) -> pd.DataFrame:
    """Return three related columns with ties and gaps."""
    rng = np.random.default_rng(0)
    a = rng.normal(size=rows)
    data = pd.DataFrame({"a": a, "b": np.exp(a + rng.normal(size=rows)), "c": np.round(-a + rng.normal(size=rows))})
    return data.mask(rng.random(data.shape) < 0.15)


def test_correlations_are_those_of_pandas() -> None:
    """Pairwise over shared rows: n, Pearson's r, and Spearman's rho ranked over the shared rows alone."""
    data = gappy()
    arrays = {name: data[name].to_numpy() for name in ("a", "b", "c")}
    found = {frozenset((p.a, p.b)): p for p in associations(sample(**arrays), list(arrays), [])}
    for a, b in (("a", "b"), ("a", "c"), ("b", "c")):
        both = data[[a, b]].dropna()
        pair = found[frozenset((a, b))]
        assert pair.n == len(both)
        assert pair.linear == pytest.approx(both[a].corr(both[b]))
        oracle = sps.spearmanr(both[a], both[b])
        assert pair.value == pytest.approx(oracle.statistic)
        assert pair.p_value == pytest.approx(oracle.pvalue, rel=1e-6)


def test_whole_columns_take_one_product() -> None:
    """Without gaps the short way gives what the long way gives."""
    data = gappy().dropna().to_numpy()
    n, r = correlation(data)
    assert np.allclose(r, np.corrcoef(data.T))
    assert (n == len(data)).all()


def test_huge_and_tiny_values_do_not_overflow() -> None:
    """Squares of the largest doubles are never taken; a constant has no correlation."""
    x = np.linspace(-1, 1, 50)
    _, r = correlation(np.column_stack([x * 1e308, x**3 * 1e-300, np.full(50, 7.0)]))
    assert r[0, 1] == pytest.approx(np.corrcoef(x, x**3)[0, 1])
    assert np.isnan(r[0, 2])


def test_the_interval_of_rho_covers() -> None:
    """Bonett and Wright's interval holds the true rho of normal pairs in about 95 of 100 samples."""
    rng = np.random.default_rng(1)
    r, n, held = 0.6, 200, 0
    truth = 6 / math.pi * math.asin(r / 2)
    for _ in range(500):
        a = rng.normal(size=n)
        rho = float(sps.spearmanr(a, r * a + math.sqrt(1 - r * r) * rng.normal(size=n)).statistic)
        low, high = rank_interval(rho, n)
        held += low <= truth <= high
    assert 0.92 * 500 <= held <= 0.98 * 500
    assert rank_interval(1.0, 10) == (1.0, 1.0)


def test_cramer_by_hand() -> None:
    """A table of 2 by 2 with chi-square 20 of 80 rows: phi2 less bias over the corrected room."""
    table = np.array([[30.0, 10.0], [10.0, 30.0]])
    value, p = cramer(table) or (0.0, 1.0)
    phi2, room = 20 / 80 - 1 / 79, 2 - 1 / 79 - 1
    assert value == pytest.approx(math.sqrt(phi2 / room))
    assert p == pytest.approx(sps.chi2_contingency(table, correction=False).pvalue)
    assert cramer(np.array([[5.0, 0.0], [7.0, 0.0]])) is None


def test_perfect_association_is_one() -> None:
    """A category that determines another has V 1, one that determines a number has ratio 1."""
    levels = list("abcd") * 50
    found = associations(
        sample(g=levels, h=[x.upper() for x in levels], x=[float(ord(x)) for x in levels]), ["x"], ["g", "h"]
    )
    assert [round(p.value, 9) for p in found] == [1.0, 1.0, 1.0]


def test_the_ratio_has_the_p_value_of_anova() -> None:
    """The F test is scipy's, and the squared ratio is Kelley's epsilon squared."""
    rng = np.random.default_rng(2)
    code = rng.integers(0, 4, 300)
    x = rng.normal(size=300) + 0.4 * code
    value, p, n = correlation_ratio(x, code) or (0.0, 0.0, 0)
    groups = [x[code == k] for k in range(4)]
    assert p == pytest.approx(sps.f_oneway(*groups).pvalue)
    within = sum(((g - g.mean()) ** 2).sum() for g in groups) / (300 - 4)
    assert value == pytest.approx(math.sqrt(1 - within / x.var(ddof=1)))
    assert n == 300
    assert correlation_ratio(np.ones(50), rng.integers(0, 2, 50)) is None


def test_noise_is_near_nothing_and_rarely_alarms() -> None:
    """Independent columns of many levels: mean V and ratio stay small, and p is below 0.05 no more often than due."""
    rng = np.random.default_rng(3)
    v, eta, alarms_v, alarms_eta, rounds = [], [], 0, 0, 400
    for _ in range(rounds):
        a, b = rng.integers(0, 10, 500), rng.integers(0, 10, 500)
        table = np.zeros((10, 10))
        np.add.at(table, (a, b), 1)
        value, p = cramer(table) or (1.0, 0.0)
        ratio, q, _ = correlation_ratio(rng.normal(size=500), a) or (1.0, 0.0, 0)
        v.append(value)
        eta.append(ratio)
        alarms_v += p < 0.05
        alarms_eta += q < 0.05
    assert np.mean(v) < 0.04
    assert np.mean(eta) < 0.05
    assert max(alarms_v, alarms_eta) <= at_most(rounds)
    assert min(alarms_v, alarms_eta) > 0


def test_rare_levels_are_pooled_and_missing_is_apart() -> None:
    """Levels are numbered by frequency, those beyond the thirtieth share a number, and None is no level."""
    code = coded(np.array(["b", "b", "a", None, *(f"r{i}" for i in range(40))], dtype=object))
    assert code[:4].tolist() == [0, 0, 1, -1]
    assert code.max() == LEVELS


def test_wide_data_use_fewer_rows() -> None:
    """Of more than sixty columns the first twenty thousand sampled rows are used, and n says so."""
    rng = np.random.default_rng(4)
    shared = rng.normal(size=WIDE_ROWS + 500)
    columns = {f"x{i}": shared + rng.normal(size=len(shared)) for i in range(WIDE + 1)}
    assert {p.n for p in associations(sample(**columns), list(columns), [])} == {WIDE_ROWS}


def test_few_shared_rows_give_no_number() -> None:
    """Nine shared rows are too few to speak of."""
    x = [1.0 * i for i in range(9)]
    assert associations(sample(x=x, y=x[::-1], g=list("ababababa")), ["x", "y"], ["g"]) == []
