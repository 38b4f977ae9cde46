"""Rates are read from group tables with Kish's counts, in order of risk, or not at all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from make import groups, groups_of
from secondline.core.estimate import Undefined
from secondline.stats.calibration import rates


def test_whole_and_parts() -> None:
    """The whole is the sum of the groups; the groups come least risky first, whatever their names."""
    table = groups([100, 300], [9, 3], [0.1, 0.01], ["a", "b"])
    whole = rates.of(table)
    assert not isinstance(whole, Undefined)
    assert (whole.rows, whole.events, whole.observed) == (400, 12.0, 0.03)
    assert whole.predicted == pytest.approx(13 / 400)
    assert whole.gap == pytest.approx(-1 / 400)
    assert not whole.weighted
    assert [r.level for r in rates.each(table)] == ["b", "a"]


def test_equal_weights_are_no_weights() -> None:
    """Weights of 3 throughout give the same effective counts and say that weights were there."""
    whole = rates.of(groups(200, 10, 0.04, weight=3.0))
    assert not isinstance(whole, Undefined)
    assert (whole.events, whole.n) == pytest.approx((10, 200))
    assert whole.weighted
    assert whole.method("Jeffreys") == "Jeffreys on Kish's effective counts"


@given(st.lists(st.floats(0.1, 5.0), min_size=1, max_size=30))
def test_effective_rows_never_exceed_rows(weights: list[float]) -> None:
    """Unequal weights only lose information."""
    label = np.arange(len(weights)) % 2
    whole = rates.of(groups_of([0.5] * len(weights), label, ["a"] * len(weights), weights))
    assert not isinstance(whole, Undefined)
    assert whole.n <= whole.rows + 1e-9


def test_unlabelled_groups_are_left_out() -> None:
    """A group without labels has no rate; all such groups give no number."""
    table = groups([0, 50], [0, 2], [0.0, 0.05])
    assert [r.level for r in rates.each(table)] == ["g01"]
    assert isinstance(rates.of(groups(0, 0, 0.0)), Undefined)
    assert isinstance(rates.of(groups(1, 0, 0.1).at("absent")), Undefined)


@pytest.mark.parametrize(
    "more", [{"score_weight": np.array([61_000.0])}, {"score_var": np.zeros(1)}, {"score_weight": np.array([-2.0])}]
)
def test_points_are_not_probabilities(more: Any) -> None:
    """A mean outside [0, 1], or scores that carry no variance, mean that the question does not arise."""
    found = rates.of(replace(groups(100, 4, 0.05), **more))
    assert isinstance(found, Undefined)
    assert found.kind == "not-applicable"


def test_bands_are_plain() -> None:
    """Bands carry what a calibration chart draws: predicted, observed and Jeffreys' interval."""
    (row,) = rates.bands(groups(1000, 0, 0.01, ["A"]), 0.95)
    assert row["level"] == "A"
    assert (row["predicted"], row["observed"], row["low"]) == (pytest.approx(0.01), 0.0, 0.0)
    assert row["high"] == pytest.approx(0.002507, abs=1e-5)
