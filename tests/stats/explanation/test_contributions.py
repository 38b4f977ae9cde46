"""Contributions summed up: by hand, with known truth, with intervals that cover, and every edge."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import spearmanr

from make import no_number, number
from secondline.stats.explanation.contributions import (
    Explained,
    adding_up,
    correlation,
    groups_of,
    strength,
    surrogate,
)


def explained(values: Any, base: float = 0.0, **more: Any) -> Explained:
    phi = np.asarray(values, dtype=float)
    fields: dict[str, Any] = {
        "features": tuple("abcdefgh"[: phi.shape[1]]), "values": phi, "base": base, "scores": base + phi.sum(axis=1),
        "weight": np.ones(len(phi)), "error": None, "scale": "log-odds", "method": "by hand", "background": 0,
    }  # fmt: skip
    return Explained(**(fields | more))


def test_strength_by_hand() -> None:
    """Mean absolute contributions 2 and 1: a share of two thirds, first in rank; weights count."""
    made = explained([[1.0, -1.0], [-3.0, 1.0]])
    found = number(strength(made, "a", np.array([0.0, 1.0])))
    assert found.value == pytest.approx(2.0)
    assert found.detail["share"] == pytest.approx(2 / 3)
    assert (found.detail["rank"], found.detail["direction"]) == (1, "falls")
    assert (found.low, found.high) == pytest.approx((2 - 1.959964, 2 + 1.959964))
    heavy = number(strength(explained(made.values, weight=np.array([3.0, 1.0])), "a", np.array([0.0, 1.0])))
    assert heavy.value == pytest.approx(1.5)


def test_direction_is_a_rank_correlation() -> None:
    """Monotone, mixed and constant inputs, as scipy ranks them; a text has none."""
    x = np.random.default_rng(1).normal(size=300)
    for phi, way in ((x**3, "rises"), (-np.exp(x), "falls"), (x**2, "mixed"), (0 * x, "none")):
        found = number(strength(explained(np.column_stack([phi, x])), "a", x))
        assert found.detail["direction"] == way
        if way != "none":
            assert found.detail["rank correlation"] == pytest.approx(spearmanr(phi, x).statistic)
    text = np.array(["u", "v", None] * 100, dtype=object)
    found = number(strength(explained(np.column_stack([x, x])), "a", text))
    assert "direction" not in found.detail
    assert [line["value"] for line in found.detail["by value"]] == ["missing", "u", "v"]
    assert sum(line["rows"] for line in found.detail["by value"]) == pytest.approx(1.0)


def test_the_interval_covers() -> None:
    """Of a half-normal with mean sqrt(2 / pi), about 95 in 100 intervals hold the mean."""
    draw = np.random.default_rng(2)
    truth, held = np.sqrt(2 / np.pi), 0
    for _ in range(300):
        phi = draw.normal(size=(200, 1))
        found = number(strength(explained(phi), "a", phi[:, 0]))
        assert found.low is not None
        assert found.high is not None
        held += found.low <= truth <= found.high
    assert 272 <= held <= 297


def test_the_picture_counts_every_row_once() -> None:
    """Cells hold all rows; a number has mean ranks between 0 and 1, and a missing value none."""
    x = np.append(np.arange(99.0), np.nan)
    found = number(strength(explained(np.column_stack([np.linspace(-1, 1, 100), np.ones(100)])), "a", x))
    cells = found.detail["swarm"]
    assert sum(cell["share"] for cell in cells) == pytest.approx(1.0)
    ranks = [cell["rank"] for cell in cells]
    assert ranks == sorted(ranks)
    assert (min(ranks) >= 0, max(ranks) <= 1) == (True, True)


def test_strength_without_ground() -> None:
    """An input the model does not read, and rows without contributions."""
    made = explained([[np.nan, 1.0], [1.0, 1.0]])
    assert "does not read 'z'" in no_number(strength(made, "z", np.zeros(2))).because
    assert "no row has both" in no_number(strength(made, "a", np.zeros(2))).because


def test_sampling_states_its_floor() -> None:
    """What the error of sampling alone would look like."""
    made = explained([[1.0, 0.0], [2.0, 0.0]], error=np.array([[0.1, 0.2], [0.3, 0.2]]))
    found = number(strength(made, "a", np.array([1.0, 2.0])))
    assert found.detail["floor"] == pytest.approx(0.2 * np.sqrt(2 / np.pi))


def test_adding_up() -> None:
    """The largest gap to the model's own score counts; sampled contributions say their error."""
    made = explained([[1.0, 2.0], [0.5, 0.5]], base=-1.0)
    assert number(adding_up(made, np.array([2.0, 0.0]))).value == 0.0
    found = number(adding_up(made, np.array([2.0, 0.3])))
    assert found.value == pytest.approx(0.3)
    assert found.detail["largest on its own scores"] == 0.0
    assert found.low is None
    sampled = explained(made.values, base=-1.0, error=np.full((2, 2), 0.1))
    again = number(adding_up(sampled, np.array([2.0, 0.0])))
    assert again.detail["error over size"] == pytest.approx(0.1)
    assert "sampled" in again.warnings[0]
    assert "no row" in no_number(adding_up(made, np.full(2, np.nan))).because


def test_surrogate_of_a_sum_and_of_a_product() -> None:
    """Curves of single inputs reproduce a sum, and nothing of a product of centred inputs."""
    draw = np.random.default_rng(4)
    x = draw.normal(size=(4_000, 2))
    total = explained(np.column_stack([2 * x[:, 0], np.abs(x[:, 1]) - 0.8]))
    found = number(surrogate(total, [x[:, 0], x[:, 1]]))
    assert found.value > 0.97
    half = (x[:, 0] * x[:, 1])[:, np.newaxis] / 2
    product = number(surrogate(explained(np.column_stack([half, half])), [x[:, 0], x[:, 1]]))
    assert product.value < 0.05
    assert "fewer than 100 rows" in no_number(surrogate(explained(x[:60]), [x[:60, 0], x[:60, 1]])).because
    flat = explained(np.zeros((200, 2)))
    assert "vary" in no_number(surrogate(flat, [x[:200, 0], x[:200, 1]])).because


def test_groups_hold_every_row() -> None:
    """Numbers by tenths, texts by name with the rest as others, missing values apart."""
    names, groups = groups_of(np.append(np.arange(100.0), [np.nan, np.nan]), 10, 8)
    assert len(names) == 11
    assert names[-1] == "missing"
    assert np.bincount(groups).tolist() == [*[10] * 10, 2]
    names, groups = groups_of(np.array([*"aaabbcd", None], dtype=object), 10, 2)
    assert set(names) == {"a", "b", "others"}
    assert len(groups) == 8
    names, groups = groups_of(np.full(3, np.nan), 10, 8)
    assert (names, groups.tolist()) == (["missing"], [0, 0, 0])


def test_correlation_agrees_with_scipy_and_has_none_of_a_constant() -> None:
    """Mid-ranks for ties."""
    a, b = np.array([1.0, 2, 2, 5, 3]), np.array([2.0, 1, 1, 4, 4])
    assert correlation(a, b) == pytest.approx(spearmanr(a, b).statistic)
    assert correlation(a, np.ones(5)) is None
    assert correlation(a[:1], b[:1]) is None
