"""Fairness agrees with the hand, with scipy, and keeps its promises in simulation."""

from __future__ import annotations

import numpy as np
import pytest
from fairlearn.metrics import MetricFrame, false_positive_rate, true_positive_rate
from scipy.stats import chi2_contingency
from scipy.stats.contingency import relative_risk
from sklearn.metrics import precision_score

from applicants import counts, sampled, spec
from make import alarms, at_least, at_most, no_number, number
from secondline.core.estimate import Undefined
from secondline.core.tables import Sample
from secondline.stats.fairness import rates
from secondline.stats.fairness.groups import decisions
from secondline.stats.intervals import newcombe


def test_the_ratio_by_hand_and_by_scipy() -> None:
    """30 of 100 against 60 of 120: 0.6, with scipy's interval of a relative risk."""
    found = number(rates.adverse_impact(counts(f=(30, 100), m=(60, 120)), "sex", spec()))
    theirs = relative_risk(30, 100, 60, 120)
    span = theirs.confidence_interval(0.95)
    assert found.value == pytest.approx(0.6)
    assert (found.low, found.high) == pytest.approx((span.low, span.high))
    assert found.detail["worst"] == "f"
    assert found.detail["control"] == "m"


def test_the_worst_of_three_has_simultaneous_ends() -> None:
    """Two comparisons at 97.5 % each; the ends are the worst of both, and a small group is listed, not judged."""
    rows = counts(a=(45, 50), b=(20, 40), m=(150, 200), tiny=(0, 5))
    found = number(rates.adverse_impact(rows, "sex", spec()))
    spans = [relative_risk(x, n, 150, 200).confidence_interval(0.975) for x, n in ((45, 50), (20, 40))]
    assert found.value == pytest.approx(0.5 / 0.75)
    assert found.low == pytest.approx(min(s.low for s in spans))
    assert found.high == pytest.approx(min(s.high for s in spans))
    assert found.detail["too small to judge"] == {"tiny": 5}


def test_the_control_is_named_or_the_largest() -> None:
    """model.yaml decides; a control that is too small is said to be."""
    rows = counts(f=(90, 100), m=(30, 60))
    assert number(rates.adverse_impact(rows, "sex", spec())).detail["control"] == "f"
    named = spec(**{"reference-groups": {"sex": "m"}})
    assert number(rates.adverse_impact(rows, "sex", named)).value == pytest.approx(1.8)
    absent = rates.adverse_impact(rows, "sex", spec(**{"reference-groups": {"sex": "x"}}))
    assert isinstance(absent, Undefined)
    assert "control group 'x' of 'sex' has 0 rows" in absent.because


def test_gaps_by_hand() -> None:
    """Approval 0.3 against 0.5 is -0.2; of the good ones 40 of 60 against 20 of 80 declined is 0.4167."""
    assert number(rates.approval_gap(counts(f=(30, 100), m=(60, 120)), "sex", spec())).value == pytest.approx(-0.2)
    rows = counts(f=(20, 60), m=(60, 80))
    rows.columns["@label"] = np.zeros(140)
    found = number(rates.false_declines(rows, "sex", spec()))
    assert found.value == pytest.approx(40 / 60 - 20 / 80)
    rows.columns["@label"] = np.full(140, np.nan)
    assert isinstance(rates.false_declines(rows, "sex", spec()), Undefined)


def test_weights_of_two_are_two_rows_of_the_rate() -> None:
    """Equal weights change nothing, and a heavier row moves its group's rate."""
    rows = counts(f=(30, 100), m=(60, 120))
    plain = number(rates.adverse_impact(rows, "sex", spec()))
    rows.columns["@weight"] = np.full(220, 2.0)
    assert number(rates.adverse_impact(rows, "sex", spec())).value == pytest.approx(plain.value)
    rows.columns["@weight"][:30] = 4.0
    assert number(rates.adverse_impact(rows, "sex", spec())).value == pytest.approx((120 / 260) / 0.5)


