"""Two scores of the same rows: DeLong's paired test against its definition, and its level."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from make import alarms, at_least, at_most, no_number, number, sample
from secondline.stats.discrimination import paired

NULLS = 2_000


def rows(score: Any, other: Any, label: Any, name: str = "at_challenger") -> Any:
    """Return a sample with two scores."""
    return sample(score, at_label=label, **{name: other, "at_weight": np.ones(len(np.asarray(score)))})


def test_the_definition() -> None:
    """Difference and variance equal those from all pairs, O(n^2)."""
    rng = np.random.default_rng(4)
    y = rng.random(120) < 0.3
    a, b = rng.normal(size=120) + y, (10 * (rng.normal(size=120) + 0.5 * y)).round() / 10

    def by_pairs(x: Any) -> tuple[Any, Any]:
        wins = (x[y][:, None] > x[~y][None, :]) + 0.5 * (x[y][:, None] == x[~y][None, :])
        return wins.mean(axis=1), wins.mean(axis=0)

    (a1, a0), (b1, b0) = by_pairs(a), by_pairs(b)
    variance = np.var(a1 - b1, ddof=1) / y.sum() + np.var(a0 - b0, ddof=1) / (~y).sum()
    first, second, gap, se = paired.difference(a, b, y, np.ones(120))
    assert [first, second] == pytest.approx([roc_auc_score(y, a), roc_auc_score(y, b)])
    assert gap == pytest.approx(a1.mean() - b1.mean(), abs=1e-12)
    assert se == pytest.approx(np.sqrt(variance), rel=1e-12)


@pytest.mark.parametrize("sizes", [(150, 150), (600, 60)])
def test_false_alarms(sizes: tuple[int, int]) -> None:
    """Two scores equally good are told apart in 5 % of samples."""
    rng = np.random.default_rng(6)
    y = np.r_[np.zeros(sizes[0]), np.ones(sizes[1])]
    p = []
    for _ in range(NULLS):
        shared = rng.normal(size=len(y)) + y
        found = paired.versus_challenger(rows(shared + rng.normal(size=len(y)), shared + rng.normal(size=len(y)), y))
        p.append(number(found).p_value)
    assert at_least() <= alarms(p) <= at_most()


def test_an_override_that_helps_and_one_that_hurts() -> None:
    """Rows without an override keep their score."""
    y = np.r_[np.zeros(50), np.ones(50)]
    score = np.r_[np.linspace(0, 1, 50), np.linspace(0, 1, 50)]
    better, worse = np.full(100, np.nan), np.full(100, np.nan)
    better[95:], worse[50:60] = 2.0, -1.0
    better[50:55] = 2.0
    helps = number(paired.override_effect(rows(score, better, y, "at_override")))
    hurts = number(paired.override_effect(rows(score, worse, y, "at_override")))
    assert helps.value > 0 > hurts.value


def test_no_number() -> None:
    """Nothing overridden, one class, and no rows with both scores are said."""
    y = [0.0, 1.0, 0.0, 1.0]
    nothing = [np.nan] * 4
    assert no_number(paired.override_effect(rows([0.1, 0.2, 0.3, 0.4], nothing, y, "at_override"))).because
    assert no_number(paired.versus_challenger(rows([0.1, 0.2, 0.3, 0.4], [0.1, 0.2, 0.3, 0.4], [0.0] * 4))).because
    assert no_number(paired.versus_challenger(rows([0.1, 0.2, 0.3, 0.4], nothing, y))).because
    same = number(paired.versus_challenger(rows([0.1, 0.2, 0.3, 0.4], [0.1, 0.2, 0.3, 0.4], y)))
    assert same.value == 0.0
