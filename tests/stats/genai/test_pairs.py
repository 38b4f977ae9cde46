"""Paired answers: McNemar as statsmodels has it, Newcombe's and Tango's published intervals, clusters and ties."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from statsmodels.stats.contingency_tables import mcnemar as theirs

from answers import answers, these
from secondline.stats.genai import pairs
from secondline.stats.genai.rows import codes

COUNT = st.integers(0, 40)


@given(COUNT, COUNT)
def test_mcnemar_is_the_exact_binomial_test(b: int, c: int) -> None:
    """The p-value is statsmodels' exact one; mid-p is never larger; no pair that differs gives 1."""
    if b + c:
        found: Any = theirs([[3, b], [c, 5]], exact=True)
        assert pairs.mcnemar(b, c) == pytest.approx(found.pvalue)
    assert pairs.mcnemar(b, c, mid=True) <= pairs.mcnemar(b, c) <= 1
    assert pairs.mcnemar(0, 0) == 1


def test_newcombe_and_tango_are_the_published_intervals() -> None:
    """Newcombe (1998, table II) for 36, 12, 2, 0 of 50 pairs: 0.0569 to 0.3404 (method 10); Tango 0.0611 to 0.3447."""
    assert pairs.newcombe_paired(36, 12, 2, 0) == these(
        pytest.approx(0.0569, abs=5e-5), pytest.approx(0.3404, abs=5e-5)
    )
    assert pairs.tango(12, 2, 50) == these(pytest.approx(0.0611, abs=5e-5), pytest.approx(0.3447, abs=5e-5))


@given(COUNT, COUNT, COUNT, COUNT)
def test_intervals_hold_the_difference_and_turn_with_it(a: int, b: int, c: int, d: int) -> None:
    """Both hold (b - c) / n, stay within [-1, 1], and change sign when the sides are swapped."""
    n = a + b + c + d
    if not n:
        assert pairs.newcombe_paired(a, b, c, d) == pairs.tango(b, c, n) == (-1, 1)
        return
    for span, turned in (
        (pairs.newcombe_paired(a, b, c, d), pairs.newcombe_paired(a, c, b, d)),
        (pairs.tango(b, c, n), pairs.tango(c, b, n)),
    ):
        assert -1 <= span.low <= (b - c) / n + 1e-9
        assert (b - c) / n - 1e-9 <= span.high <= 1
        assert span.low == pytest.approx(-turned.high, abs=1e-6)


def test_tango_inverts_the_score_test() -> None:
    """At each end the score statistic with the likeliest nuisance share is the normal quantile (by numeric search)."""
    b, c, n = 12, 5, 60
    for end, sign in zip(pairs.tango(b, c, n), (1, -1), strict=True):

        def loss(q: float, d: float = end) -> float:
            parts = [(b, q + d), (c, q), (n - b - c, 1 - 2 * q - d)]
            if any(p <= 0 for _, p in parts):
                return math.inf
            return -sum(k * math.log(p) for k, p in parts)

        q = minimize_scalar(loss, bounds=(max(0, -end) + 1e-9, (1 - end) / 2 - 1e-9), method="bounded").x
        score = (b - c - n * end) / math.sqrt(n * (2 * q + end * (1 - end)))
        assert score == pytest.approx(sign * 1.959964, abs=1e-3)


def test_sides_are_paired_by_name() -> None:
    """Pairs with one side are left out; a side with two cases counts by their mean; the pair is its own cluster."""
    graded = answers(
        [1, 0, 1, 1, 0, 1], pair=["p", "p", "q", "q", "q", "r"], side=["a", "b", "a", "b", "b", "a"],
    )  # fmt: skip
    found = pairs.of_sides(graded)
    assert found.name.tolist() == ["p", "q"]
    assert found.a.tolist() == [1, 1]
    assert found.b.tolist() == [0, 0.5]
    assert found.clusters == 2
    assert not found.binary
    chosen = pairs.of_sides(graded, sides=(["b"], ["a"]))
    assert chosen.a.tolist() == [0, 0.5]
    assert len(pairs.of_sides(answers([1, 0]))) == 0


def test_clustered_pairs_have_a_wider_interval() -> None:
    """Pairs that differ by whole templates are worth as many as templates; pairs without spread are not sure."""
    d = np.repeat([1, 0, 0, -1, 0, 0, 1, 0, 0, 0], 8)
    a, b = (d > 0).astype(float), (d < 0).astype(float)
    names = np.arange(80).astype(object)
    alone = pairs.Pairs(names, a, b, codes(names))
    together = pairs.Pairs(names, a, b, codes(np.repeat(np.arange(10), 8)))
    narrow, wide = (pairs.difference_interval(p, 0.95)[0] for p in (alone, together))
    assert wide.low < narrow.low < narrow.high < wide.high
    same = pairs.Pairs(names, np.ones(80), np.ones(80), codes(np.repeat(np.arange(10), 8)))
    span, _ = pairs.difference_interval(same, 0.95)
    assert span.low < 0 < span.high
    one = pairs.Pairs(names, a, b, np.zeros(80, dtype=np.int64))
    assert pairs.difference_interval(one, 0.95)[0] == (-1, 1)