def test_points_are_approved_at_and_above() -> None:
    """A score where lower is riskier is turned back before the rule is applied."""
    content = {
        "columns": {
            "score": {"column": "pts", "kind": "points", "direction": "lower-is-riskier"},
            "protected": ["sex"],
        },
        "decision": {"approve-at-least": 600},
    }
    rows = sampled({"@score": -np.array([599.0, 600.0, np.nan, 700.0]), "sex": np.array(["a"] * 4, dtype=object)})
    approved, decided = decisions(rows, spec(**content))
    assert approved.tolist() == [False, True, False, True]
    assert decided.tolist() == [True, True, False, True]


@pytest.mark.parametrize(
    ("rows", "because"),
    [
        (counts(f=(3, 10), m=(60, 120)), "fewer than two groups"),
        (counts(f=(30, 100), m=(0, 120)), "nobody in the control group"),
        (sampled({"@score": np.zeros(90), "sex": np.arange(90.0)}), "cut it into groups"),
        (sampled({"@score": np.empty(0), "sex": np.empty(0, dtype=object)}), "fewer than two groups"),
        (
            sampled({"@score": np.full(90, np.nan), "sex": np.array(["a", "b", None] * 30, dtype=object)}),
            "fewer than two",
        ),
    ],
)
def test_what_cannot_be_said_is_said(rows: Sample, because: str) -> None:
    """Small, empty, unapproved, unscored or uncut groups are never a number."""
    found = rates.adverse_impact(rows, "sex", spec())
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
        found = number(rates.adverse_impact(rows, "sex", spec()))
        assert found.high is not None
        out += found.high < 1
    assert out <= 70  # binomial: P(more than 70 of 1,000 at 5 %) is 0.2 %


def test_error_rates_agree_with_fairlearn() -> None:
    """Rates of errors by group are those of MetricFrame, on drawn rows of three groups."""
    draw = np.random.default_rng(8)
    label, declined = draw.random(900) < 0.3, draw.random(900) < 0.4
    who = draw.choice(["a", "b", "m"], 900)
    rows = sampled({"@score": np.where(declined, 0.8, 0.2), "@label": label, "sex": who})
    found = number(rates.error_parity(rows, "sex", spec(**{"reference-groups": {"sex": "m"}})))
    frame = MetricFrame(
        metrics={"true positives": true_positive_rate, "false positives": false_positive_rate,
                 "precision": precision_score},
        y_true=label, y_pred=declined, sensitive_features=who,
    ).by_group  # fmt: skip
    for one in found.detail["groups"]:
        assert one["rate"] == pytest.approx(frame.loc[one["group"], one["rate of"]])
        assert one["control rate"] == pytest.approx(frame.loc["m", one["rate of"]])
    judged = [abs(g["value"]) for g in found.detail["groups"] if g["rate of"] != "false positives"]
    assert found.value == pytest.approx(max(judged))


def test_the_ends_of_the_largest_error_gap() -> None:
    """The low end is what is proved of any gap, the high end the most that is allowed."""
    label = np.tile([1, 0], 500)
    declined = np.r_[np.tile([1, 0], 250), np.tile([1, 0, 0, 0], 125)]  # women: all bad declined; men: half
    rows = sampled({"@score": np.where(declined == 1, 0.8, 0.2), "@label": label, "sex": ["f"] * 500 + ["m"] * 500})
    found = number(rates.error_parity(rows, "sex", spec(**{"reference-groups": {"sex": "m"}})))
    each = newcombe(250, 250, 125, 250, 1 - 0.05 / 2)
    assert found.value == pytest.approx(0.5)
    assert (found.detail["of"], found.detail["worst"]) == ("true positives", "f")
    assert (found.low, found.high) == pytest.approx(each)


def test_error_rates_without_events_are_no_number() -> None:
    """Where nobody defaults and nobody is declined there is no rate to compare."""
    rows = sampled({"@score": [0.2] * 100, "@label": [0] * 100, "sex": ["f", "m"] * 50})
    assert "enough events or declines" in no_number(rates.error_parity(rows, "sex", spec())).because
    rows.columns["@label"] = np.full(100, np.nan)
    assert isinstance(rates.error_parity(rows, "sex", spec()), Undefined)


