"""Conformal sets agree with crepes and MAPIE, keep their promise over seeds, and show where it is broken."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from crepes import ConformalClassifier
from mapie.classification import SplitConformalClassifier
from scipy import stats as sps
from sklearn.linear_model import LogisticRegression

from make import alarms, at_most, gridded, no_number, number
from secondline.core.estimate import Undefined
from secondline.core.tables import ScoreTable
from secondline.stats.robustness import conformal
from secondline.stats.robustness.conformal import Law, Thresholds


def drawn(rows: int, seed: int, *, shift: float = 0.0) -> tuple[Any, Any]:
    """Return scores and outcomes; *shift* moves the score of events down, as a model that has aged does."""
    draw = np.random.default_rng(seed)
    x = draw.normal(size=rows)
    y = (draw.random(rows) < 1 / (1 + np.exp(1.5 - 1.5 * x))).astype(float)
    return 1 / (1 + np.exp(1.5 - 1.5 * (x - shift * y))), y


def calibrated(score: Any, label: Any, coverage: float = 0.9, weight: Any = None) -> Thresholds:
    found = conformal.calibrated(ScoreTable.of(score, label, weight), coverage)
    assert isinstance(found, Thresholds)
    return found


def test_thresholds_by_hand() -> None:
    """With 9 events and coverage 0.8, l = floor(10 * 0.2) = 2: the second lowest event score is the threshold."""
    events, others = np.arange(1, 10) / 10, np.arange(1, 20) / 100
    sets = calibrated(np.concatenate([events, others]), np.repeat([1.0, 0.0], [9, 19]), 0.8)
    assert sets.event == pytest.approx(0.2)
    assert sets.laws[0] == Law(9, 2)
    assert sets.rest == pytest.approx(0.16)  # l = floor(20 * 0.2) = 4: the fourth highest of 0.01 ... 0.19
    assert sets.laws[1] == Law(19, 4)


@pytest.mark.parametrize("coverage", [0.8, 0.9, 0.95])
def test_label_conditional_sets_are_those_of_crepes(coverage: float) -> None:
    """The same sets, row by row, as crepes' Mondrian classifier without smoothing; ties included."""
    score, label = drawn(3_000, 1)
    new, _ = drawn(2_000, 2)
    score, new = np.round(score, 2), np.round(new, 2)
    sets = calibrated(score, label, coverage)
    theirs = ConformalClassifier().fit(np.where(label == 1, -score, score), bins=label)
    kept = []
    for which, misfit in ((1, -new), (0, new)):
        p: Any = theirs.predict_p(np.column_stack([misfit, misfit]), bins=np.full(len(new), which), smoothing=False)
        kept.append(p[:, 0] > 1 - coverage)
    assert np.array_equal(kept[0], new >= sets.event)
    assert np.array_equal(kept[1], new <= sets.rest)


def test_sets_for_all_rows_are_those_of_mapie() -> None:
    """Coverage and mean size equal those of MAPIE's split classifier with the LAC score."""
    draw = np.random.default_rng(5)
    x = draw.normal(size=(6_000, 2))
    y = (draw.random(6_000) < 1 / (1 + np.exp(-x[:, 0]))).astype(int)
    model = LogisticRegression().fit(x[:2_000], y[:2_000])
    theirs = SplitConformalClassifier(model, confidence_level=0.9, conformity_score="lac", prefit=True)
    theirs.conformalize(x[2_000:4_000], y[2_000:4_000])
    sets = theirs.predict_set(x[4_000:])[1][:, :, 0]
    p, new = model.predict_proba(x)[:, 1], y[4_000:]
    mine = calibrated(p[2_000:4_000], y[2_000:4_000])
    found = number(conformal.coverage(mine, ScoreTable.of(p[4_000:], new.astype(float)))).detail["for all rows"]
    assert found["coverage"] == pytest.approx(sets[np.arange(2_000), new].mean())
    assert found["mean size"] == pytest.approx(sets.sum(axis=1).mean())


def test_coverage_keeps_its_promise_over_seeds() -> None:
    """Over 400 calibrations the mean coverage of both classes is 0.9 to 1 / (n + 1), within its simulation error."""
    held = []
    for seed in range(400):
        sets = calibrated(*drawn(500, seed))
        found = number(conformal.coverage(sets, ScoreTable.of(*drawn(1_000, 50_000 + seed))))
        held.append([part["coverage"] for part in found.detail["classes"]])
    for which, mean in enumerate(np.mean(held, axis=0)):
        error = 4 * np.std([h[which] for h in held]) / 20
        assert 0.9 - error <= mean <= 0.9 + 0.01 + error


def test_the_law_of_the_coverage_is_beta() -> None:
    """True coverages of 1,000 calibrations of 99 events follow Beta(90, 10): n + 1 - l and l."""
    law = Law.of(99, 0.9)
    assert law is not None
    assert law.shape == (90, 10)
    draw = np.random.default_rng(9)
    true = [1 - np.sort(draw.random(99))[law.left_out - 1] for _ in range(1_000)]
    result: Any = sps.kstest(true, sps.beta(*law.shape).cdf)
    assert result.pvalue > 0.01


def test_the_spread_counts_calibration_and_rows() -> None:
    """The closed form equals scipy's beta-binomial, and the normal stand-in agrees with it far out."""
    law = Law(99, 10)
    assert law.sd(250) == pytest.approx(sps.betabinom(250, *law.shape).std() / 250)
    exact = sps.betabinom.cdf(86_000, 100_000, *Law(4_999, 500).shape)
    assert Law(4_999, 500).as_low(0.86 * 200_000, 200_000) == pytest.approx(exact, abs=1e-3)


