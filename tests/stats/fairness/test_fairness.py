"""Fairness agrees with the hand, with scipy, and keeps its promises in simulation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import norm
from scipy.stats.contingency import relative_risk

from secondline.core.estimate import Estimate, Undefined
from secondline.core.evidence import PopulationFacts
from secondline.core.spec import ModelSpec
from secondline.core.tables import Sample
from secondline.stats import fairness


def spec(**more: Any) -> ModelSpec:
    content: dict[str, Any] = {
        "model": "m", "version": "1", "populations": {"dev": {"data": "dev.parquet"}},
        "columns": {"score": "pd", "label": "bad", "protected": ["sex"]}, "decision": {"approve-below": 0.5},
    }  # fmt: skip
    return ModelSpec.model_validate(content | more)


def sample(columns: dict[str, Any]) -> Sample:
    rows = len(next(iter(columns.values())))
    return Sample(100_000, rows, np.arange(rows, dtype=np.uint64), columns)


def counts(**groups: tuple[int, int]) -> Sample:
    """Return rows whose groups have (approved, all) as given."""
    score = [s for hit, n in groups.values() for s in [0.2] * hit + [0.8] * (n - hit)]
    names = [name for name, (_, n) in groups.items() for _ in range(n)]
    return sample({"@score": np.array(score), "sex": np.array(names, dtype=object)})


def measured(found: Any) -> Estimate:
    assert isinstance(found, Estimate)
    return found


def test_the_ratio_by_hand_and_by_scipy() -> None:
    """30 of 100 against 60 of 120: 0.6, with scipy's interval of a relative risk."""
    found = measured(fairness.adverse_impact(counts(f=(30, 100), m=(60, 120)), "sex", spec()))
    theirs = relative_risk(30, 100, 60, 120)
    span = theirs.confidence_interval(0.95)
    assert found.value == pytest.approx(0.6)
    assert (found.low, found.high) == pytest.approx((span.low, span.high))
    assert found.detail["worst"] == "f"
    assert found.detail["control"] == "m"


def test_the_worst_of_three_has_simultaneous_ends() -> None:
    """Two comparisons at 97.5 % each; the ends are the worst of both, and a small group is listed, not judged."""
    rows = counts(a=(45, 50), b=(20, 40), m=(150, 200), tiny=(0, 5))
    found = measured(fairness.adverse_impact(rows, "sex", spec()))
    spans = [relative_risk(x, n, 150, 200).confidence_interval(0.975) for x, n in ((45, 50), (20, 40))]
    assert found.value == pytest.approx(0.5 / 0.75)
    assert found.low == pytest.approx(min(s.low for s in spans))
    assert found.high == pytest.approx(min(s.high for s in spans))
    assert found.detail["too small to judge"] == {"tiny": 5}


def test_the_control_is_named_or_the_largest() -> None:
    """model.yaml decides; a control that is too small is said to be."""
    rows = counts(f=(90, 100), m=(30, 60))
    assert measured(fairness.adverse_impact(rows, "sex", spec())).detail["control"] == "f"
    named = spec(**{"reference-groups": {"sex": "m"}})
    assert measured(fairness.adverse_impact(rows, "sex", named)).value == pytest.approx(1.8)
    absent = fairness.adverse_impact(rows, "sex", spec(**{"reference-groups": {"sex": "x"}}))
    assert isinstance(absent, Undefined)
    assert "control group 'x' of 'sex' has 0 rows" in absent.because


def test_gaps_by_hand() -> None:
    """Approval 0.3 against 0.5 is -0.2; of the good ones 40 of 60 against 20 of 80 declined is 0.4167."""
    assert measured(fairness.approval_gap(counts(f=(30, 100), m=(60, 120)), "sex", spec())).value == pytest.approx(-0.2)
    rows = counts(f=(20, 60), m=(60, 80))
    rows.columns["@label"] = np.zeros(140)
    found = measured(fairness.false_declines(rows, "sex", spec()))
    assert found.value == pytest.approx(40 / 60 - 20 / 80)
    rows.columns["@label"] = np.full(140, np.nan)
    assert isinstance(fairness.false_declines(rows, "sex", spec()), Undefined)


