"""Pluto and Tasche's tables, to the last digit they print."""

from __future__ import annotations

import pytest

from make import groups, no_number, number
from secondline.stats.calibration.low_default import pluto_tasche

NONE = {0.5: (0.09, 0.10, 0.23), 0.75: (0.17, 0.20, 0.46), 0.9: (0.29, 0.33, 0.76), 0.95: (0.37, 0.43, 0.99),
        0.99: (0.57, 0.66, 1.52), 0.999: (0.86, 0.98, 2.28)}  # fmt: skip
FEW = {0.5: (0.46, 0.52, 0.56), 0.9: (0.83, 0.95, 1.29), 0.95: (0.97, 1.10, 1.57), 0.99: (1.25, 1.43, 2.19)}


@pytest.mark.parametrize(
    ("events", "confidence", "percent"),
    [((0, 0, 0), c, p) for c, p in NONE.items()] + [((0, 2, 1), c, p) for c, p in FEW.items()],
)
def test_published_tables(events: tuple[int, ...], confidence: float, percent: tuple[float, ...]) -> None:
    """Grades of 100, 400 and 300 borrowers, without defaults and with 0, 2 and 1."""
    found = number(pluto_tasche(groups([100, 400, 300], events, [0.001, 0.002, 0.005]), confidence=confidence))
    bounds = [100 * grade["bound"] for grade in found.detail["grades"]]
    assert bounds == pytest.approx(percent, abs=0.00501)
    assert found.value == pytest.approx(max(b / 100 / p for b, p in zip(bounds, (0.001, 0.002, 0.005), strict=True)))


def test_order_is_by_prediction() -> None:
    """Grade names do not decide the order: the riskiest grade stands alone."""
    found = number(pluto_tasche(groups([300, 100, 400], [0, 0, 0], [0.005, 0.001, 0.002], ["A", "B", "C"])))
    assert [grade["level"] for grade in found.detail["grades"]] == ["B", "C", "A"]
    assert 100 * found.detail["grades"][-1]["bound"] == pytest.approx(0.46, abs=0.005)


def test_not_for_portfolios_with_events() -> None:
    """With more events than the limit the question does not arise; the limit is a parameter."""
    assert no_number(pluto_tasche(groups(1000, 21, 0.02))).kind == "not-applicable"
    assert number(pluto_tasche(groups(1000, 21, 0.02), max_events=21)).value > 1


def test_edges() -> None:
    """All rows events: the bound is 1. A prediction of 0 has no ratio. No rows, no number."""
    assert number(pluto_tasche(groups(2, 2, 0.5))).detail["grades"][0]["bound"] == 1.0
    assert no_number(pluto_tasche(groups([10, 10], [0, 0], [0.0, 0.01]))).kind == "too-few"
    assert no_number(pluto_tasche(groups(0, 0, 0.0))).kind == "too-few"
