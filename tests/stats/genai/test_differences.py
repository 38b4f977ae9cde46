"""Differences that a judge graded: corrected on both sides, paired, equal to published intervals where they must be."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from answers import answers, judged, study
from make import no_number, number
from secondline.core.tables import Graded
from secondline.stats import intervals
from secondline.stats.genai import change, correction, fairness, pairs
from secondline.stats.genai.correction import Corrected
from secondline.stats.genai.differences import corrected_difference, mover
from secondline.stats.genai.labelled import of_answers
from secondline.stats.intervals import Interval

RUNS = 250


def wilson(hits: float, n: float) -> Corrected:
    """Return a rate with Wilson's interval."""
    return Corrected(hits / n, intervals.wilson(hits, n), "")


def twice(
    theta: float, other: float, alike: float, *, n: int = 400, size: int = 1, icc: float = 0.0, labels: int = 100,
    errors: tuple[float, float, float, float] = (0.95, 0.8, 0.95, 0.8), seed: int = 1,
) -> list[Graded]:  # fmt: skip
    """Return two judged tables of the same cases: the truths are *alike* (normal), and alike in clusters by *icc*."""
    draw = np.random.default_rng(seed)
    shared = np.repeat(draw.normal(size=n // size), size) * math.sqrt(icc)
    item = draw.normal(size=n)
    made = []
    for rate, se, sp in ((theta, *errors[:2]), (other, *errors[2:])):
        own = math.sqrt(alike) * item + math.sqrt(1 - alike) * draw.normal(size=n)
        y = (shared + math.sqrt(1 - icc) * own < norm.ppf(rate)).astype(float)
        f = np.where(y == 1, draw.random(n) < se, draw.random(n) >= sp).astype(float)
        label, chance = np.full(n, np.nan), np.full(n, np.nan)
        cells = [np.flatnonzero(f == v) for v in (0, 1)]
        first = min(labels // 2, len(cells[0]))
        for cell, wanted in zip(cells, (first, labels - first), strict=True):
            chosen = draw.choice(cell, min(wanted, len(cell)), replace=False)
            label[chosen], chance[cell] = y[chosen], max(len(chosen), 1) / max(len(cell), 1)
        cluster = [f"d{i // size}" for i in range(n)]
        made.append(answers(f, scorer="judge", label=label, chance=chance, cluster=cluster))
    return made


def test_without_correlation_it_is_newcombes_published_interval() -> None:
    """Newcombe (1998, Statistics in Medicine 17, 873, table II): 56 of 70 and 48 of 80 give 0.0524 to 0.3339."""
    assert mover(wilson(56, 70), wilson(48, 80)) == pytest.approx((0.0524, 0.3339), abs=5e-5)


def test_with_the_correlation_of_pairs_it_is_newcombes_paired_interval() -> None:
    """With phi as the correlation of the estimates it is method 10, whose published values are held elsewhere."""
    both, only_a, only_b, neither = 36.0, 12.0, 2.0, 10.0
    phi = (both * neither - only_a * only_b - 30) / math.sqrt(48 * 12 * 38 * 22)
    found = mover(wilson(48, 60), wilson(38, 60), phi)
    assert found == pytest.approx(pairs.newcombe_paired(both, only_a, only_b, neither))


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 0.4), st.floats(-1, 1))
def test_it_holds_the_difference_and_turns_with_it(a: float, b: float, reach: float, r: float) -> None:
    """The interval holds A less B, lies within [-1, 1], and changes sign when the sides are swapped."""
    one = Corrected(a, Interval(max(a - reach, 0), min(a + reach / 2, 1)), "")
    two = Corrected(b, Interval(max(b - reach / 3, 0), min(b + reach, 1)), "")
    span, turned = mover(one, two, r), mover(two, one, r)
    assert -1 <= span.low <= a - b + 1e-12
    assert a - b - 1e-12 <= span.high <= 1
    assert span.low == pytest.approx(-turned.high)


def test_a_judge_that_moved_is_not_taken_for_a_system_that_did() -> None:
    """The same answers, of a judge that now fails a quarter of what is right: verdicts fall, corrected rates do not."""
    new, old = twice(0.85, 0.85, 1.0, n=800, labels=300, errors=(0.75, 0.9, 0.97, 0.9), seed=2)
    found = number(corrected_difference(new, old))
    assert found.detail["naive difference"] < -0.15
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0 < found.high
    assert found.low > -0.08


def test_agreement_everywhere_is_not_certainty() -> None:
    """Ten labels alike on both sides leave an interval: that of Newcombe's phi, corrected for continuity, of 0.8."""
    verdict, label = np.tile([1.0, 0.0], 20), np.tile([1.0, 0.0], 20)
    label[20:] = np.nan
    side = answers(verdict, scorer="judge", label=label, chance=np.full(40, 0.5))
    found = number(corrected_difference(side, side))
    assert found.detail["correlation"] == pytest.approx(1 - 1 / (2 * 20 * 0.25))
    assert found.low is not None
    assert found.high is not None
    assert found.low < -0.05 < 0.05 < found.high


def test_pairing_narrows_it() -> None:
    """Where both sides answer alike, the correlation is positive and the interval narrower than of two samples."""
    new, old = twice(0.85, 0.80, 0.8, n=600, labels=400, errors=(0.97, 0.95, 0.97, 0.95))
    found = number(corrected_difference(new, old))
    sides = [correction.by_verdict(of_answers(side), 0.90) for side in (new, old)]
    apart = mover(sides[0], sides[1])
    assert found.detail["correlation"] > 0.1
    assert found.high is not None
    assert found.low is not None
    assert found.high - found.low < apart.high - apart.low
    assert found.detail["new"]["value"] == pytest.approx(sides[0].value)


def test_with_every_answer_labelled_it_is_peoples_difference() -> None:
    """A label on each answer leaves nothing to the judge: the value is the labels' own difference."""
    draw = np.random.default_rng(3)
    truth = [(draw.random(200) < p).astype(float) for p in (0.9, 0.8)]
    new, old = (answers((y + (draw.random(200) < 0.1)) % 2, scorer="judge", label=y, chance=1.0) for y in truth)
    found = number(corrected_difference(new, old))
    assert found.value == pytest.approx(truth[0].mean() - truth[1].mean())
    assert found.value == pytest.approx(found.detail["people alone"]["value"])


def test_a_judge_that_may_not_grade_leaves_it_to_people() -> None:
    """With Se + Sp below 1.4 the labels alone count, exact, and a warning says so."""
    new, old = twice(0.85, 0.85, 0.5, errors=(0.6, 0.5, 0.6, 0.5), labels=200)
    found = number(corrected_difference(new, old))
    assert "labels alone, Clopper-Pearson" in found.method
    assert found.value == pytest.approx(found.detail["people alone"]["value"])
    assert "triage only" in found.warnings[0]


@pytest.mark.parametrize("bare", [0, 1])
def test_a_side_without_labels_is_no_number(bare: int) -> None:
    """Verdicts that no person checked on one side decide nothing: absent, with what is needed and what they said."""
    both = twice(0.9, 0.8, 0.5)
    n = len(both[bare])
    both[bare] = Graded({**both[bare].columns, "label": np.full(n, np.nan)})
    for found in (corrected_difference(*both), change.noninferiority(*both)):
        told = no_number(found)
        assert f"the {('new', 'approved')[bare]} answers" in told.because
        assert "uncorrected" in told.because
        assert "labels" in told.needed


def test_only_common_cases_count() -> None:
    """Cases of one side only stay out; without a common one there is no number."""
    new, old = twice(0.9, 0.9, 0.5)
    some = old.where(np.arange(len(old)) < 300)
    assert number(corrected_difference(new, some)).n == 300
    other = answers([1.0, 0.0], case=["x", "y"], scorer="judge", label=1.0)
    assert "same cases" in no_number(corrected_difference(new, other)).needed


def test_the_gate_uses_it_for_judged_criteria_only() -> None:
    """A change graded by a judge is corrected; by code as before; one side by each is no comparison."""
    new, old = twice(0.9, 0.9, 0.5)
    found = number(change.noninferiority(new, old, margin=0.1))
    assert found.value == pytest.approx(number(corrected_difference(new, old)).value)
    assert found.level == pytest.approx(0.90)
    code = answers(new.number("verdict"), cluster=new["cluster"].tolist())
    assert "McNemar" not in found.method
    assert "correction" not in number(change.noninferiority(code, code)).detail
    assert "do not compare" in no_number(change.noninferiority(new, code)).because


def paired(first: str, second: str, *, told: bool = True, **more: Any) -> Graded:
    """Return two judged tables as the sides of pairs of one table."""
    one, two = twice(0.9, 0.7, 0.5, n=300, labels=200)
    joined = {name: np.concatenate([one[name], two[name]]) for name in one.columns}
    joined["side"] = np.array([first] * 300 + [second] * 300, dtype=object)
    joined["pair"] = np.array([f"p{i}" for i in range(300)] * 2, dtype=object)
    joined["case"] = np.array([f"c{i}" for i in range(600)], dtype=object)
    joined["stratum"] = np.array(["age"] * 600, dtype=object)
    if not told:
        joined["label"] = np.full(600, np.nan)
    return Graded(joined | more)


def test_sides_of_pairs_are_corrected_too() -> None:
    """A disturbed side, a part taken away and a person swapped: graded by a judge each is the corrected difference."""
    robust = number(change.robustness(paired("a", "b")))
    assert robust.value == pytest.approx(-0.2, abs=0.12)
    assert set(robust.detail) >= {"disturbed", "plain", "naive difference"}
    assert number(change.ablation(paired("gold", "none"))).value == pytest.approx(-robust.value)
    gap = number(fairness.persona_gap(paired("a", "b"), study()))
    assert gap.value == pytest.approx(-robust.value)
    assert (gap.level, gap.detail["attribute"]) == (0.95, "age")
    for found in (change.robustness(paired("a", "b", told=False)), change.ablation(paired("gold", "none", told=False)),
                  fairness.persona_gap(paired("a", "b", told=False), study())):  # fmt: skip
        assert "no person labelled" in no_number(found).because
    assert no_number(fairness.persona_gap(judged(0.9, 0.9, 0.9), study())).kind == "not-applicable"


# Rates of both sides, how alike, cases, in a cluster, ICC, labels a side, Se and Sp of both.
CELLS = [
    (0.90, 0.90, 0.5, 400, 1, 0.0, 100, (0.95, 0.80, 0.95, 0.80)),
    (0.95, 0.90, 0.5, 400, 1, 0.0, 100, (0.95, 0.80, 0.95, 0.80)),
    (0.90, 0.90, 0.5, 400, 1, 0.0, 100, (0.95, 0.80, 0.90, 0.60)),
    (0.85, 0.80, 0.7, 600, 1, 0.0, 200, (0.95, 0.80, 0.95, 0.80)),
    (0.80, 0.85, 0.5, 600, 20, 0.2, 200, (0.95, 0.80, 0.95, 0.80)),
]


@pytest.mark.slow
@pytest.mark.parametrize("cell", CELLS)
def test_the_corrected_difference_covers(cell: tuple[Any, ...]) -> None:
    """At nominal 0.95 coverage is 0.93 or more within Monte Carlo error, also where a judge errs otherwise by side."""
    a, b, alike, n, size, icc, labels, errors = cell
    hits = 0
    for seed in range(RUNS):
        new, old = twice(a, b, alike, n=n, size=size, icc=icc, labels=labels, errors=errors, seed=seed)
        found = number(corrected_difference(new, old, level=0.975))
        assert found.low is not None
        assert found.high is not None
        hits += found.low <= a - b <= found.high
    assert hits / RUNS >= 0.93 - 3 * math.sqrt(0.93 * 0.07 / RUNS)
