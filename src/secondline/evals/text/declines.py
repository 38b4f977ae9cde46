"""Declines: whether an answer declines to answer, by patterns of its language; a language without them is not judged.

Patterns read the whole sentence, so that "I cannot find a fee" declines and "you cannot be charged a fee" does not.
tests/evals/text/test_declines.py holds the sentences they were calibrated on, with the errors that were left.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from secondline.evals.text.languages import language_of
from secondline.evals.text.patterns import DECLINES, OFFERED
from secondline.evals.text.words import Span, content, plain, sentences

How = Literal["answered", "declined", "partly", "empty", "unknown"]
COMPILED = {code: tuple(re.compile(p, re.MULTILINE) for p in patterns) for code, patterns in DECLINES.items()}
"""By two-letter code; over plain text (`words.plain`), sentence by sentence."""
MORE = 6
"""Words of content beside the decline and its courtesies from which on something was answered too."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How an answer took its question, and the sentence that declines.

    It answered, declined, did both (partly), or is empty; unknown where its language has no patterns.
    """

    how: How
    span: Span = (0, 0)
    language: str = ""

    @property
    def declined(self) -> bool | None:
        """Whether nothing was answered; None where that cannot be told."""
        return None if self.how == "unknown" else self.how in {"declined", "empty"}


@lru_cache(maxsize=2_048)
def reading(text: str, language: str = "") -> Reading:
    """Return how an answer takes its question; *language* stands in where the text is too short to tell its own.

    Partly: a sentence declines, and the others say more than courtesies and whom to ask instead.
    """
    if not text.strip():
        return Reading("empty", language=language)
    code = language_of(text) or language[:2].lower()
    if code not in COMPILED:
        return Reading("unknown", language=code)
    said = declining(text, code)
    if not said:
        return Reading("answered", language=code)
    others = [text[a:b] for a, b in sentences(text) if (a, b) not in said]
    more = frozenset[str]().union(*(content(t) for t in others if not OFFERED.search(plain(t))))
    return Reading("partly" if len(more) >= MORE else "declined", said[0], code)


@lru_cache(maxsize=2_048)
def declining(text: str, code: str) -> tuple[Span, ...]:
    """Return the sentences of a text that decline, by the patterns of a language; none where it has none."""
    at = sentences(text)
    lines = "\n".join(plain(text[a:b]) for a, b in at)
    # Over all sentences at once: most answers decline nowhere, and a point matches no end of line.
    possible = [pattern for pattern in COMPILED.get(code, ()) if pattern.search(lines)]
    if not possible:
        return ()
    return tuple((a, b) for a, b in at if any(pattern.search(plain(text[a:b])) for pattern in possible))
