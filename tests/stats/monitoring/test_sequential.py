"""Processes keep their budget at every look, find what moved, and survive restarts, repeats and restatements."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import logsumexp

from make import at_most, no_number, number
from secondline.core.errors import SpecError
from secondline.stats.monitoring.nulls import CalibratedWithin, MeanWithin, Null, RateWithin, WindowsWithin
from secondline.stats.monitoring.sequential import MOST_STARTS, Process, Watch, overdispersion
from secondline.stats.monitoring.shares import SharesWithin

TENTHS = np.full(10, 0.1)
RATE = RateWithin(0.02, 0.02, 0.005)
Sums = tuple[float, ...]
Case = Callable[[np.random.Generator], tuple[Null, Callable[[], Sums]]]


def run(process: Process, days: list[Sums]) -> Process:
    """Take one increment a day, from day 0."""
    for day, sums in enumerate(days):
        process = process.take(day, sums)
    return process


def _rate(rng: np.random.Generator) -> tuple[Null, Callable[[], Sums]]:
    return RATE, lambda: RATE.increment(float(rng.binomial(500, 0.02)), 500.0)


def _baseline(rng: np.random.Generator) -> tuple[Null, Callable[[], Sums]]:
    null = RateWithin.of_baseline(float(rng.binomial(2_000, 0.02)), 2_000, shift=0.005, alpha=0.05)
    return null, lambda: null.increment(float(rng.binomial(500, 0.02)), 500.0)


def _mean(rng: np.random.Generator) -> tuple[Null, Callable[[], Sums]]:
    null = MeanWithin(0.2, 0.2)
    return null, lambda: null.increment(rng.beta(2, 8, 50))


def _calibrated(rng: np.random.Generator) -> tuple[Null, Callable[[], Sums]]:
    null = CalibratedWithin()

    def day() -> Sums:
        p = rng.beta(1, 9, 50)
        return null.increment(p, (rng.random(50) < p).astype(float))

    return null, day


def _shares(rng: np.random.Generator) -> tuple[Null, Callable[[], Sums]]:
    null = SharesWithin.of_reference(rng.multinomial(1_000, TENTHS).astype(float), alpha=0.05)
    return null, lambda: null.increment(rng.multinomial(200, TENTHS).astype(float))


def _windows(rng: np.random.Generator) -> tuple[Null, Callable[[], Sums]]:
    null = WindowsWithin.of_baseline(float(rng.normal(0.8, 0.01)), 0.01, shift=0.02, alpha=0.05)
    return null, lambda: null.increment(float(rng.normal(0.8, 0.03)), 0.03)


CASES: dict[str, Case] = {
    "rate": _rate, "baseline": _baseline, "mean": _mean, "calibrated": _calibrated, "shares": _shares,
    "windows": _windows,
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_false_alarms_are_within_the_budget(name: str) -> None:
    """Of 60 null streams of 90 daily looks no more alarm, ever, than 5 % allow."""
    alarmed = 0
    for seed in range(60):
        null, day = CASES[name](np.random.default_rng(seed))
        alarmed += run(Process(null, 0.05, every=30), [day() for _ in range(90)]).alarm is not None
    assert alarmed <= at_most(60)


@pytest.mark.parametrize("name", CASES)
def test_goes_on_after_a_restart(name: str) -> None:
    """A process read back from JSON is the same, and ends where one that never stopped ends."""
    null, day = CASES[name](np.random.default_rng(1))
    days = [day() for _ in range(20)]
    whole = run(Process(null), days)
    half = Process.from_json(json.loads(json.dumps(run(Process(null), days[:9]).to_json())))
    for k, sums in enumerate(days[9:], 9):
        half = half.take(k, sums)
    assert half == whole
    assert number(whole.estimate()).value == pytest.approx(math.exp(whole.log_e))


def test_a_change_is_found_and_dated() -> None:
    """A rate that doubles on day 60 is found within days, and the evidence points to a start near it."""
    rng = np.random.default_rng(3)
    days = [RATE.increment(float(rng.binomial(500, 0.02 if d < 60 else 0.04)), 500.0) for d in range(80)]
    found = run(Process(RATE), days)
    assert found.alarm is not None
    assert 60 <= found.alarm <= 70
    assert found.since is not None
    assert 53 <= found.since <= 63


def test_mode_change_is_the_mixture_over_starts() -> None:
    """E is the sum of E_j / ((j+1)(j+2)) over starts, and what starts to come hold back."""
    days = [RATE.increment(float(k), 500.0) for k in (9, 12, 20, 15)]
    process = run(Process(RATE, every=2), days)
    arrays = np.array(days)
    parts = [float(RATE.log_e(arrays[k:].sum(axis=0))) for k in (0, 2)]
    expected = logsumexp([parts[0] - math.log(2), parts[1] - math.log(6), -math.log(3)])
    assert process.log_e == pytest.approx(float(expected))


def test_modes_constant_and_detector() -> None:
    """Constant is the evidence from the beginning; the detector is the plain sum over starts."""
    days = [RATE.increment(float(k), 500.0) for k in (9, 12, 20)]
    arrays = np.array(days)
    alone = float(RATE.log_e(arrays.sum(axis=0)))
    assert run(Process(RATE, mode="constant"), days).log_e == pytest.approx(alone)
    parts = [float(RATE.log_e(arrays[k:].sum(axis=0))) for k in range(3)]
    detector = run(Process(RATE, mode="detector", every=1), days)
    assert detector.log_e == pytest.approx(float(logsumexp(parts)))
    assert number(detector.estimate()).p_value is None


@pytest.mark.slow
def test_the_detector_keeps_its_run_length() -> None:
    """With alpha 1/20 and a start each day, the mean time to a false alarm is at least 20 days."""
    rng = np.random.default_rng(0)
    process, alarms, days = Process(RATE, 0.05, "detector", every=1), 0, 2_000
    for day in range(days):
        process = process.take(day, RATE.increment(float(rng.binomial(500, 0.02)), 500.0))
        if process.alarm is not None:
            process, alarms = process.renewed(), alarms + 1
    assert days / max(alarms, 1) >= 20


def test_a_day_delivered_twice_counts_once() -> None:
    """A key that was taken before, or lies before one that was, changes nothing."""
    once = run(Process(RATE), [(500.0, 10.0), (500.0, 12.0)])
    assert once.take(1, (500.0, 400.0)) is once
    assert once.take(0, (500.0, 400.0)) is once


def test_restating_equals_having_known() -> None:
    """The restated line is what the process would hold had the labels been known, whichever day they change."""
    days: list[Sums] = [(500.0, 10.0 + k) for k in range(10)]
    for changed in (0, 4, 9):
        watch = Watch.of(Process(RATE, every=3))
        for k, sums in enumerate(days):
            watch = watch.take(k, sums)
        watch = watch.restate(changed, days[changed], (500.0, 25.0))
        known = run(Process(RATE, every=3), [(500.0, 25.0) if k == changed else s for k, s in enumerate(days)])
        assert watch.restated.log_e == pytest.approx(known.log_e)
        assert watch.decided == run(Process(RATE, every=3), days)
        assert Watch.from_json(json.loads(json.dumps(watch.to_json()))) == watch


def test_a_restatement_neither_raises_nor_takes_back_an_alarm() -> None:
    """Peak and alarm of both lines are those of what was known when the days were taken."""
    watch = Watch.of(Process(RATE)).take(0, (500.0, 60.0))
    assert watch.decided.alarm == 0
    cleared = watch.restate(0, (500.0, 60.0), (500.0, 10.0))
    assert cleared.restated.alarm == cleared.decided.alarm == 0
    assert cleared.restated.log_e < 0 < cleared.decided.log_e
    quiet = Watch.of(Process(RATE)).take(0, (500.0, 10.0)).restate(0, (500.0, 10.0), (500.0, 60.0))
    assert quiet.decided.alarm is quiet.restated.alarm is None


def test_renewed_forgets_and_ignores_what_came_before() -> None:
    """After an alarm is closed nothing of the run before counts, even when its days are restated or sent again."""
    fresh = run(Process(RATE), [(500.0, 60.0)]).renewed()
    assert (fresh.alarm, fresh.log_e, fresh.taken) == (None, 0.0, 0)
    assert fresh.take(0, (500.0, 60.0)) is fresh
    after = fresh.take(1, (500.0, 10.0))
    assert after.restated(0, (0.0, 5.0)) is after


def test_an_alarm_stays_the_first() -> None:
    """The alarm is the first key at which the threshold was reached, and the peak never falls."""
    process = run(Process(RATE), [(500.0, 60.0), (500.0, 60.0), (5000.0, 20.0)])
    assert process.alarm == 0
    assert process.log_e < process.peak
    assert number(process.estimate()).p_value == pytest.approx(math.exp(-process.peak))


def test_an_estimated_baseline_can_reach_its_threshold_only_just() -> None:
    """However strong the evidence, E stops at 1 / alpha: what may be wrong with the baseline is paid for."""
    null = RateWithin.of_baseline(200, 10_000, shift=0.005, alpha=0.05)
    process = run(Process(null, 0.05), [(5000.0, 4000.0)])
    assert process.log_e == pytest.approx(math.log(20.0))
    assert process.alarm == 0


def test_old_starts_are_thinned() -> None:
    """The state stays small however long the process runs, and dropping starts only lowers the evidence."""
    days: list[Sums] = [(500.0, 10.0)] * 200
    process = run(Process(RATE, every=1), days)
    assert len(process.starts) <= MOST_STARTS
    assert process.starts[0].order == 0
    assert process.starts[-1].order == 199


def test_clusters_are_allowed_for() -> None:
    """With a dispersion of 4 the evidence is that of a quarter of the rows."""
    quarter = run(Process(RATE, mode="constant"), [(125.0, 5.0)])
    assert run(Process(RATE, mode="constant", dispersion=4.0), [(500.0, 20.0)]).log_e == pytest.approx(quarter.log_e)


def test_overdispersion() -> None:
    """Binomial windows have 1, windows of clusters of four have about 4, and nothing to go by is 1."""
    rng = np.random.default_rng(2)
    assert overdispersion(rng.binomial(1000, 0.1, 400).astype(float), np.full(400, 1000.0)) == pytest.approx(
        1.0, abs=0.2
    )
    assert overdispersion(
        np.array(4 * rng.binomial(250, 0.1, 400), dtype=np.float64), np.full(400, 1000.0)
    ) == pytest.approx(4.0, abs=0.8)
    assert overdispersion(np.array([1.0]), np.array([10.0])) == 1.0
    assert overdispersion(np.zeros(5), np.zeros(5)) == 1.0


@given(st.lists(st.integers(0, 60), min_size=1, max_size=15))
def test_evidence_is_never_negative_and_peak_is_its_maximum(events: list[int]) -> None:
    """The peak is the largest evidence of all looks, counting the 1 it starts with."""
    process, seen = Process(RATE, every=2), [0.0]
    for day, hits in enumerate(events):
        process = process.take(day, (500.0, float(hits)))
        seen.append(process.log_e)
    assert process.peak == max(seen)


def test_nothing_taken_has_no_estimate() -> None:
    """Before the first row there is no number."""
    assert no_number(Process(RATE).estimate()).because == "nothing has been taken yet"
    no_number(run(Process(RATE), [(0.0, 0.0)]).estimate())


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Process(RATE, 0.0), "alpha"),
        (lambda: Process(RATE, every=0), "at least 1"),
        (lambda: Process(RATE, dispersion=0.5), "dispersion"),
        (lambda: Process(RateWithin(0.1, 0.1, 0.1, spent=0.05), 0.05), "baseline"),
        (lambda: Process(RATE).take(0, (1.0,)), "2 sums"),
        (lambda: Process(RATE).restated(3, (0.0, 1.0)), "not taken yet"),
        (lambda: Process.from_json({"null": {"kind": "Nothing"}}), "Nothing"),
    ],
)
def test_what_cannot_be_meant_is_refused(make: Any, says: str) -> None:
    """A process, an increment or a state that cannot be meant is refused, with what is wrong."""
    with pytest.raises(SpecError, match=says):
        make()
