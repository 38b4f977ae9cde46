"""Entailment by words: whether a passage supports a claim, contradicts it, or says nothing of it. No model.

It is a screen that errs: a claim in other words is not found, and one that turns a condition round may pass. Where that
matters a criterion names a judge; this one costs nothing and is the same every time.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from secondline.evals.text.declines import declining
from secondline.evals.text.numbers import Number, numbers
from secondline.evals.text.patterns import OFFERED
from secondline.evals.text.words import Span, content, plain, sentences, stem, words

How = Literal["supported", "contradicted", "not found"]
_DENIALS = (
    "no not never none neither nor cannot can't won't don't doesn't isn't aren't wasn't weren't mustn't shouldn't "
    "without prohibited forbidden nicht kein keine keinen nie ne pas jamais aucun non mai nessun niet geen não "
    "nunca nenhum"
)
DENIALS = frozenset(_DENIALS.split())
OPPOSITES = (
    ("increase", "decrease"), ("increases", "decreases"), ("above", "below"), ("more", "less"), ("before", "after"),
    ("minimum", "maximum"), ("allowed", "prohibited"), ("permitted", "prohibited"), ("approved", "declined"),
    ("approve", "decline"), ("higher", "lower"), ("exceeds", "below"), ("least", "most"), ("fixed", "variable"),
    ("secured", "unsecured"), ("mandatory", "optional"), ("required", "optional"), ("internal", "external"),
    ("credit", "debit"), ("buy", "sell"), ("rises", "falls"), ("daily", "monthly"), ("monthly", "yearly"),
    ("monthly", "annual"), ("inside", "outside"), ("eligible", "ineligible"), ("valid", "invalid"),
)  # fmt: skip
OPPOSITE: dict[str, set[str]] = {}
for _one, _other in OPPOSITES:
    OPPOSITE.setdefault(_one, set()).add(_other)
    OPPOSITE.setdefault(_other, set()).add(_one)
PARTS = re.compile(r";\s+|\s+(?:but|whereas|while)\s+")
CITED = re.compile(r"\[[^\[\]]{1,80}\]|\(\s*(?:source|see|doc)[^()]{0,80}\)", re.IGNORECASE)
RULE = re.compile(
    r"\b(?:must|shall|may|required?|need(?:s|ed)?|has to|have to|only|always|never|not|no|prohibited|allowed|permitted|"
    r"eligible|entitled|fee|charge|rate|limit|maximum|minimum|deadline|within|until|before|after|approval?|approved|"
    r"muss|m\u00fcssen|darf|d\u00fcrfen|nicht|doit|doivent|debe|deben|deve|devono)\b"
)
TERM = re.compile(
    r"(?:\d|[$\u20ac\u00a3]|(?:eur|usd|gbp|chf|within|up to|at least|at most|more than|less than|from|by|for|over|"
    r"under|above|below|before|after|every|until|once|only|per|in|on)\b)"
)
COURTESY = re.compile(
    r"^(?:sure|certainly|of course|thank(?:s| you)|hello|hi|dear|here (?:is|are)|i hope|great question|according to the"
    r" documents?[,:]?$|based on the (?:documents?|context)[,:]?$|note|in summary[,:]?$|answer:?$)\b.{0,80}$"
)
FEWEST = 2
COVER = 0.7
SHORT = 5
"""Words of content below which a claim needs them all: of four words, three may say another thing."""
BEFORE = 3


@dataclass(frozen=True, slots=True)
class Claim:
    """What an answer asserts in one sentence or part of one, where, and whether a mistake in it would be material."""

    text: str
    span: Span
    material: bool


@dataclass(frozen=True, slots=True)
class Window:
    """One or two neighbouring sentences of a source: its words of content, its numbers, and where they stand."""

    source: str
    text: str
    span: Span
    content: frozenset[str]
    sentences: int = 1


@dataclass(frozen=True, slots=True)
class Support:
    """How sources take a claim, and the window that says so (None where nothing was found)."""

    how: How
    window: Window | None = None
    cover: float = 0.0


def claims(text: str, language: str = "en") -> list[Claim]:
    """Return what an answer asserts: no questions, courtesies, declines, offers, or words without content.

    Material are claims with a number, a rule or a denial.
    """
    declined = declining(text, language[:2].lower())
    said: list[Claim] = []
    for start, end in sentences(text):
        sentence = text[start:end]
        shown = plain(sentence)
        if (
            (start, end) in declined
            or sentence.rstrip().endswith("?")
            or COURTESY.search(shown)
            or OFFERED.search(shown)
        ):
            continue
        for piece, span in _parts(sentence, start):
            bare = CITED.sub(" ", piece)
            if len(content(bare)) >= FEWEST:
                material = bool(numbers(bare, language)) or bool(RULE.search(plain(bare)))
                said.append(Claim(bare, span, material))
    return said


def _parts(sentence: str, start: int) -> Iterable[tuple[str, Span]]:
    begin = 0
    for match in PARTS.finditer(sentence):
        yield sentence[begin : match.start()], (start + begin, start + match.start())
        begin = match.end()
    yield sentence[begin:], (start + begin, start + len(sentence))


@lru_cache(maxsize=4_096)
def windows(text: str, source: str = "") -> tuple[Window, ...]:
    """Return the sentences of a source, and each two that follow one another."""
    at = sentences(text)
    single = [Window(source, text[a:b], (a, b), content(text[a:b])) for a, b in at]
    double = [Window(source, text[a:d], (a, d), content(text[a:d]), 2) for (a, _), (_, d) in itertools.pairwise(at)]
    return (*single, *double)


def supported_by(claim: str, among: Sequence[Window], least: float = COVER, language: str = "en") -> Support:
    """Return how windows of sources take a claim.

    Supported: a window holds a share *least* of its words of content (all, where they are few) and all its numbers, and
    does not turn it round.
    Contradicted: a single sentence holds as many of its words, but denies what is claimed, states the opposite word, or
    another number of the same unit; and none supports it. Two sentences together can support, never contradict: what
    one of them denies need not be of the claim.
    """
    sought, stated = content(_wordy(claim, language)), numbers(claim, language)
    against: Support | None = None
    together: Support | None = None
    best, enough = 0.0, 1.0 if len(sought) < SHORT else least
    for window in among:
        cover = len(sought & window.content) / len(sought) if sought else float(bool(stated))
        best = max(best, cover)
        if cover < least:
            continue
        held, turned = numbers(window.text, language), _turned(claim, window.text)
        if not turned and cover >= enough and _numbers_held(stated, held):
            if window.sentences == 1:
                return Support("supported", window, cover)
            together = together or Support("supported", window, cover)
        elif against is None and window.sentences == 1 and (turned or _rivals(stated, held)):
            against = Support("contradicted", window, cover)
    return against or together or Support("not found", None, best)


@lru_cache(maxsize=4_096)
def _wordy(text: str, language: str) -> str:
    """Return the text without its figures, which are compared by value."""
    out = text
    for number in reversed(numbers(text, language)):
        if not number.spelled:
            out = f"{out[: number.span[0]]} {out[number.span[1] :]}"
    return out


def _numbers_held(stated: Sequence[Number], held: Sequence[Number]) -> bool:
    return all(any(n.equals(other) for other in held) for n in stated)


def _rivals(stated: Sequence[Number], held: Sequence[Number]) -> bool:
    """Whether a number that is not held meets another of its unit."""
    alone = [n for n in stated if not any(n.equals(other) for other in held)]
    return any(n.unit == other.unit for n in alone for other in held)


@lru_cache(maxsize=2_048)
def _turned(claim: str, source: str) -> bool:
    """Whether one denies what the other says, or says the opposite word: near the words that they share.

    A bare term (``within 14 days``) that stands in the source to the letter asserts nothing that could be denied.
    """
    a, b = _said(claim), _said(source)
    if not (DENIALS & a or DENIALS & b or _opposite(a, b)):
        return False
    if TERM.match(plain(claim)) and plain(claim).rstrip(".") in plain(source):
        return False
    shared = content(claim) & content(source)
    a, b = _near(claim, shared), _near(source, shared)
    return bool(a & DENIALS) != bool(b & DENIALS) or _opposite(a, b)


@lru_cache(maxsize=8_192)
def _said(text: str) -> frozenset[str]:
    return frozenset(words(text))


def _opposite(a: frozenset[str], b: frozenset[str]) -> bool:
    """Whether a word stands in one text and its opposite, without it, in the other."""
    return any(
        word not in b and other in b and other not in a for word in a & OPPOSITE.keys() for other in OPPOSITE[word]
    )


def _near(text: str, anchors: frozenset[str]) -> frozenset[str]:
    """Return the words of the shortest run that holds every anchor (as stems), and of the few before it."""
    said = words(text)
    stems = [stem(w) for w in said]
    held = dict.fromkeys(anchors, 0)
    missing, best, begin = len(held), (0, len(said)), 0
    for end, one in enumerate(stems, 1):
        if one in held:
            missing -= not held[one]
            held[one] += 1
        while not missing and begin < end:
            best = min(best, (begin, end), key=lambda run: run[1] - run[0])
            if (left := stems[begin]) in held:
                held[left] -= 1
                missing += not held[left]
            begin += 1
    return frozenset(said[max(best[0] - BEFORE, 0) : best[1]])
