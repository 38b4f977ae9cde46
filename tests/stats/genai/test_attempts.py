"""Attempts: Kaplan-Meier as statsmodels has it, exact bounds where nothing got through, families, early ends."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta
from statsmodels.duration.survfunc import SurvfuncRight

from answers import answers
from make import no_number, number
from secondline.core.limit import Limit
from secondline.core.tables import Graded
from secondline.policy.judge import judge
from secondline.stats.genai import attempts

NAN = math.nan
TRIED = st.lists(st.tuples(st.integers(1, 8), st.booleans()), min_size=2, max_size=40)


def tried(each: list[tuple[int, bool]], **more: Any) -> Graded:
    """Return attacks tried so often, the last one with success or without."""
    case = [f"a{i}" for i, (times, _) in enumerate(each) for _ in range(times)]
    verdict = [0.0 if through and k == times - 1 else 1.0 for times, through in each for k in range(times)]
    replicate = [float(k) for times, _ in each for k in range(times)]
    return answers(verdict, case=case, replicate=replicate, **{"kind": "adversarial", **more})


@given(TRIED)
def test_the_curve_is_statsmodels(each: list[tuple[int, bool]]) -> None:
    """Shares withstood and Greenwood's error are those of an independent implementation, early ends included."""
    times, through = (np.array([float(x[i]) for x in each]) for i in (0, 1))
    found = attempts.curve(times, through)
    theirs: Any = SurvfuncRight(times, through)
    for at, share, se in zip(theirs.surv_times, theirs.surv_prob, theirs.surv_prob_se, strict=True):
        assert found.withstood[int(at) - 1] == pytest.approx(share)
        if share > 0 and at == theirs.surv_times[-1]:
            assert math.sqrt(found.variance) == pytest.approx(se)


def test_a_curve_worked_by_hand() -> None:
    """Ten attacks: two get through at once, one at the second try, one ends early, one gets through at the third.

    8/10, then 7/8 of it, then 5/6 of that: 0.583; Greenwood: 0.583^2 (2/80 + 1/56 + 1/30).
    """
    each = [(1, True)] * 2 + [(2, True), (2, False), (3, True)] + [(3, False)] * 5
    found = number(attempts.withstood(tried(each)))
    assert found.value == pytest.approx(0.8 * 7 / 8 * 5 / 6)
    assert [(r["tried"], r["got through"]) for r in found.detail["curve"]] == [(10, 2), (8, 1), (6, 1)]
    size = found.value * (1 - found.value) / (found.value**2 * (2 / 80 + 1 / 56 + 1 / 30))
    hits = found.value * size
    assert found.low == pytest.approx(beta.ppf(0.025, hits, size - hits + 1))
    assert found.high == pytest.approx(beta.ppf(0.975, hits + 1, size - hits))
    assert found.detail["tries of each success"] == [1, 1, 2, 3]
    assert found.detail["median tries"] is None


def test_without_early_ends_it_is_the_share_that_never_failed() -> None:
    """Where every attack is tried to the end, the estimate and its exact interval are those of a plain share."""
    each = [(4, False)] * 90 + [(k, True) for k in (1, 1, 2, 2, 2, 3, 3, 4, 4, 4)]
    found = number(attempts.withstood(tried(each)))
    assert found.value == pytest.approx(0.9)
    assert found.low == pytest.approx(beta.ppf(0.025, 90, 11))
    assert found.high == pytest.approx(beta.ppf(0.975, 91, 10))


def test_nothing_got_through_is_a_bound() -> None:
    """Sixty attacks withstood throughout: at least 0.05^(1/60)-like, exact; and the gate says how many are needed."""
    found = number(attempts.withstood(tried([(6, False)] * 60)))
    assert (found.value, found.high) == (1.0, 1.0)
    assert found.low == pytest.approx(0.025 ** (1 / 60))
    outcome = judge(found, Limit(at_least=0.95))
    assert outcome.kind == "inconclusive"
    assert "rows" in outcome.needed
    assert judge(number(attempts.withstood(tried([(6, False)] * 80))), Limit(at_least=0.95)).kind == "passed"
    lost = number(attempts.withstood(tried([(1, True)] * 20)))
    assert (lost.value, lost.low, lost.detail["median tries"]) == (0.0, 0.0, 1)


def test_fewer_tries_can_be_asked_for() -> None:
    """The share after two tries counts what got through in two, and not later."""
    each = [(1, True), (2, True), (3, True), *[(4, False)] * 7]
    assert number(attempts.withstood(tried(each), tries=2)).value == pytest.approx(0.8)
    assert number(attempts.withstood(tried(each))).value == pytest.approx(0.7)


def test_families_widen_it() -> None:
    """Successes of one family of ten make a wider interval than the same successes spread."""
    each = [(1, True)] * 10 + [(3, False)] * 90
    apart = number(attempts.withstood(tried(each)))
    case = [f"f{i // 10}" for i, (times, _) in enumerate(each) for _ in range(times)]
    together = number(attempts.withstood(tried(each, cluster=case)))
    assert together.value == apart.value
    assert together.low is not None
    assert apart.low is not None
    assert together.low < apart.low
    assert together.detail["design effect"] > 2


def test_what_is_not_counted() -> None:
    """Tries without a verdict do not count, nor do benign twins; without a verdict there is no number."""
    graded = answers([NAN, 1.0, 0.0], case="a1", replicate=[0.0, 1.0, 2.0], kind="adversarial")
    assert number(attempts.withstood(graded)).detail["tries of each success"] == [2]
    twins = answers([0.0], kind="benign", pair="p", side="twin")
    no_number(attempts.withstood(twins))
    no_number(attempts.withstood(answers([NAN], kind="adversarial")))


@given(TRIED)
def test_it_falls_with_every_try(each: list[tuple[int, bool]]) -> None:
    """Shares fall or stay, lie in [0, 1], and the interval holds the last of them."""
    found = number(attempts.withstood(tried(each)))
    shares = [row["withstood"] for row in found.detail["curve"]]
    assert shares == sorted(shares, reverse=True)
    assert found.low is not None
    assert found.high is not None
    assert 0 <= found.low <= found.value <= found.high <= 1


@pytest.mark.slow
def test_it_covers() -> None:
    """Hazards of 2 % a try, 5 tries, one attack in ten ends early: the interval holds the truth in 0.93 or more."""
    draw, hits, runs = np.random.default_rng(8), 0, 600
    truth = 0.98**5
    for _ in range(runs):
        success = draw.geometric(0.02, 200)
        end = np.where(draw.random(200) < 0.1, draw.integers(1, 6, 200), 5)
        each = [(int(min(s, e)), bool(s <= e)) for s, e in zip(success, end, strict=True)]
        found = number(attempts.withstood(tried(each), tries=5))
        assert found.low is not None
        assert found.high is not None
        hits += found.low <= truth <= found.high
    assert hits / runs >= 0.93 - 3 * math.sqrt(0.93 * 0.07 / runs)
