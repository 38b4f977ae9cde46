"""Grades: order, separation and homogeneity, by hand, against scipy, and at their level."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats as sps

from make import alarms, at_most, groups, no_number, number
from secondline.core.tables import CrossTable
from secondline.stats.discrimination import grades


def crossed(rows: list[list[int]], events: list[list[int]]) -> CrossTable:
    """Return grades by segment with their events."""
    n, e = np.array(rows), np.array(events)
    down, across = (tuple(f"{letter}{i}" for i in range(size)) for letter, size in zip("gs", n.shape, strict=True))
    return CrossTable(down, across, n, n.astype(float), n, e)


def test_a_reversal_beyond_chance_is_counted() -> None:
    """Rates of 2, 9, 3 and 12 % on a thousand rows each: one fall, and it is material."""
    found = number(grades.reversals(groups([1_000] * 4, [20, 90, 30, 120], [0.02, 0.03, 0.05, 0.1])))
    assert found.value == 1
    slight = number(grades.reversals(groups([1_000] * 3, [20, 31, 30], [0.02, 0.03, 0.05])))
    assert slight.value == 0


def test_grades_that_cannot_be_told_apart() -> None:
    """One of two neighbouring pairs is apart."""
    found = number(grades.not_separated(groups([1_000] * 3, [20, 90, 92], [0.02, 0.09, 0.091])))
    assert found.value == pytest.approx(0.5)


def test_pearson_within_a_grade() -> None:
    """The p-value of one large grade is scipy's chi-square of outcome by segment."""
    found = number(grades.mixed(crossed([[500, 400, 300]], [[50, 70, 30]])))
    table = np.array([[50, 70, 30], [450, 330, 270]])
    assert found.p_value == pytest.approx(sps.chi2_contingency(table, correction=False).pvalue)
    assert found.value == 1


def test_few_events_take_fishers_test() -> None:
    """Two segments with few events, by Fisher's exact test."""
    found = number(grades.mixed(crossed([[30, 20]], [[3, 1]])))
    assert found.p_value == pytest.approx(sps.fisher_exact(np.array([[3, 1], [27, 19]])).pvalue)


@pytest.mark.parametrize("share", [(0.5, 0.5), (0.9, 0.1)])
def test_false_alarms_of_homogeneity(share: tuple[float, float]) -> None:
    """Grades that are homogeneous are called mixed in at most 5 % of samples."""
    rng = np.random.default_rng(12)
    rates, n = (0.02, 0.08, 0.2), 600
    p = []
    for _ in range(2_000):
        rows = [[int(n * s) for s in share] for _ in rates]
        events = [[int(rng.binomial(r, rate)) for r in row] for row, rate in zip(rows, rates, strict=True)]
        p.append(number(grades.mixed(crossed(rows, events))).p_value)
    assert alarms(p) <= at_most()


@pytest.mark.parametrize("sizes", [(500, 500, 500), (2_000, 100, 900)])
def test_false_alarms_of_order(sizes: tuple[int, ...]) -> None:
    """Bands of equal rates seem to fall in at most 5 % of samples."""
    rng = np.random.default_rng(13)
    p = [
        number(grades.reversals(groups(sizes, rng.binomial(sizes, 0.1), [0.09, 0.1, 0.11]))).p_value
        for _ in range(2_000)
    ]
    assert alarms(p) <= at_most()


def test_no_number() -> None:
    """One band has no order, and a table without labels no homogeneity."""
    assert no_number(grades.reversals(groups([10], [1], [0.1]))).because
    assert no_number(grades.not_separated(groups([10], [1], [0.1]))).because
    assert no_number(grades.mixed(crossed([[0, 0]], [[0, 0]]))).because
    assert no_number(grades.mixed(crossed([[50]], [[5]]))).because
