"""Quoting: where a quoted passage stands in a source, to the letter or nearly so."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

from secondline.evals.text.words import QUOTES, UNSEEN, WORD, Span, words

QUOTED = re.compile(r"\"([^\"\n]{12,600})\"|\u201c([^\u201d\n]{12,600})\u201d|\u00ab\s?([^\u00bb\n]{12,600}?)\s?\u00bb")
CANDIDATES = 4
LONGEST = 2_000
NEGATIONS = frozenset({"not", "no", "never", "none", "nor", "without", "cannot", "except", "unless"})
BEFORE, WITHIN, AFTER = re.compile(r"\d$"), re.compile(r"\d[.,]$"), re.compile(r"[.,]?\d")


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
    (``difflib``). Another number or a lost *not* is another statement: windows must hold the figures and negations of
    the quote, in its order, and no others. An ellipsis joins two passages, which must stand in that order.
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


def spelled(quote: str, source: str, begin: int = 0) -> Located | None:
    """Return where *quote* stands in *source* but for capitals and white space; quick on texts of any length."""
    pattern = r"\s+".join(map(re.escape, quote.split()))
    found = re.compile(pattern, re.IGNORECASE).finditer(source, begin) if pattern else ()
    at = next((m.span() for m in found if not _cuts(source, *m.span())), None)
    return Located(*at, 1.0) if at else None


def _one(quote: str, source: str, least: float, begin: int) -> Located | None:
    if (found := spelled(quote, source, begin)) is not None:
        return found
    folded, places = _folded(source)
    sought = _folded(quote)[0].strip(" .,;:'\"")
    if not sought:
        return None
    start = folded.find(sought, _place(places, begin))
    while start >= 0:
        if not _cuts(folded, start, start + len(sought)):
            return Located(places[start], places[start + len(sought) - 1] + 1, 1.0)
        start = folded.find(sought, start + 1)
    return _near(sought, folded, places, least, begin)


def _cuts(text: str, *edges: int) -> bool:
    """Whether an edge of a passage lies within a number: 0.78 does not stand in 0.782."""
    for at in edges:
        left, right = text[max(at - 2, 0) : at], text[at : at + 2]
        if (BEFORE.search(left) and AFTER.match(right)) or (WITHIN.search(left) and right[:1].isdigit()):
            return True
    return False


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
    binding = _binding(wanted)
    best: Located | None = None
    for first, size in _windows(wanted, said):
        if places[stands[first][0]] < begin or _binding(said[first : first + size]) != binding:
            continue
        a, b = stands[first][0], stands[first + size - 1][1]
        likeness = SequenceMatcher(None, sought, folded[a:b], autojunk=False).ratio()
        if likeness >= max(least, best.likeness if best else 0.0):
            best = Located(places[a], places[b - 1] + 1, likeness)
    return best


def _binding(said: Iterable[str]) -> list[str]:
    """Return the words that no slip may change: figures and negations."""
    return [w for w in said if w[0].isdigit() or w in NEGATIONS or w.endswith("n't")]


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
