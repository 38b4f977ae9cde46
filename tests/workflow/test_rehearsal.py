"""Rehearsal: the half-widths of a plan shrink with cases, grow with clustering, and agree with Wilson's interval."""

from __future__ import annotations

from pathlib import Path

import pytest
from statsmodels.stats.proportion import proportion_confint

from evals.asking import cases, declared
from secondline.workflow.rehearsal import half_width, rehearse


def test_the_width_is_wilsons() -> None:
    """Without clusters it is that of statsmodels at the planned rate."""
    for n in (20, 100, 1000):
        low, high = proportion_confint(0.9 * n, n, method="wilson")
        assert half_width(n, n) == pytest.approx((high - low) / 2)


def test_clusters_and_numbers_count() -> None:
    """More cases give a narrower interval, fewer clusters a wider one; no case gives no knowledge."""
    assert half_width(400, 400) < half_width(100, 100) < half_width(100, 10) < half_width(0, 0) == 0.5
    assert half_width(200, 20, icc=0.0) == pytest.approx(half_width(200, 200))


def test_a_plan_tells_its_strata(tmp_path: Path) -> None:
    """Each stratum has its half-width before the first call."""
    genai = declared({"kind": "openai", "url": "http://192.0.2.1"})
    (reach,) = rehearse(genai, {"s": cases(50, stratum="fees")}, tmp_path).reach
    assert reach.half_width == pytest.approx(half_width(50, 50))
