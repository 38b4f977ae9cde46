"""Grids: they add as their rows do, and their edges are the decimals they print as."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondline.core.errors import MergeError
from secondline.core.tables import Grid, Moments, Steps

STEPS = Steps("x", 0.0, 0.1, 5, (-1.0, 2.0))


def grid(values: list[float]) -> Grid:
    """Return the grid of finite values, the slow way."""
    edges = [STEPS.edge(i) for i in range(STEPS.bins + 1)]
    place = np.searchsorted(edges, values, side="right")
    moments = Moments.empty()
    for value in values:
        moments = moments + Moments(1, 1.0, value, 0.0, value, value)
    below, above = sum(v < -1 for v in values), sum(v > 2 for v in values)
    rows = np.bincount(place, minlength=len(edges) + 1) if values else np.zeros(len(edges) + 1, dtype=np.int64)
    return Grid(STEPS, rows, 1, 2, 3, 4, values.count(0.0), sum(v < 0 for v in values), (below, above), moments)


@given(st.lists(st.floats(-5, 5)), st.lists(st.floats(-5, 5)))
def test_grids_add_as_their_rows(a: list[float], b: list[float]) -> None:
    """The grid of a union is the sum of the grids: counts exactly, moments to rounding."""
    whole, added = grid(a + b), grid(a) + grid(b)
    assert (added.rows == whole.rows).all()
    assert (added.zeros, added.negatives, added.beyond) == (whole.zeros, whole.negatives, whole.beyond)
    assert (added.missing, added.nan, added.infinite) == (2, 4, 14)
    assert added.moments.mean == pytest.approx(whole.moments.mean, abs=1e-12)
    assert added.moments.m2 == pytest.approx(whole.moments.m2, abs=1e-9)


def test_grids_cut_differently_do_not_add() -> None:
    """Two pictures of one column with different steps have no sum."""
    other = replace(grid([]), steps=replace(STEPS, width=0.2))
    with pytest.raises(MergeError, match="different steps"):
        _ = grid([]) + other


def test_edges_are_the_decimals_they_print_as() -> None:
    """Edges of a hundredth are the very doubles that 0.29 and its like are read as."""
    steps = Steps("x", 0.0, 0.01, 100, (0.0, 1.0))
    assert [steps.edge(i) for i in range(101)] == [float(f"{i / 100:.2f}") for i in range(101)]
    assert grid([0.5]).to_json()["steps"]["bins"] == 5
