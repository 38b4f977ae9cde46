"""Readability: how hard a text is to read, by formulas that count."""

from __future__ import annotations

import re

from secondline.evals.text.words import sentences, words

LONG_WORD = 6
VOWELS = re.compile(r"[aeiouy]+")


def lix(text: str) -> float | None:
    """Return LIX: words a sentence plus the percentage of words of more than six letters; None without a word.

    For any European language. Below 30 is easy, above 50 is hard. Source: C. H. Bjoernsson, Laesbarhet (1968).
    """
    said = [w for w in words(text) if not w[0].isdigit()]
    if not said:
        return None
    long = sum(len(w) > LONG_WORD for w in said)
    return len(said) / max(len(sentences(text)), 1) + 100 * long / len(said)


def grade_level(text: str) -> float | None:
    """Return the Flesch-Kincaid grade level of an English text: the US school year that reads it; None without a word.

    0.39 words a sentence + 11.8 syllables a word - 15.59, syllables being counted as groups of vowels, a silent last
    ``e`` left out. Source: Kincaid et al., Research Branch Report 8-75 (1975).
    """
    said = [w for w in words(text) if not w[0].isdigit()]
    if not said:
        return None
    return 0.39 * len(said) / max(len(sentences(text)), 1) + 11.8 * sum(map(syllables, said)) / len(said) - 15.59


def syllables(word: str) -> int:
    """Return the number of syllables of an English word, by its groups of vowels; at least one.

    >>> [syllables(w) for w in ("fee", "rate", "annual", "table", "capital")]
    [1, 1, 2, 2, 3]
    """
    silent = word.endswith("e") and not word.endswith(("le", "ee")) and len(VOWELS.findall(word)) > 1
    return max(len(VOWELS.findall(word)) - silent, 1)
