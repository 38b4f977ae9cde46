"""Quotes: located to the letter, nearly, or not at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondline.evals.text.quoting import located, quotes

SOURCE = (
    "Section 4. A lost card must be reported within 24 hours of its discovery.  The bank\nthen blocks it at once. "
    "Transfers above EUR 5,000 need the approval of the branch manager, who records it."
)


@pytest.mark.parametrize(
    "quote",
    [
        "A lost card must be reported within 24 hours",
        "a LOST card must be  reported",
        "The bank then blocks it at once.",
        "\u201cThe bank then blocks it\u201d",
        "Transfers above EUR 5,000 ... approval of the branch manager",
    ],
)
def test_to_the_letter(quote: str) -> None:
    """Case, spaces, line ends and quotation marks do not matter; an ellipsis joins passages in order."""
    found = located(quote, SOURCE)
    assert found is not None
    assert found.likeness == 1.0
    assert SOURCE[found.start].lower() in "atv"


def test_nearly() -> None:
    """A slip of a word or two is located, with how alike it is; a paraphrase is not."""
    found = located("Transfers above EUR 5,000 need the approval of the branch managers, who records it", SOURCE)
    assert found is not None
    assert 0.95 <= found.likeness < 1
    assert located("Large payments have to be signed off by a superior before they leave", SOURCE) is None


@pytest.mark.parametrize(
    "quote",
    [
        "A lost card must be reported within 48 hours of its discovery",
        "Transfers above EUR 50,000 need the approval",
        "Transfers above EUR 5",
        "000 need the approval",
        "A lost card must not be reported within 24 hours of its discovery",
        "",
        "  ",
        "!!",
    ],
)
def test_a_changed_number_or_negation_is_not_located(quote: str) -> None:
    """However alike the words, another figure, half of one or a *not* makes another quote; nothing is none."""
    assert located(quote, SOURCE) is None


def test_order_of_an_ellipsis() -> None:
    """Passages joined the wrong way round are not a quote."""
    assert located("The bank then blocks it ... A lost card must be reported", SOURCE) is None


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_texts_are_sought(quote: str, source: str) -> None:
    """No pair of texts breaks the search, and what is found lies within the source."""
    found = located(quote, source)
    assert found is None or 0 <= found.start < found.end <= len(source)


@given(st.data())
def test_every_part_is_found(data: st.DataObject) -> None:
    """A run of whole words of the source is always located, at likeness 1."""
    words = SOURCE.split()
    start = data.draw(st.integers(0, len(words) - 4))
    size = data.draw(st.integers(3, len(words) - start))
    found = located(" ".join(words[start : start + size]), SOURCE)
    assert found is not None
    assert found.likeness == 1.0


def test_quotes_of_an_answer() -> None:
    """Passages in quotation marks of three fashions are found with their place; short words in marks are not."""
    text = 'It says "must be reported within 24 hours" and \u201cthe bank then blocks it\u201d, the "card" '
    text += "\u00ab qui est perdue \u00bb."
    said = quotes(text)
    assert [q for q, _ in said] == ["must be reported within 24 hours", "the bank then blocks it", "qui est perdue"]
