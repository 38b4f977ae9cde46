"""Fairness: pairs that differ in a person, attributes under Holm, and slices that fall short."""

from __future__ import annotations

import math
from itertools import accumulate, product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom
from statsmodels.stats import contingency_tables

from answers import answers, study
from make import no_number, number
from secondline.core.tables import Graded
from secondline.stats.genai import fairness
from secondline.stats.genai.pairs import mcnemar

NAN = math.nan
SPEC, TONE = study(), study(criteria={"right": {"scorer": "tone"}})


def swaps(first: list[float], second: list[float], attribute: list[str], **more: object) -> Graded:
    """Return pairs of answers by attribute swapped."""
    n = len(first)
    return answers([*first, *second], pair=[f"p{i}" for i in range(n)] * 2, side=["a"] * n + ["b"] * n,
                   stratum=attribute * 2, kind="counterfactual", **more)  # fmt: skip


def test_the_worst_attribute_is_named_under_holm() -> None:
    """Ages are treated alike, names lose ten of forty and win one: names are worst, with twice McNemar's p-value."""
    graded = swaps([1.0] * 40 + [1.0] * 39 + [0.0], [1.0] * 40 + [0.0] * 10 + [1.0] * 30, ["age"] * 40 + ["name"] * 40)
    found = number(fairness.persona_gap(graded, SPEC))
    assert found.detail["attribute"] == "name"
    assert found.value == pytest.approx(9 / 40)
    assert found.p_value == pytest.approx(2 * mcnemar(10, 1))
    assert found.method.endswith("simultaneous over 2 attributes")
    assert found.n == 80


def test_tone_is_compared_by_its_number() -> None:
    """Where the scorer tells the tone of an answer, the tones are compared."""
    draw = np.random.default_rng(1)
    tone = [*(draw.normal(0.3, 0.1, 30)), *(draw.normal(0.0, 0.1, 30))]
    found = number(fairness.persona_gap(swaps([1.0] * 30, [1.0] * 30, ["name"] * 30, value=tone), TONE))
    assert found.value == pytest.approx(0.3, abs=0.08)
    assert found.p_value is not None
    assert found.p_value < 0.01


def test_refusals_are_compared_as_well() -> None:
    """Verdicts agree, but one side is refused oftener: the gap in refusals stands beside."""
    status = ["ok"] * 20 + ["refused"] * 8 + ["ok"] * 12
    found = number(
        fairness.persona_gap(swaps([1.0] * 19 + [0.0], [1.0] * 19 + [0.0], ["name"] * 20, status=status), SPEC)
    )
    assert found.detail["refusals"]["second"] == pytest.approx(0.4)
    assert found.detail["refusals"]["p"] == pytest.approx(mcnemar(0, 8))
    assert no_number(fairness.persona_gap(answers([1.0, 0.0]), SPEC)).kind == "not-applicable"


def test_a_weak_slice_is_found_and_searches_are_counted() -> None:
    """German answers pass half the time, English ones nine in ten: named, with the number of slices searched."""
    graded = answers([1.0] * 90 + [0.0] * 10 + [1.0] * 20 + [0.0] * 20, language=["en"] * 100 + ["de"] * 40)
    found = number(fairness.weak_slices(graded))
    assert found.detail["weakest"] == "language = de"
    assert found.value == pytest.approx(0.4)
    assert found.detail["searched"] == 2
    assert found.p_value is not None
    assert found.p_value < 0.01
    assert no_number(fairness.weak_slices(answers([1.0, 0.0]))).kind == "not-applicable"


def test_even_slices_are_rarely_called_weak() -> None:
    """With one rate everywhere, in clusters, the smallest adjusted p-value is rarely below 5 %."""
    low = 0
    for seed in range(60):
        draw = np.random.default_rng(seed)
        rate = np.repeat(draw.beta(8, 2, 30), 4)
        graded = answers((draw.random(120) < rate).astype(float), cluster=[f"d{i // 4}" for i in range(120)],
                         stratum=[f"s{i // 4 % 3}" for i in range(120)])  # fmt: skip
        p = number(fairness.weak_slices(graded)).p_value
        low += p is not None and p < 0.05
    assert low <= binom.ppf(0.999, 60, 0.05)


