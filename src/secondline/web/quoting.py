"""Quoting: an answer in pieces, with the words marked that a verdict rests on; it is text, whatever it holds."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

from secondline.evals.kept import Answer, Kept

Span = tuple[int, int]
NAMED = re.compile(r"'([^']{3,200})'")
"""Words that a scorer names in its reason: the mark that an attack set out to have said."""


def spans_of(kept: Kept, answer: Answer) -> list[Span]:
    """Return where in the answer's text its verdicts rest: what scorers pointed at or named, and what judges quoted."""
    found = [(a, b) for row in answer.rows for where, a, b in row.grade.spans if where == "answer"]
    quotes = [kept.quotes.get((answer.id, row.criterion), "").strip() for row in answer.rows]
    quotes += [said for row in answer.rows if not row.grade.spans for said in NAMED.findall(row.grade.reason)]
    text = answer.text.casefold()
    for quote in filter(None, quotes):
        at = text.find(quote.casefold())
        if at >= 0 and len(text) == len(answer.text):
            found.append((at, at + len(quote)))
    return found


def pieces(text: str, spans: Iterable[Span]) -> list[tuple[str, bool]]:
    """Return *text* in pieces that are marked or not; spans may overlap, and what lies outside the text is cut."""
    made: list[tuple[str, bool]] = []
    at = 0
    for start, end in sorted(spans):
        begin, stop = max(start, at), min(end, len(text))
        if begin >= stop:
            continue
        if begin > at:
            made.append((text[at:begin], False))
        made.append((text[begin:stop], True))
        at = stop
    return [*made, (text[at:], False)] if at < len(text) or not made else made


def anchored(text: str, quotes: Iterable[tuple[int, int, str]]) -> list[tuple[str, bool, list[str]]]:
    """Return *text* in pieces: whether one is quoted, and the names of the quotes that begin with it.

    Quotes may overlap; a quote that begins beyond the text is left out.
    """
    inside = [(a, min(b, len(text)), name) for a, b, name in quotes if 0 <= a < min(b, len(text))]
    cuts = sorted({0, len(text), *(at for a, b, _ in inside for at in (a, b))})
    return [
        (text[a:b], any(s <= a < e for s, e, _ in inside), [name for s, _, name in inside if s == a])
        for a, b in pairwise(cuts)
    ]
