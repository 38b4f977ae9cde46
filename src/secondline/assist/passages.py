"""Passages: a document cut into paragraphs with their places, and BM25 to find those that speak of something."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from secondline.core.errors import DataError

MOST_BYTES = 20_000_000
LONGEST = 1500
"""Characters of a passage; a longer paragraph is cut between sentences."""
K1, B = 1.2, 0.75
WORD = re.compile(r"[a-z0-9]+")
_STOP = (
    "a an and are as at be been by for from had has have if in into is it its not of on or such than that the their "
    "then there these this to was were which who with what when where will would may must should can how every each "
    "any no"
)
STOP = frozenset(_STOP.split())
_ENDINGS = ("ations", "ation", "ating", "ated", "ates", "ate", "ings", "ing", "ies", "ied", "ed", "es", "s")


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph: its text, where it begins in the document, its line, and the headings above it."""

    text: str
    start: int
    line: int
    heading: str = ""

    @property
    def place(self) -> str:
        """Where it is, as a reader looks it up."""
        return f"line {self.line}" + (f", {self.heading}" if self.heading else "")


@dataclass(frozen=True)
class Document:
    """A text with its passages."""

    name: str
    text: str

    @cached_property
    def passages(self) -> tuple[Passage, ...]:
        """The passages in order."""
        return tuple(_passages(self.text))

    @cached_property
    def index(self) -> Index:
        """The index by which passages are found; the heading above a passage counts as part of it."""
        return Index([f"{p.heading} {p.text}" for p in self.passages])

    def find(self, query: str, most: int = 5) -> list[tuple[float, Passage]]:
        """Return the passages nearest to *query*, best first, with their scores."""
        return [(score, self.passages[i]) for score, i in self.index.find(query, most)]


def read(path: Path) -> Document:
    """Return a document of plain text, Markdown or DOCX.

    Raises:
        DataError: it is not there, too large, neither of these, or not UTF-8.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise DataError(f"{path.name} is larger than {MOST_BYTES:,} bytes; give the part that is to be reviewed.")
        if path.suffix.lower() == ".docx":
            from secondline.reports.docx.reading import text_of

            return Document(path.name, text_of(path))
        return Document(path.name, path.read_bytes().decode())
    except OSError as error:
        raise DataError(f"Cannot read {str(path)!r}: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path.name} is not UTF-8 text (byte {error.start}). Save it as Markdown or text.") from error


def _passages(text: str) -> Iterator[Passage]:
    """Yield paragraphs; a line that begins with # is a heading, and a table or list is one paragraph."""
    headings: list[str] = []
    seen = line = 0
    for block, begin in _blocks(text):
        title = block.lstrip("#").strip() if block.startswith("#") else ""
        if title:
            level = len(block) - len(block.lstrip("#"))
            headings = [*headings[: level - 1], title]
            continue
        for start, piece in _cut(block, begin):
            line += text.count("\n", seen, start)
            seen = start
            if WORD.search(piece.lower()):
                yield Passage(piece, start, line + 1, " > ".join(headings))


def _blocks(text: str) -> Iterator[tuple[str, int]]:
    """Yield headings and runs of lines that are not empty, each with where it begins."""
    held, begin, at = "", 0, 0
    for line in text.splitlines(keepends=True):
        heading, empty = line.startswith("#"), not line.strip()
        if held and (heading or empty):
            yield held, begin
            held = ""
        if heading:
            yield line, at
        elif not empty:
            begin = begin if held else at
            held += line
        at += len(line)
    if held:
        yield held, begin


def _cut(block: str, start: int) -> Iterator[tuple[int, str]]:
    """Yield a block without the space around it, in pieces of at most about ``LONGEST`` characters."""
    begin = 0
    ends = [m.end() for m in re.finditer(r"[.!?]\s+|\n", block)] + [len(block)]
    for i, end in enumerate(ends):
        last = i + 1 == len(ends)
        if last or ends[i + 1] - begin > LONGEST:
            piece = block[begin:end]
            lead = len(piece) - len(piece.lstrip())
            if piece.strip():
                yield start + begin + lead, piece.strip()
            begin = end


def terms(text: str) -> list[str]:
    """Return the words of a text that carry meaning, in lower case and without their usual endings."""
    return [stem(word) for word in WORD.findall(text.lower()) if word not in STOP]


def stem(word: str) -> str:
    """Return a word without a usual English ending, so that ``validated`` finds ``validation``.

    >>> [stem(w) for w in ("validated", "validation", "limits", "data")]
    ['valid', 'valid', 'limit', 'data']
    """
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 4:  # noqa: PLR2004 - what is left must still be a word
            return word[: -len(ending)]
    return word


class Index:
    """BM25 over short texts (Robertson and Zaragoza 2009, with the plus-one inside the logarithm of Lucene)."""

    def __init__(self, texts: Sequence[str]) -> None:
        """Count the terms of each text."""
        self.counts = [Counter(terms(text)) for text in texts]
        self.lengths = [sum(count.values()) for count in self.counts]
        self.mean = sum(self.lengths) / max(len(self.lengths), 1) or 1.0
        self.holders: Counter[str] = Counter(term for count in self.counts for term in count)

    def weight(self, term: str) -> float:
        """Return how much a term tells: the rarer the more."""
        held = self.holders[term]
        return math.log(1 + (len(self.counts) - held + 0.5) / (held + 0.5))

    def score(self, query: Iterable[str], i: int) -> float:
        """Return how well text *i* matches the terms of a query."""
        count, norm = self.counts[i], K1 * (1 - B + B * self.lengths[i] / self.mean)
        found = (term for term in set(query) if term in count)
        return sum(self.weight(term) * count[term] * (K1 + 1) / (count[term] + norm) for term in found)

    def find(self, query: str, most: int) -> list[tuple[float, int]]:
        """Return the best texts with their scores, best first; ties in the order of the texts."""
        wanted = terms(query)
        scored = [(self.score(wanted, i), i) for i in range(len(self.counts))]
        return sorted((pair for pair in scored if pair[0] > 0), key=lambda pair: (-pair[0], pair[1]))[:most]
