"""Replicates: pass^k by hand and by draws, agreement and flips by hand, entropy of meanings."""

from __future__ import annotations

import math
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answers import answers, study
from make import no_number, number
from secondline.core.tables import Graded
from secondline.stats.genai import replicates

NAN = math.nan
SPEC = study()


def repeated(*tasks: list[float], **more: object) -> Graded:
    """Return one case a task, with its verdicts as replicates."""
    flat = [v for task in tasks for v in task]
    case = [f"t{i}" for i, task in enumerate(tasks) for _ in task]
    return answers(flat, case=case, replicate=[float(k) for task in tasks for k in range(len(task))], **more)


@given(st.integers(1, 7), st.integers(0, 7), st.integers(1, 7))
def test_pass_hat_counts_the_draws_that_all_succeed(trials: int, successes: int, k: int) -> None:
    """C(c, k) / C(n, k) is the share of all sets of k trials without a failure."""
    successes = min(successes, trials)
    outcomes = [1] * successes + [0] * (trials - successes)
    sets = list(combinations(outcomes, k))
    wanted = sum(all(s) for s in sets) / len(sets) if sets else None
    assert replicates.pass_hat(successes, trials, k) == (pytest.approx(wanted) if wanted is not None else None)


def test_reliability_averages_over_tasks() -> None:
    """Tasks of 4/4, 3/4 and 1/4: pass^1 2/3, pass^2 (1 + 1/2 + 0) / 3, pass^4 1/3; a task tried once is left out."""
    graded = repeated([1] * 4, [1, 1, 1, 0], [1, 0, 0, 0], [1])
    found = number(replicates.reliability(graded))
    assert found.value == pytest.approx(1 / 3)
    assert found.detail["pass^k"]["1"] == pytest.approx(2 / 3)
    assert found.detail["pass^k"]["2"] == pytest.approx(0.5)
    assert found.detail["cases with fewer replicates"] == 1
    assert number(replicates.reliability(graded, k=2)).value == pytest.approx(0.5)
    assert "9 replicates" in no_number(replicates.reliability(graded, k=9)).needed
    assert no_number(replicates.reliability(repeated([1], [0]))).kind == "not-applicable"


def test_consistency_by_hand() -> None:
    """3 of 4 alike agree in 3 of 6 pairs, 4 of 4 in all: 0.75; one of two cases flips; NaN is no answer."""
    found = number(replicates.consistency(repeated([1, 1, 1, 0], [0, 0, 0, 0, NAN], [1]), SPEC))
    assert found.value == pytest.approx((0.5 + 1) / 2)
    assert (found.detail["cases flipped"], found.detail["flip rate"]) == (1, 0.5)
    assert found.detail["answers"] is None
    assert no_number(replicates.consistency(repeated([1], [0]), SPEC)).kind == "not-applicable"
    assert no_number(replicates.consistency(repeated([NAN, NAN]), SPEC)).kind == "not-applicable"


def test_keys_are_compared_where_the_scorer_gives_them() -> None:
    """Keys 7, 7, 9 agree in one of three pairs, though each has the verdict pass; other numbers are not compared."""
    graded = repeated([1, 1, 1], [1, 1, 1], value=[7.0, 7.0, 9.0, 5.0, 5.0, 5.0])
    keyed = study(criteria={"right": {"scorer": "answer-key"}})
    assert number(replicates.consistency(graded, keyed)).value == pytest.approx((1 / 3 + 1) / 2)
    assert number(replicates.consistency(graded, SPEC)).value == 1


def test_entropy_of_meanings() -> None:
    """One meaning has entropy 0, four different ones ln 4; texts that differ in case and dots mean the same."""
    assert replicates.entropy("aaaa") == 0
    assert replicates.entropy("abcd") == pytest.approx(math.log(4))
    assert replicates.entropy([]) == 0
    graded = repeated([1, 1, 1, 1], answer=["Five.", "five", "FIVE!", "six"])
    told = replicates.entropy_of(graded)
    assert told is not None
    assert told["same meaning"] == pytest.approx(0.5)
    assert told["entropy"] == pytest.approx(-(0.75 * math.log(0.75) + 0.25 * math.log(0.25)))
    assert replicates.entropy_of(graded, meanings=[1, 1, 1, 1]) == {"cases": 1.0, "entropy": 0.0, "same meaning": 1.0}
