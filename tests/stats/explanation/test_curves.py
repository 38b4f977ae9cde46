"""Curves: exact for sums, covered where inputs interact, flat where nothing happens, honest about direction."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from make import no_number, number
from secondline.models.effects import Effect, effect
from secondline.models.inprocess import wrapped
from secondline.stats.explanation.curves import (
    Accumulated,
    accumulated,
    individual,
    moved,
    pointing,
    spread_of,
)


def made(function: Any, rows: int = 2_000, seed: int = 1, **more: Any) -> Effect:
    draw = np.random.default_rng(seed)
    columns = {name: draw.normal(size=rows) for name in ("a", "b")}
    return effect(wrapped(function, ("a", "b")), columns, "a", **more)


def curve(found: Effect) -> Accumulated:
    drawn = accumulated(found.edges, found.shares, found.place, found.steps, found.weight)
    assert drawn is not None
    return drawn


def test_of_a_sum_the_curve_is_the_function() -> None:
    """f(a) + g(b): the ALE of a is f up to a constant, without error, from few rows a bin."""
    drawn = curve(made(lambda c: 10 + np.sin(c["a"]) + c["b"] ** 2, per_bin=3))
    wanted = np.sin(drawn.edges)
    assert np.allclose(drawn.value - drawn.value[0], wanted - wanted[0], atol=1e-12)
    assert drawn.se.max() < 1e-12
    found = number(moved(drawn, "score"))
    assert found.value == pytest.approx(wanted.max() - wanted.min())
    assert found.low == pytest.approx(found.high)


def test_by_hand() -> None:
    """Two bins with shares 3/4 and 1/4: steps 1 and 2 give 0, 1, 3 less 3/4 x 0.5 + 1/4 x 2 = 0.875."""
    drawn = accumulated(
        np.array([0.0, 1.0, 2.0]), np.array([0.75, 0.25]), np.array([0, 0, 1, 1]), np.array([0.5, 1.5, 2.0, 2.0]),
        np.ones(4),
    )  # fmt: skip
    assert drawn is not None
    assert drawn.value == pytest.approx([-0.875, 0.125, 2.125])
    assert drawn.variance == pytest.approx([0.25, 0.0])


def test_the_curve_is_centred() -> None:
    """Its mean over the rows, straight between edges, is zero."""
    drawn = curve(made(lambda c: 10 + np.exp(c["a"]) + c["a"] * c["b"]))
    shares = np.full(len(drawn.mean), 1 / len(drawn.mean))
    assert shares @ (drawn.value[1:] + drawn.value[:-1]) / 2 == pytest.approx(0.0, abs=0.02)


@pytest.mark.slow
def test_intervals_of_an_interaction_cover() -> None:
    """a x b with b of mean zero has no main effect of a: 95 in 100 pointwise intervals hold zero."""
    held = []
    for seed in range(200):
        drawn = curve(made(lambda c: 10 + c["a"] * c["b"], rows=1_000, seed=seed, per_bin=40, repeated=1))
        held.append(np.abs(drawn.value) < 1.96 * drawn.se)
    assert 0.925 < np.mean(held) < 0.975


def test_rows_without_a_score_and_single_rows() -> None:
    """A step that is not finite is left out; a bin of one row borrows its variance; an empty bin has no curve."""
    edges, shares = np.array([0.0, 1.0, 2.0]), np.array([0.5, 0.5])
    place, steps = np.array([0, 0, 0, 1, 1]), np.array([1.0, 3.0, np.nan, 2.0, np.nan])
    drawn = accumulated(edges, shares, place, steps, np.ones(5))
    assert drawn is not None
    assert drawn.rows.tolist() == [2, 1]
    assert drawn.variance == pytest.approx([1.0, 2.0])
    assert accumulated(edges, shares, place[:2], steps[:2], np.ones(2)) is None
    assert accumulated(np.empty(0), np.empty(0), np.empty(0, dtype=np.int64), np.empty(0), np.empty(0)) is None


def test_partial_dependence_is_of_the_shape() -> None:
    """Rows of different level but one shape leave no doubt; missing values stand beside the curve."""
    level = np.array([[0.0], [5.0], [-2.0]])
    curves = level + np.array([0.0, 1.0, 4.0])
    points, missing = individual(
        [1.0, 2.0, 3.0], np.array([0.5, 0.25, 0.25]), curves, level[:, 0] - 1.0, np.ones(3), 0.95
    )
    assert [p["value"] for p in points] == pytest.approx([-1.25, -0.25, 2.75])
    assert [p["low"] for p in points] == pytest.approx([p["high"] for p in points])
    assert missing["value"] == pytest.approx(-2.25)
    assert individual([1.0], np.array([1.0]), np.full((3, 1), np.nan), np.empty(0), np.ones(3), 0.95) == ([], {})


def test_partial_dependence_by_hand_with_weights() -> None:
    """Two rows, weights 3 and 1, whose own centred curves are (-1, 1) and (1, -1): mean -0.5 and 0.5."""
    points, missing = individual(
        ["x", "y"], np.array([0.5, 0.5]), np.array([[0.0, 2.0], [2.0, 0.0]]), np.empty(0), np.array([3.0, 1.0]), 0.95
    )
    assert [p["value"] for p in points] == pytest.approx([-0.5, 0.5])
    assert missing == {}
    # sum w^2 (own - mean)^2 / (sum w)^2 x n / (n - 1) = (9 x 0.25 + 2.25) / 16 x 2
    assert points[0]["high"] - points[0]["value"] == pytest.approx(1.959964 * np.sqrt(4.5 / 16 * 2))


def test_texts_are_compared_on_the_same_rows() -> None:
    """The highest less the lowest level, paired; one level has nothing to compare."""
    curves = np.array([[0.0, 1.0], [3.0, 4.0], [5.0, 6.5]])
    points, _ = individual(["x", "y"], np.array([0.5, 0.5]), curves, np.empty(0), np.ones(3), 0.95)
    found = number(spread_of(points, curves, np.ones(3), "score"))
    assert found.value == pytest.approx((1 + 1 + 1.5) / 3)
    assert "two values" in no_number(spread_of(points[:1], curves, np.ones(3), "score")).because


def test_direction_with_and_against_the_claim() -> None:
    """A rising curve is positive for a claim to rise and negative for one to fall; a flat one is exactly zero."""
    rising = curve(made(lambda c: 10 + c["a"]))
    up, down = number(pointing(rising, 1, "score")), number(pointing(rising, -1, "score"))
    assert up.value > 0
    assert up.value == pytest.approx(-down.value)
    assert len(down.detail["against the claim"]) == 20
    flat = number(pointing(curve(made(lambda c: 10 + c["b"])), 1, "score"))
    assert (flat.value, flat.low, flat.high) == (0.0, 0.0, 0.0)
    assert flat.detail["against the claim"] == []


def test_a_bend_at_the_end_is_flagged_though_the_trend_holds() -> None:
    """The last twentieth of the rows falls: the slope stays positive, and the end is named."""
    found = number(pointing(curve(made(lambda c: 10 + c["a"] - 4 * np.maximum(c["a"] - 1.9, 0))), 1, "score"))
    assert found.value > 0
    assert [s["where"] for s in found.detail["against the claim"]] == ["high end"]
    assert "at an end of the range" in found.warnings[0]
    assert found.detail["adverse"] > 0


@pytest.mark.slow
def test_noise_is_rarely_called_adverse() -> None:
    """Where only an interaction moves the score, a stretch is called adverse in at most about 5 in 100 draws."""
    flagged = sum(
        bool(
            number(
                pointing(
                    curve(made(lambda c: 10 + c["a"] * c["b"], rows=2_000, seed=seed, per_bin=80, repeated=1)),
                    1,
                    "score",
                )
            ).detail["against the claim"]
        )
        for seed in range(200)
    )
    assert flagged <= 20
