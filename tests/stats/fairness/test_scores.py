"""Scores by group agree with the hand and with scipy, and calibration is tested exactly."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats as sps
from scipy.stats import norm

from applicants import sampled, spec
from make import NULLS, alarms, at_most, no_number, number
from secondline.core.tables import Sample
from secondline.stats.fairness import scores


def test_the_score_gap_by_hand() -> None:
    """Means 3 and 2 with pooled variance 30/29 (each group alternates one up, one down) give d = sqrt(29/30)."""
    score = np.concatenate([3 + np.tile([1.0, -1.0], 15), 2 + np.tile([1.0, -1.0], 15)])
    rows = sampled({"@score": score, "sex": np.array(["f"] * 30 + ["m"] * 30, dtype=object)})
    found = number(scores.score_gap(rows, "sex", spec(**{"reference-groups": {"sex": "m"}})))
    d = np.sqrt(29 / 30)
    se = np.sqrt(2 / 30 + d * d / 120)
    assert found.value == pytest.approx(d)
    assert (found.low, found.high) == pytest.approx((d - norm.ppf(0.975) * se, d + norm.ppf(0.975) * se))
    flat = sampled({"@score": np.ones(60), "sex": rows.columns["sex"]})
    assert "does not vary" in no_number(scores.score_gap(flat, "sex", spec())).because


def two(f: tuple[int, int, float], m: tuple[int, int, float], weight: float = 1.0) -> Sample:
    """Return two groups of (events, rows, predicted)."""
    label = [y for events, n, _ in (f, m) for y in [1] * events + [0] * (n - events)]
    names = ["f"] * f[1] + ["m"] * m[1]
    score = [f[2]] * f[1] + [m[2]] * m[1]
    return sampled({"@score": score, "@label": label, "sex": names, "@weight": [weight] * len(label)})


def test_calibration_parity_by_hand() -> None:
    """20 events for 10 expected against 10 for 10: ratio 2, and the exact test of 20 in 30 at one half."""
    found = number(scores.calibration_parity(two((20, 100, 0.1), (10, 100, 0.1)), "sex", men()))
    theirs = sps.binomtest(20, 30, 0.5)
    span = theirs.proportion_ci(0.95, method="exact")
    assert found.value == pytest.approx(2.0)
    assert (found.low, found.high) == pytest.approx((span.low / (1 - span.low), span.high / (1 - span.high)))
    assert found.p_value == pytest.approx(theirs.pvalue)
    (group,) = found.detail["groups"]
    assert group["difference"] == pytest.approx(0.1)
    assert found.events == 30


def men() -> Any:
    return spec(**{"reference-groups": {"sex": "m"}})


def test_the_ratio_is_of_ratios() -> None:
    """Groups of different risk, both understated by half: 1, whatever the sizes and the weights."""
    for weight in (1.0, 3.0):
        found = number(scores.calibration_parity(two((30, 150, 0.1), (80, 800, 0.05), weight), "sex", men()))
        assert found.value == pytest.approx(1.0)


def test_a_group_without_events_has_an_upper_end() -> None:
    """No events is a ratio of 0 with an interval, and a control without events has no ratio."""
    found = number(scores.calibration_parity(two((0, 100, 0.1), (10, 100, 0.1)), "sex", men()))
    assert found.value == 0
    assert found.low == 0
    assert found.high is not None
    assert 0.2 < found.high < 0.6
    assert "no events" in no_number(scores.calibration_parity(two((9, 99, 0.1), (0, 99, 0.1)), "sex", men())).because


def test_points_have_no_calibration() -> None:
    """A score in points says no probability."""
    points = spec(columns={"score": {"column": "pts", "kind": "points"}, "label": "bad", "protected": ["sex"]})
    assert no_number(scores.calibration_parity(two((9, 99, 1), (9, 99, 1)), "sex", points)).kind == "not-applicable"


def test_calibrated_groups_are_rarely_accused() -> None:
    """Over 2,000 nulls with different base rates the exact test keeps its level."""
    draw = np.random.default_rng(11)
    p_values = []
    for _ in range(NULLS):
        x, y = int(draw.binomial(300, 0.2)), int(draw.binomial(900, 0.05))
        found = scores._ratio((x, 60.0, x, 300.0), (y, 45.0, y, 900.0), 0.95)
        p_values.append(found["p"])
    assert alarms(p_values) <= at_most()


def test_fractional_counts_lie_between_whole_ones() -> None:
    """The exact p equals scipy's at whole counts when the share is one half, and moves smoothly between."""
    for hits in range(11):
        assert scores.exact(hits, 10, 0.5) == pytest.approx(sps.binomtest(hits, 10, 0.5).pvalue)
    assert scores.exact(7, 10, 0.5) > scores.exact(7.5, 10.0, 0.5) > scores.exact(8, 10, 0.5)


def test_slopes_and_bands_are_told_by_group() -> None:
    """A group whose log-odds are halved has a slope of one half in the detail."""
    draw = np.random.default_rng(3)
    odds, female = draw.normal(-1.5, 1.2, 8_000), draw.random(8_000) < 0.5
    label = draw.random(8_000) < 1 / (1 + np.exp(-np.where(female, odds / 2, odds)))
    told = {"@score": 1 / (1 + np.exp(-odds)), "@label": label, "sex": np.where(female, "f", "m")}
    by_group = {
        g["group"]: g for g in number(scores.calibration_parity(sampled(told), "sex", men())).detail["by group"]
    }
    assert by_group["f"]["slope"]["low"] < 0.5 < by_group["f"]["slope"]["high"]
    assert by_group["m"]["slope"]["low"] < 1.0 < by_group["m"]["slope"]["high"]
    assert [b["band"] for b in by_group["f"]["bands"]] == [1, 2, 3, 4, 5]
