"""Model equality: the kernel and the discrepancy by hand, the false-alarm rate, and what it finds."""

from __future__ import annotations

from itertools import combinations, permutations, product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
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


def loops(x: list[str], y: list[str]) -> float:
    """Return the unbiased discrepancy by plain loops over pairs of different texts."""

    def alike(a: str, b: str) -> float:
        width = max(len(t) for t in x + y)
        return sum(p == q for p, q in zip(a.ljust(width), b.ljust(width), strict=True)) / width

    within = [sum(alike(a, b) for a, b in permutations(s, 2)) / (len(s) * (len(s) - 1)) for s in (x, y)]
    return sum(within) - 2 * sum(alike(a, b) for a in x for b in y) / (len(x) * len(y))


def test_value_and_p_are_those_of_all_exchanges() -> None:
    """Two prompts of three answers a side: the value by loops, and the p-value by all 400 exchanges within prompts."""
    here, there = [["aab", "aaa", "abb"], ["bb", "ba", "ab"]], [["bbb", "bab", "bba"], ["bb", "aa", "ba"]]

    def told(sides: list[list[str]]) -> Graded:
        texts = [text for prompt in sides for text in prompt]
        return answers([1.0] * 6, case=[f"q{i // 3}" for i in range(6)], answer=texts,
                       replicate=[float(i % 3) for i in range(6)])  # fmt: skip

    found = number(equality.equality(told(here), told(there), shuffles=4_000))
    seen = sum(loops(x, y) for x, y in zip(here, there, strict=True))
    assert found.value == pytest.approx(seen / 2)
    pools = [x + y for x, y in zip(here, there, strict=True)]
    each = [[loops([pool[i] for i in chosen], [pool[i] for i in range(6) if i not in chosen])
             for chosen in combinations(range(6), 3)] for pool in pools]  # fmt: skip
    exact = sum(a + b >= seen - 1e-12 for a, b in product(*each)) / 400
    assert found.p_value == pytest.approx(exact, abs=4 * (exact * (1 - exact) / 4_000) ** 0.5 + 1 / 4_000)


@given(st.integers(0, 500))
def test_sides_names_and_order_do_not_matter(seed: int) -> None:
    """The discrepancy is the same from either side, whatever prompts are called and in whatever order answers come."""
    one, two = run(seed, 0.7, prompts=3, n=3), run(seed + 1, 0.5, prompts=3, n=3)
    found = number(equality.equality(one, two, shuffles=50)).value
    assert number(equality.equality(two, one, shuffles=50)).value == pytest.approx(found)
    turned = [side.where(np.ones(len(side), dtype=bool)) for side in (one, two)]
    back = [Graded({name: values[::-1] for name, values in side.columns.items()}) for side in turned]
    assert number(equality.equality(back[0], back[1], shuffles=50)).value == pytest.approx(found)
