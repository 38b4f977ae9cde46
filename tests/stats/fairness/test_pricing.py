"""Gaps in price agree with scipy and statsmodels, in the declared unit and direction."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.stats import ttest_ind

from applicants import drawn, fairness, sampled
from make import no_number, number
from secondline.stats.fairness import pricing


def priced(seed: int = 1) -> dict[str, Any]:
    told = drawn(seed)
    draw = np.random.default_rng(seed + 100)
    told["apr"] = 6 - told["income"] + 0.25 * (told["sex"] == "f") + draw.normal(size=2_000)
    return told


def test_the_raw_gap_is_welchs() -> None:
    """Difference and interval of scipy's Welch test, a per cent being a hundred basis points."""
    told = priced()
    found = number(pricing.pricing_gap(sampled(told), "sex", fairness(price="apr")))
    theirs = ttest_ind(told["apr"][told["sex"] == "f"], told["apr"][told["sex"] == "m"], equal_var=False)
    span = theirs.confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((100 * span.low, 100 * span.high))
    assert found.detail["unit"] == "bp"
    assert found.value > 80


def test_controls_leave_what_was_planted() -> None:
    """At equal income women pay 25 basis points more: the coefficient of statsmodels, the truth inside."""
    told = priced()
    found = number(pricing.conditional_pricing_gap(sampled(told), "sex", fairness(price="apr", controls="income")))
    x = sm.add_constant(np.column_stack([told["income"], told["sex"] == "f"]).astype(float))
    theirs = sm.OLS(told["apr"], x).fit(cov_type="HC1")
    assert found.value == pytest.approx(100 * theirs.params[2])
    assert found.low is not None
    assert found.high is not None
    assert found.low < 25 < found.high


def test_the_worse_direction_is_declared() -> None:
    """Of two groups, the lowest amount is the worst where less is worse, and the highest price where more is."""
    told = priced()
    told["sex"] = np.where(np.arange(2_000) % 10 == 0, "x", told["sex"])
    told["limit"] = np.select([told["sex"] == "f", told["sex"] == "x"], [800.0, 1_200.0], 1_000.0)
    less = fairness(price={"column": "limit", "unit": "amount", "worse": "lower"})
    more = fairness(price={"column": "limit", "unit": "amount"})
    found = number(pricing.pricing_gap(sampled(told), "sex", less))
    assert (found.value, found.detail["worst"], found.detail["unit"]) == (-200.0, "f", "")
    assert number(pricing.pricing_gap(sampled(told), "sex", more)).value == 200.0


def test_rows_without_a_price_do_not_count() -> None:
    """A declined applicant has no price; a group without prices has no gap."""
    told = priced()
    told["apr"][told["sex"] == "f"] = np.nan
    assert (
        "fewer than two groups" in no_number(pricing.pricing_gap(sampled(told), "sex", fairness(price="apr"))).because
    )
    told["apr"] = np.array(["high"] * 2_000)
    assert "holds text" in no_number(pricing.pricing_gap(sampled(told), "sex", fairness(price="apr"))).because
    assert no_number(pricing.pricing_gap(sampled(told), "sex", fairness())).kind == "not-applicable"


def test_the_price_is_no_control_of_itself() -> None:
    """A price named among the controls is left out, for it would explain itself."""
    own = fairness(price="apr", controls=["apr"])
    assert "besides" in no_number(pricing.conditional_pricing_gap(sampled(priced()), "sex", own)).because
    both = number(pricing.conditional_pricing_gap(
        sampled(priced()), "sex", fairness(price="apr", controls=["apr", "income"])))  # fmt: skip
    assert both.detail["controls"] == ["income"]
