"""Herfindahl's index: hand-worked values, and a test of its rise that keeps its level."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from make import alarms, at_least, at_most, groups, no_number, number
from secondline.stats.stability.concentration import herfindahl, index, variation

NULLS = 2_000


def test_hand_worked_shares() -> None:
    """R = (.1, .2, .3, .25, .15) has CV 0.3535534 and HI 0.0731827."""
    shares = np.array([0.1, 0.2, 0.3, 0.25, 0.15])
    assert variation(shares) == pytest.approx(0.3535534, abs=1e-7)
    assert index(shares) == pytest.approx(0.0731827, abs=1e-7)


def test_the_sources_own_p_value() -> None:
    """With an initial CV of 0.25 the same shares have p = 0.2293565 by the ECB's formula."""
    # Two of five shares moved by d give CV = sqrt(10) d.
    d = 0.25 / np.sqrt(10)
    before = groups(1e6 * np.array([0.2 + d, 0.2 - d, 0.2, 0.2, 0.2]), 0, 0.1)
    now = groups(1e6 * np.array([0.1, 0.2, 0.3, 0.25, 0.15]), 0, 0.1)
    assert number(herfindahl(before, now)).detail["source_p_value"] == pytest.approx(0.2293565, abs=1e-5)


@pytest.mark.parametrize("share", [(0.2, 0.2, 0.2, 0.2, 0.2), (0.05, 0.15, 0.4, 0.3, 0.1)])
@pytest.mark.parametrize("sizes", [(1_000, 1_000), (5_000, 400)])
def test_false_alarms(share: tuple[float, ...], sizes: tuple[int, int]) -> None:
    """When nothing has moved, 5 % of p-values are below 0.05; fewer on even grades, which have no first-order noise."""
    rng = np.random.default_rng(11)
    p = [number(herfindahl(*(groups(rng.multinomial(n, share), 0, 0.1) for n in sizes))).p_value for _ in range(NULLS)]
    even = len(set(share)) == 1
    assert (0 if even else at_least()) <= alarms(p) <= at_most()


def test_a_rise_is_found() -> None:
    """A move of a tenth of the rows into the largest grade is found among thousands."""
    found = number(herfindahl(groups([1_000] * 5, 0, 0.1), groups([1_500, 900, 900, 900, 800], 0, 0.1)))
    assert found.p_value is not None
    assert found.p_value < 0.001
    assert found.detail["largest_grade"] == "g00"


@given(st.lists(st.integers(1, 500), min_size=2, max_size=8))
def test_bounds(counts: list[int]) -> None:
    """Between 0 and 1, inside its interval, and 0 just for even shares."""
    found = number(herfindahl(groups(counts, 0, 0.1), groups(counts, 0, 0.1)))
    assert 0 <= (found.low or 0) <= found.value <= (found.high or 0) <= 1
    assert (found.value < 1e-12) == (len(set(counts)) == 1)


def test_no_number() -> None:
    """One grade has no concentration; a population without rows is named."""
    assert no_number(herfindahl(groups([10], 0, 0.1), groups([10], 0, 0.1))).kind == "not-applicable"
    none = no_number(herfindahl(groups([10, 10], 0, 0.1), groups([0, 0], 0, 0.1)))
    assert none.because == "the current population has no rows with a grade"
