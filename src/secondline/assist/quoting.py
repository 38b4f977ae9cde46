"""Quoting: find a quotation in its source, to the letter or nearly, and never with another number or a lost "not"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from secondline.assist.passages import Document

ALIKE = 0.95
SHORTEST = 12
"""Characters below which a quotation proves nothing: any text holds them."""
LONGEST = 2000
"""Characters beyond which it is no quotation but the document."""
PIECE = re.compile(r"\S+")
BINDING = re.compile(r"\d+(?:[.,]\d+)*|\b(?:not|no|never|none|without|cannot|except|unless)\b|n't\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Quote:
    """A quotation as the source has it: its place, its words, and how alike the two are."""

    start: int
    end: int
    text: str
    alike: float
    line: int


def locate(quote: str, document: Document) -> Quote | None:
    """Return where a quotation stands, or None.

    It stands where the text is the same but for white space and capitals, or where it is alike at 0.95 or more (ratio
    of ``difflib``) and all digits and negations are the same: another number is another statement.
    """
    wanted = _plain(quote)
    if not SHORTEST <= len(wanted) <= LONGEST:
        return None
    exact = re.search(r"\s+".join(map(re.escape, quote.split())), document.text, re.IGNORECASE)
    if exact:
        return _quote(document, exact.start(), exact.end(), 1.0)
    best = max(_near(wanted, document), default=(0.0, 0, 0))
    return _quote(document, best[1], best[2], best[0]) if best[0] >= ALIKE else None


def _near(wanted: str, document: Document) -> Iterator[tuple[float, int, int]]:
    """Yield windows of about as many words as the quotation, in the passages that speak of the same."""
    binding, size = _binding(wanted), len(wanted.split())
    matcher = SequenceMatcher(None, "", wanted, autojunk=False)
    for _, passage in document.find(wanted, 8):
        pieces = [(m.start() + passage.start, m.end() + passage.start) for m in PIECE.finditer(passage.text)]
        for width in range(max(size - 1, 1), size + 2):
            for i in range(max(len(pieces) - width + 1, 0)):
                start, end = pieces[i][0], pieces[i + width - 1][1]
                seen = _plain(document.text[start:end])
                matcher.set_seq1(seen)
                if matcher.real_quick_ratio() >= ALIKE and matcher.quick_ratio() >= ALIKE and _binding(seen) == binding:
                    yield matcher.ratio(), start, end


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _binding(text: str) -> list[str]:
    return [found.lower() for found in BINDING.findall(text)]


def _quote(document: Document, start: int, end: int, alike: float) -> Quote:
    return Quote(start, end, document.text[start:end], alike, document.text.count("\n", 0, start) + 1)
