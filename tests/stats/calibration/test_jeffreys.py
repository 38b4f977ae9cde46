"""Jeffreys' tests agree with published p-values and keep their level."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta

from make import NULLS, alarms, at_least, at_most, groups, no_number, number
from secondline.stats.calibration.jeffreys import conservatism, understatement


@pytest.mark.parametrize(
    ("n", "events", "pd", "p"),
    [
        (1000, 15, 0.01, 0.0632284),
        (1000, 10, 0.01, 0.4790568),
        (500, 0, 0.005, 0.9748721),
        (1000, 10, 0.008, 0.22967016),  # the next three: the Cohorts package
        (1000, 20, 0.01, 0.00223073),
        (100, 0, 0.01, 0.84425928),
    ],
)
def test_published_p_values(n: int, events: int, pd: float, p: float) -> None:
    """Both tails equal the beta distribution's and add up to one."""
    found, other = number(understatement(groups(n, events, pd))), number(conservatism(groups(n, events, pd)))
    assert found.p_value == pytest.approx(p, abs=5e-8)
    assert other.p_value == pytest.approx(1 - p, abs=5e-8)
    assert found.p_value == pytest.approx(beta.cdf(pd, events + 0.5, n - events + 0.5), rel=1e-12)
    assert found.detail["p_overstated"] == pytest.approx(other.p_value)
    assert other.detail["p_understated"] == pytest.approx(found.p_value)


def test_value_is_the_gap() -> None:
    """The value is observed minus predicted and its interval the observed rate's, moved."""
    found = number(understatement(groups(1000, 15, 0.01)))
    low, high = beta(15.5, 985.5).interval(0.95)
    assert found.value == pytest.approx(0.005)
    assert (found.low, found.high) == pytest.approx((low - 0.01, high - 0.01))
    assert (found.n, found.events, found.method) == (1000, 15, "Jeffreys")


@pytest.mark.parametrize(("n", "pd"), [(2000, 0.05), (20_000, 0.01)])
def test_mde_has_its_power(n: int, pd: float) -> None:
    """A true rate higher by mde is found in about 80 % of samples; one lower by the other mde likewise."""
    rng = np.random.default_rng(1)
    for test, sign in ((understatement, 1.0), (conservatism, -1.0)):
        mde = number(test(groups(n, round(n * pd), pd))).mde
        assert mde is not None
        draws = rng.binomial(n, pd * (1 + sign * mde), 400)
        found = np.mean([(number(test(groups(n, k, pd))).p_value or 0) < 0.05 for k in draws])
        assert found == pytest.approx(0.8, abs=0.07)


def test_null_false_alarms() -> None:
    """Over nulls of many sizes each tail alarms as often as it says: a test of discrete counts, so on average."""
    rng = np.random.default_rng(2)
    sizes, pds = rng.integers(300, 30_000, NULLS), rng.uniform(0.02, 0.3, NULLS)
    tables = [groups(n, rng.binomial(n, pd), pd) for n, pd in zip(sizes, pds, strict=True)]
    for test in (understatement, conservatism):
        assert at_least() <= alarms([number(test(t)).p_value for t in tables]) <= at_most()


def test_mixed_predictions_are_on_the_safe_side() -> None:
    """When predictions differ inside the portfolio the test alarms no more often than stated."""
    rng = np.random.default_rng(3)
    pds = np.array([0.001, 0.02, 0.5])
    draws = rng.binomial(1000, pds, (NULLS, 3))
    found = [number(understatement(groups([1000] * 3, k, pds))).p_value for k in draws]
    assert alarms(found) <= at_most()


@given(st.integers(20, 400), st.floats(0.01, 0.4), st.integers(2, 6))
def test_copies_of_weighted_rows_change_nothing(n: int, pd: float, weight: int) -> None:
    """One weight for all rows gives the plain result, said to be on effective counts."""
    plain, heavy = (number(understatement(groups(n, n // 10, pd, weight=w))) for w in (1.0, float(weight)))
    assert heavy.p_value == pytest.approx(plain.p_value, rel=1e-9)
    assert "effective" in heavy.method


def test_impossible_predictions() -> None:
    """A prediction of exactly 0 that comes true says nothing; one that does not is rejected outright."""
    assert no_number(understatement(groups(50, 0, 0.0))).kind == "too-few"
    assert no_number(conservatism(groups(50, 50, 1.0))).kind == "too-few"
    found = number(understatement(groups(50, 1, 0.0)))
    assert (found.p_value, found.mde) == (0.0, None)
    assert number(conservatism(groups(50, 1, 0.0))).p_value == 1.0
    assert number(conservatism(groups(50, 49, 1.0))).p_value == 0.0


def test_without_rows() -> None:
    """No rows, no number."""
    assert no_number(understatement(groups(0, 0, 0.0))).needed
    assert no_number(conservatism(groups(0, 0, 0.0))).needed


def test_bands_come_along() -> None:
    """A table of several groups leaves the rates by group behind the number, in order of risk."""
    found = number(understatement(groups([10, 20], [5, 1], [0.5, 0.05])))
    assert [b["level"] for b in found.detail["bands"]] == ["g01", "g00"]
