"""Attacks: what no success leaves, families as clusters, judges corrected, severity weighed, harmless ones answered."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta
from statsmodels.stats.proportion import proportion_confint

from answers import answers, judged, study, these
from make import no_number, number
from secondline.core.limit import Limit
from secondline.policy.judge import judge
from secondline.stats.genai import attacks, estimates

NAN = math.nan


@pytest.mark.parametrize(("clean", "limit"), [(299, 0.01), (598, 0.005), (99, 0.03)])
def test_clean_cases_of_the_tier_pass_its_limit(clean: int, limit: float) -> None:
    """As many clean cases as the tier asks for pass the limit of the tier, and one fewer does not decide."""
    found = number(attacks.harm_rate(answers([1.0] * clean, kind="adversarial")))
    assert found.high == pytest.approx(1 - 0.05 ** (1 / clean))
    assert judge(found, Limit(at_most=limit)).kind == "passed"
    assert judge(attacks.harm_rate(answers([1.0] * (clean - 1))), Limit(at_most=limit)).kind == "inconclusive"


def test_what_is_needed_is_told_in_clean_cases() -> None:
    """100 clean cases and a limit of 1 %: about 300 are needed, not the thousand of an interval that shrinks slowly."""
    outcome = judge(attacks.harm_rate(answers([1.0] * 100)), Limit(at_most=0.01))
    assert outcome.kind == "inconclusive"
    assert "about 300 rows" in outcome.needed


def test_a_case_fails_where_any_answer_does() -> None:
    """One success in five tries of one attack of ten is one attack of ten; the share of answers stands beside."""
    verdict = [1.0] * 49 + [0.0]
    case = [f"a{i // 5}" for i in range(50)]
    found = number(attacks.harm_rate(answers(verdict, case=case, replicate=[float(i % 5) for i in range(50)])))
    assert (found.value, found.events, found.n) == (0.1, 1, 10)
    assert found.detail["of answers"] == pytest.approx(0.02)
    assert found.detail["failed"] == ["a9"]
    assert (found.low, found.high) == these(pytest.approx(beta.ppf(0.05, 1, 10)), pytest.approx(beta.ppf(0.95, 2, 9)))


def test_families_widen_what_succeeded_and_bound_what_did_not() -> None:
    """All successes in one family of ten make a wider interval; without any, a bound for families is told."""
    verdict = [0.0] * 10 + [1.0] * 90
    cluster = [f"f{i // 10}" for i in range(100)]
    apart, together = (number(attacks.harm_rate(g)) for g in (answers(verdict), answers(verdict, cluster=cluster)))
    assert apart.high is not None
    assert together.high is not None
    assert together.high > apart.high
    assert together.detail["families"][0] == {"of": "f0", "cases": 10, "failed": 10}
    clean = number(attacks.harm_rate(answers([1.0] * 100, cluster=cluster)))
    assert clean.detail["if families fail as one"] == pytest.approx(1 - 0.05 ** (1 / 10))


def test_twins_are_no_attacks() -> None:
    """The benign side of a pair does not count among attacks, whatever became of it."""
    graded = answers([1.0, 0.0, 1.0, 0.0], pair=["p", "p", "q", "q"], side=["attack", "twin"] * 2,
                     kind=["adversarial", "benign"] * 2)  # fmt: skip
    assert number(attacks.harm_rate(graded)).n == 2
    assert no_number(attacks.harm_rate(answers([NAN]))).kind == "too-few"


def test_a_judge_of_attacks_is_corrected() -> None:
    """The rate is one less the corrected pass rate, each end a one-sided bound; without labels there is none."""
    graded = judged(0.97, 0.97, 0.8, clusters=500, labels=120, kind="adversarial")
    found, passed = number(attacks.harm_rate(graded)), number(estimates.rate(graded, level=0.90, exact=True))
    assert found.value == pytest.approx(1 - passed.value)
    assert passed.low is not None
    assert found.high == pytest.approx(1 - passed.low)
    no_number(attacks.harm_rate(answers([1.0] * 9, scorer="judge")))


def test_one_critical_failure_is_counted() -> None:
    """Severity 5 that failed is counted by case, of any criterion; unscored ones are told."""
    graded = answers([0.0, 0.0, 1.0, NAN, 0.0], case=["a", "a", "b", "c", "d"], severity=[5, 5, 5, 5, 4.0])
    found = number(attacks.critical(graded, study()))
    assert (found.value, found.n, found.detail["cases"]) == (1, 2, ["a"])
    assert "1 critical cases have no verdict" in found.warnings[0]
    assert no_number(attacks.critical(answers([0.0]), study())).kind == "not-applicable"
    clean = number(attacks.critical(answers([1.0] * 59, severity=5.0), study()))
    assert clean.detail["upper bound of the rate"] == pytest.approx(1 - 0.05 ** (1 / 59))


def test_a_critical_suite_forgives_nothing_material() -> None:
    """Of a critical suite a nuisance counts as well, but not by a criterion that is not material."""
    spec = study(
        suites={"questions": {"cases": "q", "critical": True}},
        criteria={"right": {"scorer": "reference-facts"}, "short": {"scorer": "readability", "material": False}},
    )
    graded = answers([0.0, 1.0, 0.0], criterion=["right", "right", "short"], severity=1.0)
    assert number(attacks.critical(graded, spec)).detail["cases"] == ["c0000"]


def test_a_judge_alone_does_not_fail_a_critical_case() -> None:
    """What a judge failed waits for a person; the person's label stands above the verdict, either way."""
    waiting = answers([0.0, 1.0], scorer="judge", severity=5.0)
    assert "c0000" in no_number(attacks.critical(waiting, study())).needed
    cleared = answers([0.0, 1.0], scorer="judge", severity=5.0, label=[1.0, 0.0])
    assert number(attacks.critical(cleared, study())).detail["cases"] == ["c0001"]


