"""Passages: a document cut into paragraphs with their places, where quotations and what speaks of something stand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from secondline.core.bm25 import BM25
from secondline.core.errors import DataError
from secondline.evals.text.quoting import located, spelled

MOST_BYTES = 20_000_000
PACKED = b"PK\x03\x04"
LONGEST = 1500
"""Characters of a passage; a longer paragraph is cut between sentences."""
ALIKE = 0.95
SHORTEST_QUOTE, LONGEST_QUOTE = 12, 2000
"""Characters below which a quotation proves nothing, as any text holds them, and beyond which it is the document."""
NEAREST = 8
"""Passages in which a quotation is looked for that does not stand there to the letter."""
WORD = re.compile(r"[a-z0-9]+")
ELLIPSIS = re.compile(r"\.\.\.|\u2026")
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


@dataclass(frozen=True, slots=True)
class Quote:
    """A quotation as the source has it: its place, its words, and how alike the two are."""

    start: int
    end: int
    text: str
    alike: float
    line: int


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
    def ranks(self) -> BM25:
        """How well passages fit a question; the heading above a passage counts as part of it."""
        return BM25(terms(f"{p.heading} {p.text}") for p in self.passages)

    def find(self, query: str, most: int = 5) -> list[tuple[float, Passage]]:
        """Return the passages nearest to *query*, best first, with their scores."""
        return [(score, self.passages[i]) for score, i in self.ranks.best(terms(query), most)]

    def locate(self, quote: str) -> Quote | None:
        """Return where a quotation stands, or None.

        It stands where the text is the same but for white space and capitals, or where a passage that speaks of the
        same holds it nearly: alike at 0.95 or more, with the same figures and negations. What is left out by an
        ellipsis may be the *not*, so such a quotation is none.
        """
        if not SHORTEST_QUOTE <= len(" ".join(quote.split())) <= LONGEST_QUOTE:
            return None
        if (whole := spelled(quote, self.text)) is not None:
            return self._quote(whole.start, whole.end, whole.likeness)
        if ELLIPSIS.search(quote):
            return None
        near = ((located(quote, p.text, ALIKE), p.start) for _, p in self.find(quote, NEAREST))
        best = max(((n.likeness, n.start + at, n.end + at) for n, at in near if n), default=None)
        return self._quote(best[1], best[2], best[0]) if best else None

    def _quote(self, start: int, end: int, alike: float) -> Quote:
        return Quote(start, end, self.text[start:end], alike, self.text.count("\n", 0, start) + 1)


def read(path: Path) -> Document:
    """Return a document of plain text, Markdown or DOCX.

    Raises:
        DataError: it is not there, too large, neither of these, or not UTF-8.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise DataError(f"{path.name} is larger than {MOST_BYTES:,} bytes; give the part that is to be reviewed.")
        return document(path.name, path.read_bytes())
    except OSError as error:
        raise DataError(f"Cannot read {str(path)!r}: {error.strerror or error}.") from error


def document(name: str, content: bytes, *, most_unpacked: int = 10 * MOST_BYTES) -> Document:
    """Return a document from its bytes: DOCX where they are packed as such, otherwise text.

    Raises:
        DataError: it is no Word document, unpacks to too much, or is not UTF-8.
    """
    if name.lower().endswith(".docx") or content.startswith(PACKED):
        from secondline.reports.docx.reading import text_of

        return Document(name, text_of(content, name, most_unpacked=most_unpacked))
    try:
        return Document(name, content.decode())
    except UnicodeDecodeError as error:
        raise DataError(f"{name} is not UTF-8 text (byte {error.start}). Save it as Markdown or text.") from error


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
    ends = list(_ends(block))
    for i, end in enumerate(ends):
        last = i + 1 == len(ends)
        if last or ends[i + 1] - begin > LONGEST:
            piece = block[begin:end]
            lead = len(piece) - len(piece.lstrip())
            if piece.strip():
                yield start + begin + lead, piece.strip()
            begin = end


def _ends(block: str) -> Iterator[int]:
    """Yield where sentences end; one that is longer than a passage may be ends where a word does."""
    at = 0
    for end in (*(m.end() for m in re.finditer(r"[.!?]\s+|\n", block)), len(block)):
        while end - at > LONGEST:
            space = block.rfind(" ", at + 1, at + LONGEST)
            at = space + 1 if space > 0 else at + LONGEST
            yield at
        at = end
        yield end


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
