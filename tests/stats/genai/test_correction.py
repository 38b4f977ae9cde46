"""Corrections of a judge: ppi-python's figures, Lee's formula by hand, and what each does at its edges."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from answers import drawn, these
from secondline.stats.genai import correction
from secondline.stats.genai.labelled import Labelled, labelled

NAN = math.nan


def rows(f: Any, y: Any, chance: Any = None, cluster: Any = None, **more: Any) -> Labelled:
    """Return labelled rows, each a cluster of its own unless told."""
    f = np.asarray(f, float)
    chance = np.full(len(f), NAN) if chance is None else np.asarray(chance, float)
    place = np.arange(len(f)) if cluster is None else np.asarray(cluster)
    return labelled(f, np.asarray(y, float), chance, place, **more)


def fixture() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return 40 numbers with labels and 160 without, from arithmetic alone."""
    i, j = np.arange(1, 41), np.arange(1, 161)
    f, g = ((i * 37) % 101) / 101, ((j * 61) % 103) / 103
    return f, (f + ((i * 53) % 97) / 97 > 0.9).astype(float), g


@pytest.mark.parametrize(
    ("cut", "level", "tuning", "value", "low", "high"),
    [
        (None, 0.95, None, 0.56662951, 0.4381415, 0.69511753),
        (None, 0.95, 1.0, 0.56485629, 0.43555912, 0.69415346),
        ((0.5, 0.4), 0.90, None, 0.60935422, 0.49200543, 0.72670301),
    ],
)
def test_ppi_is_that_of_ppi_python(
    cut: tuple[float, float] | None, level: float, tuning: float | None, value: float, low: float, high: float
) -> None:
    """Figures printed by ppi_py 0.2.3, ppi_mean_pointestimate and ppi_mean_ci, on the same numbers."""
    f, y, g = fixture()
    if cut:
        f, g = (f > cut[0]).astype(float), (g > cut[1]).astype(float)
    held = rows([*f, *g], [*y, *[NAN] * 160], binary=False)
    found = correction.ppi(held, level, tuning=tuning)
    assert found.value == pytest.approx(value, abs=1e-8)
    assert found.span == these(pytest.approx(low, abs=1e-8), pytest.approx(high, abs=1e-8))


def test_ppi_without_others_is_the_mean_of_labels() -> None:
    """Where every answer is labelled nothing is gained from the judge: the mean of the labels."""
    f, y, _ = fixture()
    assert correction.ppi(rows(f, y, binary=False), 0.95).value == pytest.approx(y.mean())
    constant = correction.ppi(rows([0.5] * 30, [1.0] * 10 + [0.0] * 10 + [NAN] * 10, binary=False), 0.95)
    assert constant.value == pytest.approx(0.5)


def test_rogan_gladen_is_lees_formula_by_hand() -> None:
    """900 verdicts, 810 of them passes; of 60 good answers 57 were passed, of 40 bad ones 30 were failed."""
    z = 1.959963984540054
    p = (810 + z * z / 2) / (900 + z * z)
    se, sp = 58 / 62, 31 / 42
    theta = (p + sp - 1) / (se + sp - 1)
    shift = 2 * z * z * (-(1 - theta) * sp * (1 - sp) / 42 + theta * se * (1 - se) / 62)
    spread = p * (1 - p) / (900 + z * z) + (1 - theta) ** 2 * sp * (1 - sp) / 42 + theta**2 * se * (1 - se) / 62
    reach = z * math.sqrt(spread) / (se + sp - 1)
    found = correction.rogan_gladen(810, 900, 57, 60, 30, 40)
    assert found is not None
    assert found.value == pytest.approx((0.9 + 0.75 - 1) / (0.95 + 0.75 - 1))
    assert found.span.low == pytest.approx(min(theta + shift - reach, found.value))
    assert found.span.high == pytest.approx(min(theta + shift + reach, 1.0))


@pytest.mark.parametrize(
    "counts", [(5, 10, 5, 10, 5, 10), (5, 0, 9, 10, 9, 10), (5, 10, 0, 0, 9, 10), (5, 10, 1, 10, 1, 10)]
)
def test_a_judge_that_tells_nothing_corrects_nothing(counts: tuple[float, ...]) -> None:
    """Se + Sp of 1 or less, no verdicts or an empty class leave no Rogan-Gladen estimate."""
    assert correction.rogan_gladen(*counts) is None


def test_labels_are_allotted_as_lee_says() -> None:
    """m_1 = m / (1 + (1/p - 1) sqrt((1 - Sp) / (1 - Se))): 100 labels at p 0.8, Se 0.9, Sp 0.6 give 66.7 and 33.3."""
    good, bad = correction.allocation(100, 0.8, 0.9, 0.6)
    assert (good, bad) == these(pytest.approx(100 / 1.5), pytest.approx(100 - 100 / 1.5))
    assert correction.allocation(100, 0.8, 1.0, 0.6) == (0.0, 100)
    assert sum(correction.allocation(100, 0.8, 1.0, 1.0)) == 100