def test_the_score_gap_by_hand() -> None:
    """Means 3 and 2 with pooled variance 30/29 (each group alternates one up, one down) give d = sqrt(29/30)."""
    score = np.concatenate([3 + np.tile([1.0, -1.0], 15), 2 + np.tile([1.0, -1.0], 15)])
    rows = sample({"@score": score, "sex": np.array(["f"] * 30 + ["m"] * 30, dtype=object)})
    found = measured(fairness.score_gap(rows, "sex", spec(**{"reference-groups": {"sex": "m"}})))
    d = np.sqrt(29 / 30)
    se = np.sqrt(2 / 30 + d * d / 120)
    assert found.value == pytest.approx(d)
    assert (found.low, found.high) == pytest.approx((d - norm.ppf(0.975) * se, d + norm.ppf(0.975) * se))
    flat = sample({"@score": np.ones(60), "sex": rows.columns["sex"]})
    assert isinstance(fairness.score_gap(flat, "sex", spec()), Undefined)


def test_weights_of_two_are_two_rows_of_the_rate() -> None:
    """Equal weights change nothing, and a heavier row moves its group's rate."""
    rows = counts(f=(30, 100), m=(60, 120))
    plain = measured(fairness.adverse_impact(rows, "sex", spec()))
    rows.columns["@weight"] = np.full(220, 2.0)
    assert measured(fairness.adverse_impact(rows, "sex", spec())).value == pytest.approx(plain.value)
    rows.columns["@weight"][:30] = 4.0
    assert measured(fairness.adverse_impact(rows, "sex", spec())).value == pytest.approx((120 / 260) / 0.5)


def test_points_are_approved_at_and_above() -> None:
    """A score where lower is riskier is turned back before the rule is applied."""
    content = {
        "columns": {
            "score": {"column": "pts", "kind": "points", "direction": "lower-is-riskier"},
            "protected": ["sex"],
        },
        "decision": {"approve-at-least": 600},
    }
    rows = sample({"@score": -np.array([599.0, 600.0, np.nan, 700.0]), "sex": np.array(["a"] * 4, dtype=object)})
    approved, decided = fairness.decisions(rows, spec(**content))
    assert approved.tolist() == [False, True, False, True]
    assert decided.tolist() == [True, True, False, True]


@pytest.mark.parametrize(
    ("rows", "because"),
    [
        (counts(f=(3, 10), m=(60, 120)), "fewer than two groups"),
        (counts(f=(30, 100), m=(0, 120)), "nobody in the control group"),
        (sample({"@score": np.zeros(90), "sex": np.arange(90.0)}), "cut it into groups"),
        (sample({"@score": np.empty(0), "sex": np.empty(0, dtype=object)}), "fewer than two groups"),
        (
            sample({"@score": np.full(90, np.nan), "sex": np.array(["a", "b", None] * 30, dtype=object)}),
            "fewer than two",
        ),
    ],
)
def test_what_cannot_be_said_is_said(rows: Sample, because: str) -> None:
    """Small, empty, unapproved, unscored or uncut groups are never a number."""
    found = fairness.adverse_impact(rows, "sex", spec())
    assert isinstance(found, Undefined)
    assert because in found.because


def test_equal_groups_are_rarely_accused() -> None:
    """Over 1,000 drawn samples of four equal groups, the interval excludes 1 at most 5 % of the time."""
    draw = np.random.default_rng(5)
    sizes = {"a": 60, "b": 150, "c": 300, "m": 600}
    out = 0
    for _ in range(1_000):
        drawn = {name: (int(draw.binomial(n, 0.6)), n) for name, n in sizes.items()}
        rows = counts(**drawn)
        found = measured(fairness.adverse_impact(rows, "sex", spec()))
        assert found.high is not None
        out += found.high < 1
    assert out <= 70  # binomial: P(more than 70 of 1,000 at 5 %) is 0.2 %


def known(*features: str) -> PopulationFacts:
    content: dict[str, Any] = {"features": features}
    return PopulationFacts.model_construct(**content)


def test_a_proxy_is_found_and_noise_is_not() -> None:
    """A feature that follows the group gives it away; independent ones do not."""
    draw = np.random.default_rng(2)
    group = np.where(draw.random(2_000) < 0.5, "f", "m").astype(object)
    telling = draw.normal(size=2_000) + (group == "f")
    rows = sample({"telling": telling, "idle": draw.normal(size=2_000), "sex": group})
    facts = known("telling", "idle", "sex")
    found = measured(fairness.proxy(rows, "sex", spec(), facts))
    truth = norm.cdf(1 / np.sqrt(2))
    assert found.low is not None
    assert found.high is not None
    assert found.low <= truth <= found.high
    assert found.detail["groups"][0]["drivers"][0] == "telling"
    quiet = measured(fairness.proxy(rows, "sex", spec(), known("idle")))
    assert quiet.value < 0.53
