"""Quoting: where a quoted passage stands in a source, to the letter or nearly so."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

from secondline.evals.text.words import QUOTES, UNSEEN, WORD, Span, words

QUOTED = re.compile(r"\"([^\"\n]{12,600})\"|\u201c([^\u201d\n]{12,600})\u201d|\u00ab\s?([^\u00bb\n]{12,600}?)\s?\u00bb")
CANDIDATES = 4
LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class Located:
    """Where a quote stands in its source, and how alike it is: 1 to the letter (case, spaces and quotes aside)."""

    start: int
    end: int
    likeness: float


def quotes(text: str) -> list[tuple[str, Span]]:
    """Return the passages of twelve letters or more that stand in quotation marks, with their place."""
    return [(next(filter(None, m.groups())), m.span()) for m in QUOTED.finditer(text.replace("\u2018", "'"))]


def located(quote: str, source: str, least: float = 0.95) -> Located | None:
    """Return where *quote* stands in *source*, or None where nothing is alike enough.

    It is sought to the letter first, then among windows of as many words, by the ratio of Ratcliff and Obershelp
    (``difflib``). A changed number is never alike: windows must state the figures of the quote. An ellipsis joins two
    passages, which must stand in that order.
    """
    if not quote.strip() or not source or len(quote) > LONGEST:
        return None
    pieces = [p for p in re.split(r"\s*(?:\.\.\.|\u2026|\[\.\.\.\]|\[\u2026\])\s*", quote) if any(map(str.isalnum, p))]
    found: list[Located] = []
    for piece in pieces:
        at = _one(piece, source, least, found[-1].end if found else 0)
        if at is None:
            return None
        found.append(at)
    return Located(found[0].start, found[-1].end, min(f.likeness for f in found)) if found else None


def _one(quote: str, source: str, least: float, begin: int) -> Located | None:
    start = source.find(quote, begin)
    if start >= 0:
        return Located(start, start + len(quote), 1.0)
    folded, places = _folded(source)
    sought = _folded(quote)[0].strip(" .,;:'\"")
    start = folded.find(sought, _place(places, begin)) if sought else -1
    if start >= 0:
        return Located(places[start], places[start + len(sought) - 1] + 1, 1.0)
    return _near(sought, folded, places, least, begin)


@lru_cache(maxsize=1_024)
def _folded(text: str) -> tuple[str, tuple[int, ...]]:
    """Return the plain text, and for each of its letters where it stood."""
    letters: list[str] = []
    places: list[int] = []
    for i, letter in enumerate(text):
        shown = letter.lower() if letter < "\x7f" else _shown(letter)
        for c in shown:
            if not (c.isspace() and letters and letters[-1] == " "):
                letters.append(" " if c.isspace() else c)
                places.append(i)
    return "".join(letters), tuple(places)


def _shown(letter: str) -> str:
    return UNSEEN.sub("", unicodedata.normalize("NFKC", letter)).translate(QUOTES).casefold()


def _place(places: tuple[int, ...], begin: int) -> int:
    return next((i for i, place in enumerate(places) if place >= begin), len(places)) if begin else 0


def _near(sought: str, folded: str, places: tuple[int, ...], least: float, begin: int) -> Located | None:
    wanted, stands = words(sought), [m.span() for m in WORD.finditer(folded)]
    said = [folded[a:b] for a, b in stands]
    figures = Counter(w for w in wanted if w[0].isdigit())
    best: Located | None = None
    for first, size in _windows(wanted, said):
        if places[stands[first][0]] < begin or figures - Counter(said[first : first + size]):
            continue
        a, b = stands[first][0], stands[first + size - 1][1]
        likeness = SequenceMatcher(None, sought, folded[a:b], autojunk=False).ratio()
        if likeness >= max(least, best.likeness if best else 0.0):
            best = Located(places[a], places[b - 1] + 1, likeness)
    return best


def _windows(wanted: tuple[str, ...], said: list[str]) -> list[tuple[int, int]]:
    """Return the windows of words (begin, size) that share most words with the quote, of its size or one off."""
    scored: list[tuple[int, int, int]] = []
    for size in {max(len(wanted) + d, 1) for d in (-1, 0, 1)}:
        if not said or size > len(said):
            continue
        lacking = Counter(wanted)
        lacking.subtract(said[:size])
        shared = sum(min(n, said[:size].count(w)) for w, n in Counter(wanted).items())
        scored.append((shared, 0, size))
        for i in range(1, len(said) - size + 1):
            gone, come = said[i - 1], said[i + size - 1]
            shared -= lacking[gone] >= 0 and gone in lacking
            lacking[gone] += 1
            shared += lacking[come] > 0
            lacking[come] -= 1
            scored.append((shared, i, size))
    scored.sort(key=lambda s: (-s[0] / max(s[2], len(wanted)), s[1]))
    return [(i, size) for _, i, size in scored[: CANDIDATES * 3]]
