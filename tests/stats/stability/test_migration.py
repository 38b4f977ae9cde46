"""Migrations: hand-worked bandwidths and z, their order by risk, and what has no answer."""

from __future__ import annotations

import numpy as np
import pytest

from make import alarms, at_most, cross, groups, no_number, number
from secondline.stats.stability.migration import bandwidth, comparisons, monotony, order

MATRIX = [[80, 15, 5], [10, 70, 20], [0, 10, 90]]
GRADES = groups([100, 100, 100], 5, [0.01, 0.02, 0.05], levels=["1", "2", "3"])


def test_hand_worked_bandwidth() -> None:
    """The matrix above has an upper bandwidth of 3/4 and a lower one of 2/3."""
    found = number(bandwidth(cross(MATRIX), GRADES))
    assert found.value == pytest.approx(0.75)
    assert found.detail["lower"] == pytest.approx(2 / 3)
    assert found.n == 300


def test_hand_worked_z() -> None:
    """From grade 1, grade 3 against grade 2: z = 2.2941573, Phi(z) = 0.9891092."""
    (first,) = [c for c in comparisons(np.array(MATRIX, dtype=float)) if (c["from"], c["to"]) == (0, 2)]
    assert first["z"] == pytest.approx(2.2941573, abs=1e-7)
    assert first["p_value"] == pytest.approx(0.9891092, abs=1e-7)


def test_a_leap_is_found() -> None:
    """Where the farther grade is likelier, z is negative and the p-value small."""
    found = number(monotony(cross([[80, 2, 18], [10, 80, 10], [1, 10, 89]]), GRADES))
    assert found.value < -3
    assert found.p_value is not None
    assert found.p_value < 0.01
    assert {(c["from"], c["to"]) for c in found.detail["comparisons"]} == {("1", "3"), ("3", "1")}


@pytest.mark.parametrize("rows", [100, 1_000])
def test_false_alarms(rows: int) -> None:
    """When near and far migrations are equally frequent, the smallest z alarms no more often than it may."""
    rng = np.random.default_rng(5)
    share = [[0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.1, 0.1, 0.8]]
    p = [number(monotony(cross([rng.multinomial(rows, s) for s in share]), GRADES)).p_value for _ in range(2_000)]
    assert 0 <= alarms(p) <= at_most()


def test_grades_are_ordered_by_risk() -> None:
    """Names do not decide while every grade has a mean prediction; else they do, and a warning says so."""
    risky = groups([10, 10], 1, [0.3, 0.1], levels=["A", "B"])
    table = cross([[5, 5], [5, 5]], ["A", "B"], ["A", "B"])
    assert order(table, risky) == (("B", "A"), ())
    levels, warnings = order(table, groups([10], 1, 0.1, levels=["A"]))
    assert levels == ("A", "B")
    assert "B" in warnings[0]


def test_no_number() -> None:
    """No rows, nobody who moved and nothing to compare are said."""
    assert "no migrations" in no_number(bandwidth(cross([[0, 0], [0, 0]]), GRADES)).because
    assert no_number(bandwidth(cross([[9, 0], [0, 9]]), GRADES)).kind == "not-applicable"
    assert "three grades" in no_number(monotony(cross([[9, 1], [1, 9]]), GRADES)).needed
