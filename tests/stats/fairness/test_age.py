"""The elderly are held against the most favoured younger class, and the use of age itself is counted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from applicants import fairness, sampled
from make import no_number, number
from secondline.core.estimate import Undefined
from secondline.stats.fairness import age


def people(shift: float, n: int = 400) -> Any:
    """Return rows of three classes (30, 50, 70 years) whose mean score is 0, 0.5 and *shift*."""
    draw = np.random.default_rng(1)
    years = np.repeat([30.0, 50.0, 70.0], n)
    score = draw.normal(size=3 * n) + np.repeat([0.0, 0.5, shift], n)
    return sampled({"@score": score, "age": years, "sex": ["f"] * 3 * n})


def test_the_most_favoured_class_decides() -> None:
    """The elderly score 0.3 worse than the thirties and better than the fifties: the first is quoted."""
    found = number(age.elderly(people(0.3), fairness(age="age")))
    assert found.value == pytest.approx(0.3, abs=0.15)
    assert found.detail["worst"] == "25 to 35"
    assert [c["class"] for c in found.detail["classes"]] == ["25 to 35", "45 to 55", "62 and over"]
    assert found.low is not None
    assert found.low > 0


def test_the_elderly_favoured_are_below_zero() -> None:
    """Scored safer than every younger class, the value is negative."""
    found = number(age.elderly(people(-1.0), fairness(age="age")))
    assert found.high is not None
    assert found.high < 0


def test_sixty_two_is_elderly_and_can_be_moved() -> None:
    """The bound belongs to the elderly; model.yaml may set another one."""
    years = np.array([61.9, 62.0, 25.0, 24.9, np.nan])
    few = age.classes(years, np.ones(5, dtype=bool), fairness(age="age", smallest_group=5), 5)
    assert isinstance(few, Undefined)
    assert "62 and over" in few.because
    found = number(age.elderly(people(0.3), fairness(age="age", elderly_from=65)))
    assert found.detail["control"] == "65 and over"


def test_without_age_or_elderly_there_is_no_number() -> None:
    """No column, a text, no elderly rows, a constant score: each is said."""
    assert no_number(age.elderly(people(0.3), fairness())).kind == "not-applicable"
    text = sampled({"@score": [0.1] * 90, "age": ["old"] * 90})
    assert "holds text" in no_number(age.elderly(text, fairness(age="age"))).because
    young = sampled({"@score": np.arange(90.0), "age": [30.0] * 90})
    assert "'62 and over'" in no_number(age.elderly(young, fairness(age="age"))).because
    flat = sampled({"@score": [0.1] * 90, "age": [30.0, 70.0, 71.0] * 30})
    assert "does not vary" in no_number(age.elderly(flat, fairness(age="age"))).because


def test_age_held_against_the_elderly_is_counted() -> None:
    """Rows whose score falls at some younger age count; a saving of 1e-12 does not; blanks are left out."""
    own = np.array([0.5, 0.5, 0.5, np.nan])
    younger = np.array([[0.6, 0.4], [0.5, 0.7], [0.5 - 1e-12, 0.9], [0.1, 0.1]])
    found = number(age.age_used(own, younger))
    assert found.value == pytest.approx(1 / 3)
    assert (found.n, found.events) == (3, 1)
    assert found.detail["greatest difference"] == pytest.approx(0.1)
    assert "no elderly rows" in no_number(age.age_used(np.empty(0), np.empty((0, 3)))).because
