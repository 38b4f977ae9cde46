"""Numbers of a text: their values, units and places."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondline.evals.text.numbers import Number, numbers, read


def values(text: str, language: str = "en") -> list[tuple[float, str]]:
    return [(n.value, n.unit) for n in numbers(text, language)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("EUR 1,200.50", [(1200.5, "EUR")]),
        ("$3.2m", [(3.2e6, "USD")]),
        ("-5%", [(-5, "%")]),
        ("5 per cent", [(5, "%")]),
        ("25 basis points", [(25, "bp")]),
        ("10-20 days", [(10, ""), (20, "")]),
        ("twelve months", [(12, "")]),
        ("twenty-five per cent", [(25, "%")]),
        ("one hundred and five", [(105, "")]),
        ("two thousand", [(2000, "")]),
        ("2026-11-24", [(20261124, "date")]),
        ("\u2212\u20ac4", [(-4, "EUR")]),
        ("1.5 billion", [(1.5e9, "")]),
        ("version v1.2 of doc12", []),
        ("see [3] and (2)", []),
        ("1. First\n2. Second", []),
        ("no number", []),
        ("", []),
        ("100k USD", [(1e5, "USD")]),
        ("5 million and six", [(5e6, ""), (6, "")]),
        ("CHF 1'250", [(1250, "CHF")]),
        ("5km", [(5, "")]),
    ],
)
def test_read(text: str, expected: list[tuple[float, str]]) -> None:
    """Separators, signs, scales, units, words and dates are read; marks of lists and citations are no numbers."""
    assert [u for _, u in values(text)] == [u for _, u in expected]
    assert [v for v, _ in values(text)] == pytest.approx([v for v, _ in expected])


def test_other_languages_write_otherwise() -> None:
    """A comma divides in German; the same text says another number in English."""
    assert values("1.234,5 \u20ac", "de") == [(1234.5, "EUR")]
    assert values("3,5 %", "de") == [(3.5, "%")]
    assert values("1.234", "de") == [(1234, "")]
    assert values("1.234", "en") == [(1.234, "")]


@given(st.integers(0, 10**12))
def test_grouped_and_bare_say_the_same(value: int) -> None:
    """Grouping changes nothing, in either fashion."""
    assert read(f"{value:,}") == read(str(value)) == read(f"{value:,}".replace(",", "."), comma=True) == value


@given(st.text(max_size=60))
def test_any_text_is_read(text: str) -> None:
    """No text breaks the reader, and each number stands where it says."""
    assert all(0 <= n.span[0] < n.span[1] <= len(text) for n in numbers(text))


def test_equal_with_units() -> None:
    """A missing unit equals any but a date's; another unit or another value does not."""
    one = Number(5.0, "%", (0, 1))
    assert one.equals(Number(5.0, "", (0, 1)))
    assert not one.equals(Number(5.0, "EUR", (0, 1)))
    assert not one.equals(Number(5.1, "%", (0, 1)))
    assert one.equals(Number(5.1, "%", (0, 1)), tolerance=0.05)
    assert not Number(20261124.0, "date", (0, 1)).equals(Number(20261124.0, "", (0, 1)))
