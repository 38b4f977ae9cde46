"""What one feature knows: scikit-learn, R's information values, noise that stays noise, traces that are found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from make import alarms, at_most, no_number, number, sample
from secondline.core.tables import Bins, Histogram
from secondline.core.tables.bins import MISSING
from secondline.stats.data import leakage


def cells(
    goods: Sequence[int], bads: Sequence[int], levels: Sequence[str] = (), missing: tuple[int, int] = (0, 0)
) -> Histogram:
    """Return a histogram of goods and bads by cell: a category of *levels*, else a number cut at 1, 2, ..."""
    bins = Bins("x", levels=tuple(levels)) if levels else Bins("x", edges=tuple(float(i) for i in range(1, len(goods))))
    good, bad = (np.zeros(len(bins.labels), dtype=np.int64) for _ in range(2))
    good[: len(goods)], bad[: len(bads)] = goods, bads
    at = bins.labels.index(MISSING)
    good[at], bad[at] = missing
    rows, nowhere = good + bad, np.full(len(good), np.nan)
    weight = rows.astype(float)
    return Histogram(bins, rows, weight, weight, bad, bad.astype(float), good, good.astype(float), nowhere, nowhere)


def of(x: Any, y: Any, bins: int) -> Histogram:
    """Return the histogram of a numeric feature cut at equal counts."""
    place = np.searchsorted(np.quantile(x, np.arange(1, bins) / bins), x)
    return cells(
        np.bincount(place[y == 0], minlength=bins).tolist(), np.bincount(place[y == 1], minlength=bins).tolist()
    )


def test_a_binned_feature_equals_scikit_learn() -> None:
    """The AUC of the bin's number, whichever way it points."""
    rng = np.random.default_rng(3)
    y = (rng.random(3_000) < 0.2).astype(int)
    x = rng.normal(size=3_000) - y
    place = np.searchsorted(np.quantile(x, np.arange(1, 10) / 10), x)
    found = number(leakage.feature_auc(of(x, y, 10)))
    assert found.value == pytest.approx(max(roc_auc_score(y, place), roc_auc_score(y, -place)), abs=1e-12)
    assert found.value <= roc_auc_score(y, -x)


@pytest.mark.parametrize("levels", [5, 200])
def test_levels_of_noise_stay_near_one_half(levels: int) -> None:
    """A category that knows nothing does not seem to leak, however many levels it has."""
    rng = np.random.default_rng(levels)
    found = []
    for _ in range(200):
        place, y = rng.integers(0, levels, 2_000), rng.random(2_000) < 0.1
        goods, bads = (np.bincount(place[y == side], minlength=levels).tolist() for side in (False, True))
        found.append(number(leakage.feature_auc(cells(goods, bads, [f"l{i:03d}" for i in range(levels)]))))
    assert np.mean([f.value for f in found]) == pytest.approx(0.5, abs=0.01)
    assert sum((f.low or 0) > 0.5 for f in found) <= 15


def test_levels_that_leak() -> None:
    """A level that only events have is found; the value is that of the level, not of noise."""
    found = number(leakage.feature_auc(cells([900, 100, 0], [5, 5, 90], ["paid", "late", "written off"])))
    assert found.value == pytest.approx(0.96, abs=0.02)


def test_german_credit_status() -> None:
    """The checking account of UCI's German credit data has an information value of 0.6660."""
    found = number(
        leakage.information_value(cells([139, 164, 49, 348], [135, 105, 14, 46], ["A11", "A12", "A13", "A14"]))
    )
    assert found.value == pytest.approx(0.6660115, abs=0.01)
    assert found.p_value is not None
    assert found.p_value < 1e-10


@pytest.mark.parametrize("share", [0.02, 0.3])
def test_information_of_noise(share: float) -> None:
    """Its mean is the expectation stated, and its test keeps its level."""
    rng = np.random.default_rng(5)
    n, bins, found = 5_000, 10, []
    for _ in range(2_000):
        y = rng.random(n) < share
        bad = rng.multinomial(int(y.sum()), np.full(bins, 1 / bins))
        good = rng.multinomial(n - int(y.sum()), np.full(bins, 1 / bins))
        found.append(number(leakage.information_value(cells(good.tolist(), bad.tolist()))))
    assert np.mean([f.value for f in found]) == pytest.approx(found[0].detail["noise"], rel=0.12)
    assert alarms([f.p_value for f in found]) <= at_most()


def test_missing_that_knows_the_outcome() -> None:
    """Missing for 40 of 100 events and 10 of 100 others: (1 + 0.3) / 2."""
    found = number(leakage.missing_auc(cells([90], [60], missing=(10, 40))))
    assert found.value == pytest.approx(0.65)
    assert no_number(leakage.missing_auc(cells([90], [60]))).kind == "not-applicable"


def test_a_value_of_one_class_is_found() -> None:
    """Missing incomes of events filled with 777.0; chance repetitions of other values are not."""
    rng = np.random.default_rng(8)
    y = (rng.random(4_000) < 0.1).astype(float)
    x = np.round(rng.normal(50, 10, 4_000))
    assert number(leakage.pure_values(sample(x, at_label=y, income=x), "income")).value == 0
    x[(y == 1) & (rng.random(4_000) < 0.3)] = 777.0
    found = number(leakage.pure_values(sample(x, at_label=y, income=x), "income"))
    assert found.value == 1
    assert found.detail["values"][0]["value"] == "777.0"


def test_pure_values_of_noise() -> None:
    """Over 2,000 samples of noise at 10 %, no value is called pure more often than one in a thousand tests allows."""
    rng = np.random.default_rng(10)
    hits = 0
    for _ in range(300):
        y = (rng.random(1_000) < 0.1).astype(float)
        x = rng.integers(0, 15, 1_000).astype(float)
        hits += number(leakage.pure_values(sample(x, at_label=y, x=x), "x")).value > 0
    assert hits <= 3


def test_no_number() -> None:
    """One class, or too few rows, give a reason."""
    assert no_number(leakage.feature_auc(cells([10, 10], [0, 0]))).because
    assert no_number(leakage.information_value(cells([0, 0], [5, 5]))).because
    assert no_number(leakage.missing_auc(cells([10], [0], missing=(5, 0)))).because
    assert no_number(leakage.pure_values(sample([1.0, 1.0], at_label=[0, 1], x=[1.0, 1.0]), "x")).because