def test_many_clusters_give_the_p_value_of_the_shuffle(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the normal law and by shuffles the weakest of three even slices has about the same p-value."""
    draw = np.random.default_rng(3)
    graded = answers((draw.random(900) < 0.8).astype(float), stratum=[f"s{i % 3}" for i in range(900)])
    fast = number(fairness.weak_slices(graded)).p_value
    monkeypatch.setattr(fairness, "MANY", 10_000)
    assert fast == pytest.approx(number(fairness.weak_slices(graded)).p_value, abs=0.05)


FLIPS = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12), st.integers(1, 12)), min_size=1, max_size=4)


@given(FLIPS)
def test_attributes_are_statsmodels_mcnemar_under_holm(tables: list[tuple[int, int, int]]) -> None:
    """Each attribute's p-value is the exact McNemar of statsmodels, adjusted by Holm; the gap is (b - c) / n."""
    first, second, names = list[float](), list[float](), list[str]()
    for k, (b, c, rest) in enumerate(tables):
        first += [1.0] * b + [0.0] * c + [1.0] * rest
        second += [0.0] * b + [1.0] * c + [1.0] * rest
        names += [f"x{k}"] * (b + c + rest)
    found = number(fairness.persona_gap(swaps(first, second, names), SPEC))
    theirs: Any = contingency_tables.mcnemar
    raw = [float(theirs([[rest, b], [c, 0]], exact=True).pvalue) if b + c else 1.0 for b, c, rest in tables]
    ranked = sorted(range(len(raw)), key=raw.__getitem__)
    # Holm (1979): the k-th smallest of m times m - k + 1, never below the one before.
    steps = dict(zip(ranked, accumulate(((len(raw) - k) * raw[i] for k, i in enumerate(ranked)), max), strict=True))
    told = {row["attribute"]: row for row in found.detail["attributes"]}
    for k, (b, c, rest) in enumerate(tables):
        assert told[f"x{k}"]["p after Holm"] == pytest.approx(min(steps[k], 1.0))
        assert told[f"x{k}"]["difference"] == pytest.approx((b - c) / (b + c + rest))
    assert abs(found.value) == pytest.approx(max(abs(b - c) / (b + c + rest) for b, c, rest in tables))


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=2, max_size=40))
def test_who_is_named_first_turns_the_sign(pairs: list[tuple[bool, bool]]) -> None:
    """With the sides swapped the gap and its interval change sign, and the p-value stays."""
    first, second = ([float(p[i]) for p in pairs] for i in (0, 1))
    one = number(fairness.persona_gap(swaps(first, second, ["name"] * len(pairs)), SPEC))
    two = number(fairness.persona_gap(swaps(second, first, ["name"] * len(pairs)), SPEC))
    assert (one.low, one.high, two.low, two.high) != (None,) * 4
    assert one.value == pytest.approx(-two.value)
    assert one.low == pytest.approx(-float(two.high or 0.0))
    assert one.p_value == pytest.approx(two.p_value)


def test_templates_are_an_exact_test_of_signs() -> None:
    """Pairs in seven templates: the p-value is that of all 128 signs of whole templates, by enumeration."""
    draw = np.random.default_rng(11)
    template = np.repeat(np.arange(7), 5)
    second = (draw.random(35) < 0.6).astype(float)
    first = np.maximum(second, (draw.random(35) < 0.4).astype(float))
    graded = swaps(first.tolist(), second.tolist(), ["age"] * 35, cluster=[f"t{t}" for t in template] * 2)
    sums = np.bincount(template, first - second)
    signs = np.array(list(product((-1, 1), repeat=7)))
    exact = float((np.abs(signs @ sums) >= abs(sums.sum()) - 1e-9).mean())
    assert number(fairness.persona_gap(graded, SPEC)).p_value == pytest.approx(exact, abs=0.02)
