"""Changes of a share: Newcombe's published interval, an independent test, and its level under the null."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats as sps

from make import alarms, at_most, groups, histogram, no_number, number
from secondline.core.tables.bins import MISSING, NAN, OTHER
from secondline.stats.stability.shares import missing, new_categories, target_rate, two_proportions


def test_published_interval() -> None:
    """Newcombe (1998): 56 of 70 less 48 of 80 is 0.20 with the interval 0.0524 to 0.3339."""
    found = number(target_rate(groups(80, 48, 0.5), groups(70, 56, 0.5)))
    assert found.value == pytest.approx(0.2)
    assert found.low == pytest.approx(0.0524, abs=5e-5)
    assert found.high == pytest.approx(0.3339, abs=5e-5)


def test_missing_counts_null_and_nan() -> None:
    """5 of 100 missing before, 20 of 100 now."""
    before, now = histogram([95, 0], {MISSING: 3, NAN: 2}), histogram([40, 40], {MISSING: 20})
    found = number(missing(before, now))
    assert found.value == pytest.approx(0.15)
    assert found.detail["reference"] == pytest.approx(0.05)


def test_new_levels() -> None:
    """Levels that the reference does not list are counted together; numeric columns have none."""
    levels = ("a", "b")
    before = histogram([50, 50], levels=levels)
    found = number(new_categories(before, histogram([40, 40], {OTHER: 20}, levels=levels)))
    assert found.value == pytest.approx(0.2)
    assert no_number(new_categories(histogram([1, 1]), histogram([1, 1]))).kind == "not-applicable"


@pytest.mark.parametrize(("old", "new"), [((30.0, 100.0), (45.0, 100.0)), ((300.0, 1000.0), (45.0, 100.0))])
def test_equals_the_chi_square_of_the_table(old: tuple[float, float], new: tuple[float, float]) -> None:
    """The pooled z squared is Pearson's chi-square without correction."""
    table = [[hits, n - hits] for hits, n in (old, new)]
    assert two_proportions(old, new) == pytest.approx(sps.chi2_contingency(table, correction=False).pvalue)


def test_few_rows_take_fishers_test() -> None:
    """1 of 10 against 6 of 12 by Fisher's exact test."""
    assert two_proportions((1.0, 10.0), (6.0, 12.0)) == pytest.approx(
        sps.fisher_exact(np.array([[1, 9], [6, 6]])).pvalue
    )


@pytest.mark.parametrize("share", [0.02, 0.3])
@pytest.mark.parametrize("sizes", [(500, 500), (5_000, 200)])
def test_false_alarms(share: float, sizes: tuple[int, int]) -> None:
    """When the share has not moved, alarms are no more frequent than they may be."""
    rng = np.random.default_rng(17)
    hits = [rng.binomial(n, share, 2_000) for n in sizes]
    p = [two_proportions((float(a), sizes[0]), (float(b), sizes[1])) for a, b in zip(*hits, strict=True)]
    assert alarms(p) <= at_most()


def test_no_number() -> None:
    """A side without rows is named; equal shares of nothing have p = 1."""
    assert "current" in no_number(missing(histogram([5, 5]), histogram([0, 0]))).because
    assert two_proportions((0.0, 10.0), (0.0, 20.0)) == 1.0
