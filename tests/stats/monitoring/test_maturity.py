"""Projected ultimates cover what comes in the end, at nominal rate, and claim nothing they cannot know."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from make import at_most, no_number, number
from secondline.core.errors import SpecError
from secondline.core.estimate import Undefined
from secondline.core.tables._arrays import floats, ints
from secondline.stats.monitoring import maturity
from secondline.stats.monitoring.lags import Curve, Lags, curve
from secondline.stats.monitoring.maturity import Projected, ultimate

EXACT = Curve(floats([0.2, 0.5, 0.8, 1.0]), floats([0.0] * 4), 1.0, 1e9, tail=0.0)
ROUGH = Curve(floats([0.2, 0.5, 0.8, 1.0]), floats([0.0, 0.002, 0.002, 0.001]), 1.0, 500, tail=0.0)


def projected(known: float, found: Curve = EXACT, ages: Any = 2, exposure: Any = None) -> Projected:
    """Return the projection, failing the test where there is none."""
    e = None if exposure is None else floats(exposure)
    out = ultimate(known, found, ints(np.atleast_1d(ages)), e)
    assert isinstance(out, Projected), out
    return out


def test_one_cohort_is_the_chain_ladder() -> None:
    """Half of the labels known: twice as many in the end, with a negative binomial interval."""
    p = projected(30.0)
    assert (p.value, p.maturity) == (60.0, 0.5)
    low, high = (float(stats.nbinom.ppf(tail, 30.5, 0.5)) for tail in (0.025, 0.975))
    assert p.interval() == pytest.approx((30 + low, 30 + high))


def test_a_window_is_cape_cod() -> None:
    """A window's maturity is the mean of F by exposure."""
    p = projected(65.0, ages=[1, 4], exposure=[100.0, 300.0])
    assert p.maturity == pytest.approx((0.2 * 100 + 1.0 * 300) / 400)
    assert p.value == pytest.approx(65 / 0.8)


