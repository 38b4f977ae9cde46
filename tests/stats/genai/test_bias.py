"""The bias battery: a judge that likes length is seen, one that does not is not, and swaps are told."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import pearsonr

from answers import answers
from make import no_number, number
from secondline.stats.genai import bias

NAN = math.nan


def graded_by_length(liking: float, seed: int = 1, n: int = 300) -> object:
    """Return labelled answers whose judge passes long ones oftener by *liking*."""
    draw = np.random.default_rng(seed)
    tokens = np.exp(draw.normal(5, 0.6, n))
    y = (draw.random(n) < 0.6).astype(float)
    f = (draw.random(n) < 0.15 + 0.6 * y + liking * (np.log(tokens) - 5)).astype(float)
    return answers(f, scorer="judge", label=y, tokens=tokens)


def test_the_partial_correlation_is_that_of_residuals() -> None:
    """Within each label the verdict is correlated with length: the same as Pearson's of both sets of residuals."""
    draw = np.random.default_rng(2)
    z = (draw.random(80) < 0.5).astype(float)
    x, y = draw.normal(size=80) + z, draw.normal(size=80) - z

    def rest(v: np.ndarray) -> np.ndarray:
        return np.asarray(v - np.where(z == 1, v[z == 1].mean(), v[z == 0].mean()))

    assert bias.partial_correlation(x, y, z) == pytest.approx(pearsonr(rest(x), rest(y))[0])
    assert bias.partial_correlation(z, y, z) is None


def test_length_is_seen_where_it_matters_and_only_there() -> None:
    """A judge that likes length has a small p-value, one that does not has not."""
    liked = number(bias.length_bias(graded_by_length(0.25)))  # type: ignore[arg-type]
    fair = number(bias.length_bias(graded_by_length(0.0)))  # type: ignore[arg-type]
    assert liked.p_value is not None
    assert fair.p_value is not None
    assert liked.p_value < 0.001
    assert fair.p_value > 0.05
    assert liked.low is not None
    assert liked.low > 0
    assert fair.detail["swaps"] == "not measured: no pairs"


def test_too_little_says_so() -> None:
    """Nine labels are too few; a judge that always says what people say leaves nothing to correlate."""
    few = answers([1.0] * 9, scorer="judge", label=1.0, tokens=10.0)
    assert "9 labelled" in no_number(bias.length_bias(few)).because
    same = answers([1.0, 0.0] * 10, scorer="judge", label=[1.0, 0.0] * 10, tokens=list(map(float, range(1, 21))))
    no_number(bias.length_bias(same))


def test_the_battery_tells_swaps_and_leniency() -> None:
    """Eight of ten swapped pairs keep their verdict; the judge passes its own family oftener than people do."""
    verdict = [1.0] * 10 + [0.0] * 2 + [1.0] * 8
    pair, side = [f"p{i}" for i in range(10)] * 2, ["a"] * 10 + ["b"] * 10
    told = bias.battery(answers(verdict, scorer="judge", pair=pair, side=side, label=[0.0] * 5 + [1.0] * 15,
                                stratum=["own"] * 10 + ["other"] * 10))  # fmt: skip
    assert told["swaps"]["consistent"] == pytest.approx(0.8)
    assert told["swaps"]["first side favoured"] == pytest.approx(0.2)
    lenient = {row["stratum"]: row["lenient by"] for row in told["leniency by stratum"]}
    assert lenient == {"own": pytest.approx(0.5), "other": pytest.approx(-0.2)}
    assert bias.leniency(answers([1.0], scorer="judge", label=1.0)) == []
