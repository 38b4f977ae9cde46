"""The largest index of any month keeps its level over many months and finds the one that moved."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from make import alarms, at_most, cross, groups, histogram, no_number, number
from secondline.stats.stability.psi import psi
from secondline.stats.stability.trend import psi_by_period

SHARES = (0.1, 0.2, 0.3, 0.25, 0.15)
NAMES = ("1", "2", "3", "4", "5")


def reference(rows: int = 10_000) -> Any:
    """Return the reference by band."""
    return groups((np.array(SHARES) * rows).astype(int), 0, 0.1, levels=NAMES)


def months(counts: list[list[int]]) -> Any:
    """Return bands by month."""
    return cross(counts, [f"2026-{i + 1:02d}" for i in range(len(counts))], NAMES)


def test_one_month_is_its_psi() -> None:
    """With a single month the answer is the index of that month."""
    month = [80, 210, 320, 260, 130]
    found = number(psi_by_period(reference(), months([month])))
    alone = number(psi(histogram((np.array(SHARES) * 10_000).astype(int)), histogram(month)))
    assert [found.value, found.low, found.p_value] == pytest.approx([alone.value, alone.low, alone.p_value])


def test_the_month_that_moved_is_named() -> None:
    """One month of four with its shares turned round."""
    still, moved = [100, 200, 300, 250, 150], [300, 250, 200, 150, 100]
    found = number(psi_by_period(reference(), months([still, still, moved, still])))
    assert found.detail["worst"] == "2026-03"
    assert found.low is not None
    assert found.low > 0.1
    assert [row["period"] for row in found.detail["periods"]] == [f"2026-0{i}" for i in (1, 2, 3, 4)]


def test_false_alarms() -> None:
    """Over twelve months in which nothing moved, alarms are no more frequent than they may be."""
    rng = np.random.default_rng(3)
    p = []
    for _ in range(500):
        base = groups(rng.multinomial(20_000, SHARES), 0, 0.1, levels=NAMES)
        drawn = [list(rng.multinomial(500, SHARES)) for _ in range(12)]
        p.append(number(psi_by_period(base, months(drawn))).p_value)
    assert alarms(p) <= at_most(500)


def test_small_months_are_not_judged() -> None:
    """They are listed and counted; without any large one there is no number."""
    found = number(psi_by_period(reference(), months([[100, 200, 300, 250, 150], [1, 2, 3, 2, 1]])))
    assert found.warnings == ("1 months have fewer than 200 rows and are not judged",)
    assert found.detail["periods"][1]["psi"] is None
    assert "no month" in no_number(psi_by_period(reference(), months([[1, 1, 1, 1, 1]]))).because