def test_the_curves_error_is_the_derivative() -> None:
    """What the curve's error adds is that of the numerical derivative of the ultimate by each step's logarithm."""
    ages, e = [1, 2, 3], [1.0, 2.0, 3.0]
    p = projected(60.0, ROUGH, ages, e)
    shift = 1e-6
    for k in range(4):
        moved = np.array(ROUGH.shares)
        moved[:k] *= np.exp(shift)
        more = projected(60.0, Curve(floats(moved), ROUGH.steps, 1.0, 500, tail=0.0), ages, e)
        slope = (more.value - p.value) / shift * 60.5 / 60.0
        assert -slope == pytest.approx(p.pull[k], rel=1e-4, abs=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("rate", [0.5, 5.0, 50.0])
def test_intervals_cover_what_comes(rate: float) -> None:
    """Of 150 histories, a window's eventual labels lie in the interval at least nominally, at 90 and 95 %."""
    rng, inside, runs = np.random.default_rng(int(rate * 10)), np.zeros(2), 0
    for _ in range(150):
        count = rng.poisson(rate, 90)
        made = np.repeat(np.arange(90), count)
        wait = np.minimum(rng.gamma(2, 8, len(made)).astype(int), 45)
        lags = Lags.of(made, wait, today=89, first=0, longest=45)
        found = curve(lags, tail=0.0)
        if isinstance(found, Curve):
            p = projected(float(lags.known[65:85].sum()), found, lags.ages[65:85], np.ones(20))
            inside += [x.low <= count[65:85].sum() <= x.high for x in (p.interval(0.9), p.interval(0.95))]
            runs += 1
    assert runs - inside[0] <= at_most(runs, 0.10)
    assert runs - inside[1] <= at_most(runs, 0.05)


@pytest.mark.slow
def test_amounts_cover_what_comes() -> None:
    """Of 150 histories of lognormal amounts, the eventual amount lies in the 95 % interval at least in 90 %."""
    rng, inside = np.random.default_rng(77), 0
    for _ in range(150):
        made = np.repeat(np.arange(90), rng.poisson(20.0, 90))
        amount = rng.lognormal(4.0, 0.8, len(made))
        wait = np.minimum(rng.gamma(2, 8, len(made)).astype(int), 45)
        lags = Lags.of(made, wait, today=89, first=0, longest=45, amount=amount)
        found = curve(lags, tail=0.0)
        assert isinstance(found, Curve)
        use = (made >= 65) & (made < 85)
        x = projected(float(lags.known[65:85].sum()), found, lags.ages[65:85], np.ones(20)).interval()
        inside += bool(x.low <= amount[use].sum() <= x.high)
    assert inside >= 0.9 * 150


def test_none_known_is_not_none_to_come() -> None:
    """With no label yet the projection is 0 but the interval is not."""
    p = projected(0.0)
    assert p.value == 0.0
    assert p.interval().low == 0.0 < p.interval().high
    assert number(maturity.rate(p, 100.0)).high == pytest.approx(p.interval().high / 100)


def test_all_known_is_certain() -> None:
    """At full maturity the known count is the ultimate."""
    p = projected(12.0, ages=4)
    assert p.interval() == (12.0, 12.0)


def test_days_whose_shares_round_to_more_than_one_are_all_known() -> None:
    """Exposures whose shares sum to a rounding above one leave nothing to come, and nothing breaks."""
    rng = np.random.default_rng(0)
    exposures = (rng.lognormal(3.0, 1.0, n) for n in range(2, 300))
    over = [e for e in exposures if float((e * np.ones(len(e)) / float(e.sum())).sum()) > 1.0]
    assert over
    for exposure in over:
        p = projected(12.0, ages=[4] * len(exposure), exposure=exposure)
        assert (p.maturity, p.value, p.process) == (1.0, 12.0, 0.0)
        assert number(maturity.rate(p, 100.0)).value == pytest.approx(0.12)


@given(st.floats(0, 1_000), st.integers(1, 4), st.floats(0.5, 0.99))
def test_intervals_hold_the_known_and_widen_with_level(known: float, age: int, level: float) -> None:
    """No interval goes below what is known, and a higher level is never narrower."""
    p = projected(known, ROUGH, age)
    x, wider = p.interval(level), p.interval(0.995)
    assert x.low >= known
    assert wider.low <= x.low <= x.high <= wider.high


@given(st.integers(1, 3))
def test_older_is_surer(age: int) -> None:
    """For one ultimate, more maturity leaves a narrower interval."""
    young, old = (projected(float(100 * EXACT.at(a)), ROUGH, a).interval() for a in (age, age + 1))
    assert old.high - old.low <= young.high - young.low


def test_an_unstated_tail_or_a_young_window_has_no_projection() -> None:
    """Without a tail, with no cases, or at 1 % maturity there is no number, and it says what is needed."""
    bare = Curve(EXACT.shares, EXACT.steps, 1.0, 10.0)
    found = ultimate(3.0, bare, ints([2]))
    assert isinstance(found, Undefined)
    assert "tail" in found.needed
    assert isinstance(ultimate(3.0, EXACT, ints([2]), floats([0.0])), Undefined)
    assert isinstance(ultimate(3.0, EXACT, ints([0])), Undefined)
    young = Curve(floats([0.01, 1.0]), floats([0.0, 0.0]), 1.0, 10.0, tail=0.0)
    assert isinstance(ultimate(1.0, young, ints([1])), Undefined)


def test_a_stated_tail_is_said() -> None:
    """A tail raises the ultimate and is named in the warnings."""
    longer = Curve(EXACT.shares, EXACT.steps, 1.0, 10.0, tail=0.1)
    e = projected(30.0, longer).estimate()
    assert e.value == pytest.approx(30 / 0.45)
    assert "0.1" in e.warnings[0]
    assert projected(30.0).estimate().warnings == ()


def test_rates_are_per_case_alert_or_amount() -> None:
    """Precision is cut at 1, basis points are not; nothing to divide by has no rate."""
    assert number(maturity.rate(projected(40.0), 50.0)).value == 1.0
    value = Curve(EXACT.shares, EXACT.steps, 5.0, 10.0, tail=0.0, counted=False)
    e = number(maturity.rate(projected(40.0, value), 1e6, scale=1e4))
    assert e.value == pytest.approx(0.8)
    assert e.method == "projected, lognormal"
    no_number(maturity.rate(projected(1.0), 0.0))


def test_detection_rate_takes_each_side_to_its_end() -> None:
    """Caught fraud is confirmed sooner than missed fraud: the rate known to date flatters, the projected does not."""
    e = number(maturity.share_of(projected(80.0, ages=3), projected(10.0, ages=1)))
    assert e.value == pytest.approx(100 / 150)
    assert e.detail["known"] == pytest.approx(80 / 90)


def test_one_curve_cancels_from_a_share() -> None:
    """On one curve, its error moves both sides alike: the share is surer than with two."""
    part, rest = (projected(k, ROUGH) for k in (400.0, 600.0))
    other = Curve(ROUGH.shares, ROUGH.steps, 1.0, 501, tail=0.0)
    apart = number(maturity.share_of(part, projected(600.0, other)))
    e = number(maturity.share_of(part, rest))
    assert e.value == apart.value
    assert (e.high or 0) - (e.low or 0) < (apart.high or 0) - (apart.low or 0)


def test_shares_at_the_edges() -> None:
    """None on one side leaves an interval that is not a point; none on both sides has no share."""
    none, some = projected(0.0), projected(20.0)
    all_ = number(maturity.share_of(some, none))
    assert all_.value == 1.0
    assert 0.5 < (all_.low or 0) < 1.0 == all_.high
    zero = number(maturity.share_of(none, some))
    assert (zero.value, zero.low) == (0.0, 0.0)
    no_number(maturity.share_of(none, none))


def test_weights_reproduce_the_ultimate() -> None:
    """Labels of cohorts weighted by 1 / F add up to the chain ladder's ultimate; too young ones count nothing."""
    weight, variance = maturity.weights(ROUGH, ints([0, 1, 2, 4]))
    assert weight == pytest.approx([0.0, 5.0, 2.0, 1.0])
    assert variance == pytest.approx([0.0, 25 * 0.005, 4 * 0.003, 0.0])


def test_what_cannot_be_meant_is_refused() -> None:
    """Negative labels and exposures that do not fit are refused."""
    with pytest.raises(SpecError, match="at least 0"):
        ultimate(-1.0, EXACT, ints([1]))
    with pytest.raises(SpecError, match="one exposure"):
        ultimate(1.0, EXACT, ints([1, 2]), floats([1.0]))
