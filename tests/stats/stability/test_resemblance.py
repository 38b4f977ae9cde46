"""Chi-square and resemblance tests agree with scipy and keep their level, thin cells and unequal sizes included."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2_contingency
from scipy.stats.contingency import association

from make import NULLS, alarms, at_least, at_most, histogram, no_number, number
from secondline.stats.stability.resemblance import chi_square, cramers_v, resemblance


def test_equals_scipy() -> None:
    """Both statistics, the p-value and V before correction are scipy's."""
    a, b = [120, 300, 80, 45], [60, 100, 70, 12]
    found = number(chi_square(histogram(a), histogram(b)))
    pearson = chi2_contingency(np.array([a, b]), correction=False)
    ratio = chi2_contingency(np.array([a, b]), correction=False, lambda_="log-likelihood")
    assert found.detail["chi_square"] == pytest.approx(pearson.statistic)
    assert found.p_value == pytest.approx(pearson.pvalue)
    assert found.detail["g"] == pytest.approx(ratio.statistic)
    plain = association(np.array([a, b]), method="cramer")
    assert found.value < plain < (found.high or 0)


def test_bias_correction_by_hand() -> None:
    """Bergsma's V of chi-square 10 with 1 degree of freedom on 100 rows: sqrt((0.1 - 1/99) / (1 - 1/99))."""
    assert cramers_v(10.0, 1, 100.0) == pytest.approx(np.sqrt((0.1 - 1 / 99) / (1 - 1 / 99)))
    assert cramers_v(0.5, 1, 100.0) == 0.0
    assert cramers_v(1.0, 1, 2.0) == 0.0


@pytest.mark.parametrize(("n", "m"), [(1000, 1000), (1000, 200), (1000, 5000)])
def test_null_false_alarms(n: int, m: int) -> None:
    """At sizes where the one-sample form alarms in 10, 31 and 81 % of nulls, the two-sample form keeps 5 %."""
    rng = np.random.default_rng(n * m)
    shares = np.array([0.4, 0.3, 0.15, 0.1, 0.045, 0.005])
    found = [
        number(chi_square(histogram(rng.multinomial(n, shares)), histogram(rng.multinomial(m, shares))))
        for _ in range(NULLS)
    ]
    assert at_least() <= alarms([f.p_value for f in found]) <= at_most()
    assert np.mean([f.low == 0 for f in found]) > 0.94


def test_resemblance_keeps_its_level_at_the_edge() -> None:
    """At a difference of exactly the tolerance the test alarms in at most 5 % of samples; well inside, in none."""
    rng = np.random.default_rng(3)
    p, n, m = np.full(8, 1 / 8), 4000, 3000

    def shifted(size: float) -> np.ndarray:
        q = p * (1 + size * np.array([1, -1] * 4))
        return np.asarray(q)

    r = (n * p + m * shifted(0.2)) / (n + m)
    tolerance = float(np.sum((shifted(0.2) - p) ** 2 / r))
    rates = []
    for size in (0.2, 0.1):
        pairs = [(rng.multinomial(n, p), rng.multinomial(m, shifted(size))) for _ in range(NULLS // 2)]
        found = [number(resemblance(histogram(a), histogram(b), tolerance=tolerance)) for a, b in pairs]
        rates.append(np.mean([(f.p_value or 0) < 0.05 for f in found]))
        inside = np.mean([(f.low or 0) <= (tolerance if size == 0.2 else tolerance / 4) * 1.02 for f in found])
        assert inside > 0.95
    assert 0.01 < rates[0] < 0.07
    assert rates[1] < 0.002


def test_resemblance_mde_has_its_power() -> None:
    """A difference of the smallest detectable size beyond the tolerance is found in about 80 % of samples."""
    rng = np.random.default_rng(4)
    p, n = np.full(8, 1 / 8), 3000
    mde = number(resemblance(histogram([375] * 8), histogram([375] * 8), tolerance=0.02)).mde
    assert mde is not None
    half = np.sqrt(mde) / np.sqrt(1 + mde / 4)
    a, b = p * (1 + np.array([1, -1] * 4) * half / 2), p * (1 - np.array([1, -1] * 4) * half / 2)
    assert np.sum((a - b) ** 2 / p) == pytest.approx(mde, rel=0.02)
    draws = [(histogram(rng.multinomial(n, a)), histogram(rng.multinomial(n, b))) for _ in range(400)]
    found = [(number(resemblance(*draw, tolerance=0.02)).p_value or 0) < 0.05 for draw in draws]
    assert np.mean(found) == pytest.approx(0.8, abs=0.08)


def test_thin_cells_are_pooled() -> None:
    """Cells that expect fewer than five rows become one, joined by the thinnest other until it is not thin."""
    found = number(chi_square(histogram([500, 300, 2, 1, 40]), histogram([480, 320, 1, 0, 39])))
    assert found.detail["cells_pooled"] == 2
    assert found.detail["df"] == 2
    alone = no_number(chi_square(histogram([50, 1]), histogram([50, 1])))
    assert alone.because.startswith("all bins but one")


def test_large_populations() -> None:
    """Millions of rows with a small difference: a p-value of 0 for equality, no alarm for resemblance."""
    a, b = histogram([4_000_000] * 10), histogram([4_000_000] * 9 + [4_200_000])
    assert number(chi_square(a, b)).p_value == 0.0
    assert (number(resemblance(a, b)).p_value or 0) > 0.999


def test_no_number() -> None:
    """One cell, or no rows, leave nothing to compare."""
    for test in (chi_square, resemblance):
        assert no_number(test(histogram([9, 0]), histogram([5, 0]))).kind == "not-applicable"
        assert no_number(test(histogram([9, 0]), histogram([0, 0]))).kind == "too-few"
