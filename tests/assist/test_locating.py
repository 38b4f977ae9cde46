"""Locating: a quotation is found to the letter or nearly, and never where a number or a negation differs."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assist.papers import DOCUMENT
from secondline.assist.passages import Document

PAPER = Document("model.md", DOCUMENT)
PIECES = [m.span() for m in re.finditer(r"\S+", DOCUMENT)]


@pytest.mark.parametrize(
    ("quote", "line"),
    [
        ("Exclusions were counted: 412\nduplicates and 38 test accounts were removed", 10),
        ("exclusions were counted: 412 duplicates and 38 test accounts were removed", 10),
        ("The model was tested out of time on the first half of 2026.", 19),
        ("The model was tested out of time on the frist half of 2026.", 19),
        ("It was not tested on recessions.", 20),
    ],
)
def test_what_stands_there_is_found(quote: str, line: int) -> None:
    """White space, capitals and a slip of the pen do not matter; the place is that of the source's own words."""
    found = PAPER.locate(quote)
    assert found is not None
    assert found.line == line
    assert found.text == DOCUMENT[found.start : found.end]
    assert found.alike >= 0.95


@pytest.mark.parametrize(
    "quote",
    [
        "", "the model", "The AUC was 0.787, against 0.801 on development data.",
        "Exclusions were counted: 421 duplicates and 38 test accounts were removed before the sample was drawn.",
        "It was tested on recessions.", "The model is approved for use without any conditions.",
        "The model was tested out of time on all data that exist.", "The AUC was 0.78",
        "It was ... tested on recessions.",
    ],
)  # fmt: skip
def test_what_does_not_stand_there_is_not(quote: str) -> None:
    """Too short, another number, a lost "not", made up, or only half right."""
    assert PAPER.locate(quote) is None


@given(st.integers(0, len(PIECES) - 12), st.integers(3, 12))
def test_any_piece_of_the_source_is_found_in_it(first: int, size: int) -> None:
    """Every run of words of the document, across lines, tables and headings, is located, and where it says."""
    piece = DOCUMENT[PIECES[first][0] : PIECES[first + size - 1][1]]
    found = PAPER.locate(piece)
    if len(" ".join(piece.split())) >= 12:
        assert found is not None
        assert " ".join(found.text.split()).casefold() == " ".join(piece.split()).casefold()


@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_anything_may_be_asked(quote: str) -> None:
    """No text breaks the search, and what is found is in the document."""
    found = PAPER.locate(quote)
    assert found is None or DOCUMENT[found.start : found.end] == found.text
