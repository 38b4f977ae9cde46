"""Pairs keep every cell that either population fills, and know their effective sizes."""

from __future__ import annotations

import numpy as np
import pytest

from make import groups, histogram
from secondline.core.errors import MergeError
from secondline.core.estimate import Undefined
from secondline.stats.stability import pairs
from secondline.stats.stability.pairs import Pair


def test_empty_cells_leave_and_specials_stay() -> None:
    """Cells empty in both go; missing, NaN and infinite values are cells like any other."""
    pair = pairs.of(histogram([50, 50, 0], {"(missing)": 10}), histogram([20, 20, 0], {"(+inf)": 10}))
    assert isinstance(pair, Pair)
    assert pair.labels == ("<= 1", "(1, 2]", "(missing)", "(+inf)")
    assert pair.p == pytest.approx([50 / 110, 50 / 110, 10 / 110, 0])
    assert pair.noise == pytest.approx(1 / 110 + 1 / 50)
    assert pair.pooled == pytest.approx(np.array([70, 70, 10, 10]) / 160)
    assert (pair.rows, pair.weighted) == (50, False)


def test_weights_change_sizes() -> None:
    """One weight for all leaves the sizes and is said; the method names the effective sizes."""
    pair = pairs.of(histogram([60, 40], weight=2.5), histogram([30, 30]))
    assert isinstance(pair, Pair)
    assert (pair.n, pair.m) == pytest.approx((100, 60))
    assert pair.weighted
    assert "effective" in pair.method("x")


def test_cuts_must_agree() -> None:
    """Histograms cut differently are not compared."""
    with pytest.raises(MergeError):
        pairs.of(histogram([1, 2]), histogram([1, 2, 3]))


@pytest.mark.parametrize(("a", "b", "which"), [([0, 0], [1, 2], "reference"), ([1, 2], [0, 0], "current")])
def test_an_empty_side(a: list[int], b: list[int], which: str) -> None:
    """A population without rows gives no pair, and the reason names it."""
    found = pairs.of(histogram(a), histogram(b))
    assert isinstance(found, Undefined)
    assert which in found.because


def test_group_sizes_take_the_design_effect() -> None:
    """Rows of a weighted group table count by the design effect of the labelled ones; unlabelled tables by rows."""
    table = groups([100, 100], [5, 5], [0.1, 0.1], weight_sq=np.array([200.0, 200.0]))
    assert pairs.group_size(table) == pytest.approx(100)
    assert pairs.group_size(groups(100, 5, 0.1, labelled=np.zeros(1, dtype=np.int64))) == 100


def test_thin_cells_are_announced() -> None:
    """Bins that expect fewer than five rows in the smaller population are counted."""
    pair = pairs.of(histogram([990, 10]), histogram([100, 1]))
    assert isinstance(pair, Pair)
    assert pair.sparse() == ("1 of 2 bins expect fewer than 5 rows in the smaller population",)
