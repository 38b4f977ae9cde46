"""Groups known by probability: the weighted estimate errs, the correction covers, and the bounds hold the truth."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from applicants import sampled, spec
from make import no_number, number
from secondline.core.spec import ModelSpec
from secondline.core.tables import Sample
from secondline.stats.fairness import membership
from secondline.stats.fairness.membership import People
from secondline.stats.fairness.probabilistic import probabilistic_gap


def declared(**more: Any) -> ModelSpec:
    memberships = {"groups": {"f": "p_f", "m": "p_m"}, "control": "m"} | more
    return spec(fairness={"probabilities": memberships})


def population(seed: int, n: int, *, beyond: float, wrong: float = 0.0, labelled: float = 0.0) -> dict[str, Any]:
    """Return people whose group is drawn from a proxy, and decided by the proxy and, *beyond* it, by the group.

    *wrong* bends the probabilities that are told away from the true ones; *labelled* is the share whose group is known.
    """
    draw = np.random.default_rng(seed)
    z = draw.normal(size=n)
    p = 1 / (1 + np.exp(-(1.5 * z - 0.5)))
    female = draw.random(n) < p
    approved = draw.random(n) < np.clip(0.7 - 0.1 * p - beyond * female, 0, 1)
    told = 1 / (1 + np.exp(-((1.5 - wrong) * z - 0.5 + wrong)))
    known: Any = np.where(female, "f", "m").astype(object)
    known[draw.random(n) >= labelled] = None
    return {"@score": np.where(approved, 0.2, 0.8), "p_f": told, "p_m": 1 - told, "known": known, "@female": female}


def rows_of(told: dict[str, Any]) -> Sample:
    return sampled({name: values for name, values in told.items() if name != "@female"})


def truth(beyond: float) -> float:
    told = population(999, 2_000_000, beyond=beyond)
    approved, female = told["@score"] < 0.5, told["@female"]
    return float(approved[female].mean() - approved[~female].mean())


@pytest.mark.parametrize("share", [0.1, 0.3])
@pytest.mark.parametrize(("beyond", "wrong"), [(0.0, 0.0), (0.2, 0.0), (0.2, 0.5)])
def test_the_corrected_interval_covers(beyond: float, wrong: float, share: float) -> None:
    """In six cells (bias or none, right or wrong probabilities, 200 or 600 known of 2,000) it covers at its level."""
    gap, covered = truth(beyond), 0
    for seed in range(200):
        told = rows_of(population(seed, 2_000, beyond=beyond, wrong=wrong, labelled=share))
        found = number(probabilistic_gap(told, declared(known="known")))
        assert found.detail["corrected"]
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= gap <= found.high
    assert covered >= 180  # binomial: P(fewer than 180 of 200 at 95 %) is 0.2 %


@pytest.mark.parametrize("beyond", [0.0, 0.2, 0.4])
def test_the_bounds_hold_the_truth_without_any_known_row(beyond: float) -> None:
    """With right probabilities and no known row, the interval of the bounds holds the truth in every cell."""
    gap, covered = truth(beyond), 0
    for seed in range(100):
        found = number(probabilistic_gap(rows_of(population(seed, 2_000, beyond=beyond)), declared()))
        assert not found.detail["corrected"]
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= gap <= found.high
    assert covered >= 99


def test_the_naive_interval_does_not_cover() -> None:
    """Where the group matters beyond the proxy the weighted interval misses the truth nearly always."""
    gap, missed = truth(0.2), 0
    for seed in range(50):
        found = number(probabilistic_gap(rows_of(population(seed, 5_000, beyond=0.2)), declared()))
        (group,) = found.detail["groups"]
        missed += not group["weighted low"] <= gap <= group["weighted high"]
    assert missed > 40


def people(p: Any, y: Any, w: Any = None, is_in: Any = None) -> People:
    p, y = np.asarray(p, dtype=float), np.asarray(y, dtype=float)
    known = np.zeros(len(y), dtype=bool) if is_in is None else np.ones(len(y), dtype=bool)
    mine = known if is_in is None else np.asarray(is_in, dtype=bool)
    w = np.ones(len(y)) if w is None else np.asarray(w, dtype=float)
    return People(y, w, {"f": p, "m": 1 - p}, known, {"f": mine, "m": known & ~mine})


def test_the_weighted_rate_and_its_bias_by_hand() -> None:
    """Rate sum(p y) / sum(p); its error is the mean covariance given the proxy over the share (Chen et al.)."""
    found = membership.weighted(people([0.8, 0.8, 0.2, 0.2], [1, 0, 1, 1]), "f")
    assert found.value == pytest.approx((0.8 + 0.2 + 0.2) / 2.0)
    draw = np.random.default_rng(3)
    z = draw.choice([0.2, 0.7], 400_000)
    female = draw.random(400_000) < z
    y = draw.random(400_000) < 0.6 - 0.3 * female
    error = membership.weighted(people(z, y), "f").value - y[female].mean()
    covariance = np.mean([-0.3 * p * (1 - p) for p in (0.2, 0.7)])
    assert error == pytest.approx(-covariance / 0.45, abs=0.01)


def test_the_extremes_by_hand() -> None:
    """One cell with p = 0.6 and q = 0.5: from 0.1 / 0.6 to 0.5 / 0.6, Frechet's bounds."""
    low, high = membership.extremes(people([0.6] * 40, [1, 0] * 20), "f")
    assert (low.value, high.value) == pytest.approx((0.1 / 0.6, 0.5 / 0.6))


