"""Budgets add up, discovery rates hold under dependence, and looks declared are looks counted."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from secondline.core.errors import SpecError
from secondline.stats.monitoring import budget
from secondline.stats.monitoring.budget import Spending


@given(st.dictionaries(st.text(min_size=1), st.floats(0.01, 100), min_size=1), st.floats(0.001, 0.5))
def test_split_adds_up(weights: dict[str, float], alpha: float) -> None:
    """The parts add up to the budget, and each is above 0."""
    parts = budget.split(alpha, weights)
    assert sum(parts.values()) == pytest.approx(alpha)
    assert min(parts.values()) > 0


def test_renewals_add_up_for_ever() -> None:
    """The parts of all runs there can be add up to the budget."""
    assert sum(budget.renewals(0.05, k) for k in range(100_000)) == pytest.approx(0.05, rel=1e-4)


def test_e_bh_keeps_its_discovery_rate_under_dependence() -> None:
    """With ten null e-values that move together and five true effects the mean share of false alarms is below alpha."""
    rng, shares = np.random.default_rng(0), []
    for _ in range(2_000):
        common = rng.normal()
        null = 3.0 * common - 4.5 + np.zeros(10)  # the log of a lognormal e-value with mean 1
        hits = budget.e_bh([*null, *np.full(5, 6.0)], 0.1)
        shares.append(sum(hits[:10]) / max(sum(hits), 1))
    assert np.mean(shares) <= 0.1


@given(st.lists(st.floats(-5, 10), min_size=1, max_size=20))
def test_e_bh_rejects_at_least_bonferroni(logs: list[float]) -> None:
    """What alone clears m / alpha is rejected, and the rejected are the largest."""
    hits = budget.e_bh(logs, 0.05)
    assert all(hit for x, hit in zip(logs, hits, strict=True) if x >= math.log(len(logs) / 0.05))
    left = [x for x, hit in zip(logs, hits, strict=True) if not hit]
    assert all(x > max(left, default=-math.inf) for x, hit in zip(logs, hits, strict=True) if hit)


def test_e_bh_of_nothing() -> None:
    """No nulls, no alarms; infinite evidence is an alarm."""
    assert budget.e_bh([]) == []
    assert budget.e_bh([math.inf, 0.0]) == [True, False]


def test_merged_is_the_mean() -> None:
    """The merged e-value is the arithmetic mean, at any size."""
    assert budget.merged([0.0, math.log(3.0)]) == pytest.approx(math.log(2.0))
    assert budget.merged([2_000.0, 0.0]) == pytest.approx(2_000.0 - math.log(2.0))
    assert budget.merged([math.inf, 0.0]) == math.inf


def test_a_p_value_becomes_a_fair_e_value() -> None:
    """Over uniform p-values the mean e-value is 1."""
    root = (np.arange(1_000) + 0.5) / 1_000
    assert np.mean([2 * u * math.exp(budget.of_p_value(u * u)) for u in root.tolist()]) == pytest.approx(1.0)
    assert budget.of_p_value(0.0) == math.inf


@pytest.mark.parametrize("shape", ["late", "even"])
def test_all_is_spent_in_the_end_and_never_more(shape: Any) -> None:
    """The parts of all looks add up to the budget, and then nothing is left."""
    schedule, spent = Spending(0.05, 12, shape), 0.0
    for k in range(12):
        spent += schedule.allowed
        schedule = schedule.look(k, 1.0)
    assert spent == pytest.approx(0.05)
    assert schedule.allowed == 0.0
    with pytest.raises(SpecError, match="Declare a new schedule"):
        schedule.look(12, 0.5)


def test_late_spends_little_early() -> None:
    """O'Brien and Fleming's shape keeps nearly all for the end."""
    late, even = Spending(0.05, 10, "late"), Spending(0.05, 10)
    assert late.allowed < 1e-9 < even.allowed


def test_a_look_alarms_at_its_part_only() -> None:
    """A p-value at the part alarms, one above does not, and the alarm stays."""
    schedule = Spending(0.05, 5)
    assert schedule.look(3, 0.0101).alarm is None
    hit = schedule.look(3, 0.01)
    assert hit.alarm == 3
    assert hit.look(4, 0.0).alarm == 3
    assert hit.look(3, 0.0) is hit
    assert Spending.from_json(json.loads(json.dumps(hit.to_json()))) == hit


def test_boundary_is_the_published_one() -> None:
    """Five looks at 5 % two-sided with O'Brien-Fleming-like spending: 4.877, 3.357, 2.680, 2.290, 2.031."""
    expected = [4.877, 3.357, 2.680, 2.290, 2.031]
    assert budget.boundary(0.05, 5) == pytest.approx(expected, abs=2e-3)
    assert budget.boundary(0.05, 1) == pytest.approx([stats.norm.isf(0.025)], abs=1e-6)


def test_boundary_holds_in_simulation() -> None:
    """Sums of normals cross the boundary of ten looks in about 5 % of cases."""
    rng = np.random.default_rng(1)
    z = np.cumsum(rng.normal(size=(40_000, 10)), axis=1) / np.sqrt(np.arange(1, 11))
    crossed = (np.abs(z) > budget.boundary(0.05, 10)).any(axis=1).mean()
    assert crossed == pytest.approx(0.05, abs=0.004)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: budget.split(0.05, {}), "weight"),
        (lambda: budget.split(0.05, {"a": -1.0}), "weight"),
        (lambda: budget.split(1.5, {"a": 1.0}), "alpha"),
        (lambda: budget.renewals(0.05, -1), "negative"),
        (lambda: budget.e_bh([math.nan]), "numbers"),
        (lambda: budget.merged([]), "no e-values"),
        (lambda: budget.of_p_value(1.5), "between 0 and 1"),
        (lambda: Spending(0.0, 3), "alpha"),
        (lambda: Spending(0.05, 0), "one look"),
        (lambda: Spending(0.05, 3).look(0, 2.0), "p-value"),
        (lambda: budget.boundary(0.05, 0), "one look"),
    ],
)
def test_what_cannot_be_meant_is_refused(make: Any, says: str) -> None:
    """A budget, schedule or e-value that cannot be meant is refused, with what is wrong."""
    with pytest.raises(SpecError, match=says):
        make()
