"""Marked words: spans of any kind cut a text into pieces that are the text again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from secondline.web.quoting import pieces

SPANS = st.lists(st.tuples(st.integers(-5, 40), st.integers(-5, 40)), max_size=6)


@given(st.text(max_size=30), SPANS)
def test_pieces_are_the_text(text: str, spans: list[tuple[int, int]]) -> None:
    """Nothing is lost, doubled or moved, and exactly what lies in a span is marked."""
    made = pieces(text, spans)
    assert "".join(piece for piece, _ in made) == text
    marked = [mark for piece, mark in made for _ in piece]
    inside = [any(max(a, 0) <= i < b for a, b in spans) for i in range(len(text))]
    assert marked == inside


def test_no_span_is_one_piece() -> None:
    """A text without a verdict's words is one piece; an empty one is an empty piece."""
    assert pieces("said", []) == [("said", False)]
    assert pieces("", []) == [("", False)]