def test_a_certain_proxy_leaves_no_room() -> None:
    """With probabilities of 0 and 1 the bounds, the weighted rate and the plain rate are one number."""
    female = np.arange(400) % 2 == 0
    y = (np.arange(400) % 5 == 0).astype(float)
    told = people(female.astype(float), y)
    low, high = membership.extremes(told, "f")
    assert low.value == pytest.approx(high.value)
    assert membership.weighted(told, "f").value == pytest.approx(y[female].mean())


def test_when_all_are_known_the_proxy_does_not_matter() -> None:
    """With every group known the corrected rate is the plain one, and so is its error."""
    draw = np.random.default_rng(4)
    female, y = draw.random(3_000) < 0.4, (draw.random(3_000) < 0.6).astype(float)
    told = people(draw.random(3_000), y, is_in=female)
    rate = membership.corrected(told, "f", "m")
    plain = y[female].mean()
    assert rate.value == pytest.approx(plain)
    error = np.sqrt(plain * (1 - plain) / female.sum())
    assert membership.standard_error(rate.influence, told.w) == pytest.approx(error, rel=0.01)


def test_known_rows_that_were_not_drawn_at_random() -> None:
    """Where approved rows are known more often, the chance of being known is modelled: the truth stays covered."""
    gap, covered = truth(0.2), 0
    for seed in range(100):
        told = population(seed, 4_000, beyond=0.2, labelled=1.0)
        kept = np.random.default_rng(seed + 5_000).random(4_000) < np.where(told["@score"] < 0.5, 0.3, 0.1)
        told["known"][~kept] = None
        found = number(probabilistic_gap(rows_of(told), declared(known="known")))
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= gap <= found.high
    assert covered >= 88  # binomial: P(fewer than 88 of 100 at 95 %) is 0.2 %


def test_weights_of_three_are_rows_of_three() -> None:
    """Equal weights change neither value nor interval."""
    told = population(5, 2_000, beyond=0.2, labelled=0.3)
    plain = number(probabilistic_gap(rows_of(told), declared(known="known")))
    heavy = number(probabilistic_gap(rows_of(told | {"@weight": np.full(2_000, 3.0)}), declared(known="known")))
    assert (heavy.value, heavy.low, heavy.high) == pytest.approx((plain.value, plain.low, plain.high))


def test_too_few_known_rows_are_not_used() -> None:
    """A handful of known rows cannot correct: the bounds speak, with a warning, and thresholds are told beside."""
    found = number(probabilistic_gap(rows_of(population(6, 2_000, beyond=0.2, labelled=0.01)), declared(known="known")))
    assert not found.detail["corrected"]
    assert "no bias can be excluded" in found.warnings[0]
    (group,) = found.detail["groups"]
    assert [t["threshold"] for t in group["thresholds"]] == [0.5, 0.8]
    assert group["bound low"] < group["weighted"] < group["bound high"]


def test_rows_without_probabilities_are_counted_out() -> None:
    """Blanks, negatives and sums above 1 leave a row out; none left, no number."""
    told = population(7, 2_000, beyond=0.0)
    told["p_f"][:10], told["p_m"][10:20], told["p_f"][20:30] = np.nan, -0.1, 1.5
    assert number(probabilistic_gap(rows_of(told), declared())).detail["rows without probabilities"] == 30
    told["p_f"][:] = np.nan
    assert "no decided row has probabilities" in no_number(probabilistic_gap(rows_of(told), declared())).because
    assert no_number(probabilistic_gap(rows_of(told), spec())).kind == "not-applicable"


def test_a_group_that_is_expected_nowhere_is_not_judged() -> None:
    """Probabilities that sum to a few rows are no group."""
    told = population(8, 2_000, beyond=0.0)
    told["p_f"], told["p_m"] = np.full(2_000, 0.0), np.full(2_000, 1.0)
    assert "expected to have 30 rows" in no_number(probabilistic_gap(rows_of(told), declared())).because
