"""BM25: how well each of several texts fits a question, by words they share and how rare those are.

Score of a text: the sum over the distinct terms of the question of ``idf * tf (k + 1) / (tf + k (1 - b + b length /
mean))`` with ``idf = ln(1 + (n - df + 0.5) / (df + 0.5))`` (Robertson and Zaragoza 2009; the plus-one inside the
logarithm keeps it positive, as in Lucene).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence

K, B = 1.2, 0.75


class BM25:
    """Texts given as their terms; whoever asks cuts texts and questions into terms the same way."""

    def __init__(self, texts: Iterable[Sequence[str]]) -> None:
        """Weigh the terms of each text."""
        counts = [Counter(text) for text in texts]
        lengths = [count.total() for count in counts]
        mean = sum(lengths) / max(len(lengths), 1) or 1.0
        self._held = Counter(term for count in counts for term in count)
        self._texts = len(counts)
        self._weights: dict[str, list[tuple[int, float]]] = {}
        for i, (count, length) in enumerate(zip(counts, lengths, strict=True)):
            norm = K * (1 - B + B * length / mean)
            for term, times in count.items():
                fits = self.weight(term) * times * (K + 1) / (times + norm)
                self._weights.setdefault(term, []).append((i, fits))

    def weight(self, term: str) -> float:
        """Return how much a term tells, its idf: the rarer the more."""
        held = self._held[term]
        return math.log(1 + (self._texts - held + 0.5) / (held + 0.5))

    def scores(self, question: Iterable[str]) -> dict[int, float]:
        """Return the scores of the texts that share a term with a question, by their place; the others score 0.

        >>> sorted(BM25([["rate", "of", "default"], ["fire"]]).scores(["default"]))
        [0]
        """
        found: dict[int, float] = {}
        for term in dict.fromkeys(question):
            for i, fits in self._weights.get(term, ()):
                found[i] = found.get(i, 0.0) + fits
        return found

    def best(self, question: Iterable[str], most: int) -> list[tuple[float, int]]:
        """Return the best texts with their scores, best first; ties in the order of the texts."""
        scored = sorted(self.scores(question).items(), key=lambda pair: (-pair[1], pair[0]))
        return [(score, i) for i, score in scored[:most]]
