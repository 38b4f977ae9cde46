"""Churn agrees with the hand, with scipy and with planted truth."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats as sps

from make import number
from secondline.core.estimate import Undefined
from secondline.core.spec import ModelSpec
from secondline.core.tables import Sample
from secondline.stats.robustness import churn
from secondline.stats.robustness.churn import Refits


def spec(decision: dict[str, float] | None = None, direction: str = "higher-is-riskier") -> ModelSpec:
    rule = {"decision": decision} if decision else {}
    score = {"column": "s", "direction": direction}
    content = {"model": "m", "version": 1, "populations": {"a": {"data": "a"}}, "columns": {"score": score}} | rule
    return ModelSpec.model_validate(content)


BELOW = spec({"approve-below": 0.5})


def rows(size: int, **columns: Any) -> Sample:
    named = {"@score": np.zeros(size)} | {f"@{name}": np.asarray(v, dtype=float) for name, v in columns.items()}
    return Sample(size, size, np.arange(size, dtype=np.uint64), named)


def test_flips_by_hand() -> None:
    """Of four decisions the first refit turns one and the second two: 3 of 8; the two refits differ on one of four."""
    refits = Refits(np.array([0.1, 0.4, 0.6, 0.9]), np.array([[0.1, 0.6, 0.6, 0.9], [0.2, 0.6, 0.4, 0.8]]))
    estimate = number(churn.flips(refits, rows(4), BELOW))
    assert estimate.value == pytest.approx(3 / 8)
    assert estimate.detail["by refit"] == pytest.approx([0.25, 0.5])
    assert estimate.detail["pairwise"]["value"] == pytest.approx(0.25)
    assert estimate.detail["approved by the champion"] == 0.5
    assert estimate.events == 2
    of_refits, of_rows = np.var([0.25, 0.5], ddof=1) / 2, np.var([0, 1, 0.5, 0], ddof=1) / 4
    df = (of_refits + of_rows) ** 2 / (of_refits**2 + of_rows**2 / 3)
    reach = sps.t.ppf(0.975, df) * np.sqrt(of_refits + of_rows) / (3 / 8 * 5 / 8)
    assert estimate.high == pytest.approx(1 / (1 + np.exp(-(np.log(3 / 5) + reach))))


def test_lower_scores_may_be_riskier() -> None:
    """Scores turned for risk meet a rule on points: approve at 600 and above."""
    refits = Refits(-np.array([700.0, 500.0]), -np.array([[590.0, 500.0], [610.0, 610.0]]))
    estimate = number(churn.flips(refits, rows(2), spec({"approve-at-least": 600}, "lower-is-riskier")))
    assert estimate.detail["by refit"] == [0.5, 0.5]


def test_weights_count_as_rows_repeated() -> None:
    """A row of weight 3 flips as three rows do."""
    refits = Refits(np.array([0.1, 0.4]), np.array([[0.6, 0.4], [0.6, 0.4]]))
    weighed = number(churn.flips(refits, rows(2, weight=[3, 1]), BELOW))
    many = Refits(np.array([0.1, 0.1, 0.1, 0.4]), np.array([[0.6, 0.6, 0.6, 0.4]] * 2))
    assert weighed.value == pytest.approx(number(churn.flips(many, rows(4), BELOW)).value) == pytest.approx(0.75)


def test_no_flip_leaves_the_zero_defect_bound() -> None:
    """3,000 rows that never flip rule out about one in a thousand; equal refits are told."""
    scores = np.linspace(0, 1, 3_000)
    estimate = number(churn.flips(Refits(scores, np.stack([scores] * 5)), rows(3_000), BELOW))
    assert (estimate.value, estimate.low) == (0, 0)
    assert estimate.high == pytest.approx(1 - 0.05 ** (1 / 3_000))
    assert estimate.warnings == (churn.ALIKE,)


def test_what_cannot_be_decided_is_left_out() -> None:
    """A row that one refit cannot score is no flip; with none left, or one refit, there is no number."""
    some = Refits(np.array([0.1, 0.4]), np.array([[0.6, np.nan], [0.1, 0.4]]))
    estimate = number(churn.flips(some, rows(2), BELOW))
    assert (estimate.n, estimate.detail["left out"]) == (1, 1)
    none = Refits(np.array([np.nan]), np.full((2, 1), 0.1))
    assert isinstance(churn.flips(none, rows(1), BELOW), Undefined)
    assert isinstance(churn.flips(Refits(np.zeros(2), np.zeros((1, 2))), rows(2), BELOW), Undefined)
    ruleless = churn.flips(some, rows(2), spec())
    assert isinstance(ruleless, Undefined)
    assert ruleless.kind == "not-applicable"


def test_the_jackknife_leaves_out_one_refit_at_a_time() -> None:
    """The pairwise share and its spread equal a count over all pairs, done by brute force."""
    draw = np.random.default_rng(1)
    scores = draw.random((4, 50))
    pair = number(churn.flips(Refits(scores[0], scores), rows(50), BELOW)).detail["pairwise"]

    def share(some: Any) -> float:
        yes = scores[list(some)] < 0.5
        return float(np.mean([(yes[i] != yes[j]).mean() for i in range(len(yes)) for j in range(i)]))

    assert pair["value"] == pytest.approx(share(range(4)))
    assert pair["low"] < pair["value"] < pair["high"]
    left = np.array([share(set(range(4)) - {k}) for k in range(4)])
    assert pair["high"] - pair["value"] > 1.96 * np.sqrt(3 / 4 * ((left - left.mean()) ** 2).sum())


def planted(seed: int, refits: int = 5, size: int = 800) -> Refits:
    """Refits that move the cut by a random step and every score by noise of its own."""
    draw = np.random.default_rng(seed)
    score = draw.random(size)
    moved = score + draw.normal(0, 0.02, (refits, 1)) + draw.normal(0, 0.02, (refits, size))
    return Refits(score, moved)


def test_the_interval_covers_refits_and_rows() -> None:
    """Over 400 draws of refits and rows the 95 % interval holds the mean of many draws in at least 93 %."""
    truth = np.mean([number(churn.flips(planted(10_000 + k, 20, 5_000), rows(5_000), BELOW)).value for k in range(40)])
    spans = [number(churn.flips(planted(k), rows(800), BELOW)) for k in range(400)]
    held = sum(s.low is not None and s.high is not None and bool(s.low <= truth <= s.high) for s in spans)
    assert held >= 0.93 * 400


def test_the_spread_of_the_auc_is_that_of_the_refits() -> None:
    """Lowest and highest are the AUCs counted pair by pair; without outcomes there is none."""
    refits = Refits(np.array([0.1, 0.4, 0.6, 0.9]), np.array([[0.9, 0.4, 0.6, 0.1], [0.1, 0.2, 0.3, 0.4]]))
    auc = number(churn.flips(refits, rows(4, label=[0, 0, 1, 1]), BELOW)).detail["auc"]
    assert (auc["champion"], auc["lowest"], auc["highest"]) == (1.0, 0.25, 1.0)
    assert number(churn.flips(refits, rows(4), BELOW)).detail["auc"] is None


def test_ranks_are_spearmans() -> None:
    """Each correlation is scipy's, with ties; the mean is taken on Fisher's scale."""
    draw = np.random.default_rng(3)
    champion = draw.integers(0, 40, 300).astype(float)
    scores = np.stack([champion + draw.normal(0, 5, 300) for _ in range(4)])
    estimate = number(churn.rank(Refits(champion, scores)))
    theirs: Any = [sps.spearmanr(champion, s).statistic for s in scores]
    assert estimate.detail["by refit"] == pytest.approx(theirs)
    assert estimate.value == pytest.approx(np.tanh(np.arctanh(theirs).mean()))
    assert estimate.low is not None
    assert estimate.high is not None
    assert estimate.low < estimate.value < estimate.high


def test_the_same_order_is_certain_and_a_constant_has_none() -> None:
    """A rising function keeps the order; a constant score has none to keep."""
    champion = np.linspace(0, 1, 50)
    same = number(churn.rank(Refits(champion, np.stack([champion**2, champion**3]))))
    assert (same.value, same.low, same.high) == (1, 1, 1)
    assert isinstance(churn.rank(Refits(champion, np.zeros((2, 50)))), Undefined)
    assert isinstance(churn.rank(Refits(champion[:3], np.stack([champion[:3]] * 2))), Undefined)
