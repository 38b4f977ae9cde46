"""Personal data in a text: cards, accounts, numbers, addresses. Each is what its checksum or form says, or is not told.

Names of people are not found here: that needs a model. Such a detector fits ``Detector`` and is handed over.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from secondline.evals.text import checksums
from secondline.evals.text.words import UNSEEN, Span

NEAR = 40
FIGURES = re.compile(r"\d(?:[ .()-]{0,2}\d){7}")
"""What a number of any kind has at least: eight digits, with little between them."""
PHONE_SHORTEST, PHONE_LONGEST = 8, 15


@dataclass(frozen=True, slots=True)
class Found:
    """One piece of personal data: its kind, its value without separators, and where it stands."""

    kind: str
    value: str
    span: Span


class Detector(Protocol):
    """What finds personal data in a text; another library's finder fits by a few lines."""

    def __call__(self, text: str) -> Iterable[Found]:
        """Return what is found, in any order."""
        ...


@dataclass(frozen=True, slots=True)
class _Rule:
    kind: str
    pattern: re.Pattern[str]
    said: Callable[[str], str]
    """What of a match is the value, "" where none of it is."""
    near: re.Pattern[str] | None = None
    """Words of which one must stand near; None where the form is enough."""


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _if(holds: Callable[[str], bool]) -> Callable[[str], str]:
    return lambda text: text if holds(_digits(text)) else ""


def _phone(digits: str) -> bool:
    return PHONE_SHORTEST <= len(digits) <= PHONE_LONGEST and len(set(digits)) > 2  # noqa: PLR2004 - 0000 0000 is none


def _card(text: str) -> str:
    """Return the beginning of the text that is a card's number and ends a group: a code or date may follow it."""
    ends = [m.start() for m in re.finditer(r"[ -]|$", text)]
    return next((text[:end] for end in reversed(ends) if checksums.card(_digits(text[:end]))), "")


def _iban(text: str) -> str:
    """Return the beginning of the text that is an IBAN: what follows it may look like more of it."""
    country = checksums.IBAN_LENGTHS.get(text[:2].upper(), 0)
    count = 0
    for i, c in enumerate(text):
        count += c.isalnum()
        if count == country:
            said = text[: i + 1]
            return said if checksums.iban(said.replace("-", "")) else ""
    return ""


def _spoken(words: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{words})\b", re.IGNORECASE)


_EDGE, _END = r"(?<![\w.,$\u20ac\u00a3-])", r"(?![\w-]|[.,]\d)"
RULES = (
    _Rule("e-mail", re.compile(r"[\w.+%-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24}\b"), str),
    _Rule("iban", re.compile(r"\b[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]{1,4}){3,8}"), _iban),
    # Not the rest of an account number that begins as an IBAN does.
    _Rule("card", re.compile(rf"(?<![A-Za-z]{{2}}\d\d ){_EDGE}\d(?:[ -]?\d){{12,24}}{_END}"), _card),
    _Rule("ssn", re.compile(rf"{_EDGE}\d{{3}}([- ])\d{{2}}\1\d{{4}}{_END}"), _if(checksums.ssn)),
    _Rule("ssn", re.compile(rf"{_EDGE}\d{{9}}{_END}"), _if(checksums.ssn), _spoken("ssn|social security(?: number)?")),
    _Rule("routing", re.compile(rf"{_EDGE}\d{{9}}{_END}"), _if(checksums.aba), _spoken("aba|routing|rtn|transit")),
    _Rule("phone", re.compile(rf"(?<![\w.,])\+\d{{1,3}}(?:[ .-]?\(?\d{{1,4}}\)?){{2,6}}{_END}"), _if(_phone)),
    _Rule("phone", re.compile(rf"(?<![\w.,])\(\d{{2,5}}\) ?\d{{3,4}}[ .-]?\d{{3,4}}{_END}"), _if(_phone)),
    _Rule("phone", re.compile(rf"{_EDGE}[2-9]\d{{2}}([.-])[2-9]\d{{2}}\1\d{{4}}{_END}"), _if(_phone)),
    _Rule(
        "phone", re.compile(rf"{_EDGE}\d(?:[ .-]?\d){{7,11}}{_END}"), _if(_phone),
        _spoken("phone|tel|telephone|mobile|cell|call|ring|telefon|t\u00e9l|tel\u00e9fono|handy"),
    ),
)  # fmt: skip
"""In this order: what an earlier rule found is not found again by a later one."""


def detect(text: str) -> list[Found]:
    """Return the personal data in a text by the rules of this house, in order.

    Characters that show nothing and digits of other scripts hide nothing. A number of nine digits alone is a Social
    Security or routing number only where such words stand near, since one in ten passes the checksum by chance.
    """
    shown, places = _shown(text)
    found: list[Found] = []
    taken: list[Span] = []
    figured = FIGURES.search(shown) is not None
    for rule in RULES:
        if not (("@" in shown) if rule.kind == "e-mail" else figured):
            continue
        for match in rule.pattern.finditer(shown):
            start, end = match.span()
            said = rule.said(match.group())
            if not said or any(start < b and a < end for a, b in taken):
                continue
            if rule.near and not rule.near.search(shown[max(start - NEAR, 0) : end + NEAR]):
                continue
            end = start + len(said)
            taken.append((start, end))
            found.append(Found(rule.kind, normal(said, rule.kind), (places[start], places[end - 1] + 1)))
    return sorted(found, key=lambda f: f.span)


def normal(value: str, kind: str = "") -> str:
    """Return a value as it is compared: an address in small letters, all else without separators."""
    if kind == "e-mail" or "@" in value:
        return value.strip().casefold()
    return re.sub(r"[^\w+]", "", value).upper()


def _shown(text: str) -> tuple[str, Sequence[int]]:
    """Return the text without what shows nothing, digits and letters in their plain form, and where each stood."""
    if text.isascii():
        return text, range(len(text))
    letters: list[str] = []
    places: list[int] = []
    for i, c in enumerate(text):
        plain = UNSEEN.sub("", unicodedata.normalize("NFKC", c))
        plain = str(unicodedata.decimal(c)) if c.isdecimal() else plain
        letters.extend(plain)
        places.extend([i] * len(plain))
    return "".join(letters), places
