"""Conditional gaps agree with statsmodels, cover the truth, and answer separation and collinearity in words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm

from applicants import drawn, fairness, sampled
from make import no_number, number
from secondline.stats.fairness import conditional
from secondline.stats.fairness.design import encoded


def test_the_effect_on_approval_is_statsmodels() -> None:
    """Average marginal effect and its error of a logistic regression with HC1 errors, two groups."""
    told = drawn(1)
    found = number(conditional.conditional_gap(sampled(told), "sex", fairness(controls="income")))
    x = sm.add_constant(np.column_stack([told["income"], told["sex"] == "f"]).astype(float))
    fit = sm.Logit(told["@approved"], x).fit(disp=0, cov_type="HC1")
    theirs = fit.get_margeff(at="overall", dummy=True)
    (group,) = found.detail["groups"]
    assert found.value == pytest.approx(theirs.margeff[1], abs=1e-8)
    factor = np.sqrt(2_000 / (2_000 - 3))  # theirs leaves HC1's factor out of likelihood models
    assert group["se"] == pytest.approx(factor * theirs.margeff_se[1], rel=1e-6)


def test_the_effect_on_the_score_is_statsmodels() -> None:
    """Linear coefficients and HC1 errors of three groups, with a text and a gap among the controls."""
    told = drawn(2)
    draw = np.random.default_rng(3)
    told["sex"] = draw.choice(["f", "m", "x"], 2_000, p=[0.3, 0.6, 0.1])
    told["@score"] = draw.gamma(2.0, size=2_000) + 0.4 * (told["sex"] == "f")
    told["income"][:100] = np.nan
    found = number(conditional.conditional_score_gap(sampled(told), "sex", fairness(controls=["income", "region"])))
    gone = np.isnan(told["income"])
    income = np.where(gone, np.nanmean(told["income"]), told["income"])
    flags = [told["region"] == "north", told["sex"] == "f", told["sex"] == "x"]
    x = sm.add_constant(np.column_stack([income, gone, *flags]).astype(float))
    theirs = sm.OLS(told["@score"], x).fit(cov_type="HC1")
    spread = told["@score"].std()
    for group, at in zip(found.detail["groups"], (4, 5), strict=True):
        assert group["value"] == pytest.approx(theirs.params[at] / spread)
        assert group["se"] == pytest.approx(theirs.bse[at] / spread)


def test_weights_are_those_of_wls() -> None:
    """Unequal weights give the estimate of weighted least squares."""
    told = drawn(4)
    told["@score"] = np.random.default_rng(5).normal(size=2_000) + told["income"]
    told["@weight"] = np.random.default_rng(6).uniform(0.2, 3.0, 2_000)
    found = number(conditional.conditional_score_gap(sampled(told), "sex", fairness(controls="income")))
    x = sm.add_constant(np.column_stack([told["income"], told["sex"] == "f"]).astype(float))
    weights: Any = told["@weight"]
    theirs = sm.WLS(told["@score"], x, weights=weights).fit(cov_type="HC1")
    (group,) = found.detail["groups"]
    assert group["value"] * told["@score"].std() == pytest.approx(theirs.params[2])
    assert group["se"] * told["@score"].std() == pytest.approx(theirs.bse[2])


def test_what_controls_explain_is_no_gap() -> None:
    """Over 200 draws where only income decides, the raw gap is seen always and the conditional one as chance allows."""
    raw = left = 0
    for seed in range(200):
        found = number(conditional.conditional_gap(sampled(drawn(seed, 1_000)), "sex", fairness(controls="income")))
        assert found.low is not None
        assert found.high is not None
        raw += found.detail["groups"][0]["raw"] < -0.05
        left += not found.low <= 0 <= found.high
    assert raw > 190
    assert left <= 20  # 5 % of 200; P(more than 20) is 0.1 %


def test_a_true_gap_is_covered() -> None:
    """With a planted gap of one half in log-odds the interval holds the true average effect in 95 % of 200 draws."""
    big = drawn(0, 400_000, gap=-0.5)
    odds = 0.5 + big["income"]
    truth = float(np.mean(1 / (1 + np.exp(-(odds - 0.5))) - 1 / (1 + np.exp(-odds))))
    covered = 0
    for seed in range(1, 201):
        told = sampled(drawn(seed, 1_000, gap=-0.5))
        found = number(conditional.conditional_gap(told, "sex", fairness(controls="income")))
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= truth <= found.high
    assert covered >= 180


def test_separation_falls_back_and_says_so() -> None:
    """Where income decides everything no logistic fit exists; the linear one speaks, with a warning."""
    told = drawn(7)
    told["@score"] = np.where(told["income"] > 0, 0.2, 0.8)
    found = number(conditional.conditional_gap(sampled(told), "sex", fairness(controls="income")))
    assert found.method.startswith("linear, HC1")
    assert "separation" in found.warnings[0]


def test_collinear_controls_are_dropped_by_name() -> None:
    """A control that is another in other units changes nothing and is named; one that is the group leaves no answer."""
    told = drawn(8)
    told["cents"] = told["income"] * 100 + 5
    told["woman"] = (told["sex"] == "f").astype(float)
    plain = number(conditional.conditional_gap(sampled(told), "sex", fairness(controls="income")))
    twice = number(conditional.conditional_gap(sampled(told), "sex", fairness(controls=["income", "cents"])))
    assert twice.value == pytest.approx(plain.value)
    assert "'cents'" in twice.warnings[0]
    told_off = no_number(conditional.conditional_gap(sampled(told), "sex", fairness(controls=["income", "woman"])))
    assert "determine who is in 'f'" in told_off.because


def test_what_cannot_be_asked() -> None:
    """Without controls, with one decision only, with a constant score or a handful of rows there is no number."""
    told = drawn(9)
    assert no_number(conditional.conditional_gap(sampled(told), "sex", fairness())).kind == "not-applicable"
    told["@score"] = np.full(2_000, 0.2)
    controls = fairness(controls="income")
    assert "everyone was approved" in no_number(conditional.conditional_gap(sampled(told), "sex", controls)).because
    assert "does not vary" in no_number(conditional.conditional_score_gap(sampled(told), "sex", controls)).because
    few = {name: values[:20] for name, values in drawn(9).items()}
    assert "'m' of 'sex' has 14 rows" in no_number(conditional.conditional_gap(sampled(few), "sex", controls)).because


def test_columns_become_numbers() -> None:
    """The commonest level is the base, an unknown text a level, an empty column nothing."""
    assert [name for name, _ in encoded("c", np.array(["a", "a", "b", None], dtype=object))] == ["c = None", "c = b"]
    assert encoded("x", np.full(3, np.nan)) == []
    (_, numbers), (flag, missing) = encoded("x", np.array([1.0, 3.0, np.nan]))
    assert numbers.tolist() == [-1.0, 1.0, 0.0]
    assert (flag, missing.tolist()) == ("x missing", [0.0, 0.0, 1.0])
