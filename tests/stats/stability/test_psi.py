"""PSI agrees with published values and critical values, and its noise, interval and p-value with simulation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from make import NULLS, alarms, at_least, at_most, histogram, histogram_of, no_number, number
from secondline.core.tables import Histogram
from secondline.stats.stability.psi import psi, variance

TENTHS = [10_000] * 10


def split(total: int, shares: Any) -> Histogram:
    """Return a histogram of *total* rows by shares."""
    return histogram(np.round(total * np.asarray(shares)).astype(int))


def test_reference_vector() -> None:
    """Ten tenths against 8, 9, six times 10, 11 and 12 per cent: 0.0101160."""
    found = number(psi(histogram(TENTHS), split(100_000, [0.08, 0.09, *[0.1] * 6, 0.11, 0.12])))
    assert found.value == pytest.approx(0.0101160, abs=5e-8)
    assert sum(b["contribution"] for b in found.detail["bins"]) == pytest.approx(found.value)


def test_published_example() -> None:
    """A three-bin textbook example: 40, 30, 30 against 35, 25, 40 per cent is 0.04456085."""
    assert number(psi(split(1000, [0.4, 0.3, 0.3]), split(1000, [0.35, 0.25, 0.4]))).value == pytest.approx(
        0.04456085, abs=5e-9
    )


@pytest.mark.parametrize(
    ("n", "m", "cells", "critical"),
    [
        (200, 200, 10, 0.16919), (500, 500, 10, 0.06768), (5000, 5000, 10, 0.006768), (100_000, 100_000, 10, 0.000338),
        (10_000, 1000, 10, 0.0186), (100, 100, 10, 0.3384), (100, 100, 20, 0.6029), (1000, 1000, 20, 0.0603),
    ],
)  # fmt: skip
def test_published_critical_values(n: int, m: int, cells: int, critical: float) -> None:
    """The 95 % critical value by rows and bins, as tabulated; the expectation is (B - 1)(1/n + 1/m)."""
    found = number(psi(histogram([n // cells] * cells), histogram([m // cells] * cells)))
    assert found.detail["critical_95"] == pytest.approx(critical, rel=5e-3)
    assert found.detail["expected_under_null"] == pytest.approx((cells - 1) * (1 / n + 1 / m))


def test_an_empty_top_band_counts() -> None:
    """Twenty bands of 5 %, and the current population has lost the top one: 0.313 with a floor of 1e-4.

    Dropping the empty band, as some libraries do, would give 0.0026 and hide the loss. Three of ten lost: 2.177.
    """
    lost = number(psi(histogram([1000] * 20), histogram([1000] * 19 + [0])))
    assert lost.value == pytest.approx(0.3127, abs=5e-5)
    assert lost.value - lost.detail["bins"][-1]["contribution"] == pytest.approx(0.0026, abs=5e-5)
    assert number(psi(histogram(TENTHS), histogram([1000] * 7 + [0] * 3))).value == pytest.approx(2.17725674, abs=5e-9)


def test_jeffreys_rule_by_hand() -> None:
    """With the other rule shares are (c + 1/2) / (n + B/2): 10.5/21, 0.5/21; a bin empty in both is none of B."""
    found = number(psi(histogram([10, 10, 0]), histogram([20, 0, 0]), empty="jeffreys"))
    p, q = np.array([10.5, 10.5]) / 21, np.array([20.5, 0.5]) / 21
    assert found.value == pytest.approx(np.sum((q - p) * np.log(q / p)))
    assert found.detail["empty"] == "jeffreys"
    with pytest.raises(ValueError, match="empty must be one of floor, jeffreys"):
        psi(histogram([1, 1]), histogram([1, 1]), empty="drop")  # type: ignore[arg-type]  # a user's mistake


@pytest.mark.parametrize(("n", "m", "cells"), [(1000, 1000, 10), (1000, 200, 10), (1000, 5000, 10), (2000, 400, 5)])
def test_null_false_alarms(n: int, m: int, cells: int) -> None:
    """At equal and unequal sizes the test alarms as often as it says, or a little less where bins are thin."""
    rng = np.random.default_rng(n + m)
    shares = np.full(cells, 1 / cells)
    found = [
        number(psi(histogram(rng.multinomial(n, shares)), histogram(rng.multinomial(m, shares)))) for _ in range(NULLS)
    ]
    assert at_least() * 0.85 <= alarms([f.p_value for f in found]) <= at_most()
    mean = np.mean([f.value for f in found])
    assert mean == pytest.approx(found[0].detail["expected_under_null"], rel=0.06)
    assert np.mean([f.low == 0 for f in found]) > 0.93


def test_thin_bins_do_not_raise_false_alarms() -> None:
    """With special cells that hold a row or two the test stays below its level, and says that bins are thin."""
    rng = np.random.default_rng(9)
    shares = np.array([0.3, 0.3, 0.3, 0.095, 0.004, 0.001])
    found = [
        number(psi(histogram(rng.multinomial(800, shares)), histogram(rng.multinomial(300, shares))))
        for _ in range(NULLS)
    ]
    assert alarms([f.p_value for f in found]) <= at_most()
    assert np.mean(["rows in the smaller population" in " ".join(f.warnings) for f in found]) > 0.95


@pytest.mark.parametrize("strength", [0.1, 0.4, 1.0, 1.5])
@pytest.mark.parametrize(("n", "m"), [(500, 500), (5000, 400)])
def test_interval_covers(strength: float, n: int, m: int) -> None:
    """The interval holds the PSI of the populations in 95 % of samples, from no shift to a large one."""
    rng = np.random.default_rng(11)
    p = np.full(10, 0.1)
    q = p * np.exp(strength * np.linspace(-1, 1, 10))
    q /= q.sum()
    truth = float(np.sum((q - p) * np.log(q / p)))
    found = [number(psi(histogram(rng.multinomial(n, p)), histogram(rng.multinomial(m, q)))) for _ in range(500)]
    inside = np.mean([(f.low or 0) <= truth <= (f.high or 0) for f in found])
    assert inside > 0.922
    assert inside < 0.978 or strength < 0.2


def test_variance_by_simulation() -> None:
    """The delta method's variance is the spread of simulated values when the shift is large."""
    rng = np.random.default_rng(12)
    p, q = np.full(5, 0.2), np.array([0.1, 0.15, 0.2, 0.25, 0.3])
    a, b = rng.multinomial(5000, p, 4000) / 5000, rng.multinomial(3000, q, 4000) / 3000
    values = np.sum((b - a) * np.log(b / a), axis=1)
    assert variance(p, q, 5000, 3000) == pytest.approx(values.var(), rel=0.1)


