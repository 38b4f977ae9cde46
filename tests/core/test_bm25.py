"""BM25 against figures worked by hand."""

from __future__ import annotations

import math

import pytest

from secondline.core.bm25 import BM25


def test_it_is_as_written() -> None:
    """Two texts, one word asked, worked by hand: idf ln(1 + 1.5/1.5), length 2 against a mean of 3."""
    ranks = BM25([["default", "rate"], ["loss", "given", "fire", "event"]])
    score = math.log(1 + 1.5 / 1.5) * 1 * 2.2 / (1 + 1.2 * (0.25 + 0.75 * 2 / 3))
    assert ranks.scores(["default", "default"]) == {0: pytest.approx(score)}
    ((found, place),) = ranks.best(["default"], 5)
    assert found == pytest.approx(score)
    assert place == 0


def test_what_is_not_there_scores_nothing() -> None:
    """A word that no text holds, no texts at all, and texts without words."""
    assert BM25([["default"]]).scores(["nothing"]) == {}
    assert BM25([]).best(["default"], 5) == []
    assert BM25([[], []]).best(["default"], 5) == []


def test_ties_keep_the_order_of_the_texts() -> None:
    """Equal texts come as they stand, and no more than asked for."""
    assert [i for _, i in BM25([["a"], ["a"], ["a"], ["b"]]).best(["a"], 2)] == [0, 1]
