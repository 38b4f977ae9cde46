"""Overrides are counted by direction and group, and equal discretion is rarely accused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import fisher_exact

from applicants import fairness, sampled
from make import no_number, number
from secondline.core.tables import Sample
from secondline.stats.fairness.overrides import override_parity
from secondline.stats.intervals import newcombe


def moved(**groups: tuple[int, int, int]) -> Sample:
    """Return groups of (rows made riskier, rows made safer, rows) about a score of 0.4."""
    after: list[Any] = []
    names: list[str] = []
    for name, (up, down, n) in groups.items():
        after += [0.6] * up + [0.2] * down + [0.4] * (n - up - down)
        names += [name] * n
    return sampled({"@score": [0.4] * len(after), "@override": after, "sex": names})


def test_an_unfavourable_gap_by_hand() -> None:
    """20 of 100 women against 10 of 200 men are moved to a worse score: 0.15, at a level shared by two directions."""
    found = number(override_parity(moved(f=(20, 5, 100), m=(10, 10, 200)), "sex", fairness()))
    assert found.value == pytest.approx(0.15)
    assert found.detail["of"] == "unfavourable"
    assert found.low == pytest.approx(newcombe(20, 100, 10, 200, 1 - 0.05 / 2).low)
    assert found.p_value == pytest.approx(2 * fisher_exact(np.array([[20, 80], [10, 190]])).pvalue)
    assert found.events == 45
    (turned,) = found.detail["turned to a decline"]
    assert (turned["rate"], turned["control rate"]) == pytest.approx((0.2, 0.05))


def test_a_missing_favour_is_unfavourable_too() -> None:
    """Men get favourable overrides that women do not: the gap is the control's rate less the group's."""
    found = number(override_parity(moved(f=(0, 0, 100), m=(0, 40, 200)), "sex", fairness()))
    assert found.value == pytest.approx(0.2)
    assert found.detail["of"] == "favourable"
    assert found.low is not None
    assert found.low > 0


def test_rounding_is_no_override_and_blanks_do_not_count() -> None:
    """A difference of 1e-12 is none, and rows without an override are left out."""
    rows = moved(f=(0, 0, 100), m=(0, 0, 200))
    rows.columns["@override"] = rows.columns["@override"] + 1e-12
    assert number(override_parity(rows, "sex", fairness())).events == 0
    rows.columns["@override"][:80] = np.nan
    assert "fewer than two groups" in no_number(override_parity(rows, "sex", fairness())).because


def test_equal_discretion_is_rarely_accused() -> None:
    """Over 500 nulls the p-value stays at its level or below."""
    draw, out = np.random.default_rng(15), 0
    for _ in range(500):
        f, m = draw.multinomial(120, [0.1, 0.1, 0.8]), draw.multinomial(400, [0.1, 0.1, 0.8])
        found = number(override_parity(moved(f=(f[0], f[1], 120), m=(m[0], m[1], 400)), "sex", fairness()))
        assert found.p_value is not None
        out += found.p_value < 0.05
    assert out <= 40  # binomial: P(more than 40 of 500 at 5 %) is 0.1 %
