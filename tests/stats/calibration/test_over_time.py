"""Tests over years agree with scipy and with brute force, and keep their level with few years."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from scipy.stats import norm, ttest_1samp

from make import NULLS, alarms, at_least, at_most, groups, no_number, number
from secondline.core.estimate import Estimate
from secondline.core.tables import GroupTable
from secondline.stats.calibration.over_time import normal_multi, traffic_lights

YEARS = [f"{year}-06" for year in range(2016, 2026)]


def years(n: Any, events: Any, pd: Any) -> GroupTable:
    """Return one group a year."""
    size = np.size(events)
    return groups(np.broadcast_to(n, size), np.atleast_1d(events), np.broadcast_to(pd, size), YEARS[:size])


def test_normal_is_a_t_test_of_the_gaps() -> None:
    """Value, statistic, interval and p-value are those of scipy's t test; the source's normal p is beside it."""
    events = np.array([12, 9, 15, 11, 14])
    found = number(normal_multi(years(1000, events, 0.01)))
    gaps = events / 1000 - 0.01
    theirs = ttest_1samp(gaps, 0.0, alternative="greater")
    interval = ttest_1samp(gaps, 0.0).confidence_interval(0.95)
    assert found.p_value == pytest.approx(theirs.pvalue)
    assert found.detail["z"] == pytest.approx(theirs.statistic)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))
    assert found.detail["p_normal"] == pytest.approx(norm.sf(theirs.statistic))


def test_z_as_the_working_paper_writes_it() -> None:
    """Z from the formula of BCBS WP14, term by term."""
    gaps = np.array([0.004, -0.001, 0.003, 0.002])
    tau2 = (np.sum(gaps**2) - np.sum(gaps) ** 2 / 4) / 3
    found = number(normal_multi(years(1000, 20 + 1000 * gaps, 0.02)))
    assert found.detail["z"] == pytest.approx(np.sum(gaps) / (2 * np.sqrt(tau2)))


@pytest.mark.parametrize("count", [2, 4, 8])
def test_null_false_alarms_of_the_normal_test(count: int) -> None:
    """With 2, 4 and 8 years, and bad years in common, Student's t keeps the level that the normal does not."""
    rng = np.random.default_rng(count)
    rates = 0.05 * np.exp(rng.normal(0, 0.2, (NULLS, count)) - 0.02)
    measured = [normal_multi(years(20_000, rng.binomial(20_000, r), 0.05)) for r in rates]
    found = [m for m in measured if isinstance(m, Estimate)]  # now and then two years have the very same gap
    assert len(found) > 0.99 * NULLS
    assert at_least() * 0.8 <= alarms([f.p_value for f in found]) <= at_most()
    if count < 8:
        assert alarms([f.detail["p_normal"] for f in found]) > at_most()


def test_normal_mde_has_its_power() -> None:
    """Mean gaps of the smallest detectable size are found in about 80 % of samples of five years."""
    rng = np.random.default_rng(0)
    base = number(normal_multi(years(10_000, 500 + np.array([20, -20, 20, -20, 0]), 0.05)))
    sd = np.std([0.002, -0.002, 0.002, -0.002, 0.0], ddof=1)
    mde = base.mde
    assert mde is not None
    gaps = rng.normal(0.05 * mde, sd, (400, 5))
    found = [float(ttest_1samp(g, 0, alternative="greater").pvalue) < 0.05 for g in gaps]
    assert np.mean(found) == pytest.approx(0.8, abs=0.06)


def test_colours_by_hand() -> None:
    """10,000 rows at 1 %: 100 events are green, 105 yellow, 112 orange, 120 red; V counts them."""
    found = number(traffic_lights(years(10_000, [100, 105, 112, 120], 0.01)))
    assert [row["colour"] for row in found.detail["periods"]] == ["green", "yellow", "orange", "red"]
    assert found.value == 1111


@pytest.mark.parametrize(("events", "value"), [([100, 100, 100], 3000), ([120, 120, 120], 3), ([112, 100, 105], 1110)])
def test_p_value_by_brute_force(events: list[int], value: int) -> None:
    """The p-value is the sum over all 64 sequences of colours whose V is no larger."""
    share = dict(zip((1000, 100, 10, 1), (0.5, 0.3, 0.15, 0.05), strict=True))
    chance = sum(np.prod([share[c] for c in seq]) for seq in product(share, repeat=3) if sum(seq) <= value)
    found = number(traffic_lights(years(10_000, events, 0.01)))
    assert (found.value, found.p_value) == pytest.approx((value, float(chance)))


def test_null_false_alarms_of_the_lights() -> None:
    """The lights take few values, so they alarm no more often than stated."""
    rng = np.random.default_rng(7)
    found = [number(traffic_lights(years(20_000, k, 0.1))).p_value for k in rng.binomial(20_000, 0.1, (NULLS, 5))]
    assert 0.3 * 0.05 * NULLS <= alarms(found) <= at_most()


def test_months_are_added_up() -> None:
    """Months become years, quarters or stay months; undated rows are left out."""
    table = groups([100] * 5, [1, 2, 3, 4, 5], [0.02] * 5, ["2024-01", "2024-06", "2025-02", "2025-11", "(missing)"])
    periods = {p: number(traffic_lights(table, period=p)).detail["periods"] for p in ("year", "quarter", "month")}
    assert [(row["period"], row["events"]) for row in periods["year"]] == [("2024", 3), ("2025", 7)]
    assert [row["period"] for row in periods["quarter"]] == ["2024-Q1", "2024-Q2", "2025-Q1", "2025-Q4"]
    assert len(periods["month"]) == 4


def test_too_few_and_too_many_periods() -> None:
    """One year, equal gaps, no date, no row: no test. Ten years are too many for the lights."""
    assert no_number(normal_multi(years(1000, [12], 0.01))).kind == "too-few"
    assert no_number(normal_multi(years(1000, [12, 12], 0.01))).kind == "too-few"
    assert (
        no_number(normal_multi(groups(10, 1, 0.1, ["(missing)"]))).because == "no row has a month, a label and a score"
    )
    assert no_number(traffic_lights(groups(0, 0, 0.0, ["2024-01"]))).kind == "too-few"
    assert no_number(traffic_lights(years(1000, [10] * 10, 0.01))).kind == "not-applicable"
    assert no_number(traffic_lights(years(1000, [0, 1], [0.0, 0.01]))).kind == "too-few"
    with pytest.raises(ValueError, match="period"):
        normal_multi(years(10, [1, 2], 0.1), period="decade")  # type: ignore[arg-type]  # a user's mistake
