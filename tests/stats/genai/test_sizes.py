"""Sizes as published: clean trials by the rule of three, paired comparisons by Miller, and power that adds up."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import binom

from secondline.stats.genai import sizes
from secondline.stats.power import zero_failures_bound, zero_failures_n


def test_clean_trials_are_the_published_ones() -> None:
    """ln(0.05) / ln(0.99) is 298.07: 299 clean trials show less than 1 %; 598 half that, 2,995 a tenth."""
    assert sizes.zero_failure_table() == {"3%": 99, "1%": 299, "0.5%": 598, "0.1%": 2995}
    assert zero_failures_n(0.01, confidence=0.99) == 459
    assert math.log(0.05) / math.log(0.99) == pytest.approx(298.07, abs=0.01)
    assert zero_failures_bound(299) < 0.01 < zero_failures_bound(298)


@pytest.mark.parametrize(
    ("detect", "correlation", "n"),
    [(0.05, 0.0, 801), (0.05, 0.5, 400), (0.05, 0.7, 240), (0.02, 0.0, 5004), (0.02, 0.5, 2502), (0.02, 0.7, 1501)],
)
def test_paired_sizes_are_the_tables(detect: float, correlation: float, n: int) -> None:
    """At a pass rate of 0.85, one answer a case, 80 % power: the published sizes, to a case."""
    assert sizes.paired_n(detect, sizes.binary_variance(0.85, correlation)) == pytest.approx(n, abs=1)


def test_replicates_take_the_noise_out_and_clusters_add() -> None:
    """Noise is divided by the replicates; the size grows with the design effect, and is infinite for no difference."""
    once = sizes.paired_n(0.05, 0.1, noise_a=0.05, noise_b=0.05)
    assert sizes.paired_n(0.05, 0.1, noise_a=0.05, noise_b=0.05, replicates=10) == pytest.approx(once * 0.11 / 0.2)
    assert sizes.paired_n(0.05, 0.1, effect=3) == pytest.approx(3 * sizes.paired_n(0.05, 0.1))
    assert sizes.paired_n(0.0, 0.1) == math.inf


def test_the_power_at_the_planned_size_is_the_planned_one() -> None:
    """Planning for 80 % gives a size whose power is 80 %; and no spread leaves no doubt."""
    variance = sizes.binary_variance(0.85, 0.5)
    n = sizes.paired_n(0.05, variance)
    assert sizes.paired_power(0.05, variance, n) == pytest.approx(0.8, abs=1e-6)
    assert sizes.paired_power(0.05, 0.0, 10) == 1
    assert sizes.paired_power(0.0, 0.0, 10) == 0.05


def test_a_regression_of_five_points_is_found_four_times_in_five() -> None:
    """400 cases whose two verdicts correlate by about 0.5: a drop from 0.85 to 0.80 is found in about 80 % of runs."""
    draw = np.random.default_rng(5)
    # Chances of: both pass, only before, only after, neither. The difference is 0.05; var(d) as at correlation 0.5.
    variance = 0.1275
    lost = (variance + 0.05**2 + 0.05) / 2
    won = lost - 0.05
    table = draw.multinomial(400, [0.85 - lost, lost, won, 1 - 0.85 - won], size=3_000)
    d = (table[:, 1] - table[:, 2]) / 400
    se = np.sqrt((table[:, 1] + table[:, 2]) / 400 - d**2) / 20
    power = float((d / se > 1.96).mean())
    low, high = binom.interval(0.999, 3_000, 0.80)
    assert low / 3_000 - 0.01 <= power <= high / 3_000 + 0.01