def test_mde_has_its_power() -> None:
    """A true PSI of the smallest detectable size is found in about 80 % of samples."""
    rng = np.random.default_rng(13)
    p = np.full(10, 0.1)
    mde = number(psi(histogram([300] * 10), histogram([200] * 10))).mde
    assert mde is not None
    tilt = np.linspace(-1, 1, 10)
    q = p * np.exp(np.sqrt(mde / np.mean(tilt**2)) * tilt)
    q /= q.sum()
    mde_of_q = float(np.sum((q - p) * np.log(q / p)))
    assert mde_of_q == pytest.approx(mde, rel=0.05)
    found = [
        (number(psi(histogram(rng.multinomial(3000, p)), histogram(rng.multinomial(2000, q)))).p_value or 0) < 0.05
        for _ in range(500)
    ]
    assert np.mean(found) == pytest.approx(0.8, abs=0.06)


def test_noise_is_called_noise() -> None:
    """A value above its own interval says that it is noise: 200 rows a side often exceed 0.1 with nothing moved."""
    rng = np.random.default_rng(14)
    draws = [histogram(rng.multinomial(200, [0.1] * 10)) for _ in range(41)]
    found = [number(psi(draws[0], d)) for d in draws[1:]]
    assert any(f.value > 0.1 for f in found)
    above = [f for f in found if f.value > (f.high or 0)]
    assert all(f.warnings[0].startswith("mostly noise") for f in above)


counts = st.lists(st.integers(1, 400), min_size=3, max_size=3)


@given(counts, counts)
def test_symmetric_and_never_negative(a: list[int], b: list[int]) -> None:
    """PSI is the same both ways round and never below 0."""
    there, back = number(psi(histogram(a), histogram(b))), number(psi(histogram(b), histogram(a)))
    assert there.value == pytest.approx(back.value, abs=1e-12)
    assert there.value >= -1e-15


@given(counts, counts, st.integers(2, 5))
def test_copies_and_shards(a: list[int], b: list[int], weight: int) -> None:
    """A weight for all rows changes nothing; halves added up are the whole."""
    plain, heavy = number(psi(histogram(a), histogram(b))), number(psi(histogram(a), histogram(b, weight=weight)))
    assert heavy.value == pytest.approx(plain.value, abs=1e-12)
    assert heavy.p_value == pytest.approx(plain.p_value, rel=1e-9)
    assert number(psi(histogram(a), histogram(b) + histogram(b))).value == pytest.approx(plain.value, abs=1e-12)


def test_an_outlier_moves_it_by_one_row() -> None:
    """One value of 1e5 among 1,000 moves a PSI over the reference's bins by less than 1/m."""
    rng = np.random.default_rng(15)
    x, y = rng.normal(size=5000), rng.normal(size=1000)
    edges = [float(edge) for edge in np.quantile(x, np.arange(0.1, 1, 0.1))]
    with_it = number(psi(histogram_of(x, edges), histogram_of(np.append(y, 1e5), edges)))
    without = number(psi(histogram_of(x, edges), histogram_of(y, edges)))
    assert abs(with_it.value - without.value) < 1 / 1000


def test_missing_values_are_a_shift() -> None:
    """A fifth of the rows gone missing is a large shift, though the rest is unchanged."""
    found = number(psi(histogram([500, 500]), histogram([400, 400], {"(missing)": 200})))
    assert found.value > 1
    assert found.detail["bins"][-1]["label"] == "(missing)"


def test_no_number() -> None:
    """Without rows there is none; where all rows fall in one bin the question does not arise."""
    assert no_number(psi(histogram([0, 0]), histogram([5, 5]))).kind == "too-few"
    assert no_number(psi(histogram([9, 0]), histogram([5, 0]))).kind == "not-applicable"
