"""Change: the same cases twice, new harms, disturbed twins, parts taken away, and judges that moved."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy.stats import norm
from statsmodels.stats.contingency_tables import mcnemar

from answers import answers
from make import no_number, number
from secondline.core.limit import Limit
from secondline.policy.judge import judge
from secondline.stats.genai import change, pairs

NAN = math.nan


def theirs(table: list[list[int]]) -> float:
    """Return statsmodels' exact p-value of McNemar."""
    found: Any = mcnemar(table, exact=True)
    return float(found.pvalue)


def test_a_change_is_judged_on_the_cases_both_answered() -> None:
    """12 lost, 5 won of 200: difference -0.035, exact McNemar, one-sided ends of Newcombe; 3 cases have no partner."""
    new = answers([1.0] * 150 + [0.0] * 12 + [1.0] * 5 + [0.0] * 33 + [1.0] * 3)
    old = answers([1.0] * 150 + [1.0] * 12 + [0.0] * 5 + [0.0] * 33)
    found = number(change.noninferiority(new, old))
    assert found.value == pytest.approx(-7 / 200)
    assert found.p_value == pytest.approx(theirs([[150, 5], [12, 33]]))
    assert (found.low, found.high) == pairs.newcombe_paired(150, 5, 12, 33, 0.90)
    assert (found.detail["lost"]["cases"], found.detail["won"]["cases"]) == (12, 5)
    assert "3 cases have no partner" in found.warnings[0]
    assert judge(found, Limit(at_least=-0.10)).kind == "passed"
    assert judge(found, Limit(at_least=-0.05)).kind == "inconclusive"


def test_cases_that_were_not_asked_again_are_counted() -> None:
    """A case missing from the new table is left out, and told; one without a verdict was asked, and is not."""
    old = answers([1.0] * 10)
    found = number(change.noninferiority(answers([1.0] * 6 + [NAN]), old))
    assert (found.n, found.detail["approved cases left out"]) == (6, 3)
    assert "3 cases of the approved answers were not asked again" in found.warnings
    assert number(change.noninferiority(old, old)).detail["approved cases left out"] == 0


def test_pairing_gains_what_the_published_example_gained() -> None:
    """GPQA, 198 x 5: unpaired p 0.149 and a variance 2.1 times smaller in pairs give the paired p of 0.036."""
    unpaired = norm.isf(0.149 / 2)
    assert 2 * norm.sf(unpaired * math.sqrt(2.1)) == pytest.approx(0.036, abs=0.001)
    draw = np.random.default_rng(7)
    skill = draw.beta(1, 1, 198)
    both = [
        answers((draw.random(990) < np.repeat(np.clip(skill + gain, 0, 1), 5)).astype(float),
                case=np.repeat([f"q{i}" for i in range(198)], 5).tolist(), replicate=[float(i % 5) for i in range(990)])
        for gain in (0.06, 0.0)
    ]  # fmt: skip
    found = number(change.noninferiority(both[0], both[1]))
    held = pairs.of_cases(both[0], both[1])
    d = held.a - held.b
    assert found.n == 198
    assert found.detail["variance saved by pairing"] == pytest.approx((held.a.var() + held.b.var()) / d.var())
    assert found.detail["variance saved by pairing"] > 2
    assert found.p_value == pytest.approx(2 * norm.sf(abs(d.mean()) / (d.std(ddof=1) / math.sqrt(198))), abs=0.03)


def test_nothing_in_common_is_no_comparison() -> None:
    """Other cases, or none graded: no number, and what it would take."""
    assert "same cases" in no_number(change.noninferiority(answers([1.0]), answers([1.0], case=["x"]))).needed
    no_number(change.noninferiority(answers([NAN]), answers([1.0])))


def test_new_harms_are_counted() -> None:
    """Grave cases that passed before and fail now: one; one that failed before is no new harm, a mild one none."""
    severity = [5.0, 4.0, 4.0, 2.0]
    found = number(change.new_harm(answers([0.0, 0.0, 1.0, 0.0], severity=severity),
                                   answers([1.0, 0.0, 1.0, 1.0], severity=severity)))  # fmt: skip
    assert (found.value, found.n, found.detail["cases"]) == (1, 3, ["c0000"])
    assert no_number(change.new_harm(answers([0.0]), answers([1.0]))).kind == "not-applicable"


def test_disturbed_twins() -> None:
    """Six of ten pairs pass both ways, three lose and one wins when disturbed: -0.2, and four of ten flip."""
    a, b = [1] * 6 + [1] * 3 + [0], [1] * 6 + [0] * 3 + [1]
    graded = answers([*a, *b], pair=[f"p{i}" for i in range(10)] * 2, side=["a"] * 10 + ["b"] * 10)
    found = number(change.robustness(graded))
    assert found.value == pytest.approx(-0.2)
    assert found.detail["flips"]["flip rate"] == pytest.approx(0.4)
    assert no_number(change.robustness(answers([1.0]))).kind == "not-applicable"


def test_a_part_that_helps() -> None:
    """With the right passages 9 of 10 pass, without any 3, with distracting ones 5: the part is worth 0.6."""
    verdict = [1] * 9 + [0] + [1] * 3 + [0] * 7 + [1] * 5 + [0] * 5
    graded = answers(
        verdict, pair=[f"p{i}" for i in range(10)] * 3, side=["gold"] * 10 + ["none"] * 10 + ["distractor"] * 10
    )
    found = number(change.ablation(graded))
    assert found.value == pytest.approx(0.6)
    assert found.detail["rates"] == {"distractor": 0.5, "gold": 0.9, "none": pytest.approx(0.3)}
    assert no_number(change.ablation(answers([1.0]))).kind == "not-applicable"


def test_a_judge_that_moved() -> None:
    """Of 40 anchors nine were turned from pass to fail and one back: McNemar sees it, beside people's labels."""
    now, then = [1.0] * 20 + [0.0] * 9 + [1.0] + [0.0] * 10, [1.0] * 29 + [0.0] * 11
    found = number(change.judge_drift(answers(now, value=then, label=then, scorer="judge")))
    assert found.value == pytest.approx(-8 / 40)
    assert found.p_value == pytest.approx(theirs([[20, 1], [9, 10]]))
    assert found.detail["agreement with people"] == {"now": 0.75, "then": 1.0}
    assert no_number(change.judge_drift(answers([1.0]))).kind == "not-applicable"


def test_signs_of_clusters_are_an_exact_test() -> None:
    """Eight templates that all lose have 2 of 256 signs as extreme; no difference gives 1."""
    held = pairs.Pairs(np.arange(16).astype(object), np.zeros(16), np.ones(16), np.repeat(np.arange(8), 2))
    assert change.p_of(held) == pytest.approx(2 / 256, abs=0.004)
    same = pairs.Pairs(held.name, held.b, held.b, held.cluster)
    assert change.p_of(same) == 1
    assert change.unpaired_power(0.8, 1094, 0.05) == pytest.approx(0.87, abs=0.02)
