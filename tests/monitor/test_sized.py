"""Sized: a line of labels is looked at so seldom that its windows hold the events that its error rests on."""

from __future__ import annotations

import numpy as np
import pytest

from secondline.core.estimate import Estimate
from secondline.govern.records.filing import Metric
from secondline.monitor.sized import sized
from secondline.monitor.steady import SCORE, Days, Fit

LINE = Metric.model_validate({"metric": "discrimination.auc", "tracks": "performance", "frequency": "daily", "red": 0.8,
                              "action": "investigate"})  # fmt: skip


def days(rows: float) -> Days:
    """Return a reference of ten days of so many rows in two bins."""
    return Days({SCORE: np.full((10, 2), rows / 2.0)}, {SCORE: ("low", "high")})


def estimate(events: float | None, n: int = 10_000) -> Estimate:
    """Return a validated value of so many events in ten thousand rows."""
    return Estimate(value=0.9, low=0.88, high=0.92, level=0.95, method="DeLong", n=n, events=events)


@pytest.mark.parametrize(
    ("rows", "frequency"),
    # 1 event in 100 rows: forty in a day of 4,000, in a week of 572 a day, a month of 134, a quarter of 44.
    [(4_000, "daily"), (3_999, "weekly"), (700, "weekly"), (200, "monthly"), (50, "quarterly")],
)
def test_windows_hold_twice_the_fewest_events(rows: float, frequency: str) -> None:
    """The shortest length whose windows hold forty events on average is taken."""
    found = sized(days(rows), LINE, estimate(100.0))
    assert found.frequency == frequency
    assert bool(found.says) == (frequency != "daily")


def test_what_is_too_rare_for_any_window_is_said() -> None:
    """Where a year holds too few events, the longest window is taken and it is said that they are still too few."""
    found = sized(days(2.0), LINE, estimate(1.0))
    assert found.says.endswith("and still is")


@pytest.mark.parametrize("one", [(estimate(None), 500.0), (estimate(100.0), 0.0)])
def test_without_counts_nothing_changes(one: tuple[Estimate, float]) -> None:
    """An estimate that counts no events, or a reference without rows, leaves the line as it is."""
    assert sized(days(one[1]), LINE, one[0]) == Fit("daily")
