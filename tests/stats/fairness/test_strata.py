"""Mantel-Haenszel's pooled ratios agree with statsmodels, and Simpson's paradox is undone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import StratifiedTable

from applicants import fairness, sampled
from make import no_number, number
from secondline.core.tables import Sample
from secondline.stats.fairness import strata

counts = st.tuples(st.integers(1, 40), st.integers(1, 40), st.integers(1, 40), st.integers(1, 40))


def rows_of(tables: dict[str, tuple[int, int, int, int]]) -> Sample:
    """Return rows of strata given as (approved f, declined f, approved m, declined m)."""
    told: dict[str, list[Any]] = {"@score": [], "sex": [], "region": []}
    for stratum, (a, b, c, d) in tables.items():
        told["@score"] += [0.2] * a + [0.8] * b + [0.2] * c + [0.8] * d
        told["sex"] += ["f"] * (a + b) + ["m"] * (c + d)
        told["region"] += [stratum] * (a + b + c + d)
    return sampled(told)


def test_pooled_ratios_are_statsmodels() -> None:
    """Risk ratio, odds ratio with its interval, the test of no effect and the one of one odds ratio."""
    tables = {"n": (30, 20, 60, 25), "s": (10, 40, 30, 50), "w": (25, 5, 40, 12)}
    found = number(strata.conditional_ratio(rows_of(tables), "sex", fairness(strata="region")))
    theirs: Any = StratifiedTable([np.reshape(t, (2, 2)) for t in tables.values()])
    (group,) = found.detail["groups"]
    assert found.value == pytest.approx(theirs.riskratio_pooled)
    assert group["odds ratio"]["value"] == pytest.approx(theirs.oddsratio_pooled)
    ends = theirs.oddsratio_pooled_confint()
    assert (group["odds ratio"]["low"], group["odds ratio"]["high"]) == pytest.approx(ends)
    assert group["p"] == pytest.approx(theirs.test_null_odds(correction=False).pvalue)
    assert group["p of one odds ratio"] == pytest.approx(theirs.test_equal_odds(adjust=True).pvalue)


@given(st.lists(counts, min_size=2, max_size=5))
def test_any_tables_agree_with_statsmodels(tables: list[tuple[int, int, int, int]]) -> None:
    """Whatever the counts, the pooled ratios and tests are theirs."""
    made = np.array([[a, a + b, c, c + d] for a, b, c, d in tables], dtype=float)
    theirs: Any = StratifiedTable([np.reshape(t, (2, 2)).astype(float) for t in tables])
    ratio = strata.risk_ratio(made, 0.95)
    odds = strata.odds_ratio(made, 0.95)
    assert ratio is not None
    assert odds is not None
    assert ratio[0] == pytest.approx(theirs.riskratio_pooled)
    assert odds["value"] == pytest.approx(theirs.oddsratio_pooled)
    assert strata.cmh(made) == pytest.approx(theirs.test_null_odds(correction=False).pvalue, abs=1e-9)


def test_greenland_and_robins_by_hand() -> None:
    """One stratum of 30/50 against 60/85: their variance is Katz's, 20/1500 + 25/5100."""
    found = strata.risk_ratio(np.array([[30.0, 50.0, 60.0, 85.0]]), 0.95)
    assert found is not None
    reach = 1.959963984540054 * np.sqrt(20 / 1500 + 25 / 5100)
    assert found[1].low == pytest.approx(0.85 * np.exp(-reach))


def test_a_paradox_is_undone() -> None:
    """Within each region groups fare alike, though women apply where few are approved: raw 0.51, pooled 1."""
    tables = {"easy": (9, 1, 90, 10), "hard": (30, 70, 3, 7)}
    found = number(strata.conditional_ratio(rows_of(tables), "sex", fairness(strata="region")))
    assert found.value == pytest.approx(1.0)
    assert found.detail["groups"][0]["p of one odds ratio"] == pytest.approx(1.0)


def test_a_stratum_of_one_group_does_not_count() -> None:
    """Rows without a counterpart are counted in a warning and move nothing."""
    tables = {"n": (30, 20, 60, 25), "s": (10, 40, 30, 50)}
    alone = rows_of(tables | {"women only": (5, 95, 0, 0)})
    found = number(strata.conditional_ratio(alone, "sex", fairness(strata="region")))
    plain = number(strata.conditional_ratio(rows_of(tables), "sex", fairness(strata="region")))
    assert found.value == pytest.approx(plain.value)
    assert "100 rows are in strata without a counterpart" in found.warnings[0]


def test_what_cannot_be_pooled() -> None:
    """No strata, no shared stratum, no approvals, too many strata: no number, and why."""
    table = rows_of({"n": (30, 20, 0, 0), "s": (0, 0, 30, 50)})
    assert no_number(strata.conditional_ratio(table, "sex", fairness())).kind == "not-applicable"
    assert "no stratum has 'f'" in no_number(strata.conditional_ratio(table, "sex", fairness(strata="region"))).because
    nobody = rows_of({"n": (30, 20, 0, 40)})
    assert "no stratum" in no_number(strata.conditional_ratio(nobody, "sex", fairness(strata="region"))).because
    many = sampled({"@score": [0.2] * 600, "sex": ["f", "m"] * 300, "id": np.arange(600.0)})
    assert "name coarser ones" in no_number(strata.conditional_ratio(many, "sex", fairness(strata="id"))).because
    none = number(strata.conditional_ratio(rows_of({"n": (0, 50, 30, 20)}), "sex", fairness(strata="region")))
    assert (none.value, none.low) == (0.0, 0.0)
    assert none.high is not None
    assert none.high < 0.5


def test_the_pooled_ratio_covers() -> None:
    """300 draws of three strata with one true risk ratio of 0.8: the interval holds it as often as it says."""
    draw, covered = np.random.default_rng(12), 0
    rates, sizes = np.array([0.3, 0.5, 0.8]), np.array([[60, 150], [100, 100], [40, 200]])
    for _ in range(300):
        f, m = draw.binomial(sizes[:, 0], 0.8 * rates), draw.binomial(sizes[:, 1], rates)
        found = strata.risk_ratio(np.column_stack([f, sizes[:, 0], m, sizes[:, 1]]).astype(float), 0.95)
        assert found is not None
        covered += found[1].low <= 0.8 <= found[1].high
    assert covered >= 272  # binomial: P(fewer than 272 of 300 at 95 %) is 0.1 %
