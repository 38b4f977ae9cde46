"""Attributes of a scorecard: weights by hand, directions held, neighbours merged, missing values apart."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2_contingency
from sklearn.isotonic import IsotonicRegression

from secondline.models.challengers.binning import ALIKE, _chi_squares, _pooled, cut


def test_weights_of_evidence_by_hand() -> None:
    """Two attributes of 100 rows with 10 and 40 events: ln of (10.5/90.5) and (40.5/60.5) over (50.5/150.5)."""
    values = np.repeat([0.0, 1.0], 100)
    label = np.concatenate([np.arange(100) < 10, np.arange(100) < 40]).astype(float)
    card = cut("x", values, label, np.ones(200))
    base = math.log(50.5 / 150.5)  # of all rows
    assert card.cuts == (1.0,)
    assert list(card.woe) == pytest.approx([math.log(10.5 / 90.5) - base, math.log(40.5 / 60.5) - base])
    information = (10 / 50 - 90 / 150) * card.woe[0] + (40 / 50 - 60 / 150) * card.woe[1]
    assert card.information == pytest.approx(information)
    assert card.labels == ["below 1", "from 1"]
    assert card.weights(np.array([-5.0, 0.999, 1.0, 99.0, np.nan])).tolist() == [
        *card.woe[:1] * 2,
        *card.woe[1:] * 2,
        0.0,
    ]


def test_the_chi_square_of_neighbours_is_pearsons() -> None:
    """Each pair's statistic equals scipy's, without continuity correction; one class only counts as alike."""
    events, rest = np.array([10.0, 20.0, 5.0, 0.0, 0.0]), np.array([90.0, 60.0, 95.0, 50.0, 20.0])
    found = _chi_squares(events, rest)
    for i in range(3):
        table = np.array([[events[i], rest[i]], [events[i + 1], rest[i + 1]]])
        assert found[i] == pytest.approx(chi2_contingency(table, correction=False).statistic)
    assert found[3] == 0


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 60)), min_size=2, max_size=15))
def test_pooling_is_isotonic_regression(bins: list[tuple[int, int]]) -> None:
    """The pooled event rates are those of scikit-learn's isotonic regression, weighted by rows."""
    events, rest = (np.array(side, dtype=float) for side in zip(*bins, strict=True))
    groups = _pooled([[i] for i in range(len(bins))], events, rest, 1)
    pooled = np.empty(len(bins))
    for group in groups:
        pooled[group] = events[group].sum() / (events[group].sum() + rest[group].sum())
    peer = IsotonicRegression().fit_transform(
        np.arange(len(bins)), events / (events + rest), sample_weight=events + rest
    )
    np.testing.assert_allclose(pooled, peer, atol=1e-12)


def test_neighbours_that_remain_differ() -> None:
    """What is left has no two neighbours alike at 5 %, no attribute too small, and no more than asked."""
    draw = np.random.default_rng(2)
    x = draw.normal(size=5_000)
    label = (draw.random(5_000) < 1 / (1 + np.exp(-x))).astype(float)
    card = cut("x", x, label, np.ones(5_000), most=5, least=0.05)
    place = np.searchsorted(card.cuts, x, side="right")
    attribute = np.array(card.place)[place]
    rows = np.bincount(attribute)
    events = np.bincount(attribute, weights=label)
    assert 2 <= len(card.woe) <= 5
    assert rows.min() >= 250
    assert _chi_squares(events.astype(float), (rows - events).astype(float)).min() >= ALIKE
    assert (np.diff(card.woe) > 0).all()


def test_missing_values_have_an_attribute_where_they_are_many() -> None:
    """A tenth of missing values that default more weigh for themselves; three rows of them weigh nothing."""
    draw = np.random.default_rng(5)
    x = draw.normal(size=2_000)
    label = (draw.random(2_000) < 0.2).astype(float)
    x[:200], label[:200] = np.nan, (np.arange(200) < 120)
    many = cut("x", x, label, np.ones(2_000))
    assert many.labels[-1] == "(missing)"
    assert many.weights(np.array([np.nan]))[0] > 1
    few = cut("x", np.where(np.arange(2_000) < 197, 0.0, x), label, np.ones(2_000))
    assert few.weights(np.array([np.nan]))[0] == 0


def test_texts_are_merged_by_their_event_rate() -> None:
    """Two texts of one rate share an attribute; one never seen weighs what rare ones weigh, or nothing."""
    values = np.repeat(np.array(["p", "q", "r"], dtype=object), 400)
    label = np.concatenate([np.arange(400) < 40, np.arange(400) < 200, np.arange(400) < 42]).astype(float)
    card = cut("x", values, label, np.ones(1_200))
    assert card.labels == ["p, r", "q"]
    assert card.weights(np.array(["never", None, "q"], dtype=object)).tolist() == [0.0, 0.0, card.woe[1]]


def test_a_column_without_a_number_tells_nothing() -> None:
    """Nothing but missing values is one attribute with nothing to tell."""
    card = cut("x", np.full(100, np.nan), (np.arange(100) < 30).astype(float), np.ones(100))
    assert len(card.woe) == 1
    assert card.information == pytest.approx(0.0, abs=1e-12)
