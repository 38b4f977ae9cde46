"""Importance weights recover today's figures from yesterday's labels where they overlap, and refuse where not."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from make import at_most, no_number, number
from secondline.core.errors import SpecError
from secondline.core.tables import ScoreTable
from secondline.stats.discrimination.auc import auc
from secondline.stats.monitoring import reweighted


def test_cells_give_the_ratio_of_shares() -> None:
    """A cell with half the reference and a quarter of today weighs a half."""
    found = reweighted.by_cells(np.repeat([0, 1], 50), np.repeat([0, 1], [25, 75]))
    assert found.weight == pytest.approx(np.repeat([0.5, 1.5], 50))
    assert found.outside == 0.0
    assert found.effective == pytest.approx(100**2 / (50 * 0.25 + 50 * 2.25))


def test_discriminator_finds_the_density_ratio() -> None:
    """For a normal that moved by a half, the log weights are nearly linear with the known slope and level."""
    rng = np.random.default_rng(0)
    x, z = rng.normal(size=(20_000, 1)), rng.normal(0.5, 1.0, (20_000, 1))
    found = reweighted.by_discriminator(x, z)
    assert np.log(found.weight) == pytest.approx(0.5 * x[:, 0] - 0.125, abs=0.35)
    assert np.corrcoef(np.log(found.weight), x[:, 0])[0, 1] > 0.995


def test_same_cases_weigh_alike() -> None:
    """Without a shift all rows count nearly alike."""
    rng = np.random.default_rng(1)
    found = reweighted.by_discriminator(rng.normal(size=(3_000, 3)), rng.normal(size=(3_000, 3)))
    assert found.effective > 0.97 * 3_000


@pytest.mark.slow
def test_recovers_todays_auc_under_covariate_shift() -> None:
    """The weighted AUC's interval holds the population's of today; the unweighted one does not."""
    rng, missed, naive = np.random.default_rng(2), 0, 0
    far = rng.normal(1.0, 0.7, 400_000)
    target = number(auc(ScoreTable.of(expit(far), (rng.random(400_000) < expit(far)).astype(float)))).value
    for _ in range(60):
        x, today = rng.normal(size=4_000), rng.normal(1.0, 0.7, 4_000)
        y = (rng.random(4_000) < expit(x)).astype(float)
        weights = reweighted.by_discriminator(x[:, None], today[:, None])
        e, plain = number(reweighted.performance(auc, expit(x), y, weights)), number(auc(ScoreTable.of(expit(x), y)))
        assert e.low is not None
        assert e.high is not None
        missed += not e.low <= target <= e.high
        naive += (plain.low or 0) > target
    assert missed <= at_most(60, 0.10)
    assert naive > 50


def test_says_what_it_is() -> None:
    """The result is marked as an estimate, with its assumption and its effective rows."""
    rng = np.random.default_rng(3)
    p = rng.random(1_000)
    y = (rng.random(1_000) < p).astype(float)
    cells = (p * 5).astype(int)
    e = number(reweighted.performance(auc, p, y, reweighted.by_cells(cells, cells)))
    assert e.detail["estimate"] is True
    assert e.detail["effective_rows"] == pytest.approx(1_000)
    assert reweighted.ASSUMPTION in e.warnings
    assert "importance-weighted" in e.method


def test_poor_overlap_is_refused() -> None:
    """Cases unlike any in the reference, or a handful of rows that carry all, give no number."""
    away = reweighted.by_cells(np.zeros(500, dtype=int), np.repeat([0, 1], [400, 100]))
    assert "unlike" in no_number(reweighted.performance(auc, np.zeros(500), np.zeros(500), away)).because
    heavy = reweighted.by_cells(np.repeat([0, 1], [10_000, 10]), np.repeat([0, 1], [10, 990]))
    assert "effective" in no_number(reweighted.performance(auc, np.zeros(10_010), np.zeros(10_010), heavy)).because
    rng = np.random.default_rng(4)
    far = reweighted.by_discriminator(rng.normal(size=(500, 1)), rng.normal(8.0, 1.0, (500, 1)))
    assert far.outside > 0.9
    assert reweighted.by_cells(np.zeros(0, dtype=int), np.zeros(3, dtype=int)).refused is not None


def test_a_statistic_without_a_number_stays_without() -> None:
    """One class only has no AUC, weighted or not."""
    cells = np.zeros(300, dtype=int)
    weights = reweighted.by_cells(cells, cells)
    no_number(reweighted.performance(auc, np.linspace(0, 1, 300), np.zeros(300), weights))


def test_features_must_fit() -> None:
    """Other features, or one that is no number, are refused."""
    with pytest.raises(SpecError, match="same features"):
        reweighted.by_discriminator(np.zeros((5, 2)), np.zeros((5, 3)))
    with pytest.raises(SpecError, match="finite"):
        reweighted.by_discriminator(np.full((5, 1), np.nan), np.zeros((5, 1)))
