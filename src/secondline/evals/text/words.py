"""Words: text made plain, cut into sentences and words, and the content it holds. No model, no dictionary."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

Span = tuple[int, int]
UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
    "\U000e0000-\U000e007f]"
)
"""Characters that show nothing."""
QUOTES = str.maketrans({
    "\u2018": "'", "\u2019": "'", "\u201a": "'", "\u201c": '"', "\u201d": '"', "\u201e": '"', "\u00ab": '"',
    "\u00bb": '"', "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "-", "\u2212": "-",
})  # fmt: skip
WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:['-][^\W\d_]+)*|\w+")
# A sentence ends at its mark, unless that stands within a number or after an abbreviation; a line of a list ends one.
END = re.compile(r"(?<=[.!?\u2026\u3002\uff01\uff1f])[\"')\]]*\s+(?=\S)|\n\s*\n|\n(?=\s*(?:[-*\u2022]|\d+[.)])\s)")
ABBREVIATED = re.compile(
    r"\b(?:e\.g|i\.e|etc|cf|vs|no|nr|art|sec|para|approx|mr|mrs|ms|dr|prof|inc|ltd|co|st|p|pp|fig|bzw|z\.b|d\.h|ca)\.$",
    re.IGNORECASE,
)
NUMBERED = re.compile(r"\s*\d{1,2}\.")
BULLET = re.compile(r"^\s*(?:[-*\u2022]+|\d{1,2}[.)])\s+")
_COMMON = (
    "a an and are as at be been but by can could did do does for from had has have he her his how i if in into is "
    "it its may me might must my no not of on one or our shall she should so some such than that the their them "
    "then there these they this those to under up upon us was we were what when where which while who will with "
    "would you your also any each per please via within"
)
COMMON = frozenset(_COMMON.split())
_ENDINGS = "ational ations ation ments ment ities ity ings ing ies ied edly ed ly es s e"
ENDINGS = tuple(_ENDINGS.split())
SHORTEST_STEM = 3


@lru_cache(maxsize=4_096)
def plain(text: str) -> str:
    """Return the text in compatibility form, case folded, without characters that show nothing, spaces single."""
    shown = UNSEEN.sub("", unicodedata.normalize("NFKC", text)).translate(QUOTES)
    return " ".join(shown.casefold().split())


@lru_cache(maxsize=4_096)
def words(text: str) -> tuple[str, ...]:
    """Return the words and numbers of the plain text, in order; a number keeps its points and commas."""
    return tuple(WORD.findall(plain(text)))


def spans(text: str) -> list[Span]:
    """Return where each word stands in the text as it was given."""
    return [match.span() for match in WORD.finditer(text)]


@lru_cache(maxsize=4_096)
def sentences(text: str) -> tuple[Span, ...]:
    """Return where each sentence stands: what holds no letter and no digit is none."""
    cuts, begin = [], 0
    for match in END.finditer(text):
        said = text[begin : match.start()]
        if ABBREVIATED.search(said[-12:]) or NUMBERED.fullmatch(said):
            continue
        cuts.append((begin, match.start()))
        begin = match.end()
    cuts.append((begin, len(text)))
    return tuple(_trimmed(text, a, b) for a, b in cuts if any(c.isalnum() for c in text[a:b]))


def _trimmed(text: str, begin: int, end: int) -> Span:
    piece = text[begin:end]
    bullet = BULLET.match(piece)
    begin += bullet.end() if bullet else len(piece) - len(piece.lstrip())
    return begin, begin + len(text[begin:end].rstrip())


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """Return a word without its commonest English endings: enough to match ``fees`` with ``fee``."""
    for ending in ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= SHORTEST_STEM:
            return word[: -len(ending)]
    return word


@lru_cache(maxsize=4_096)
def content(text: str) -> frozenset[str]:
    """Return the stems of the words that carry content: not the commonest English ones, nor single letters."""
    return frozenset(stem(w) for w in words(text) if w not in COMMON and (len(w) > 1 or w.isdigit()))


Run = tuple[str, ...]


@lru_cache(maxsize=1_024)
def runs(text: str, n: int) -> frozenset[Run]:
    """Return the runs of *n* words of a text (the whole text where it is shorter, nothing where it is empty)."""
    return frozenset(_runs(words(text), n))


def _runs(found: Run, n: int) -> Iterable[Run]:
    if len(found) <= n:
        return [found] if found else []
    return zip(*(found[i:] for i in range(n)), strict=False)


def contained(part: str, whole: str, n: int) -> float:
    """Return the share of the runs of *n* words of *part* that *whole* holds, 0 where *part* has no word.

    Containment in the sense of Broder (1997), "On the resemblance and containment of documents".
    """
    sought = runs(part, n)
    return len(sought.intersection(_runs(words(whole), min(n, len(words(part)))))) / len(sought) if sought else 0.0


def longest_shared(a: str, b: str) -> int:
    """Return the length in words of the longest run that both texts hold."""
    first, second = words(a), words(b)
    places: dict[str, list[int]] = {}
    for i, word in enumerate(second):
        places.setdefault(word, []).append(i)
    best, before = 0, dict[int, int]()
    for word in first:
        now = {i: before.get(i - 1, 0) + 1 for i in places.get(word, ())}
        best, before = max(best, *now.values(), 0), now
    return best