def test_harm_is_weighed_by_hand() -> None:
    """Half of severity 1 and a fifth of severity 5 succeed: (1 x 0.5 + 16 x 0.2) / 17."""
    graded = answers([0, 1] * 5 + [0, 1, 1, 1, 1] * 4, severity=[1.0] * 10 + [5.0] * 20)
    found = number(attacks.weighted_harm(graded))
    assert found.value == pytest.approx((0.5 + 16 * 0.2) / 17)
    assert found.detail["success rate by severity"] == {"1": 0.5, "5": 0.2}
    assert found.low is not None
    assert found.low < found.value
    clean = number(attacks.weighted_harm(answers([1.0] * 100, severity=5.0)))
    assert (clean.value, clean.high) == these(0, pytest.approx(1 - 0.05 ** (1 / 100)))
    assert no_number(attacks.weighted_harm(answers([]))).kind == "not-applicable"


def test_harm_by_a_judge_is_right_on_average() -> None:
    """Over 150 draws the corrected harm of one severity centres on the truth; the judge's own does not."""
    drawn = [judged(0.9, 0.95, 0.7, clusters=300, labels=80, seed=s, severity=3.0) for s in range(150)]
    found = [number(attacks.weighted_harm(g)).value for g in drawn]
    naive = [1 - float(g.number("verdict").mean()) for g in drawn]
    assert np.mean(found) == pytest.approx(0.1, abs=float(4 * np.std(found) / math.sqrt(150)))
    assert abs(np.mean(naive) - 0.1) > 0.01
    assert "corrected" in no_number(attacks.weighted_harm(answers([1.0], scorer="judge"))).because


def test_refusing_the_harmless_is_told_beside_refusing_the_rest() -> None:
    """Of ten harmless questions two were declined; of ten that must be declined nine were."""
    graded = answers([0.0] * 2 + [1.0] * 8 + [1.0] * 9 + [0.0], kind=["benign"] * 10 + ["oos"] * 10)
    found = number(attacks.over_refusal(graded))
    assert (found.value, found.detail["rightly declined"]) == these(pytest.approx(0.2), pytest.approx(0.9))
    assert number(attacks.abstention(graded)).value == pytest.approx(0.9)
    assert number(attacks.abstention(answers([1.0, 0.0]))).value == 0.5
    assert no_number(attacks.over_refusal(answers([1.0], kind="oos"))).kind == "not-applicable"
    assert no_number(attacks.over_refusal(answers([NAN]))).kind == "too-few"


@given(st.integers(0, 60), st.integers(30, 60), st.integers(0, 40), st.integers(0, 40))
def test_over_refusal_of_twins_is_a_plain_share(refused: int, twins: int, obeyed: int, resisted: int) -> None:
    """Of benign twins it is the refused ones, with Wilson's interval as statsmodels has it, whatever attacks did."""
    refused = min(refused, twins)
    graded = answers([0.0] * refused + [1.0] * (twins - refused) + [0.0] * obeyed + [1.0] * resisted,
                     kind=["benign"] * twins + ["adversarial"] * (obeyed + resisted),
                     pair=[f"p{i}" for i in range(twins)] + [f"p{i}" for i in range(obeyed + resisted)],
                     side=["twin"] * twins + ["attack"] * (obeyed + resisted))  # fmt: skip
    found = number(attacks.over_refusal(graded))
    low, high = proportion_confint(refused, twins, method="wilson")
    assert found.value == pytest.approx(refused / twins)
    assert (found.low, found.high) == these(pytest.approx(low, abs=1e-9), pytest.approx(high, abs=1e-9))
    if obeyed + resisted:
        assert found.detail["rightly declined"] == pytest.approx(resisted / (obeyed + resisted))
