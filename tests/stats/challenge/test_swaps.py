"""Swap sets worked out by hand, at one approval rate whatever the ties and the weights."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from make import no_number, number, sample
from secondline.core.estimate import Undefined
from secondline.core.spec import Decision
from secondline.stats.challenge.swaps import Decided, approvals, least_risky, swap_sets
from secondline.stats.intervals import newcombe, wilson

BELOW = Decision.model_validate({"approve-below": 0.5})
AT_LEAST = Decision.model_validate({"approve-at-least": 600})
# Ten rows: the champion approves the first five, the challenger those numbered 0, 1, 2, 5 and 6.
CHAMPION = np.array([0.1, 0.2, 0.3, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9])
CHALLENGER = np.array([0.1, 0.2, 0.3, 0.8, 0.7, 0.35, 0.4, 0.6, 0.9, 0.95])
LABEL = np.array([0, 0, 1, 1, 0, 0, 0, 1, 1, 1.0])


def test_by_hand() -> None:
    """Rows 3 and 4 (one bad) against rows 5 and 6 (none bad): the challenger chooses better by a half."""
    found = number(swap_sets(sample(CHAMPION, at_label=LABEL), CHALLENGER, BELOW))
    sets = found.detail["sets"]
    assert found.detail["approval rate"] == 0.5
    assert {name: (s["rows"], s["events"]) for name, s in sets.items()} == {
        "champion only": (2, 1), "challenger only": (2, 0), "both": (3, 1), "neither": (3, 3),
    }  # fmt: skip
    assert found.value == -0.5
    assert (found.low, found.high) == pytest.approx(newcombe(0, 2, 1, 2))
    assert (sets["champion only"]["low"], sets["champion only"]["high"]) == pytest.approx(wilson(1, 2))
    assert (found.n, found.events) == (4, 1)


def test_points_are_approved_from_a_floor() -> None:
    """A score that falls with risk is turned round: points of 600 and more are approved, the edge included."""
    points = 1_000 - 800 * CHAMPION
    found = number(swap_sets(sample(-points, at_label=LABEL), CHALLENGER, AT_LEAST, lower_is_riskier=True))
    assert found.detail["approval rate"] == 0.6  # 0.5 is worth 600 points
    sets = found.detail["sets"]
    assert {name: s["rows"] for name, s in sets.items()} == {
        "champion only": 2, "challenger only": 2, "both": 4, "neither": 2,
    }  # fmt: skip


def test_a_stated_rate_replaces_the_rule() -> None:
    """Both models approve their best 30 %: the three lowest scores of each are the same."""
    nothing = no_number(swap_sets(sample(CHAMPION, at_label=LABEL), CHALLENGER, None, rate=0.3))
    assert nothing.because == "both models approve the same rows"
    assert "rate" in no_number(swap_sets(sample(CHAMPION, at_label=LABEL), CHALLENGER, None)).because


def test_unknown_outcomes_are_counted_and_not_judged() -> None:
    """The set keeps its size, the rate speaks of the rest, and the warning says how many are unknown."""
    label = LABEL.copy()
    label[3] = np.nan
    found = number(swap_sets(sample(CHAMPION, at_label=label), CHALLENGER, BELOW))
    held = found.detail["sets"]["champion only"]
    assert (held["rows"], held["labelled"], held["rate"]) == (2, 1, 0)
    assert found.warnings == ("1 rows of the swap sets have no outcome",)
    label[4] = np.nan
    assert no_number(swap_sets(sample(CHAMPION, at_label=label), CHALLENGER, BELOW)).needed == "outcomes of both sets"


def test_rules_that_approve_all_or_none_swap_nobody() -> None:
    """There is then no rate at which the two could differ."""
    for cut, said in ((2.0, "everybody"), (0.0, "nobody")):
        rule = Decision.model_validate({"approve-below": cut})
        assert said in no_number(swap_sets(sample(CHAMPION, at_label=LABEL), CHALLENGER, rule)).because


@settings(max_examples=100)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(1, 3)), min_size=1, max_size=40), st.floats(0, 1))
def test_the_weight_approved_is_as_near_as_rows_allow(rows: list[tuple[int, int]], rate: float) -> None:
    """Approved weight is within half a row's of the target, ties or not, and nobody riskier goes before a safer row."""
    score, weight = (np.array(side, dtype=float) for side in zip(*rows, strict=True))
    target = rate * weight.sum()
    taken = least_risky(score, weight, target)
    assert abs(weight[taken].sum() - target) <= weight.max() / 2 + 1e-9
    if taken.any() and not taken.all():
        assert score[taken].max() <= score[~taken].min()


def test_both_models_approve_the_same_share() -> None:
    """On many rows with ties and weights the two shares of weight agree to a row's weight."""
    draw = np.random.default_rng(1)
    table = sample(draw.random(2_000), at_label=draw.random(2_000) < 0.2, at_weight=draw.choice([1.0, 2.5], 2_000))
    found = approvals(table, draw.random(2_000).round(1), BELOW, lower_is_riskier=False)
    assert isinstance(found, Decided)
    gap = abs(found.weight[found.champion].sum() - found.weight[found.challenger].sum())
    assert gap <= 2.5 / 2


def test_rows_without_a_score_are_not_decided() -> None:
    """A row that one model cannot score is in no set; without any row nobody is approved."""
    score = CHALLENGER.copy()
    score[0] = np.nan
    found = approvals(sample(CHAMPION, at_label=LABEL), score, BELOW, lower_is_riskier=False)
    assert isinstance(found, Decided)
    assert len(found.champion) == 9
    none = approvals(sample(CHAMPION, at_label=LABEL), np.full(10, np.nan), BELOW, lower_is_riskier=False)
    assert isinstance(none, Undefined)


@pytest.mark.slow
def test_a_planted_gap_is_found_and_equal_choices_are_not_told_apart() -> None:
    """With a blunter challenger the interval lies above 0 nearly always; of two equal ones it holds 0 as it should."""
    draw = np.random.default_rng(6)
    found, missed, times = 0, 0, 200
    for _ in range(times):
        odds = draw.normal(-1, 1.2, 3_000)
        label = (draw.random(3_000) < 1 / (1 + np.exp(-odds))).astype(float)
        table = sample(odds + 0.6 * draw.normal(size=3_000), at_label=label)
        blunt, equal = odds + 2.5 * draw.normal(size=3_000), odds + 0.6 * draw.normal(size=3_000)
        low = number(swap_sets(table, blunt, None, rate=0.6)).low
        assert low is not None
        found += low > 0
        even = number(swap_sets(table, equal, None, rate=0.6))
        assert even.low is not None
        assert even.high is not None
        missed += not even.low <= 0 <= even.high
    assert found > 0.95 * times
    assert missed <= 20  # 10 expected, 20 with probability 0.002
