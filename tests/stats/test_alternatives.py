"""The search for less discriminatory alternatives: gains are confirmed on rows the search did not use."""

from __future__ import annotations

import numpy as np
import pytest

from secondline.core.declared.alternatives import Comparable
from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.stats.alternatives import Candidate, Scored, cut_off, less_discriminatory, ratio_gain

RULE = Comparable.model_validate({"auc-loss": 0.02})


def drawn(n: int, seed: int, *, penalty: float = 0.8) -> tuple[Scored, np.ndarray, np.ndarray]:
    """Draw rows whose champion marks the group down by *penalty* though the outcome does not; return the merit too."""
    draw = np.random.default_rng(seed)
    merit, group = draw.normal(size=n), draw.random(n) < 0.4
    label = (draw.random(n) < 1 / (1 + np.exp(1.5 - 1.2 * merit))).astype(float)
    score = merit + penalty * group + draw.normal(scale=0.3, size=n)
    rows = Scored(score, score < 0.5, label, np.ones(n), group, ~group, draw.random(n) < 0.5)
    return rows, merit + draw.normal(scale=0.3, size=n), draw.normal(size=n)


def estimate(found: Measured) -> Estimate:
    assert isinstance(found, Estimate)
    return found


def test_a_planted_alternative_is_found_and_confirmed() -> None:
    """A score without the planted penalty approves the group more often, and ranks better."""
    rows, fair, noise = drawn(20_000, 1)
    tried = [Candidate("without the penalty", "drop", fair), Candidate("noise", "other", noise)]
    found = estimate(less_discriminatory(rows, tried, RULE))
    assert found.low is not None
    assert found.low > 0.1
    by_name = {c["name"]: c for c in found.detail["candidates"]}
    assert by_name["without the penalty"]["confirmed"] == "yes"
    assert not by_name["noise"]["comparable"]  # it treats the groups alike, and ranks nobody
    assert not by_name["noise"]["listed"]


def test_without_a_comparable_alternative_the_gain_is_zero() -> None:
    """Noise is fair and useless: the rule keeps it out, and the answer says how many were tried."""
    rows, _, noise = drawn(4_000, 2)
    found = estimate(less_discriminatory(rows, [Candidate("noise", "other", noise)], RULE))
    assert (found.value, found.low, found.high) == (0.0, None, None)
    assert "1 models tried" in found.method


def test_a_search_of_equals_confirms_no_gain() -> None:
    """Forty candidates that differ by chance: the best looks better on its own half, and false alarms stay rare."""
    alarms = 0
    for seed in range(60):
        rows, _, _ = drawn(3_000, seed, penalty=0.3)
        draw = np.random.default_rng(seed + 1_000)
        tried = [Candidate(str(i), "seed", rows.score + draw.normal(scale=0.25, size=3_000)) for i in range(40)]
        rule = Comparable.model_validate({"auc-loss": 0.5})
        low = estimate(less_discriminatory(rows, tried, rule)).low
        alarms += low is not None and low > 0.02  # added noise blurs the penalty: true gains here are about 0.015
    assert alarms <= 6


def test_the_standard_error_is_that_of_the_bootstrap() -> None:
    """The delta method agrees with resampling the rows, rules fixed."""
    rows, fair, _ = drawn(4_000, 3)
    approved = fair < 0.4
    gain = ratio_gain(rows, approved)
    draw, again = np.random.default_rng(0), []
    for _ in range(800):
        pick = draw.integers(0, 4_000, 4_000)
        again.append(ratio_gain(rows.part(pick), approved[pick]).value)
    assert gain.se == pytest.approx(np.std(again), rel=0.08)


def test_the_gain_by_hand() -> None:
    """Rates 1/2 and 3/4 make 2/3; approving one more of the group's four makes 1."""
    group = np.array([True] * 4 + [False] * 4)
    approved = np.array([1, 1, 0, 0, 1, 1, 1, 0]) == 1
    rows = Scored(np.zeros(8), approved, np.zeros(8), np.ones(8), group, ~group, np.ones(8, dtype=bool))
    more = np.array([1, 1, 1, 0, 1, 1, 1, 0]) == 1
    assert ratio_gain(rows, more).value == pytest.approx(1 - 2 / 3)


def test_weights_are_copies() -> None:
    """A row of weight two counts as two rows in the ratio."""
    rows, fair, _ = drawn(500, 4)
    twice = np.repeat(np.arange(500), 2)
    heavy = Scored(rows.score, rows.approved, rows.label, rows.weight * 2, rows.group, rows.control, rows.chosen)
    assert ratio_gain(heavy, fair < 0.4).value == pytest.approx(ratio_gain(rows.part(twice), (fair < 0.4)[twice]).value)


@pytest.mark.parametrize(("share", "expected"), [(0.0, 1.0), (0.5, 2.0), (0.75, 3.0), (1.0, np.nextafter(3.0, 4))])
def test_cut_offs_come_as_near_as_ties_let_them(share: float, expected: float) -> None:
    """Half of 1, 1, 2, 3 lies below 2, and all of it below the next number after 3."""
    assert cut_off(np.array([1.0, 1.0, 2.0, 3.0]), np.ones(4), share) == expected


def test_a_rise_in_the_bad_rate_is_held_to_the_rule() -> None:
    """A candidate that ranks well enough but approves worse risks is not comparable when the rule says so."""
    rows, fair, noise = drawn(20_000, 5)
    worse = Candidate("worse", "other", 0.5 * fair + noise)
    loose = Comparable.model_validate({"auc-loss": 0.4})
    strict = Comparable.model_validate({"auc-loss": 0.4, "bad-rate-rise": 0.001})
    assert estimate(less_discriminatory(rows, [worse], loose)).detail["candidates"][0]["confirmed"] == "yes"
    assert not estimate(less_discriminatory(rows, [worse], strict)).detail["candidates"][0]["comparable"]


@pytest.mark.parametrize("absent", ["group", "control", "label", "approved"])
def test_too_few_rows_of_a_kind_decide_nothing(absent: str) -> None:
    """Without thirty rows of a kind in each half there is no number, and the reason names the kind."""
    rows, fair, _ = drawn(2_000, 6)
    empty = {"label": np.full(2_000, np.nan)}.get(absent, np.zeros(2_000, dtype=bool))
    gone = Scored(*(empty if name == absent else getattr(rows, name) for name in Scored.__slots__))
    found = less_discriminatory(gone, [Candidate("fair", "drop", fair)], RULE)
    assert isinstance(found, Undefined)
    assert "0 " in found.because


def test_infinite_and_missing_scores_leave_the_comparison() -> None:
    """A row that one model does not score speaks for neither."""
    rows, fair, _ = drawn(4_000, 7)
    fair[:10], rows.score[10:20] = np.nan, np.inf
    found = estimate(less_discriminatory(rows, [Candidate("fair", "drop", fair)], RULE))
    assert found.n == (np.isfinite(fair) & np.isfinite(rows.score) & ~rows.chosen).sum()
