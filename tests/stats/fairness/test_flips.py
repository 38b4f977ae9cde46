"""Quantiles are moved in order, and changed decisions are counted by direction."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from applicants import fairness, sampled
from make import no_number, number
from secondline.stats.fairness import flips
from secondline.stats.fairness.groups import Groups, grouped

numbers = st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=50)


@given(numbers, numbers)
def test_moved_values_keep_their_order_and_stay_inside(source: list[float], target: list[float]) -> None:
    """Whatever the values, the map is monotone and ends within the target."""
    x, y = np.array(source), np.array(target)
    moved = flips.moved_to(x, x, y)
    assert (np.diff(moved[np.argsort(x, kind="stable")]) >= -1e-6).all()
    assert moved.min() >= y.min() - 1e-6
    assert moved.max() <= y.max() + 1e-6


def test_a_shift_is_undone() -> None:
    """A group whose values are ten lower gets the values of the other, a missing one stays missing."""
    theirs = np.arange(101.0)
    mine = np.append(theirs - 10, np.nan)
    moved = flips.moved_to(mine, mine, theirs)
    assert moved[:-1] == pytest.approx(theirs)
    assert np.isnan(moved[-1])
    assert flips.moved_to(mine[:3], np.array([np.nan]), theirs).tolist() == mine[:3].tolist()


def test_changed_decisions_by_hand() -> None:
    """Of 40 women 4 are approved instead and 2 declined instead: 6 of 40, with the exact interval."""
    rows = sampled({"@score": [0.4] * 80, "sex": ["f"] * 40 + ["m"] * 40})
    groups = grouped(rows, "sex", fairness(), np.ones(80, dtype=bool))
    assert isinstance(groups, Groups)
    before = np.where(np.arange(80) < 10, 0.6, 0.4)
    after = before.copy()
    after[:4], after[20:22] = 0.4, 0.6
    found = number(flips.changed(groups, before, {"f": after}, rows, fairness(), "swapped", ["sex"]))
    span = binomtest(6, 40).proportion_ci(0.95, method="exact")
    (group,) = found.detail["groups"]
    assert (found.value, found.low, found.high) == pytest.approx((0.15, span.low, span.high))
    assert (group["approved instead"], group["declined instead"]) == (4, 2)
    assert group["mean change of score"] == pytest.approx(-0.4 / 40)
    nothing = np.full(80, np.nan)
    told = no_number(flips.changed(groups, before, {"f": nothing}, rows, fairness(), "swapped", ["sex"]))
    assert "scores no row" in told.because


def test_values_keep_their_type() -> None:
    """A group is set as the column holds it: as text or as a number."""
    assert flips.same_text(np.array(["f", None], dtype=object), "m").tolist() == ["m", "m"]
    assert flips.same_text(np.array([2.0, 1.0]), "1").tolist() == [1.0, 1.0]
