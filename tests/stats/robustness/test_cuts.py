"""Cells of columns: every value in one, said in words and conditions that mean the same."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondline.stats.robustness.cuts import Cut, cut, said

NUMBERS = st.lists(st.floats(-1e6, 1e6, allow_nan=False), min_size=5, max_size=200)


def made(values: object) -> Cut:
    found = cut("x", np.asarray(values))
    assert found is not None
    return found


def test_deciles_by_hand() -> None:
    """A hundred distinct numbers fall ten to a bin, with edges at values that occur."""
    found = made(np.arange(1.0, 101.0))
    assert found.edges == (10, 20, 30, 40, 50, 60, 70, 80, 90)
    assert np.bincount(found.codes(np.arange(1.0, 101.0))).tolist() == [10] * 10


def test_words() -> None:
    """Ends, middles, single values, levels and the missing are said as a reader says them."""
    amounts = made(np.arange(10_000.0, 110_000.0, 1_000.0))
    assert amounts.words((0, 3)) == "x <= 49,000"
    assert amounts.words((9, 9)) == "x > 99,000"
    assert amounts.words((1, 2)) == "19,000 < x <= 39,000"
    few = made([-1.0, 0.0, 0.0, 2.0, np.nan])
    assert few.words((1, 1)) == "x = 0"
    assert few.words((3, 3)) == "x is missing"
    assert few.words((0, 2)) == "x is known"
    texts = made(np.array(["b", "a", "b", None], dtype=object))
    assert [texts.words((i, i)) for i in range(4)] == ["x = b", "x = a", "x is another level", "x is missing"]


def test_odd_values_have_a_cell() -> None:
    """Missing, infinite and unseen values fall somewhere defined."""
    numbers = made([1.0, 2.0, 3.0])
    assert numbers.codes(np.array([np.nan, -np.inf, np.inf, 2.5])).tolist() == [3, 0, 2, 2]
    texts = made(np.array(["a", "b"], dtype=object))
    assert texts.codes(np.array(["b", "new", None], dtype=object)).tolist() == [1, 2, 3]


def test_nothing_to_tell_apart() -> None:
    """Constant and empty columns have no cells; a constant with missing values has two."""
    assert cut("x", np.ones(5)) is None
    assert cut("x", np.full(5, np.nan)) is None
    assert cut("x", np.array(["a", "a"], dtype=object)) is None
    assert cut("x", np.array([None], dtype=object)) is None
    assert made([1.0, 1.0, np.nan]).codes(np.array([1.0, np.nan])).tolist() == [0, 1]


def test_many_levels_share_a_cell() -> None:
    """The fourteen most frequent levels keep their cell."""
    values = np.array([f"l{i:02d}" for i in range(20) for _ in range(30 - i)], dtype=object)
    found = made(values)
    assert found.levels == tuple(f"l{i:02d}" for i in range(14))
    assert found.codes(np.array(["l13", "l14"], dtype=object)).tolist() == [13, 14]


@given(NUMBERS)
def test_a_monotone_change_moves_no_row(values: list[float]) -> None:
    """Cutting the cube of a number, exactly order-preserving here, gives each row the same cell."""
    x = np.round(np.array(values))
    before, after = cut("x", x), cut("x", x**3)
    assert (before is None) == (after is None)
    if before and after:
        assert before.codes(x).tolist() == after.codes(x**3).tolist()


@given(NUMBERS, st.data())
def test_words_and_conditions_hold_what_the_cells_hold(values: list[float], data: st.DataObject) -> None:
    """A condition read by a machine takes in exactly the rows of its cells."""
    x = np.array([*values, np.nan])
    found = made(x)
    low, high = data.draw(st.sampled_from(found.spans()))
    condition, codes = found.condition((low, high)), found.codes(x)
    inside = np.isnan(x) if condition["missing"] else (
        (x > condition.get("above", -np.inf)) & (x <= condition.get("at_most", np.inf)) & ~np.isnan(x)
    )  # fmt: skip
    assert np.array_equal(inside, (codes >= low) & (codes <= high))


def test_coarse_spans_are_some_of_the_spans() -> None:
    """Pairs are made of every run that touches an end, and of inner runs by twos."""
    found = made(np.arange(100.0))
    inner = [(i, j) for i, j in found.coarse() if i > 0 and j < found.size - 1]
    assert set(found.coarse()) <= set(found.spans())
    assert {(0, j) for j in range(9)} <= set(found.coarse())
    assert inner == [(2, 3), (2, 5), (2, 7), (4, 5), (4, 7), (6, 7)]
    assert found.matrix([(1, 2)]).tolist() == [[0, 1, 1, *[0] * 8]]


@pytest.mark.parametrize(("value", "text"), [(50_000.0, "50,000"), (0.12345, "0.1235"), (-3.0, "-3"), (1e-7, "1e-07")])
def test_numbers_in_words(value: float, text: str) -> None:
    """Whole numbers are whole; others have four digits."""
    assert said(value) == text
