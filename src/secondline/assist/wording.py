"""Wording: what the free text of a sentence may hold. No number in any script or word, no word off the list."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from secondline.assist.cues import LEFT, RIGHT
from secondline.assist.exhibits import Exhibits
from secondline.assist.lexicon import ALLOWED, COMMON, DIRECTION, JUDGEMENT, NEGATION, NUMBERS, QUANTITY
from secondline.assist.problems import Problem
from secondline.assist.sentences import Sentence

PUNCTUATION = frozenset(" ,.;:()[]'\"-/?!\u2019\u2018\u201c\u201d\u2013\u2014")
LETTERS = re.compile(r"[^\W\d_]+")
ROMAN = re.compile(r"(?=[ivxlcdm])m{0,3}(?:cm|cd|d?c{0,3})(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})")
_PART = "|".join(sorted(NUMBERS, key=len, reverse=True))
COMPOUND = re.compile(rf"(?:{_PART})+(?:fold|ths?|s)?")
Word = tuple[int, str]
"""A word in lower case, and the number of the piece of free text it stands in."""


def words(sentence: Sentence, exhibits: Exhibits) -> list[Word]:
    """Return the words of the free text, in order, without those that belong to a slot as its cue."""
    pieces = list(sentence.between)
    for i, slot in enumerate(sentence.slots):
        field = exhibits.field(slot.id, slot.field)
        if field is not None:
            left, right = LEFT.get(field.role, ""), RIGHT.get(field.role, "")
            if left and pieces[i].lower().endswith(left):
                pieces[i] = pieces[i][: -len(left)]
            if right and pieces[i + 1].lower().startswith(right):
                pieces[i + 1] = pieces[i + 1][len(right) :]
    return [(i, m.group().lower()) for i, piece in enumerate(pieces) for m in LETTERS.finditer(piece)]


def wording(sentence: Sentence, exhibits: Exhibits, spoken: list[Word]) -> Iterator[Problem]:
    """Yield what is wrong with the free text."""
    yield from _characters(sentence)
    mine: set[str] = set()
    for id_ in sentence.cites:
        mine |= exhibits.by_id[id_].names if id_ in exhibits.by_id else set()
    for _, word in spoken:
        yield from _word(word, sentence, exhibits, mine)
    yield from _upper_case_numbers(sentence)


def _characters(sentence: Sentence) -> Iterator[Problem]:
    for piece in sentence.between:
        for mark in piece:
            if mark.isascii() and (mark.isalpha() or mark in PUNCTUATION):
                continue
            if mark in "{}":
                yield Problem("BAD_SLOT", piece.strip()[:40])
            elif unicodedata.numeric(mark, None) is not None or unicodedata.category(mark).startswith("N"):
                yield Problem("FREE_DIGIT", mark)
            elif mark not in PUNCTUATION:
                # An accent or a letter of another script can dress up a word that is not allowed.
                yield Problem("BAD_CHARACTER", f"U+{ord(mark):04X}")


def _word(word: str, sentence: Sentence, exhibits: Exhibits, mine: set[str]) -> Iterator[Problem]:
    if is_number(word):
        yield Problem("NUMBER_WORD", word)
    elif word in QUANTITY:
        yield Problem("QUANTITY", word)
    elif word in JUDGEMENT:
        if not implied(word, sentence, exhibits):
            yield Problem("JUDGEMENT", word)
    elif word in NEGATION:
        yield Problem("NEGATION", word)
    elif word in COMMON or (word in exhibits.names and word not in ALLOWED):
        if word not in mine:
            yield Problem("WRONG_NAME", word)
    elif word not in ALLOWED and word not in mine and word not in DIRECTION:
        yield Problem("UNKNOWN_WORD", word)


def is_number(word: str) -> bool:
    """Whether a word is a number, a share, a compound of such, or a Roman numeral.

    >>> [is_number(w) for w in ("twelve", "twentytwo", "thirds", "sevenfold", "xii", "rate", "often")]
    [True, True, True, True, True, False, False]
    """
    if word in ALLOWED:
        return False
    return bool(COMPOUND.fullmatch(word)) or (len(word) > 1 and bool(ROMAN.fullmatch(word)))


def _upper_case_numbers(sentence: Sentence) -> Iterator[Problem]:
    """Yield the Roman numerals of one letter, which only capitals tell from a letter."""
    for piece in sentence.between:
        for match in re.finditer(r"\b[IVXLCDM]\b", piece):
            yield Problem("NUMBER_WORD", match.group())


def implied(word: str, sentence: Sentence, exhibits: Exhibits) -> bool:
    """Whether a rule that the sentence names and cites implies a word of judgement."""
    rule = exhibits.by_id.get(sentence.rule)
    known = rule is not None and rule.kind == "rule" and sentence.rule in sentence.cites
    return known and sentence.kind == "judgement" and rule is not None and word in rule.implies
