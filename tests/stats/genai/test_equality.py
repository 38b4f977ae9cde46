"""Model equality: the kernel and the discrepancy by hand, the false-alarm rate, and what it finds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import binom

from answers import answers
from make import no_number, number
from secondline.core.tables import Graded
from secondline.stats.genai import equality


def run(seed: int, p: float, prompts: int = 8, n: int = 6) -> Graded:
    """Return answers of twelve letters, each letter an `a` with chance p."""
    draw = np.random.default_rng(seed)
    texts = ["".join("ab"[int(x)] for x in draw.random(12) >= p) for _ in range(prompts * n)]
    return answers([1.0] * len(texts), case=[f"q{i // n}" for i in range(len(texts))],
                   replicate=[float(i % n) for i in range(len(texts))], answer=texts)  # fmt: skip


def test_the_discrepancy_by_hand() -> None:
    """Two samples of two one-letter answers: mean k within each side less twice that between."""
    kernel = equality.hamming(["a", "a", "b", "a"])
    mmd = equality.mmd(kernel, np.array([True, True, False, False]))
    assert mmd[0] == pytest.approx(1 + 0 - 2 * (2 / 4))
    same = equality.mmd(equality.hamming(["x"] * 4), np.array([True, False, True, False]))
    assert same[0] == pytest.approx(0)
    assert equality.hamming(["", ""]).tolist() == [[1, 1], [1, 1]]
    assert equality.hamming(["abcd", "abxx"], length=2)[0, 1] == 1


def test_it_matches_a_plain_loop() -> None:
    """The kernel of texts of unequal length is that of a loop over padded places."""
    texts = ["fee", "fees", "a fee", ""]
    kernel = equality.hamming(texts)
    width = max(map(len, texts))
    for i, a in enumerate(texts):
        for j, b in enumerate(texts):
            x, y = a.ljust(width, "\0"), b.ljust(width, "\0")
            assert kernel[i, j] == pytest.approx(sum(p == q for p, q in zip(x, y, strict=True)) / width)


def test_equal_systems_are_rarely_called_different() -> None:
    """Over 60 pairs of runs from one distribution the test rejects at 5 % no oftener than chance allows."""
    p = [number(equality.equality(run(s, 0.6), run(s + 1000, 0.6), shuffles=200)).p_value for s in range(60)]
    assert sum(x is not None and x <= 0.05 for x in p) <= binom.ppf(0.999, 60, 0.05)


def test_another_distribution_is_seen() -> None:
    """A run whose letters come from another chance is told apart, and where most is named."""
    found = number(equality.equality(run(1, 0.8), run(2, 0.5)))
    assert found.p_value is not None
    assert found.p_value < 0.01
    assert found.value > 0
    assert found.detail["prompts"] == 8
    assert any("only 8 prompts" in said for said in found.warnings)
    assert number(equality.equality(run(1, 0.8), run(2, 0.5))) == found


@pytest.mark.parametrize("other", [answers([1.0]), run(1, 0.5, n=1)])
def test_answers_that_were_not_kept_cannot_be_compared(other: Any) -> None:
    """Without texts, or with one answer a prompt, the question does not arise."""
    assert no_number(equality.equality(run(1, 0.5), other)).kind == "not-applicable"
