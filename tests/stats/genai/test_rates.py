"""Rates of graded answers: the interval for the size, clusters as statsmodels has them, and what was not scored."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.regression.linear_model import OLS
from statsmodels.stats.proportion import proportion_confint

from answers import answers, these
from make import no_number, number
from secondline.core.tables import Graded
from secondline.stats.genai import rates

NAN = math.nan


@pytest.mark.parametrize(("n", "method", "name"), [(29, "beta", "Clopper-Pearson"), (30, "wilson", "Wilson")])
def test_small_samples_get_the_exact_interval(n: int, method: str, name: str) -> None:
    """Below 30 cases the interval is Clopper and Pearson's, from there on Wilson's: both as statsmodels has them."""
    found = number(rates.pass_rate(answers([1.0] * (n - 3) + [0.0] * 3)))
    low, high = proportion_confint(n - 3, n, 0.05, method)
    assert (found.low, found.high) == these(pytest.approx(low), pytest.approx(high))
    assert found.method == name
    assert found.n == n


def test_an_item_asked_often_counts_once() -> None:
    """One case asked nine times and failing does not outweigh three cases that pass: 3 of 4 pass, not 3 of 12."""
    verdict, case = [0.0] * 9 + [1.0] * 3, ["a"] * 9 + ["b", "c", "d"]
    found = number(rates.pass_rate(answers(verdict, case=case, replicate=[*map(float, range(9)), 0.0, 0.0, 0.0])))
    assert found.value == pytest.approx(0.75)
    assert found.n == 4


def test_clusters_widen_the_interval() -> None:
    """Ten documents of twenty questions each, answered alike within a document, are worth about ten answers."""
    verdict = np.repeat([1, 1, 1, 0, 1, 1, 0, 1, 1, 1], 20).astype(float)
    cluster = np.repeat([f"d{i}" for i in range(10)], 20).tolist()
    alone, together = (
        number(rates.pass_rate(answers(verdict))),
        number(rates.pass_rate(answers(verdict, cluster=cluster))),
    )
    assert together.value == alone.value
    assert together.detail["effective items"] == pytest.approx(9 * (1.959964 / 2.262157) ** 2, rel=1e-4)
    assert any("only 10 clusters" in said for said in together.warnings)
    assert not alone.warnings
    assert alone.high is not None
    assert together.high is not None
    assert together.high > alone.high


def test_the_standard_error_of_a_mean_is_statsmodels_cr1() -> None:
    """The cluster-robust error of a mean of numbers is that of OLS on a constant, up to the small-sample factor."""
    draw = np.random.default_rng(3)
    cluster = draw.integers(0, 25, 200)
    value = draw.normal(size=200) * 2 + np.repeat(draw.normal(size=25), 1)[cluster]
    found = number(rates.mean_value(answers([NAN] * 200, value=value, cluster=[f"d{c}" for c in cluster])))
    fit = OLS(value, np.ones(200)).fit(cov_type="cluster", cov_kwds={"groups": cluster, "use_correction": False})
    assert found.value == pytest.approx(value.mean())
    assert found.detail["standard error"] == pytest.approx(fit.bse[0] * math.sqrt(25 / 24))
    assert "Student's t" in found.method


def test_unscored_answers_are_told_and_bounded() -> None:
    """Two of ten answers could not be read: the rate is of eight, and the bounds are of all ten."""
    grades = [1.0] * 6 + [0.0] * 2 + [NAN] * 2
    found = number(rates.pass_rate(answers(grades, status=["ok"] * 9 + ["timeout"])))
    told = found.detail["answers"]
    assert found.value == pytest.approx(0.75)
    assert (told["unscored"], told["why"]) == (2, {"timeout": 1, "unscored": 1})
    assert (told["worst"], told["best"]) == (0.6, 0.8)


def test_nothing_scored_is_no_rate() -> None:
    """All unscored: the data are too few. No rows at all: the question does not arise."""
    assert no_number(rates.pass_rate(answers([NAN, NAN]))).kind == "too-few"
    assert no_number(rates.pass_rate(answers([]))).kind == "not-applicable"
    assert no_number(rates.mean_value(answers([1.0, 1.0]))).kind == "too-few"


def test_slices_stand_beside_the_rate() -> None:
    """Each stratum, language and kind of more than one has its rate."""
    found = number(rates.pass_rate(answers([1.0, 0.0, 1.0, 1.0], stratum=["a", "a", "b", "b"])))
    assert [(row["slice"], row["rate"]) for row in found.detail["slices"]] == [("a", 0.5), ("b", 1.0)]


def test_a_rare_class_counts_as_much_as_a_frequent_one() -> None:
    """Of 90 frequent cases all are right and of 10 rare ones half: accuracy 0.95, mean recall 0.75."""
    found = number(rates.macro_recall(answers([1.0] * 95 + [0.0] * 5, stratum=["often"] * 90 + ["rare"] * 10)))
    assert (found.value, found.detail["accuracy"]) == these(pytest.approx(0.75), pytest.approx(0.95))
    assert found.detail["worst class"] == "rare"
    assert number(rates.macro_recall(answers([1.0, 0.0]))).value == 0.5
    assert no_number(rates.macro_recall(answers([]))).kind == "not-applicable"


def test_a_dry_run_promises_the_width_it_will_have() -> None:
    """The half width of a plan is that of the interval; one item fewer than the plan asks for is too wide."""
    n = rates.items_for(0.9, 0.03)
    assert rates.half_width(0.9, n) <= 0.03 < rates.half_width(0.9, n - 1)
    low, high = proportion_confint(270, 300, 0.05, "wilson")
    assert rates.half_width(0.9, 300) == pytest.approx((high - low) / 2)
    assert rates.items_for(0.9, 0.03, effect=3.0) == pytest.approx(3 * n, rel=0.01)
    assert rates.half_width(0.9, 0) == 0.5


def shuffled(graded: Graded) -> Graded:
    """Return the rows in another order."""
    order = np.random.default_rng(0).permutation(len(graded))
    return Graded({name: values[order] for name, values in graded.columns.items()})


@given(st.lists(st.sampled_from([0.0, 1.0, NAN]), max_size=60), st.integers(1, 10))
def test_a_rate_lies_within_its_interval(verdicts: list[float], clusters: int) -> None:
    """Whatever was answered, low <= value <= high within [0, 1]; and shuffling rows changes nothing."""
    cluster = [f"d{i % clusters}" for i in range(len(verdicts))]
    found = rates.pass_rate(answers(verdicts, cluster=cluster))
    if not np.isfinite(verdicts).any():
        assert no_number(found).because
        return
    e = number(found)
    assert e.low is not None
    assert e.high is not None
    assert 0 <= e.low <= e.value <= e.high <= 1
    turned = number(rates.pass_rate(shuffled(answers(verdicts, cluster=cluster))))
    assert (turned.value, turned.low) == these(pytest.approx(e.value), pytest.approx(e.low))
