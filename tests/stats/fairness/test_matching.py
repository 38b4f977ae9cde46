"""Matched pairs are near, used once and compared as scipy would; what cannot be matched is said."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment
from scipy.stats import binomtest, ttest_rel

from applicants import drawn, fairness, sampled, spec
from make import no_number, number
from secondline.core.evidence import PopulationFacts
from secondline.stats.fairness import matching


def facts(*features: str) -> PopulationFacts:
    content: dict[str, Any] = {"features": features}
    return PopulationFacts.model_construct(**content)


def test_nearest_first_and_each_once() -> None:
    """Of two rows that want one partner the nearer gets it, and the other takes the next."""
    one, two = np.array([[0.0], [0.1]]), np.array([[0.12], [0.5]])
    pairs, far = matching.near(one, two, 1.0)
    assert matching.greedy(pairs, far, 2, 2).tolist() == [[1, 0], [0, 1]]
    assert matching.greedy(*matching.near(one, two, 0.2), 2, 2).tolist() == [[1, 0]]


def test_greedy_pairs_are_little_worse_than_the_best() -> None:
    """Against the optimal assignment the total distance is at most a fifth longer on drawn points."""
    draw = np.random.default_rng(1)
    one, two = draw.normal(size=(60, 2)), draw.normal(size=(400, 2))
    pairs = matching.greedy(*matching.near(one, two, 9.0), 60, 400)
    assert len(set(pairs[:, 0].tolist())) == len(set(pairs[:, 1].tolist())) == 60
    far = np.sqrt(((one[:, None] - two[None]) ** 2).sum(axis=2))
    best = far[linear_sum_assignment(far)].sum()
    assert best <= far[pairs[:, 0], pairs[:, 1]].sum() <= 1.2 * best


def test_differences_are_scipys() -> None:
    """The mean, its t interval and McNemar's exact p of the pairs that were made."""
    told = drawn(3)
    told["@score"] = np.random.default_rng(4).random(2_000) + 0.1 * (told["sex"] == "f")
    rows = sampled(told)
    found = number(matching.matched_pairs(rows, "sex", fairness(), facts("income")))
    masks = rows.columns["sex"] == "f", rows.columns["sex"] == "m"
    pairs, _, _ = matching._pairs(rows, ["income"], *masks, 0.25)
    one, two = (rows.columns["@score"][pairs[:, side]] for side in (0, 1))
    span = ttest_rel(one, two).confidence_interval(0.95)
    spread = rows.columns["@score"].std()
    assert found.value == pytest.approx((one - two).mean() / spread)
    assert (found.low, found.high) == pytest.approx((span.low / spread, span.high / spread))
    (group,) = found.detail["groups"]
    lost, won = int(((two < 0.5) & (one >= 0.5)).sum()), int(((one < 0.5) & (two >= 0.5)).sum())
    assert (group["only control approved"], group["only group approved"]) == (lost, won)
    assert group["p"] == pytest.approx(binomtest(lost, lost + won).pvalue)


def test_a_gap_that_features_explain_disappears() -> None:
    """Raw, women score worse by 0.8; among pairs of equal income the gap is gone, and one planted remains."""
    told = drawn(5, 4_000)
    noise = np.random.default_rng(6).normal(scale=0.1, size=4_000)
    told["@score"] = -told["income"] + noise
    gone = number(matching.matched_pairs(sampled(told), "sex", fairness(), facts("income"), caliper=0.02))
    assert abs(gone.value) < 0.03
    told["@score"] = told["@score"] + 0.3 * (told["sex"] == "f")
    left = number(matching.matched_pairs(sampled(told), "sex", fairness(), facts("income"), caliper=0.02))
    assert left.value * told["@score"].std() == pytest.approx(0.3, abs=0.03)


def test_the_gap_is_covered() -> None:
    """In 100 draws with a planted gap of 0.2 and near pairs, the interval covers it as often as it says."""
    covered = 0
    for seed in range(100):
        told = drawn(seed, 1_000, drift=0.0)
        draw = np.random.default_rng(seed + 1_000)
        told["@score"] = draw.normal(size=1_000) - told["income"] + 0.2 * (told["sex"] == "f")
        rows = sampled(told)
        found = number(matching.matched_pairs(rows, "sex", fairness(), facts("income"), caliper=0.02))
        truth = 0.2 / rows.columns["@score"].std()
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= truth <= found.high
    assert covered >= 88  # binomial: P(fewer than 88 of 100 at 95 %) is 0.2 %


def test_text_and_missing_values_are_matched_too() -> None:
    """Pairs share region and the fact of a missing income when the caliper is tight."""
    told = drawn(7)
    told["income"][::5] = np.nan
    rows = sampled(told)
    masks = rows.columns["sex"] == "f", rows.columns["sex"] == "m"
    pairs, _, _ = matching._pairs(rows, ["income", "region"], *masks, 0.1)
    one, two = (rows.columns["region"][pairs[:, side]] for side in (0, 1))
    assert (one == two).all()
    gone = np.isnan(rows.columns["income"])
    assert (gone[pairs[:, 0]] == gone[pairs[:, 1]]).all()


def test_imbalance_is_warned_of() -> None:
    """Eight features that differ by group leave no near pairs; what differs after a wide caliper is said."""
    told, draw = drawn(8), np.random.default_rng(9)
    names = [f"x{i}" for i in range(8)]
    told |= {name: draw.normal(size=2_000) - 0.8 * (told["sex"] == "f") for name in names}
    told["@score"] = draw.random(2_000)
    found = number(matching.matched_pairs(sampled(told), "sex", fairness(), facts(*names), caliper=1.0))
    assert "still differs by" in found.warnings[0]


def test_what_cannot_be_matched() -> None:
    """No overlap, no features, no spread: no number, and why."""
    told = drawn(10)
    told["far"] = np.where(told["sex"] == "f", 10.0, -10.0)
    told["@score"] = np.random.default_rng(1).random(2_000)
    apart = matching.matched_pairs(sampled(told), "sex", fairness(), facts("far"))
    assert "fewer than 30 pairs" in no_number(apart).because
    assert "no features" in no_number(matching.matched_pairs(sampled(told), "sex", fairness(), facts("sex"))).because
    told["@score"] = np.full(2_000, 0.2)
    assert "does not vary" in no_number(matching.matched_pairs(sampled(told), "sex", spec(), facts("income"))).because
