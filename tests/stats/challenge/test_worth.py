"""Money by hand and by a plain bootstrap; complexity against the best of several readable models."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import norm

from make import no_number, number, sample
from secondline.core.declared.money import Money
from secondline.core.spec import Decision
from secondline.stats.challenge.swaps import least_risky
from secondline.stats.challenge.worth import complexity_gain, money_lead
from secondline.stats.discrimination.paired import difference

BELOW = Decision.model_validate({"approve-below": 0.5})
TERMS = Money.model_validate({"loss-given-default": 0.5, "margin": 0.1})


def test_money_by_hand() -> None:
    """The champion alone approves a bad 100 and a good 40, the challenger a good 60 and 10; all scaled by 3."""
    champion = np.array([0.1, 0.4, 0.45, 0.6, 0.7, 0.9])
    challenger = np.array([0.1, 0.8, 0.7, 0.2, 0.3, 0.9])
    label, exposure = np.array([0, 1, 0, 0, 0, 1.0]), np.array([500.0, 100, 40, 60, 10, 80])
    table = sample(champion, total=18, at_label=label, at_exposure=exposure)
    found = number(money_lead(table, challenger, BELOW, TERMS))
    assert found.value == pytest.approx(3 * ((-50 + 4) - (6 + 1)))
    assert found.detail["loss avoided"] == pytest.approx(3 * -50)
    assert found.detail["margin earned"] == pytest.approx(3 * (4 - 7))
    assert found.detail["exposure approved"] == pytest.approx(3 * 640)
    assert found.warnings == ("from 6 of 18 rows",)


def drawn(n: int = 1_500) -> tuple[Any, Any]:
    draw = np.random.default_rng(3)
    odds = draw.normal(-1, 1.2, n)
    label = (draw.random(n) < 1 / (1 + np.exp(-odds))).astype(float)
    champion, challenger = (1 / (1 + np.exp(-(odds + blur * draw.normal(size=n)))) for blur in (0.5, 1.5))
    return sample(champion, at_label=label, at_exposure=draw.lognormal(5, 0.7, n)), challenger


@pytest.mark.parametrize("rate", [None, 0.6])
def test_the_interval_is_a_plain_bootstraps(rate: float | None) -> None:
    """Resampling the rows themselves and cutting anew gives the same spread; the answer repeats to the bit."""
    table, score = drawn()
    found = number(money_lead(table, score, BELOW, TERMS, rate=rate))
    assert found.value == number(money_lead(table, score, BELOW, TERMS, rate=rate)).value
    columns, n = table.columns, table.size
    worth = columns["@exposure"] * np.where(columns["@label"] == 1, -0.5, 0.1)
    draw, sums = np.random.default_rng(9), []
    for _ in range(600):
        rows = draw.integers(0, n, n)
        own, other, w = columns["@score"][rows], score[rows], np.ones(n)
        ours = own < 0.5 if rate is None else least_risky(own, w, rate * n)
        sums.append(worth[rows][ours].sum() - worth[rows][least_risky(other, w, float(ours.sum()))].sum())
    assert found.detail["se"] == pytest.approx(np.std(sums), rel=0.12)
    assert found.value == pytest.approx(
        np.mean(sums), abs=4 * found.detail["se"] / np.sqrt(600) + 0.1 * found.detail["se"]
    )


def test_rows_without_an_outcome_or_exposure_count_for_nothing() -> None:
    """They are named in a warning when they were swapped; with none known there is no sum."""
    table, score = drawn(300)
    exposure = np.full(300, np.nan)
    columns = table.columns
    assert "no row" in no_number(
        money_lead(sample(columns["@score"], at_label=columns["@label"], at_exposure=exposure), score, BELOW, TERMS)
    ).because  # fmt: skip
    exposure[:150] = 10.0
    half = sample(columns["@score"], at_label=columns["@label"], at_exposure=exposure)
    assert "no exposure" in number(money_lead(half, score, BELOW, TERMS)).warnings[0]
    assert "decision" in no_number(money_lead(table, score, None, TERMS)).because


def test_the_best_readable_model_is_the_benchmark() -> None:
    """The least lead counts, with intervals that hold for both; a model that cannot be read is only listed."""
    table, blunt = drawn()
    label = table.columns["@label"]
    draw = np.random.default_rng(4)
    near = table.columns["@score"] + 0.05 * draw.normal(size=table.size)
    scores = {"card": blunt, "curves": near, "trees": table.columns["@score"] ** 2}
    found = number(complexity_gain(table, scores, {"card": True, "curves": True, "trees": False}))
    assert found.detail["best"] == "curves"
    z = norm.ppf(1 - 0.05 / 4)
    ends = []
    for score in (blunt, near):
        _, _, gap, se = difference(table.columns["@score"], score, label == 1, np.ones(len(label)))
        ends.append((gap, gap - z * se, gap + z * se))
    assert (found.value, found.low, found.high) == pytest.approx(tuple(map(min, zip(*ends, strict=True))))
    assert [model["simple"] for model in found.detail["models"]] == [True, True, False]
    assert "simple" in no_number(complexity_gain(table, {"trees": near}, {"trees": False})).because


@pytest.mark.slow
def test_the_best_of_four_equal_benchmarks_does_not_win_by_luck() -> None:
    """Of four readable models as good as the champion, the interval misses the lead of 0 in at most 5 %."""
    draw = np.random.default_rng(2)
    missed, times = 0, 300
    for _ in range(times):
        label = (draw.random(500) < 0.3).astype(float)
        table = sample(label + draw.normal(size=500), at_label=label)
        scores = {str(i): label + draw.normal(size=500) for i in range(4)}
        found = number(complexity_gain(table, scores, dict.fromkeys(scores, True)))
        assert found.low is not None
        assert found.high is not None
        missed += not found.low <= 0 <= found.high
    assert missed <= 27  # 15 at most are expected, 27 has probability 0.002


def test_one_class_decides_nothing() -> None:
    """Without events there is a reason and no number."""
    table = sample(np.arange(20.0), at_label=np.zeros(20), at_exposure=np.ones(20))
    assert no_number(complexity_gain(table, {"a": np.arange(20.0)}, {"a": True})).needed == "rows of both classes"
