"""The retriever of the assistant, and its prompt: BM25 over passages, for any endpoint."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from secondline.core.bm25 import BM25
from secondline.samples.genai.corpus import READERS, Passage, documents, passages
from secondline.samples.genai.written import FOLDER, study

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
        self._ranks = BM25(words(f"{documents()[p.document].title} {p.text}") for p in self.passages)

    def search(self, question: str, most: int = FOUND, persona: str = "owner") -> tuple[Found, ...]:
        """Return the passages that a persona may read and that fit best, the best first; ties by id."""
        scores, may = self._ranks.scores(words(question)), READERS[persona]
        ranked = sorted(
            (i for i in scores if documents()[self.passages[i].document].acl in may),
            key=lambda i: (-round(scores[i], 9), self.passages[i].id),
        )
        return tuple(Found(self.passages[i], rank, scores[i]) for rank, i in enumerate(ranked[:most], 1))


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
