"""A jump in density is found where it was planted, and seldom where none was."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from statsmodels.api import GLM, families

from secondline.core.estimate import Estimate, Undefined
from secondline.stats.robustness.evasion import bunching, evasion


def known(found: Any) -> Estimate:
    assert isinstance(found, Estimate)
    return found


def gamed(draw: Any, rows: int, share: float) -> Any:
    """Return margins of which a share of those just declined is moved to the approved side."""
    margins = draw.normal(0.3, 1.0, rows)
    near = (margins >= 0) & (margins < 0.1) & (draw.random(rows) < share)
    margins[near] = -margins[near]
    return margins


def test_the_fit_is_statsmodels() -> None:
    """The jump and its error, dispersion included, are those of a generalised linear model of the same counts."""
    found = known(bunching(np.random.default_rng(2).normal(size=20_000), 0.4))
    bands = found.detail["density"]
    reach = found.detail["window"]
    x = np.array([(b["from"] + b["to"]) / (2 * reach) for b in bands])
    design = np.column_stack([np.ones_like(x), x, x**2, x < 0])
    counts = np.array([b["rows"] for b in bands])
    fitted = GLM(counts, design, family=families.Poisson()).fit(scale="X2")
    plain = GLM(counts, design, family=families.Poisson()).fit()
    assert found.value == pytest.approx(fitted.params[-1], rel=1e-6)
    error = max(fitted.bse[-1], plain.bse[-1])
    assert ((found.high or 0) - found.value) / 1.959964 == pytest.approx(error, rel=1e-6)


def test_bunching_is_found() -> None:
    """Half of those just declined move across: the jump is positive and far from chance."""
    found = known(bunching(gamed(np.random.default_rng(3), 20_000, 0.5), 0.0))
    assert (found.low or 0) > 0
    assert (found.p_value or 1) < 1e-3


@pytest.mark.parametrize("rows", [2_000, 20_000])
def test_false_alarms_are_rare(rows: int) -> None:
    """Where the density is smooth, at most 8 of 100 tests at 0.05 reject."""
    draw = np.random.default_rng(4)
    found = [known(bunching(draw.normal(0.3, 1.0, rows), 0.0)) for _ in range(400)]
    assert np.mean([(f.p_value or 0) < 0.05 for f in found]) <= 0.08
    assert np.mean([(f.low or 0) <= 0 <= (f.high or 0) for f in found]) >= 0.92


@pytest.mark.parametrize(
    "margins",
    [np.empty(0), np.full(999, 0.1), np.linspace(1, 2, 999), np.repeat([-0.1, 0.1], 999), np.full(9, np.nan)],
)
def test_too_little_to_see_a_density(margins: Any) -> None:
    """No rows, one score, one side only, or a few distinct scores tell nothing of a density."""
    found = bunching(margins, 0.0)
    assert isinstance(found, Undefined)
    assert found.needed


def test_no_row_to_attack() -> None:
    """Without rows there is no share."""
    none = np.empty(0)
    assert isinstance(evasion(none, none.astype(int), none, np.zeros(1), ("a",), (0.1,)), Undefined)
