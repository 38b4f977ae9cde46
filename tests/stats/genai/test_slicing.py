"""Weak slices of what a judge graded: the system's weakness is found, the judge's own is not taken for it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from answers import answers, judged
from make import no_number, number
from secondline.core.tables import Graded
from secondline.stats.genai import correction, fairness, slicing
from secondline.stats.genai.differences import mover
from secondline.stats.genai.labelled import of_answers


def two(
    rate: tuple[float, float], sp: tuple[float, float], *, labels: int = 120, seed: int = 1, size: int = 1
) -> Graded:
    """Return two strata of judged answers, with the rate and the specificity of each."""
    parts = [
        judged(p, 0.97, s, clusters=300 // size, size=size, labels=labels, seed=2 * seed + k,
               icc=0.1 if size > 1 else 0, stratum=f"s{k}", case=[f"{k}-{i}" for i in range(300)])
        for k, (p, s) in enumerate(zip(rate, sp, strict=True))
    ]  # fmt: skip
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0].columns}
    joined["cluster"] = np.array([f"{s}{c}" for s, c in zip(joined["stratum"], joined["cluster"], strict=True)], object)
    return Graded(joined)


def test_a_weak_slice_is_found_by_labels() -> None:
    """Nine in ten against six in ten: the slice is named, with the difference of the two corrected rates."""
    graded = two((0.9, 0.6), (0.8, 0.8))
    found = number(fairness.weak_slices(graded))
    sides = [
        correction.by_verdict(of_answers(graded.where(graded["stratum"] == s)), 1 - 0.05 / 2) for s in ("s0", "s1")
    ]
    assert found.detail["weakest"] == "stratum = s1"
    assert found.value == pytest.approx(sides[0].value - sides[1].value)
    assert (found.low, found.high) == pytest.approx(tuple(mover(sides[0], sides[1])))
    assert found.p_value is not None
    assert found.p_value < 0.001


def test_a_judge_that_is_harsh_in_one_slice_makes_none() -> None:
    """The same truth, read by a judge that lets more pass in one slice: verdicts differ, corrected rates do not."""
    graded = two((0.7, 0.7), (0.95, 0.3))
    verdict, stratum = graded.number("verdict"), graded["stratum"]
    assert verdict[stratum == "s1"].mean() - verdict[stratum == "s0"].mean() > 0.12
    found = number(fairness.weak_slices(graded))
    assert found.low is not None
    assert found.low < 0
    assert found.p_value is not None
    assert found.p_value > 0.05


@pytest.mark.parametrize("size", [1, 6])
def test_even_slices_are_rarely_called_weak(size: int) -> None:
    """With one truth and a judge that errs otherwise in each, alone and in clusters, alarms keep to their rate."""
    low = 0
    for seed in range(80):
        p = number(slicing.judged_slices(two((0.8, 0.8), (0.9, 0.6), seed=seed, size=size))).p_value
        low += p is not None and p < 0.05
    assert low <= binom.ppf(0.999, 80, 0.05)


def test_without_labels_no_slice_is_named() -> None:
    """A judge that nobody checked, or in one slice alone, names no weak slice, and says what it would take."""
    bare = answers([1.0] * 40 + [0.0] * 40, scorer="judge", stratum=["a"] * 40 + ["b"] * 40)
    found = no_number(fairness.weak_slices(bare))
    assert "uncorrected" in found.because
    assert "labels" in found.needed
    graded = two((0.9, 0.6), (0.8, 0.8))
    half = Graded({**graded.columns, "label": np.where(graded["stratum"] == "s0", np.nan, graded.number("label"))})
    no_number(fairness.weak_slices(half))
    no_number(fairness.weak_slices(answers([np.nan], scorer="judge")))