def test_by_verdict_weighs_each_verdict_by_its_share() -> None:
    """18 of 20 labelled passes of 80 are good, and 3 of 10 labelled fails of 20: 0.8 x 0.9 + 0.2 x 0.3."""
    f = [1.0] * 80 + [0.0] * 20
    y = [1.0] * 18 + [0.0] * 2 + [NAN] * 60 + [1.0] * 3 + [0.0] * 7 + [NAN] * 10
    found = correction.by_verdict(rows(f, y), 0.95)
    assert found.value == pytest.approx(0.8 * 0.9 + 0.2 * 0.3)
    assert found.span.low < found.value < found.span.high
    plan = correction.by_verdict(rows(f, y, [0.25] * 80 + [0.5] * 20), 0.95)
    assert (plan.value, plan.span) == these(pytest.approx(found.value), found.span)
    assert found.detail["when the judge fails"] == {"labels": 10, "passed": 3.0, "rate": pytest.approx(0.3)}


def test_by_verdict_is_the_jeffreys_mixture() -> None:
    """Its ends are the quantiles of w A + (1 - w) B with independent betas, found here by a million draws."""
    f = [1.0] * 800 + [0.0] * 200
    y = [1.0] * 45 + [0.0] * 5 + [NAN] * 750 + [1.0] * 15 + [0.0] * 35 + [NAN] * 150
    found = correction.by_verdict(rows(f, y), 0.95)
    effect = found.detail["design effect"]
    assert effect == pytest.approx(1000 / 999, abs=0.003)
    draw = np.random.default_rng(8)
    w, a, b = (draw.beta(k / effect + 0.5, m / effect + 0.5, 1_000_000) for k, m in ((800, 200), (45, 5), (15, 35)))
    low, high = np.quantile(w * a + (1 - w) * b, [0.025, 0.975])
    assert found.span == these(pytest.approx(low, abs=1.5e-3), pytest.approx(high, abs=1.5e-3))


def test_a_verdict_nobody_labelled_is_unknown() -> None:
    """With labels on passes only, what the judge failed may be anything: the interval spans its share."""
    found = correction.by_verdict(rows([1.0] * 70 + [0.0] * 30, [1.0] * 60 + [NAN] * 40), 0.95)
    assert found.value == pytest.approx(0.7 + 0.3 * 0.5)
    assert found.span.high - found.span.low > 0.25
    one = correction.by_verdict(rows([1.0, 1.0, 0.0], [1.0, NAN, 0.0], cluster=[0, 0, 0]), 0.95)
    assert one.span.high - one.span.low > 0.8


def test_people_alone_are_weighed_by_their_chances() -> None:
    """Labels drawn ten times as often among fails do not make the rate look low: weights undo the plan."""
    f = [1.0] * 900 + [0.0] * 100
    y = [1.0] * 45 + [NAN] * 855 + [0.0] * 50 + [NAN] * 50
    found = correction.human_only(rows(f, y, [0.05] * 900 + [0.5] * 100), 0.95)
    assert found is not None
    assert found.value == pytest.approx(0.9)
    assert correction.human_only(rows(f, [NAN] * 1000), 0.95) is None
    plain = correction.human_only(rows([1.0] * 20, [1.0] * 20, [1.0] * 20), 0.95)
    assert plain is not None
    assert plain.span.low == pytest.approx(0.025 ** (1 / 20))


def test_horvitz_thompson_is_right_on_average() -> None:
    """Over 400 draws of an uneven plan its mean is the truth, though the judge alone is off by 0.1."""
    values = []
    for seed in range(400):
        _, f, label, chance, cluster = drawn(0.8, 0.95, 0.6, 300, 1, 0.0, 60, seed)
        values.append(correction.horvitz_thompson(rows(f, label, chance, cluster.astype(int)), 0.95).value)
    assert np.mean(values) == pytest.approx(0.8, abs=float(4 * np.std(values) / 20))
    known = rows([1.0, 0.0, 1.0], [1.0, 0.0, NAN], [0.5, 0.5, 0.5])
    assert correction.horvitz_thompson(known, 0.95).value == pytest.approx(2 / 3)


@given(st.lists(st.tuples(st.booleans(), st.sampled_from([0.0, 1.0, NAN])), min_size=1, max_size=40), st.integers(1, 6))
def test_a_corrected_rate_is_a_rate(answers: list[tuple[bool, float]], clusters: int) -> None:
    """Whatever the labels, value and ends lie in [0, 1] in their order, and the same data give the same ends."""
    held = rows(
        [float(f) for f, _ in answers], [y for _, y in answers], cluster=[i % clusters for i in range(len(answers))]
    )
    found = correction.by_verdict(held, 0.95, draws=400)
    assert 0 <= found.span.low <= found.value <= found.span.high <= 1
    assert correction.by_verdict(held, 0.95, draws=400) == found