def test_homogeneity_is_pearsons_chi_square() -> None:
    """Value, degrees of freedom and p of the table, and no spread where the rates are equal."""
    table = {"a": (45, 60), "b": (60, 120), "c": (200, 300)}
    found = number(rates.homogeneity(counts(**table), "sex", spec()))
    theirs = chi2_contingency([[x, n - x] for x, n in table.values()], correction=False)
    assert found.detail["chi-square"] == pytest.approx(theirs.statistic)
    assert found.p_value == pytest.approx(theirs.pvalue)
    same = number(rates.homogeneity(counts(a=(30, 60), b=(60, 120)), "sex", spec()))
    assert (same.value, same.low) == (0.0, 0.0)
    assert (
        "everyone was approved" in no_number(rates.homogeneity(counts(a=(60, 60), b=(40, 40)), "sex", spec())).because
    )


def test_the_de_biased_spread_is_right_on_average() -> None:
    """Over 1,000 draws of six groups the de-biased variance averages the true one, the plain does not."""
    draw = np.random.default_rng(6)
    truth = np.array([0.55, 0.6, 0.6, 0.62, 0.65, 0.7])
    found, plain, hits = [], [], draw.binomial(80, truth)
    for _ in range(1_000):
        hits = draw.binomial(80, truth)
        rate = hits / 80
        plain.append(rate.var(ddof=1))
        found.append(plain[-1] - np.mean(rate * (1 - rate) / 79))
    rows = counts(**{f"g{i}": (int(x), 80) for i, x in enumerate(hits)})
    told = number(rates.homogeneity(rows, "sex", spec()))
    assert told.detail["de-biased variance"] == pytest.approx(found[-1])
    error = np.std(found) / np.sqrt(1_000)
    assert abs(np.mean(found) - truth.var(ddof=1)) < 4 * error
    assert np.mean(plain) - truth.var(ddof=1) > 10 * error


def test_homogeneity_keeps_its_level() -> None:
    """500 nulls of five equal groups raise as many alarms as they should."""
    draw = np.random.default_rng(7)
    p_values = []
    for _ in range(500):
        rows = counts(**{f"g{i}": (int(x), 60) for i, x in enumerate(draw.binomial(60, 0.7, 5))})
        p_values.append(number(rates.homogeneity(rows, "sex", spec())).p_value)
    assert at_least(500) <= alarms(p_values) <= at_most(500)


def test_fairlearns_worked_example() -> None:
    """The eighteen rows of Fairlearn's user guide, each ten times: the rates its MetricFrame prints."""
    truth = [int(x) for x in "011110101000111111"]
    guess = [int(x) for x in "001011100111100110"]
    rows = sampled({
        "@score": np.where(np.repeat(guess, 10) == 1, 0.8, 0.2), "@label": np.repeat(truth, 10),
        "sex": np.repeat(list("bbabbcccaacabccbcc"), 10),
    })  # fmt: skip
    declared = spec(fairness={"smallest-group": 10}, **{"reference-groups": {"sex": "c"}})
    gap = number(rates.approval_gap(rows, "sex", declared))
    assert {g["group"]: 1 - g["rate"] for g in gap.detail["groups"]} == pytest.approx({"a": 0.75, "b": 0.5})
    assert gap.value == pytest.approx(-0.25)  # their demographic parity difference
    errors = number(rates.error_parity(rows, "sex", declared)).detail["groups"]
    told = {(e["rate of"], e["group"]): (e["rate"], e["control rate"]) for e in errors}
    assert told["true positives", "a"] == pytest.approx((0.5, 0.4))
    assert told["true positives", "b"] == pytest.approx((0.6, 0.4))
    assert told["false positives", "a"] == pytest.approx((1.0, 2 / 3))


def test_the_uniform_guidelines_example() -> None:
    """48 of 80 against 12 of 40 hired is a ratio of one half with Fisher's p of 0.0034 (UGESP's answers)."""
    found = number(rates.adverse_impact(counts(f=(12, 40), m=(48, 80)), "sex", spec()))
    assert found.value == pytest.approx(0.5)
    assert found.detail["groups"][0]["p"] == pytest.approx(0.00340922, abs=1e-8)
