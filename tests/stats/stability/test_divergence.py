"""Jensen and Shannon's distance equals scipy's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon

from make import histogram, no_number, number
from secondline.stats.stability.divergence import jensen_shannon


def test_published_values() -> None:
    """scipy's documentation: 0.4645 nats for (1, 0) against (1/2, 1/2); 1 bit for disjoint shares."""
    found = number(jensen_shannon(histogram([100, 0]), histogram([50, 50]), base=np.e))
    assert found.value == pytest.approx(0.464501404022459)
    assert number(jensen_shannon(histogram([100, 0, 0]), histogram([0, 100, 0]))).value == pytest.approx(1.0)


counts = st.lists(st.integers(0, 300), min_size=4, max_size=4).filter(lambda c: sum(c) > 0)


@given(counts, counts, st.sampled_from([2.0, 10.0, np.e]))
def test_equals_scipy(a: list[int], b: list[int], base: float) -> None:
    """On any counts, empty cells included."""
    found = jensen_shannon(histogram(a), histogram(b), base=base)
    if sum(x + y > 0 for x, y in zip(a, b, strict=True)) == 1:
        assert no_number(found).kind == "not-applicable"
    else:
        assert number(found).value == pytest.approx(jensenshannon(a, b, base=base), abs=1e-7)


@pytest.mark.parametrize("strength", [0.0, 0.4, 1.2])
def test_noise_and_interval_by_simulation(strength: float) -> None:
    """The divergence of unmoved samples is as expected, and the interval holds the populations' distance."""
    rng = np.random.default_rng(1)
    p = np.full(10, 0.1)
    q = p * np.exp(strength * np.linspace(-1, 1, 10))
    q /= q.sum()
    found = [
        number(jensen_shannon(histogram(rng.multinomial(800, p)), histogram(rng.multinomial(500, q))))
        for _ in range(500)
    ]
    truth = jensenshannon(p, q, base=2)
    held = [bool((f.low or 0) <= truth + 1e-9 and truth <= (f.high or 0)) for f in found]
    assert sum(held) > 0.93 * len(held)
    if strength == 0:
        expected = found[0].detail["expected_under_null"]
        assert np.mean([f.detail["divergence"] for f in found]) == pytest.approx(expected, rel=0.06)


def test_no_rows() -> None:
    """No rows, no distance."""
    assert no_number(jensen_shannon(histogram([0, 0]), histogram([5, 5]))).kind == "too-few"
