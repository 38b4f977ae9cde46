"""Statistics of reasons by hand, on planted violations and on nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import beta

from secondline.core.estimate import Estimate, Undefined
from secondline.stats.explanation import counted, reasons

NAN = np.nan


def places(*rows: Any) -> Any:
    return np.array(rows, dtype=np.int64)


def known(found: Any) -> Estimate:
    assert isinstance(found, Estimate)
    return found


def test_coverage_by_hand() -> None:
    """Of four rows one has no reason and one a reason without words."""
    named = places([0, 1], [0, -1], [-1, -1], [0, 2])
    found = known(reasons.coverage(named, np.array([True, True, False]), 2))
    assert found.value == 0.5
    assert found.detail["rows without a reason"] == 1
    assert found.detail["rows with a reason without words"] == 1
    assert found.high == pytest.approx(beta.ppf(0.975, 3, 2))


def test_mix_and_given_by_hand() -> None:
    """Two of three rows begin with the first code; how often each is given, first and at all."""
    named = places([0, 1], [0, -1], [1, 0])
    assert known(reasons.mix(named)).value == pytest.approx(2 / 3)
    weights = np.array([[2.0, 1.0], [4.0, NAN], [3.0, 3.0]])
    first, second = reasons.given(named, weights, ("A", "B"), {"A": "a", "B": "b"})
    assert (first["code"], first["first"], first["any"], first["mean"]) == ("A", pytest.approx(2 / 3), 1.0, 3.0)
    assert (second["code"], second["any"], second["mean"]) == ("B", pytest.approx(2 / 3), 2.0)


def test_any_difference_is_a_difference() -> None:
    """Another code, another order and a missing code each count once."""
    found = known(reasons.determinism(places([0, 1], [0, 1], [0, 1], [0, 1]), places([0, 1], [1, 0], [0, -1], [0, 2])))
    assert found.value == 0.75
    assert found.detail["first reason differs"] == 1


def test_direction_by_hand() -> None:
    """A reason that does not move the score, one that worsens it, and one most of the reference is worse on."""
    alone = np.array([[0.5, 0.2], [0.0, 0.3], [0.4, -0.1], [0.4, NAN], [NAN, NAN]])
    sense = np.array([[NAN, 0.5], [NAN, NAN], [NAN, NAN], [-0.3, NAN], [NAN, NAN]])
    at = places([0, 1], [0, 1], [0, 1], [0, -1], [-1, -1])
    found = known(reasons.direction(alone, sense, at, ("A", "B")))
    assert (found.value, found.n) == (0.75, 4)
    assert found.detail["reasons"] == {"A": 2, "B": 1}
    assert found.detail["do not improve the score"] == 2


def test_effect_is_held_against_chance() -> None:
    """Named drivers lower three of four margins; the paired difference to random ones has its interval."""
    before, together = np.full(4, 2.0), np.array([1.0, 1.0, 1.0, 2.0])
    found = known(reasons.effect(before, together, np.full(4, 1.5)))
    assert found.value == 0.75
    gap = found.detail["more than at random"]
    assert gap["value"] == pytest.approx(0.25)
    assert gap["low"] == pytest.approx(0.25 - 1.959964 * 0.25)


def test_a_margin_on_the_cut_follows_the_rule() -> None:
    """Below a score is strict; at and above one is not."""
    together, random = np.array([0.0, -1.0, 1.0, 0.0]), np.ones(4)
    assert known(reasons.suffices(together, random, 0.0)).value == 0.25
    assert known(reasons.suffices(together, random, 0.0, ties=True)).value == 0.75


def test_stability_by_hand() -> None:
    """Three shared codes of five is 0.6; two rows without codes are alike; a swapped order is the same set."""
    named = places([0, 1, 2, 3], [-1, -1, -1, -1], [0, 1, -1, -1])
    noisy = places([0, 1, 2, 4], [-1, -1, -1, -1], [1, 0, -1, -1])[np.newaxis]
    found = known(reasons.stability(named, noisy, ("x",), "ABCDE"))
    assert found.value == pytest.approx((3 / 5 + 1 + 1) / 3)
    assert found.detail["keep the first reason"] == pytest.approx(2 / 3)
    assert found.detail["lost"] == {"D": 1}


def test_actionability_reads_its_error_between_rows() -> None:
    """Rows with all or none of their reasons immutable say as little as that many rows, not reasons."""
    named = places(*([[0, 1, 2, 3]] * 10), *([[4, 5, 6, 7]] * 10))
    fixed = np.array([True] * 4 + [False] * 4)
    found = known(reasons.actionability(named, fixed, tuple("ABCDEFGH")))
    assert (found.value, found.detail["of"]) == (0.5, 80)
    assert found.detail["rows with nothing to act on"] == 0.5
    assert (found.low or 0.0) == pytest.approx(0.5 - 1.959964 * np.sqrt(0.25 / 19))


def test_missing_values_need_their_own_words() -> None:
    """Of two rows with a reason on a missing value one is told the ordinary code."""
    named, blank = places([0, 2], [0, 1], [1, -1]), np.array([[False, True], [True, False], [False, False]])
    found = known(reasons.missing(blank, named, 2, np.array([0.6, 0.0, 0.7])))
    assert (found.value, found.n, found.detail["thin files"]) == (0.5, 2, 2)
    assert isinstance(reasons.missing(np.zeros((3, 2), bool), named, 2, np.zeros(3)), Undefined)


def test_agreement_has_an_exact_bound() -> None:
    """No difference in 100 rows leaves at most 1 - 0.025^(1/100)."""
    found = known(reasons.agreement(np.zeros(100, dtype=np.int64)))
    assert found.value == 0
    assert found.high == pytest.approx(1 - 0.025 ** (1 / 100))
    assert isinstance(reasons.agreement(np.full(5, -1)), Undefined)


def test_proxies_are_named_with_why() -> None:
    """Rows with a withheld driver among the strongest are counted once."""
    found = known(
        reasons.proxies(np.array([[True, True], [False, False]]), ("zip", "age"), {"zip": "proxy", "age": "x"})
    )
    assert found.value == 0.5
    assert found.detail["drivers"] == {"age (x)": 1, "zip (proxy)": 1}


def test_examples_are_the_nearest_the_middle_and_the_furthest() -> None:
    """Three decisions, told without a value of a person; a row without reasons is none."""
    named, weights = places([0], [1], [0], [-1]), np.array([[1.0], [2.0], [3.0], [NAN]])
    found = reasons.examples(named, weights, np.array([5.0, 1.0, 3.0, 9.0]), 0.5, "AB", {"A": "a", "B": "b"})
    assert [line["beyond"] for line in found] == [0.5, 2.5, 4.5]
    assert found[0]["reasons"] == [{"code": "B", "says": "b", "weight": 2.0}]
    assert reasons.examples(named[3:], weights[3:], np.ones(1), 0.0, "AB", {}) == []


@pytest.mark.parametrize(
    "empty",
    [
        lambda: reasons.coverage(np.empty((0, 4), dtype=np.int64), np.array([True]), 4),
        lambda: reasons.mix(np.empty((0, 4), dtype=np.int64)),
        lambda: reasons.determinism(np.empty((0, 4), dtype=np.int64), np.empty((0, 4), dtype=np.int64)),
        lambda: reasons.direction(np.empty((0, 4)), np.empty((0, 4)), np.empty((0, 4), dtype=np.int64), ()),
        lambda: reasons.effect(np.empty(0), np.empty(0), np.empty(0)),
        lambda: reasons.effect(np.full(3, NAN), np.ones(3), np.ones(3)),
        lambda: reasons.suffices(np.empty(0), np.empty(0), 0.0),
        lambda: reasons.stability(places([0]), places([0])[np.newaxis], (), "A"),
        lambda: reasons.stability(places([0]), places([0])[np.newaxis], ("x",), "A"),
        lambda: reasons.actionability(places([-1, -1]), np.array([True]), "A"),
        lambda: reasons.proxies(np.zeros((0, 1), bool), ("zip",), {"zip": "proxy"}),
    ],
)
def test_nothing_is_never_a_number(empty: Any) -> None:
    """Without rows, or without what is asked about, there is a reason and no number."""
    found = empty()
    assert isinstance(found, Undefined)
    assert found.because


@pytest.mark.parametrize(("within", "least"), [(0.0, 0.91), (0.9, 0.91)])
def test_intervals_of_shares_within_rows_cover(within: float, least: float) -> None:
    """The ratio's interval covers its truth about as often as it says, also when reasons of a row go together."""
    draw, hits = np.random.default_rng(5), 0
    for _ in range(400):
        size = draw.integers(1, 5, 150)
        together = draw.random(150) < 0.3
        apart = draw.binomial(size, 0.3)
        count = np.where(draw.random(150) < within, size * together, apart)
        found = known(counted.ratio(count, size))
        hits += (found.low or 0) <= 0.3 <= (found.high or 0)
    assert hits / 400 >= least


def test_intervals_of_mean_shares_cover() -> None:
    """The mean of shares covers its truth in at least 92 of 100 samples of 100 rows."""
    draw = np.random.default_rng(6)
    found = [known(counted.mean_of_shares(draw.beta(4, 1, 100))) for _ in range(400)]
    assert np.mean([(f.low or 0) <= 0.8 <= (f.high or 0) for f in found]) >= 0.92
