"""Grid queries: every row is in the cell whose edges it lies between, odd values apart, moments as numpy has them."""

from __future__ import annotations

import math
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secondline.core.tables import Grid
from secondline.frames.collect import quiet
from secondline.frames.explore.gather import Look, gathered, sampled
from secondline.frames.explore.grids import BINS, steps
from secondline.frames.explore.opened import Roles, engine, opened, with_roles


def look(table: Any, roles: Roles | None = None) -> Look:
    """Look at a table through the engine."""
    found = with_roles(opened("data", table, engine()), roles or Roles())
    return gathered(sampled(found, quiet), quiet)


def grid(values: Any) -> Grid:
    """Return the grid of one column."""
    return look(pa.table({"x": values})).grids["x"]


def test_every_value_lies_between_the_edges_of_its_step() -> None:
    """Values of two decimals, where products round across edges, are counted where numpy puts them by comparison."""
    values = np.random.default_rng(0).integers(0, 101, 20_000) / 100
    found = grid(values)
    edges = [found.steps.edge(i) for i in range(found.steps.bins + 1)]
    expected = np.bincount(np.searchsorted(edges, values, side="right"), minlength=len(edges) + 1)
    assert found.rows.tolist() == expected.tolist()
    assert 0.29 in edges or found.steps.width > 0.01


@settings(max_examples=25)
@given(st.lists(st.floats(allow_nan=True, allow_infinity=True) | st.none(), min_size=1, max_size=40))
def test_any_column_is_counted_whole(values: list[float | None]) -> None:
    """Whatever doubles a column holds, each row is in one cell, and odd values are told apart."""
    found = grid(pa.array(values, pa.float64(), from_pandas=False))
    known = [v for v in values if v is not None]
    finite = [v for v in known if math.isfinite(v)]
    assert found.missing == len(values) - len(known)
    assert found.nan == sum(math.isnan(v) for v in known)
    assert (found.low_infinity, found.high_infinity) == (known.count(-math.inf), known.count(math.inf))
    assert found.finite == len(finite)
    assert (found.zeros, found.negatives) == (finite.count(0.0), sum(v < 0 for v in finite))
    if finite:
        assert (found.moments.low, found.moments.high) == (min(finite), max(finite))
        edges = [found.steps.edge(i) for i in range(found.steps.bins + 1)]
        place = np.searchsorted(edges, finite, side="right")
        assert found.rows.tolist() == np.bincount(place, minlength=len(edges) + 1).tolist()


def test_moments_survive_a_large_offset() -> None:
    """A spread of one around a thousand million is not lost to rounding: numpy's two-pass answer is met."""
    values = 1e9 + np.random.default_rng(1).normal(size=5_000)
    found = grid(values)
    assert found.moments.mean == pytest.approx(values.mean(), rel=1e-15)
    assert found.moments.m2 == pytest.approx(((values - values.mean()) ** 2).sum(), rel=1e-9)


def test_outliers_are_counted_by_the_fences() -> None:
    """Tukey's far fences come from the quartiles, and every value beyond them is counted."""
    values = np.r_[np.arange(100.0), 1_000.0, 2_000.0, -900.0]
    found = grid(values)
    q1, q3 = np.quantile(values, [0.25, 0.75], method="inverted_cdf")
    assert found.steps.fences == (q1 - 3 * (q3 - q1), q3 + 3 * (q3 - q1))
    assert found.beyond == (1, 2)


def test_whole_numbers_get_whole_steps() -> None:
    """A count from 0 to 8 has a bar for each value; larger ones have steps of a whole width."""
    small, large = grid(np.arange(9)), grid(np.arange(0, 2_001))
    assert (small.steps.width, small.rows.tolist()) == (1.0, [0, *[1] * 9, 0])
    assert large.steps.width == int(large.steps.width)


def test_decimals_dates_and_large_integers_are_numbers() -> None:
    """Decimals count as doubles, times as seconds since 1970, and integers beyond doubles do not fail."""
    days = pa.array([0, 1, 2], pa.date32())
    table = pa.table({
        "dec": pa.array([1, 2, 3]).cast(pa.decimal128(22, 2)), "day": days,
        "big": pa.array([2**64 - 1, 2**63, 0], pa.uint64()),
    })  # fmt: skip
    found = look(table).grids
    assert found["dec"].moments.mean == 2.0
    assert found["day"].moments.high == 2 * 86_400.0
    assert found["big"].finite == 3


@pytest.mark.parametrize("scale", [1e-250, 1e-9, 1.0, 1e9, 1e300])
def test_steps_are_few_and_cover_the_bulk(scale: float) -> None:
    """At any scale there are between twenty and eighty steps, and they hold the middle 99 %."""
    values = np.random.default_rng(2).normal(size=10_000) * scale
    found = steps("x", values, whole=False)
    assert BINS / 2 <= found.bins <= 2 * BINS
    assert found.low <= np.quantile(values, 0.005)
    assert found.high > np.quantile(values, 0.995)


def test_a_long_tail_does_not_squeeze_the_bulk() -> None:
    """One value a million times as large as the rest leaves the picture of the rest as it is."""
    values = np.random.default_rng(3).random(10_000)
    assert steps("x", np.r_[values, 1e6], whole=False).width == steps("x", values, whole=False).width


def test_an_ibis_table_is_looked_at_too() -> None:
    """A table of Ibis in memory gives the same counts as Arrow's."""
    assert grid(np.arange(5)) == look(ibis.memtable(pa.table({"x": np.arange(5)}))).grids["x"]