@pytest.mark.parametrize("rounded", [None, 2])
def test_false_alarms_are_bounded(rounded: int | None) -> None:
    """Of 600 populations like their calibration at most as many raise the alarm as the level allows, ties or not."""
    alarm = []
    for seed in range(600):
        (s, y), (t, z) = drawn(400, seed), drawn(400, 90_000 + seed)
        s, t = (s, t) if rounded is None else (np.round(s, rounded), np.round(t, rounded))
        alarm.append(number(conformal.coverage(calibrated(s, y), ScoreTable.of(t, z))).p_value)
    assert alarms(alarm) <= at_most(600)


def test_a_shift_is_found_out() -> None:
    """Events whose scores have sunk are covered less than promised, and the class is named."""
    found = number(conformal.coverage(calibrated(*drawn(3_000, 1)), ScoreTable.of(*drawn(3_000, 2, shift=0.5))))
    assert found.detail["worst"] == "event"
    assert found.high is not None
    assert found.high < 0.88
    assert found.p_value is not None
    assert found.p_value < 1e-6


def test_sets_add_up() -> None:
    """Shares of sets with one, both and no outcome add to one and give the mean size, counted row by row."""
    sets = calibrated(*drawn(2_000, 1), 0.6)
    score, label = drawn(1_000, 2)
    said = number(conformal.coverage(sets, ScoreTable.of(score, label))).detail["sets"]
    size = (score >= sets.event).astype(int) + (score <= sets.rest)
    assert said["both"] + said["one"] + said["none"] == pytest.approx(1)
    assert said["mean size"] == pytest.approx(size.mean())
    assert said["none"] == pytest.approx((size == 0).mean())
    assert said["none"] > 0


def test_weights_count_as_rows_repeated() -> None:
    """Thresholds and coverage with weight 2 throughout are those of every row twice, but for the new row's weight."""
    score, label = drawn(1_000, 3)
    new, out = drawn(800, 4)
    once = calibrated(score, label)
    weighed = calibrated(score, label, weight=np.full(1_000, 2.0))
    assert (weighed.event, weighed.rest, weighed.laws) == (once.event, once.rest, once.laws)
    of_weighed = number(conformal.coverage(weighed, ScoreTable.of(new, out, np.full(800, 2.0))))
    assert of_weighed.value == pytest.approx(number(conformal.coverage(once, ScoreTable.of(new, out))).value)
    times = np.where(new > np.median(new), 3, 1)
    heavy, repeated = (
        ScoreTable.of(new, out, times.astype(float)),
        ScoreTable.of(np.repeat(new, times), np.repeat(out, times)),
    )
    weighed_, rows_ = (number(conformal.coverage(once, t)) for t in (heavy, repeated))
    assert weighed_.value == pytest.approx(rows_.value)
    assert weighed_.low is not None
    assert rows_.low is not None
    assert weighed_.low < rows_.low  # weights are worth fewer rows than copies pretend


def test_a_grid_says_how_far_it_may_be_off() -> None:
    """The exact coverage lies within the bound of the one on a grid."""
    score, label = drawn(4_000, 6)
    new, out = drawn(4_000, 7)
    coarse = conformal.calibrated(gridded(score, label, 1 / 64), 0.9)
    assert isinstance(coarse, Thresholds)
    found = number(conformal.coverage(coarse, gridded(new, out, 1 / 64)))
    exact = number(conformal.coverage(calibrated(score, label), ScoreTable.of(new, out)))
    assert found.bound > 0
    assert abs(found.value - exact.value) <= found.bound
    assert exact.bound == 0


def test_too_little_to_promise_or_to_judge() -> None:
    """Eight events promise no 0.9; one class calibrates nothing; a class of fewer than 30 rows is not judged."""
    score = np.linspace(0.01, 0.99, 108)
    few = conformal.calibrated(ScoreTable.of(score, np.repeat([0.0, 1.0], [100, 8])), 0.9)
    assert isinstance(few, Undefined)
    assert few.needed == "9 rows of each class"
    assert isinstance(conformal.calibrated(ScoreTable.of(score, np.ones(108)), 0.9), Undefined)
    assert isinstance(conformal.calibrated(ScoreTable.empty(), 0.9), Undefined)
    sets = calibrated(*drawn(2_000, 1))
    alone = number(conformal.coverage(sets, ScoreTable.of(score, np.zeros(108))))
    assert alone.detail["worst"] == "no event"
    assert no_number(conformal.coverage(sets, ScoreTable.of(score[:40], np.repeat([0.0, 1.0], 20)))).n == 40
    assert isinstance(conformal.coverage(sets, ScoreTable.empty()), Undefined)


def test_points_have_sets_and_no_promise_for_all_rows() -> None:
    """Only the order of a score matters to label-conditional sets; one threshold for all rows needs probabilities."""
    score, label = drawn(2_000, 1)
    new, out = drawn(1_000, 2)
    points = [ScoreTable.of(100 * s, y, probability=False) for s, y in ((score, label), (new, out))]
    sets = conformal.calibrated(points[0], 0.9)
    assert isinstance(sets, Thresholds)
    found = number(conformal.coverage(sets, points[1]))
    same = number(conformal.coverage(calibrated(score, label), ScoreTable.of(new, out)))
    assert found.value == pytest.approx(same.value)
    assert "for all rows" not in found.detail
