"""Numbers: those a text states, in figures or in words, with their unit: 1.2m is 1,200,000."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from math import isclose, isfinite

from secondline.evals.text.words import Span, words

SCALES = {"k": 1e3, "thousand": 1e3, "m": 1e6, "mn": 1e6, "million": 1e6, "bn": 1e9, "billion": 1e9, "trillion": 1e12}
UNITS = {
    "%": "%", "percent": "%", "per cent": "%", "bp": "bp", "bps": "bp", "basis points": "bp", "basis point": "bp",
    "$": "USD", "usd": "USD", "\u20ac": "EUR", "eur": "EUR", "\u00a3": "GBP", "gbp": "GBP", "chf": "CHF",
}  # fmt: skip
FIGURE = re.compile(
    r"(?P<digits>\d+(?:[.,'\u2019\u00a0\u202f]\d+)*)"
    r"(?:\s?(?P<scale>k|m|mn|bn|thousand|million|billion|trillion)\b)?"
    r"(?:\s?(?P<unit>%|(?:percent|per cent|bps?|basis points?|USD|EUR|GBP|CHF)\b|[$\u20ac\u00a3]))?",
    re.IGNORECASE,
)
# Found by its digits, which are rare; what stands before them is read from there.
BEFORE = re.compile(r"(?P<sign>[-\u2212])?(?:(?P<money>[$\u20ac\u00a3]|\b(?:USD|EUR|GBP|CHF))\s?)?$", re.IGNORECASE)
BACK = 6
MONEY_ENDS = "RDPFrdpf"
LEADS = f"{MONEY_ENDS}$\u20ac\u00a3-\u2212"
"""Last letters of EUR, USD, GBP and CHF, after which alone a digit is no part of a word; with signs, what may lead."""
DATE = re.compile(r"\b(?:19|20)\d\d-[01]\d-[0-3]\d\b")
LISTED = re.compile(r"(?:^|\n)\s*\d{1,2}[.)]\s|\[\^?\d{1,3}\]|\(\d{1,2}\)")
_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
ONES = {word: i for i, word in enumerate(_ONES.split())}
TENS = {word: 10 * i for i, word in enumerate(_TENS.split(), 2)}
DIGIT = re.compile(r"\d")
NAMES = frozenset({*ONES, *TENS, *(f"{ten}-{one}" for ten in TENS for one in ONES), "hundred", "thousand", "million"})
SPELLED = re.compile(
    rf"\b(?:(?:{'|'.join([*ONES, *TENS, 'hundred', 'thousand', 'million'])})(?:[\s-]+(?:and\s+)?|\b))+", re.IGNORECASE
)
COMMA_LANGUAGES = frozenset({"de", "fr", "es", "it", "nl", "pt", "pl", "da", "sv", "fi", "cs", "hu", "el", "ro", "tr"})
GROUP = 3
LONGEST = 120
"""Letters of a number in words; what is longer is none that was meant."""
CLOSE = 1e-9


@dataclass(frozen=True, slots=True)
class Number:
    """A number that a text states: its value (scaled: 1.2m is 1,200,000), its unit ("" where none) and its place.

    A date is a number with the unit ``date``: year, month and day as one.
    """

    value: float
    unit: str
    span: Span
    spelled: bool = False

    def equals(self, other: Number, tolerance: float = 0.0) -> bool:
        """Whether both state the same: values within a relative tolerance, units equal or one of them not given."""
        if self.unit != other.unit and ((self.unit and other.unit) or "date" in (self.unit, other.unit)):
            return False
        return isclose(self.value, other.value, rel_tol=max(tolerance, CLOSE))


@lru_cache(maxsize=8_192)
def numbers(text: str, language: str = "en") -> tuple[Number, ...]:
    """Return the numbers of a text in order; marks of lists and citations are none.

    A comma groups and a point divides, or the other way round in languages that write so; a lone separator that can
    only be the other one (1,5 in English) is read as that.
    """
    found: list[Number] = []
    figured = DIGIT.search(text) is not None
    marks = [match.span() for match in LISTED.finditer(text)] if figured else []
    for match in DATE.finditer(text) if figured else ():
        found.append(Number(float(match.group().replace("-", "")), "date", match.span()))
        marks.append(match.span())
    for match in FIGURE.finditer(text) if figured else ():
        number = _figure(match, comma=language[:2] in COMMA_LANGUAGES)
        if number and _free(number.span, marks):
            found.append(number)
    if NAMES & set(words(text)):
        rest = _without(text, [n.span for n in found])
        found += [
            Number(_spelled(match.group()), _unit_after(text, match.end()), match.span(), spelled=True)
            for match in SPELLED.finditer(rest)
            if _free(match.span(), marks) and len(match.group()) <= LONGEST
        ]
    return tuple(sorted(found, key=lambda n: n.span))


def _without(text: str, spans: list[Span]) -> str:
    """Return the text with what stands in figures hidden: ``5 million and six`` is two numbers."""
    pieces, at = [], 0
    for start, end in sorted(spans):
        pieces += [text[at:start], "#" * (end - start)]
        at = end
    return "".join([*pieces, text[at:]])


def _free(span: Span, marks: list[Span]) -> bool:
    return not any(span[0] < b and a < span[1] for a, b in marks)


def _figure(match: re.Match[str], *, comma: bool) -> Number | None:
    """Return the number of a figure, or None where the digits are part of a word."""
    start, text = match.start(), match.string
    if start and text[start - 1].isalpha() and text[start - 1] not in MONEY_ENDS:
        return None
    beside = text[start - 2 : start - 1] if text[start - 1 : start] == " " else text[start - 1 : start]
    before = BEFORE.search(text[max(start - BACK, 0) : start]) if beside and beside in LEADS else None
    sign, money = (before["sign"], before["money"]) if before else (None, None)
    begin = start - len(before.group()) if before and (sign or money) else start
    if begin and sign and (text[begin - 1].isalnum() or text[begin - 1] in "_.,"):
        begin, sign = begin + 1, None
    if begin and begin == start and (text[begin - 1].isalnum() or text[begin - 1] in "_.,"):
        return None
    value = read(match["digits"], comma=comma) * SCALES.get((match["scale"] or "").lower(), 1.0)
    unit = UNITS.get((match["unit"] or money or "").lower(), "")
    if not isfinite(value):
        return None
    return Number(-value if sign else value, unit, (begin, match.end()))


def read(digits: str, *, comma: bool = False) -> float:
    """Return the value of figures with separators; *comma* says that a comma divides, as in most of Europe.

    >>> read("1,234.50"), read("1.234,50", comma=True), read("1,5"), read("1.234", comma=True)
    (1234.5, 1234.5, 1.5, 1234.0)
    """
    if digits.isdecimal():
        return float(digits)
    digits = re.sub("['\u2019\u00a0\u202f]", "", digits)
    point, group = (",", ".") if comma else (".", ",")
    if digits.count(point) == 1 and digits.rfind(point) > digits.rfind(group):
        return float(digits.replace(group, "").replace(point, "."))
    pieces = digits.split(group)
    grouped = len(pieces) > 1 and all(len(p) == GROUP for p in pieces[1:]) and len(pieces[0]) <= GROUP
    if not grouped and digits.count(group) == 1 and point not in digits:
        return float(digits.replace(group, "."))
    return float(digits.replace(group, "").replace(point, ""))


def _spelled(text: str) -> float:
    total, group = 0, 0
    for word in re.findall(r"[a-z]+", text.lower()):
        if word in ONES or word in TENS:
            group += ONES.get(word, TENS.get(word, 0))
        elif word == "hundred":
            group = max(group, 1) * 100
        elif word in SCALES:
            total, group = total + max(group, 1) * int(SCALES[word]), 0
    return float(total + group)


def _unit_after(text: str, end: int) -> str:
    match = re.match(r"\s*(%|per\s?cent|basis points?|bps?)\b|\s*%", text[end : end + 16], re.IGNORECASE)
    return UNITS.get(" ".join(match.group().lower().split()), "%") if match else ""
