"""Agreement: published figures, statsmodels, and what one class does to each coefficient."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.inter_rater import aggregate_raters, cohens_kappa, fleiss_kappa

from answers import answers
from make import no_number, number
from secondline.stats.genai import agreement
from secondline.stats.genai.rows import codes

NAN = math.nan
# Krippendorff (2011), nominal data of four observers and twelve units; Gwet (2014) uses the same.
EXAMPLE = np.array([
    [1, 2, 3, 3, 2, 1, 4, 1, 2, NAN, NAN, NAN], [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, NAN, 3],
    [NAN, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, NAN], [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, NAN],
]).T  # fmt: skip


def test_the_published_example() -> None:
    """Alpha 0.743 (Krippendorff 2011); agreement 0.818, AC1 0.775 and Fleiss 0.761 (Gwet 2014) on the same ratings."""
    found = agreement.all_of(EXAMPLE)
    assert found["Krippendorff alpha"] == pytest.approx(0.743, abs=5e-4)
    assert found["raw agreement"] == pytest.approx(0.818, abs=5e-4)
    assert found["Gwet AC1"] == pytest.approx(0.77544, abs=5e-5)
    assert found["Fleiss kappa"] == pytest.approx(0.76117, abs=5e-5)


@given(st.lists(st.tuples(*[st.integers(0, 2)] * 3), min_size=2, max_size=30))
def test_kappas_are_statsmodels(ratings: list[tuple[int, int, int]]) -> None:
    """Fleiss of three raters and Cohen of two are those of statsmodels, where these have a value."""
    table = np.array(ratings, dtype=float)
    mine, theirs = (
        agreement.fleiss(table),
        float(fleiss_kappa(aggregate_raters(table)[0])) if len(np.unique(table)) > 1 else None,
    )
    assert mine == (pytest.approx(theirs) if theirs is not None else None)
    both = np.array([[int(((table[:, 0] == i) & (table[:, 1] == j)).sum()) for j in range(3)] for i in range(3)])
    kappa = agreement.cohen(table)
    if kappa is not None:
        assert kappa == pytest.approx(cohens_kappa(both, return_results=False))


def test_one_class_and_nothing() -> None:
    """All verdicts one: kappas and alpha have no value, AC1 and agreement are 1; no pairs of ratings: none has."""
    one = agreement.all_of(np.ones((5, 2)))
    assert (one["Cohen kappa"], one["Fleiss kappa"], one["Krippendorff alpha"]) == (None, None, None)
    assert (one["Gwet AC1"], one["raw agreement"]) == (1.0, 1.0)
    assert set(agreement.all_of(np.array([[1.0, NAN], [NAN, 0.0]])).values()) == {None}


def test_prevalence_pulls_kappa_and_not_ac1() -> None:
    """At 95 % passes, raters who agree on 94 of 100 have a kappa near 0.3 and an AC1 above 0.9."""
    table = np.array([[1, 1]] * 92 + [[1, 0]] * 3 + [[0, 1]] * 3 + [[0, 0]] * 2, dtype=float)
    kappa, ac1 = agreement.cohen(table), agreement.gwet(table)
    assert kappa is not None
    assert ac1 is not None
    assert kappa < 0.4
    assert ac1 > 0.9


def test_a_judge_is_held_against_what_people_reach() -> None:
    """Judge and people on the labels, two people on those labelled twice, and a warning where nobody looked twice."""
    verdict = [1.0] * 40 + [0.0] * 10
    label = [1.0] * 38 + [0.0] * 2 + [0.0] * 8 + [1.0] * 2
    second = [1.0] * 20 + [NAN] * 20 + [0.0] * 10
    found = number(agreement.judge_agreement(answers(verdict, scorer="judge", label=label, second=second)))
    assert found.detail["judge and people"]["raw agreement"] == pytest.approx(46 / 50)
    assert found.detail["labelled twice"] == 30
    assert found.detail["two people"]["raw agreement"] == pytest.approx(28 / 30)
    assert found.low is not None
    assert found.low < found.value
    alone = number(agreement.judge_agreement(answers(verdict, scorer="judge", label=label)))
    assert any("ceiling" in said for said in alone.warnings)
    assert "no person" in no_number(agreement.judge_agreement(answers(verdict, scorer="judge"))).because
    one = answers([1.0] * 4, scorer="judge", label=1.0)
    assert "no value" in no_number(agreement.judge_agreement(one, coefficient="Cohen kappa")).because


def test_the_jackknife_of_a_mean_is_its_standard_error() -> None:
    """Raw agreement is a mean of 0 and 1, whose jackknife error is sd / sqrt(n)."""
    table = np.array([[1, 1]] * 30 + [[1, 0]] * 10, dtype=float)
    span = agreement.jackknife(table, codes(np.arange(40)), agreement.raw, 0.95)
    assert span is not None
    se = math.sqrt(0.75 * 0.25 * 40 / 39 / 40)
    assert span[0] == pytest.approx(0.75 - 2.022691 * se, abs=1e-5)
    assert agreement.jackknife(table[:2], codes(np.zeros(2)), agreement.raw, 0.95) is None
    assert agreement.as_detail(table)["items"] == 40
