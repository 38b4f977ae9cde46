"""Ranking of two models: paired, to within a margin, and how alike they rank."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy.stats import norm, spearmanr
from sklearn.metrics import roc_auc_score

from make import at_least, at_most, no_number, number, sample
from secondline.core.estimate import Undefined
from secondline.stats.challenge.aligned import aligned
from secondline.stats.challenge.ranking import agreement, auc_lead, noninferiority, ridits


def rows(n: int = 400, seed: int = 1, gap: float = 0.5) -> tuple[Any, Any]:
    """Return a sample and a challenger's score, the champion's sharper by *gap*."""
    draw = np.random.default_rng(seed)
    truth = draw.normal(size=n)
    label = (draw.random(n) < norm.cdf(truth - 0.8)).astype(float)
    champion, challenger = truth + draw.normal(size=n), truth + (1 + gap) * draw.normal(size=n)
    return sample(champion, at_label=label), challenger


def test_auc_lead_is_the_difference_of_scikit_learns_areas() -> None:
    """Value and both areas equal scikit-learn's, with ties."""
    table, score = rows()
    score = score.round(1)
    found = number(auc_lead(table, score))
    label, champion = table.columns["@label"], table.columns["@score"]
    areas = roc_auc_score(label, champion), roc_auc_score(label, score)
    assert found.value == pytest.approx(areas[0] - areas[1], abs=1e-12)
    assert (found.detail["champion"], found.detail["challenger"]) == pytest.approx(areas, abs=1e-12)
    low, high = found.detail["challenger interval"]
    assert low < areas[1] < high
    assert found.detail["champion roc"][0] == [0, 0]


def test_rows_that_one_model_cannot_score_are_left_out() -> None:
    """A missing score on either side, a missing outcome or no weight takes the row out of both areas."""
    table, score = rows(60)
    columns = {name: values.copy() for name, values in table.columns.items()}
    columns["@score"][0], columns["@label"][1], score[2] = np.nan, np.nan, np.nan
    weight = np.ones(60)
    weight[3] = 0
    whole = sample(columns["@score"], at_label=columns["@label"], at_weight=weight)
    few = sample(columns["@score"][4:], at_label=columns["@label"][4:])
    one, two = number(auc_lead(whole, score)), number(auc_lead(few, score[4:]))
    assert (one.value, one.low, one.n) == (two.value, two.low, 56)


@pytest.mark.parametrize(
    ("label", "because"),
    [(np.zeros(5), "only one class is present"), (np.full(5, np.nan), "no row has both scores and an outcome")],
)
def test_one_class_or_no_rows_is_no_comparison(label: Any, because: str) -> None:
    """Without both classes there is a reason and no number, in every comparison."""
    table = sample(np.arange(5.0), at_label=label)
    for measure in (auc_lead, noninferiority):
        assert no_number(measure(table, np.arange(5.0))).needed == "rows of both classes"
    found = aligned(table, np.arange(5.0))
    assert isinstance(found, Undefined)
    assert found.because == because


@pytest.mark.parametrize(
    ("n", "gap", "margin", "decided"),
    [(20_000, 0.0, 0.03, "non-inferior"), (20_000, 1.0, 0.01, "inferior"), (300, 0.1, 0.001, "open"),
     (20_000, -0.7, 0.01, "superior")],
)  # fmt: skip
def test_the_verdict_follows_the_one_sided_ends(n: int, gap: float, margin: float, decided: str) -> None:
    """Alike is non-inferior, worse is inferior, a small sample decides nothing and better is superior."""
    found = number(noninferiority(*rows(n, 3, gap), margin=margin))
    assert found.detail["decided"] == decided
    assert found.level == pytest.approx(0.90)
    se = found.detail["se"]
    assert found.high == pytest.approx(found.value + norm.ppf(0.95) * se)
    assert found.p_value == pytest.approx(norm.cdf((found.value - margin) / se))
    assert found.p_value is not None
    assert (found.p_value < 0.05) == (decided in {"non-inferior", "superior"})


@pytest.mark.slow
def test_a_challenger_at_the_margin_is_let_through_once_in_twenty() -> None:
    """At a true lead of the margin, and between equal models, the tests are wrong at their nominal rate."""
    draw = np.random.default_rng(8)
    claims = alarms = 0
    times, n = 600, 400
    # Binormal scores: AUC is Phi(d / sqrt 2) for classes d apart.
    areas = norm.cdf(np.array([1.2, 1.0]) / math.sqrt(2))
    label = (np.arange(n) < n // 3).astype(float)
    for _ in range(times):
        noise = draw.normal(size=(2, n))
        table = sample(noise[0] + 1.2 * label, at_label=label)
        p = number(noninferiority(table, noise[1] + 1.0 * label, margin=areas[0] - areas[1])).p_value
        assert p is not None
        claims += p < 0.05
        equal = number(auc_lead(table, noise[1] + 1.2 * label))
        assert equal.low is not None
        assert equal.high is not None
        alarms += not equal.low <= 0 <= equal.high
    assert at_least(times) <= claims <= at_most(times)
    assert at_least(times) <= alarms <= at_most(times)


def test_agreement_is_spearmans_correlation() -> None:
    """Equal to scipy with ties; identical order gives 1 without doubt, reversed order -1."""
    table, score = rows()
    score = score.round(1)
    found = number(agreement(table, score))
    assert found.value == pytest.approx(spearmanr(table.columns["@score"], score).statistic, abs=1e-12)
    r, se = found.value, math.sqrt((1 + found.value**2 / 2) / 397)
    assert (found.low, found.high) == pytest.approx(
        (math.tanh(math.atanh(r) - 1.959964 * se), math.tanh(math.atanh(r) + 1.959964 * se)), abs=1e-6
    )
    same = number(agreement(table, np.exp(table.columns["@score"])))
    assert (same.value, same.low, same.detail["same tenth"]) == pytest.approx((1, 1, 1))
    assert number(agreement(table, -table.columns["@score"])).value == pytest.approx(-1)


def test_weighted_ranks_are_those_of_repeated_rows() -> None:
    """An integer weight counts as the row that many times; outcomes do not matter."""
    draw = np.random.default_rng(2)
    values, weight = draw.integers(0, 20, 50).astype(float), draw.integers(1, 4, 50)
    again = np.repeat(np.arange(50), weight)
    np.testing.assert_allclose(ridits(values, weight.astype(float))[again], ridits(values[again], np.ones(len(again))))


def test_agreement_needs_scores_that_vary() -> None:
    """A constant score has no ranks, and nine rows are too few."""
    table, _ = rows(50)
    assert no_number(agreement(table, np.ones(50))).kind == "not-applicable"
    few = sample(np.arange(9.0), at_label=np.zeros(9))
    assert no_number(agreement(few, np.arange(9.0))).kind == "too-few"
