"""Friedman's H of functions whose H is known, its interval, and noise that must not rank."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from make import no_number, number
from secondline.models.inprocess import wrapped
from secondline.models.pairs import pairs
from secondline.stats.explanation.interactions import friedman, strongest


def moved(function: Any, inputs: tuple[str, ...] = ("a", "b"), seed: int = 1, rows: int = 80) -> Any:
    draw = np.random.default_rng(seed)
    columns = {name: draw.normal(size=2 * rows) for name in "abc"}
    return pairs(wrapped(function, ("a", "b", "c")), columns, inputs, rows=rows)


def h(function: Any, **more: Any) -> Any:
    found = moved(function, **more)
    return friedman(found.single[0], found.single[1], found.double[0])


def test_a_product_is_all_interaction() -> None:
    """Of a x b with means of zero, nothing is left to the parts: H = 1."""
    found = h(lambda c: 10 + c["a"] * c["b"], rows=400)
    assert found.h == pytest.approx(1.0, abs=0.1)
    assert found.low > 0.7
    assert found.size == pytest.approx(1.0, abs=0.2)


def test_a_sum_has_none() -> None:
    """Exactly none, whatever the parts and the other inputs do."""
    found = h(lambda c: 10 + np.exp(c["a"]) + c["b"] ** 2 + c["a"] * c["c"])
    assert found.h == 0.0
    assert found.low == 0.0
    assert h(lambda c: 10 + c["c"]) is None


@pytest.mark.slow
def test_a_known_share_is_covered() -> None:
    """a + b + a b with unit variances: H^2 = 1/3. Intervals at 95 % hold it in nine draws of ten or more."""
    held, values = [], []
    for seed in range(60):
        found = h(lambda c: 10 + c["a"] + c["b"] + c["a"] * c["b"], seed=seed)
        held.append(found.low <= np.sqrt(1 / 3) <= found.high)
        values.append(found.h)
    assert np.mean(held) > 0.85
    assert np.mean(values) == pytest.approx(np.sqrt(1 / 3), abs=0.05)


def test_a_three_way_product_is_noise_for_each_pair() -> None:
    """With a mean of zero for c, a and b do nothing together on average; few borrowers make it look otherwise."""
    marked = []
    for seed in range(20):
        found = moved(lambda c: 10 + c["a"] + c["b"] + c["a"] * c["b"] * c["c"], seed=seed)
        result = number(strongest(found.names, found.inputs, found.single, found.double, found.scale))
        marked.append(result.detail["pairs"][0]["noise"])
        assert result.detail["pairs"][0]["floor"] > 0
    assert np.mean(marked) >= 0.8


def test_pairs_are_listed_by_size() -> None:
    """The strongest joint part first; pairs without any are marked."""
    found = moved(lambda c: 10 + 5 * c["a"] + 2 * c["a"] * c["b"] + c["c"], ("a", "b", "c"))
    result = number(strongest(found.names, found.inputs, found.single, found.double, found.scale))
    assert result.detail["pairs"][0]["pair"] == ["a", "b"]
    assert [pair["noise"] for pair in result.detail["pairs"]] == [False, True, True]
    assert result.value == result.detail["pairs"][0]["h"]


def test_too_little() -> None:
    """One input, few rows, and scores that are not there."""
    found = moved(lambda c: 10 + c["a"] * c["b"], rows=10)
    assert "40 rows" in no_number(strongest(found.names, found.inputs, found.single, found.double, "score")).because
    idle = moved(lambda c: 10 + 0 * c["a"], rows=40)
    assert "no pair" in no_number(strongest(idle.names, idle.inputs, idle.single, idle.double, "score")).because
    gone = moved(lambda c: c["a"] * np.nan, rows=40)
    assert "no pair" in no_number(strongest(gone.names, gone.inputs, gone.single, gone.double, "score")).because
