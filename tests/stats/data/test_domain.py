"""The domain classifier: scikit-learn's fit, noise that stays at one half, and a shift that is found and named."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from make import no_number, number
from secondline.core.evidence import PopulationFacts
from secondline.core.tables import Sample
from secondline.stats.data import domain

FACTS = PopulationFacts(
    name="dev", role="reference", source="", engine="", rows=0, columns={}, features=("a", "b", "c")
)


def drawn(rng: np.random.Generator, rows: int, shift: float = 0.0) -> Sample:
    """Return rows of two numbers and a category; the first number moves by *shift* deviations."""
    columns: dict[str, Any] = {
        "a": rng.normal(size=rows) + shift,
        "b": np.where(rng.random(rows) < 0.1, np.nan, rng.normal(size=rows)),
        "c": rng.choice(np.array(["x", "y", None], dtype=object), rows),
        "@score": rng.random(rows),
    }
    return Sample(rows, rows, np.sort(rng.integers(0, 2**62, rows, dtype=np.uint64)), columns)


def test_the_fit_is_ridge_logistic_regression() -> None:
    """Newton's method ends where scikit-learn's solver does."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(500, 4))
    y = (rng.random(500) < 1 / (1 + np.exp(-x[:, 0]))).astype(float)
    fitted = LogisticRegression(C=1 / domain.RIDGE, tol=1e-10, max_iter=1_000).fit(x, y)
    beta = domain._fit(x, y)
    np.testing.assert_allclose(beta, [fitted.intercept_[0], *fitted.coef_[0]], rtol=1e-4, atol=1e-6)


def test_perfect_separation_still_ends() -> None:
    """The ridge keeps a separated fit finite."""
    x = np.linspace(-1, 1, 200)[:, None]
    beta = domain._fit(x, (x[:, 0] > 0).astype(float))
    assert np.isfinite(beta).all()


@pytest.mark.parametrize("sizes", [(800, 800), (2_000, 200)])
def test_samples_of_one_population_look_alike(sizes: tuple[int, int]) -> None:
    """The AUC stays near one half, equal sizes or not."""
    rng = np.random.default_rng(2)
    found = [number(domain.domain_auc(drawn(rng, sizes[0]), drawn(rng, sizes[1]), FACTS)) for _ in range(60)]
    assert np.mean([f.value for f in found]) == pytest.approx(0.5, abs=0.02)
    assert sum((f.low or 0) > 0.5 for f in found) <= 8


def test_a_shift_is_found_and_named() -> None:
    """A move of one deviation is told apart, and its feature leads the list."""
    rng = np.random.default_rng(3)
    found = number(domain.domain_auc(drawn(rng, 2_000), drawn(rng, 2_000, shift=1.0), FACTS))
    assert found.value == pytest.approx(0.76, abs=0.03)
    assert found.detail["drivers"][0]["feature"] == "a"


def test_the_same_rows_give_the_same_answer() -> None:
    """Folds follow the hashes, not a clock."""
    a, b = drawn(np.random.default_rng(4), 300), drawn(np.random.default_rng(5), 300)
    assert domain.domain_auc(a, b, FACTS) == domain.domain_auc(a, b, FACTS)


def test_no_number() -> None:
    """Few rows, no shared feature, and features that never vary are said."""
    rng = np.random.default_rng(6)
    few, many = drawn(rng, 10), drawn(rng, 300)
    assert "too few" in no_number(domain.domain_auc(many, few, FACTS)).because
    other = FACTS.model_copy(update={"features": ("z",)})
    assert no_number(domain.domain_auc(many, many, other)).because
    still = Sample(300, 300, many.hashes, {"a": np.ones(300)})
    assert no_number(domain.domain_auc(still, still, FACTS)).kind == "not-applicable"
