"""Rates, keys, shape and contract: hand-worked counts and what has no answer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from statsmodels.stats.outliers_influence import variance_inflation_factor

from make import groups, histogram, no_number, number, sample
from secondline.core.evidence import PopulationFacts
from secondline.core.spec import ModelSpec
from secondline.core.tables import GroupTable, KeyCounts, Sample, ScoreTable
from secondline.core.tables.bins import HIGH_INFINITY, LOW_INFINITY, MISSING, NAN
from secondline.frames.reductions.keys import co_moments
from secondline.stats.data import contract, keys, rates, shape
from secondline.stats.use import override_rate, unrated


def facts(**fields: Any) -> PopulationFacts:
    """Return what was read of a population."""
    given = {"name": "dev", "role": "reference", "source": "", "engine": "duckdb", "rows": 100, "columns": {}}
    return PopulationFacts.model_validate(given | fields)


def spec(**fields: Any) -> ModelSpec:
    """Return a study."""
    given = {"model": "m", "version": "1", "populations": {"dev": {"data": "d"}}, "columns": {"score": "pd"}}
    return ModelSpec.model_validate(given | fields)


def observed(values: Any) -> dict[str, Any]:
    """Return the column of observation times by its name in make.sample."""
    return {"at_observed-at": values}


def test_missing_infinite_constant() -> None:
    """3 null and 2 NaN of 100; 1 and 4 infinite of 100; the fullest cell."""
    found = number(rates.missing(histogram([50, 45], {MISSING: 3, NAN: 2})))
    assert (found.value, found.detail) == (0.05, {"counts": {MISSING: 3, NAN: 2}})
    assert number(rates.infinite(histogram([50, 45], {LOW_INFINITY: 1, HIGH_INFINITY: 4}))).value == 0.05
    assert number(rates.largest_share(histogram([80, 20], levels=("a", "b")))).value == 0.8
    assert no_number(rates.missing(histogram([0, 0]))).because
    assert no_number(rates.infinite(histogram([1, 1], levels=("a", "b")))).kind == "not-applicable"


def test_labels_and_scores() -> None:
    """Unknown outcomes, one class only, and scores that are no probabilities."""
    assert number(rates.unusable_labels(facts(label_missing=4, events=10))).value == 0.04
    assert no_number(rates.unusable_labels(facts(events=0))).because
    table = ScoreTable.of(np.array([-0.1, 0.5, 1.2, 0.4]), np.array([0.0, 1, 0, 1]))
    assert number(rates.out_of_range(table, facts(rows=4))).value == 2


def test_rules() -> None:
    """5 broken, 90 kept, 5 that nulls keep from being judged."""
    table = groups([5, 90, 5], 0, 0.1, levels=("broken", "kept", "unknown"))
    found = number(rates.broken(table))
    assert found.value == pytest.approx(5 / 95)
    assert found.warnings
    assert no_number(rates.broken(groups([0, 0, 5], 0, 0.1, levels=("broken", "kept", "unknown")))).because


def counted(values: dict[int, int], **fields: Any) -> KeyCounts:
    """Return key counts by hash."""
    hashes = np.array(sorted(values), dtype=np.uint64)
    counts = np.array([values[int(h)] for h in hashes], dtype=np.int64)
    return KeyCounts(rows=int(counts.sum()) + fields.get("null_rows", 0), null_rows=fields.pop("null_rows", 0),
                     hashes=hashes, counts=counts, **fields)  # fmt: skip


def test_keys() -> None:
    """Two rows beyond the first of their key and one without a key; one of three keys shared."""
    found = number(keys.duplicates(counted({1: 3, 2: 1}, null_rows=1, duplicated=2)))
    assert found.value == 3
    shared = number(keys.shared_keys(counted({2: 1}), counted({1: 1, 2: 1, 3: 1})))
    assert shared.value == pytest.approx(1 / 3)
    assert no_number(keys.duplicates(counted({}))).because
    assert no_number(keys.shared_keys(counted({}), counted({}))).because


def test_rows_on_both_sides() -> None:
    """Two of four rows have a hash that the reference has too."""

    def of(*hashes: int) -> Sample:
        return Sample(len(hashes), len(hashes), np.array(hashes, dtype=np.uint64), {})

    assert number(keys.shared_rows(of(1, 2, 3), of(2, 3, 8, 9))).value == pytest.approx(0.5)
    assert no_number(keys.shared_rows(of(), of(1))).because


def test_outliers_by_the_references_fences() -> None:
    """Quartiles 25 and 75 of 0 to 100 set fences at -125 and 225: one of 100 current values is beyond."""
    x = np.arange(101.0)
    y = np.r_[x[:99], 1_000.0]
    found = number(shape.outliers(sample(x, x=x), sample(y, x=y), "x"))
    assert found.value == pytest.approx(0.01)
    assert found.detail["fences"] == [-125.0, 225.0]
    assert no_number(shape.outliers(sample([1.0], x=[1.0]), sample([1.0], x=[1.0]), "x")).because


def test_variance_inflation_equals_statsmodels() -> None:
    """The largest of three, over rows without a missing value."""
    rng = np.random.default_rng(2)
    a, b = rng.normal(size=(2, 400))
    c = a + 0.5 * b + 0.3 * rng.normal(size=400)
    rows = sample(a, a=a, b=b, c=c)
    design = np.column_stack([np.ones(400), a, b, c])
    wanted = max(variance_inflation_factor(design, i) for i in (1, 2, 3))
    assert number(shape.variance_inflation(co_moments(rows, ("a", "b", "c")))).value == pytest.approx(wanted, rel=1e-8)
    exact = number(shape.variance_inflation(co_moments(sample(a, a=a, b=2 * a + 1), ("a", "b"))))
    assert exact.warnings
    assert no_number(shape.variance_inflation(co_moments(rows, ("a",)))).kind == "not-applicable"


def test_the_contract() -> None:
    """A feature gone, one of another kind; an excluded one in use."""
    old = facts(features=("a", "b", "c"), columns={"a": "int64", "b": "string", "c": "float64"})
    new = facts(features=("a", "b"), columns={"a": "float64", "b": "float64"})
    assert number(contract.schema(old, new)).value == 2
    assert number(contract.schema(old, old)).value == 0
    claims = spec(claims={"excluded": ["a", "z"]})
    assert number(contract.excluded_features(old, claims)).value == 1
    assert no_number(contract.excluded_features(old, spec())).kind == "not-applicable"


def test_the_waterfall() -> None:
    """130 source rows less 20 and 9 leave one row too many of 100."""
    steps = [{"reason": "tests", "rows": 20}, {"reason": "staff", "rows": 9, "events": 3}]
    found = number(contract.waterfall(facts(), spec(waterfall={"source-rows": 130, "steps": steps})))
    assert found.value == 1
    assert no_number(contract.waterfall(facts(), spec())).kind == "not-applicable"


def test_enough_events() -> None:
    """More events raise the ratio; unknown outcomes give none."""
    small, large = (number(contract.sample_size(facts(rows=n, events=n // 10))).value for n in (1_000, 10_000))
    assert large == pytest.approx(10 * small, rel=1e-6)
    assert no_number(contract.sample_size(facts())).because
    assert no_number(contract.sample_size(facts(events=0))).because


def test_months_and_lags() -> None:
    """A gap of one month; the 99th percentile of days; both without times."""
    table = groups([10, 10], 0, 0.1, levels=("2026-01", "2026-03"))
    assert number(contract.empty_months(table, spec(), facts())).value == 1
    assert no_number(contract.empty_months(groups([5], 0, 0.1, levels=(MISSING,)), spec(), facts())).because
    day = 86_400.0
    at = np.arange(200) * day
    lagged = number(contract.lag(sample(at, at_time=at, **observed(at - 5 * day))))
    assert lagged.value == pytest.approx(5.0)
    assert no_number(contract.lag(sample([1.0], at_time=[1.0], **observed([1.0])))).because


def test_one_scan_read_what_the_other_read() -> None:
    """The difference of two counts of the same rows."""
    table: GroupTable = groups([60, 40], 0, 0.1)
    assert number(contract.rows_counted(facts(), table)).value == 0
    assert number(contract.rows_counted(facts(rows=101), table)).value == 1


def test_use() -> None:
    """Two of five scores changed, one confirmed as it was, one row without a score."""
    score, override = [0.1, 0.2, 0.3, np.nan, 0.5], [0.4, np.nan, 0.3, 0.2, 0.1]
    found = number(override_rate(sample(score, at_override=override, at_weight=np.ones(5))))
    assert found.value == pytest.approx(0.6)
    assert found.detail == {"up": 0.2, "down": 0.2, "unscored": 0.2, "unchanged": 0.2}
    assert number(unrated(facts(score_missing=3))).value == 0.03
    assert no_number(unrated(facts(rows=0))).because
    assert no_number(override_rate(sample([], at_override=[], at_weight=[]))).because
