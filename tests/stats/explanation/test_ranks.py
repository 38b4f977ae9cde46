"""Orders of inputs: kept where strengths differ, lost where they do not; credit to unused inputs is named."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from make import no_number, number
from secondline.stats.explanation.contributions import Explained
from secondline.stats.explanation.ranks import against, agreeing, drawn, overlap, resampled

NAMES = tuple("abcdefgh")


def explained(sizes: Any, rows: int = 400, seed: int = 1, **more: Any) -> Explained:
    phi = np.random.default_rng(seed).normal(size=(rows, len(sizes))) * np.asarray(sizes, dtype=float)
    fields: dict[str, Any] = {
        "features": NAMES[: len(sizes)], "values": phi, "base": 0.0, "scores": phi.sum(axis=1),
        "weight": np.ones(rows), "error": None, "scale": "log-odds", "method": "by hand", "background": 0,
    }  # fmt: skip
    return Explained(**(fields | more))


def test_a_clear_order_holds_and_an_even_one_does_not() -> None:
    """Strengths a factor of two apart keep their order on other rows; equal ones do not reach 0.8."""
    clear = number(resampled(explained([32, 16, 8, 4, 2, 1])))
    assert (clear.value, clear.low, clear.high) == (1.0, 1.0, 1.0)
    assert clear.detail["overlap"] == 1.0
    assert [line["input"] for line in clear.detail["ranks"]] == list("abcdef")
    assert all(line["low"] == line["high"] == line["rank"] for line in clear.detail["ranks"])
    even = number(resampled(explained([1] * 6)))
    assert even.low is not None
    assert even.low < 0.8
    assert any(line["low"] < line["high"] for line in even.detail["ranks"])


def test_the_same_seed_gives_the_same_interval() -> None:
    """A replicated run compares to the last digit."""
    made = explained([3, 2, 1.8, 1])
    assert resampled(made) == resampled(made)
    assert drawn(np.ones(5)).sum(axis=1) == pytest.approx(np.full(400, 5.0))


def test_too_little_to_order() -> None:
    """Two inputs, nineteen rows, or inputs that are all alike."""
    assert "fewer than three inputs" in no_number(resampled(explained([2, 1]))).because
    assert "fewer than 20 rows" in no_number(resampled(explained([3, 2, 1], rows=19))).because
    assert "contribute alike" in no_number(resampled(explained([0, 0, 0]))).because


def test_other_backgrounds() -> None:
    """The worst choice counts, and each is listed; the same contributions agree wholly."""
    made = explained([8, 4, 2, 1])
    same = Explained(**{f: getattr(made, f) for f in made.__dataclass_fields__})
    turned = explained([1, 2, 4, 8], rows=100)
    found = number(against(made, {"same": same, "turned": turned}))
    assert found.value == pytest.approx(-1.0)
    assert [c["correlation"] for c in found.detail["choices"]] == pytest.approx([1.0, -1.0])
    assert found.n == 100
    assert number(against(made, {"same": same})).value == 1.0
    assert "no other background" in no_number(against(made, {})).because


def test_credit_without_effect_is_named() -> None:
    """An input whose permutation changes no score, and which has contributions all the same."""
    made = explained([8, 4, 2, 1])
    changes = [np.abs(made.values[:, 0]), np.abs(made.values[:, 1]), np.zeros(400), np.abs(made.values[:, 3])]
    found = number(agreeing(made, changes))
    assert found.detail["credited and unused"] == ["c"]
    assert "c" in found.warnings[0]
    assert found.detail["inputs"][2]["permuted rank"] == 4
    whole = number(agreeing(made, list(np.abs(made.values).T)))
    assert whole.value == 1.0
    assert whole.warnings == ()


def test_overlap_by_hand() -> None:
    """Of the two strongest by each, one is shared."""
    assert overlap(np.array([3.0, 2.0, 1.0]), np.array([3.0, 1.0, 2.0]), 2) == 0.5
    assert overlap(np.array([3.0, 2.0]), np.array([1.0, 2.0]), 5) == 1.0
