"""Coverage, simulated: corrected rates hold their 95 % in the cells of the design, and the naive judge does not.

The whole table at full size is `benchmarks/judge_coverage.py`; here each cell has fewer runs, and the bounds leave room
for Monte Carlo error only.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from answers import drawn
from secondline.stats import intervals
from secondline.stats.genai import correction, rates
from secondline.stats.genai.labelled import labelled
from secondline.stats.genai.pairs import Pairs, difference_interval
from secondline.stats.genai.rows import Items, codes

RUNS = 500
# Truth, Se, Sp, clusters, cases in each, intra-cluster correlation, labels.
ALONE = [(0.95, 0.97, 0.70, 1000, 1, 0.0, 100), (0.80, 0.90, 0.80, 1000, 1, 0.0, 100),
         (0.98, 0.98, 0.60, 1000, 1, 0.0, 100), (0.60, 0.85, 0.85, 1000, 1, 0.0, 100)]  # fmt: skip
CLUSTERED = [
    (0.95, 0.97, 0.70, 50, 20, 0.20, 100), (0.80, 0.90, 0.80, 50, 20, 0.20, 100), (0.80, 0.90, 0.80, 20, 50, 0.20, 100),
    (0.95, 0.97, 0.70, 50, 20, 0.05, 100), (0.80, 0.90, 0.80, 50, 20, 0.20, 300), (0.95, 0.97, 0.70, 200, 5, 0.20, 100),
    (0.95, 0.97, 0.70, 50, 20, 0.20, 300),
]  # fmt: skip


def room(runs: int, wanted: float) -> float:
    """Return three standard errors of a simulated coverage."""
    return 3 * math.sqrt(wanted * (1 - wanted) / runs)


@pytest.mark.slow
@pytest.mark.parametrize("cell", [*ALONE, *CLUSTERED])
def test_the_corrected_judge_covers(cell: tuple[float, float, float, int, int, float, int]) -> None:
    """By verdict at the effective size, coverage lies in 0.93 to 0.97 within Monte Carlo error, in every cell."""
    theta, se, sp, clusters, size, icc, labels = cell
    hits = 0
    for seed in range(RUNS):
        _, f, label, chance, cluster = drawn(theta, se, sp, clusters, size, icc, labels, seed)
        rows = labelled(f, label, chance, cluster.astype(np.int64))
        span = correction.by_verdict(rows, 0.95, draws=3_000).span
        hits += span.low <= theta <= span.high
    assert 0.93 - room(RUNS, 0.93) <= hits / RUNS <= 0.97 + room(RUNS, 0.97)


@pytest.mark.slow
def test_the_naive_judge_and_a_plain_wald_do_not_cover() -> None:
    """At a pass rate of 0.95 the judge's own interval covers about half the time, and PPI++ less than 0.93."""
    naive = ppi = 0
    for seed in range(RUNS):
        _, f, label, chance, cluster = drawn(0.95, 0.97, 0.70, 1000, 1, 0.0, 100, seed, by_verdict=False)
        span = intervals.wilson(f.sum(), 1000)
        naive += span.low <= 0.95 <= span.high
        wald = correction.ppi(labelled(f, label, chance, cluster.astype(np.int64), binary=False), 0.95).span
        ppi += wald.low <= 0.95 <= wald.high
    assert naive / RUNS < 0.6
    assert ppi / RUNS < 0.93


@pytest.mark.slow
def test_an_outside_calibration_set_covers() -> None:
    """Rogan and Gladen with Lee's interval covers at 0.93 or more, where the calibration set passes less often."""
    draw, hits, runs = np.random.default_rng(4), 0, 4_000
    for _ in range(runs):
        passed = draw.binomial(900, 0.8 * 0.9 + 0.2 * 0.2)
        kept, caught = draw.binomial(60, 0.9), draw.binomial(60, 0.8)
        found = correction.rogan_gladen(passed, 900, kept, 60, caught, 60)
        hits += found is not None and found.span.low <= 0.8 <= found.span.high
    assert 0.93 - room(runs, 0.93) <= hits / runs <= 0.985


@pytest.mark.slow
@pytest.mark.parametrize(("clusters", "size", "least"), [(50, 20, 0.93), (20, 10, 0.92)])
def test_a_clustered_rate_covers(clusters: int, size: int, least: float) -> None:
    """Pass rate 0.85, ICC 0.2: the interval at the effective size covers, and that of independent answers does not."""
    hits = plain = 0
    for seed in range(1_000):
        y, *_ = drawn(0.85, 1, 1, clusters, size, 0.2, 0, seed, by_verdict=False)
        place = np.repeat(np.arange(clusters), size)
        found = Items(np.arange(len(y)).astype(object), y, np.ones(len(y)), place)
        span, _, _ = rates.interval_of(found, 0.95)
        hits += span.low <= 0.85 <= span.high
        alone = intervals.wilson(y.sum(), len(y))
        plain += alone.low <= 0.85 <= alone.high
    assert hits / 1_000 >= least - room(1_000, least)
    assert plain / 1_000 < 0.85


@pytest.mark.slow
@pytest.mark.parametrize(("templates", "size"), [(400, 1), (40, 10)])
def test_a_paired_difference_covers(templates: int, size: int) -> None:
    """Pass rates 0.85 and 0.80 on the same cases, alone or in templates: the interval holds 0.05 in 0.93 or more."""
    hits, runs = 0, 1_000
    draw = np.random.default_rng(6)
    for _ in range(runs):
        easy = np.repeat(draw.beta(0.85 * 3, 0.15 * 3, templates), size)
        a = (draw.random(len(easy)) < easy).astype(float)
        b = a * (draw.random(len(easy)) < 0.80 / 0.85)
        pairs = Pairs(np.arange(len(a)).astype(object), a, b, codes(np.repeat(np.arange(templates), size)))
        span, _ = difference_interval(pairs, 0.95)
        hits += span.low <= 0.05 <= span.high
    assert 0.93 - room(runs, 0.93) <= hits / runs <= 0.985
