"""The retriever of the assistant, and its prompt: BM25 over passages, so that the same assistant runs on any endpoint.

Score of a passage for a question: the sum over its words of ``idf * tf (k + 1) / (tf + k (1 - b + b length / mean))``
with ``idf = ln(1 + (n - df + 0.5) / (df + 0.5))`` (Robertson and Zaragoza 2009), k 1.2 and b 0.75.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from secondline.samples.genai.corpus import READERS, Passage, documents, passages
from secondline.samples.genai.written import FOLDER, study

K, B = 1.2, 0.75
FOUND = 4
"""Passages that the assistant is given."""
BEHIND = "\n\nPassages:\n"
"""What stands between a question and the passages that come with it."""
COMMON = frozenset((FOLDER / "common.txt").read_text(encoding="utf-8").split())


@dataclass(frozen=True, slots=True)
class Found:
    """A passage that was retrieved, its place (from 1) and its score."""

    passage: Passage
    rank: int
    score: float

    def record(self) -> dict[str, Any]:
        """Return it as a chunk of a case or a trace."""
        one = self.passage
        return {
            "id": one.id, "document": one.document, "text": one.text, "rank": self.rank, "score": round(self.score, 4),
            "start": one.start, "end": one.end,
        }  # fmt: skip


class Index:
    """Passages by their words. Titles count with each passage of their document."""

    def __init__(self, over: Sequence[Passage]) -> None:
        self.passages = tuple(over)
        counts = [Counter(words(f"{documents()[p.document].title} {p.text}")) for p in self.passages]
        lengths = np.array([sum(c.values()) for c in counts], dtype=float)
        self._place = {word: i for i, word in enumerate(sorted(set().union(*counts)))}
        often = np.zeros((len(self._place), len(counts)))
        for column, count in enumerate(counts):
            for word, times in count.items():
                often[self._place[word], column] = times
        df = (often > 0).sum(axis=1, keepdims=True)
        idf = np.log1p((len(counts) - df + 0.5) / (df + 0.5))
        self._weights: NDArray[np.float64] = (
            idf * often * (K + 1) / (often + K * (1 - B + B * lengths / lengths.mean()))
        )

    def search(self, question: str, most: int = FOUND, persona: str = "owner") -> tuple[Found, ...]:
        """Return the passages that a persona may read and that fit best, the best first; ties by id."""
        rows = [self._place[word] for word in dict.fromkeys(words(question)) if word in self._place]
        scores = self._weights[rows].sum(axis=0)
        may = READERS[persona]
        ranked = sorted(
            (i for i, p in enumerate(self.passages) if documents()[p.document].acl in may and scores[i] > 0),
            key=lambda i: (-round(float(scores[i]), 9), self.passages[i].id),
        )
        return tuple(Found(self.passages[i], rank, float(scores[i])) for rank, i in enumerate(ranked[:most], 1))


@cache
def index() -> Index:
    """Return the index of the whole corpus: what no longer holds is in it as well, as in many a real one."""
    return Index(passages())


def words(text: str) -> list[str]:
    """Return the words and numbers of a text that tell something, without the commonest endings."""
    found = re.findall(r"[a-z]+|\d[\d.,]*\d|\d", text.casefold())
    return [_stem(word) for word in found if word not in COMMON]


def _stem(word: str) -> str:
    for ending in ("ings", "ing", "ies", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) > 3:  # noqa: PLR2004 - what is left must tell something
            return word.removesuffix(ending) + ("y" if ending == "ies" else "")
    return word


def behind(chunks: Iterable[Mapping[str, Any]]) -> str:
    """Return passages as they stand behind a question, each with its id in brackets; nothing where there are none."""
    told = "\n".join(f"[{one['id']}] {one['text']}" for one in chunks)
    return f"{BEHIND}{told}" if told else ""


def messages(question: str, chunks: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Return what an endpoint is asked: the system's prompt, and the question with passages behind it."""
    return [
        {"role": "system", "content": study("guide.md")}, {"role": "user", "content": f"{question}{behind(chunks)}"}
    ]  # fmt: skip
