"""Fairness: pairs that differ in a person, attributes under Holm, and slices that fall short."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import binom

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
