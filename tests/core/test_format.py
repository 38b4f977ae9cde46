"""Numbers as text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondline.core.format import comparable, interval, number, p_text

sizes = st.floats(-1e9, 1e9).filter(lambda x: x == 0 or abs(x) > 1e-9)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.78215, "share", "0.782"),
        (0.0, "", "0"),
        (-0.0000000001, "", "-1.0e-10"),
        (0.00421, "", "0.0042"),
        (0.00012, "", "0.00012"),
        (1.07216, "ratio", "1.072"),
        (12.3456, "", "12.35"),
        (123.456, "", "123.5"),
        (22134.4, "", "22,134"),
        (22134.0, "rows", "22,134"),
        (2.5, "count", "2.500"),
        (0.22413, "rate", "22.4 %"),
        (0.00213, "percent", "0.21 %"),
        (-0.021, "", "-0.021"),
    ],
)
def test_numbers_have_the_digits_a_reader_wants(value: float, unit: str, text: str) -> None:
    """Three decimals, or finer for the small; thousands are grouped; a power of ten where zeros would hide a number."""
    assert number(value, unit) == text


@pytest.mark.parametrize(
    ("value", "limit", "text"),
    [(0.1004, 0.1, "0.1004"), (0.1, 0.1, "0.100"), (0.0999999, 0.1, "0.0999999"), (0.7, 0.65, "0.700")],
)
def test_digits_rise_until_the_side_shows(value: float, limit: float, text: str) -> None:
    """A value that rounds onto the limit gets the digits that take it off again."""
    assert comparable(value, limit) == text


@given(sizes, sizes, st.sampled_from(["", "share", "ratio", "count"]))
def test_what_is_printed_stands_where_the_value_stands(value: float, limit: float, unit: str) -> None:
    """The printed number is above, below or at the limit exactly when the value is."""
    seen = float(comparable(value, limit, unit).replace(",", ""))
    assert (seen > limit) - (seen < limit) == (value > limit) - (value < limit)


def test_percentages_compare_too() -> None:
    """A percentage is compared on its own scale."""
    assert comparable(0.050004, 0.05, "rate") == "5.0004 %"


def test_p_values_are_never_zero_or_one() -> None:
    """A p-value has its sign of comparison and no false precision at either end."""
    assert [p_text(p) for p in (0.0, 0.00049, 0.0312, 0.5, 1.0)] == [
        "p < 0.0001",
        "p = 0.0005",
        "p = 0.031",
        "p = 0.500",
        "p > 0.999",
    ]


def test_an_end_near_nothing_has_no_digits_for_show() -> None:
    """A wide interval that begins within a ten-thousandth of zero says so; a narrow one and a limit there do not."""
    assert interval(4.2e-27, 1.0) == "[<0.0001, 1.000]"
    assert interval(-0.3, -0.00003) == "[-0.300, >-0.0001]"
    assert interval(0.00003, 0.0005) == "[0.000030, 0.00050]"
    assert interval(0.00003, 0.4, "", (0.0,)) == "[0.000030, 0.400]"
    assert interval(0.0001, 0.5, "rate") == "[0.01 %, 50.0 %]"
