"""Noise: slips of the keyboard and of scanners, chunks in another order, context that has nothing to do with it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from random import Random

from secondline.evals.cases.making import chance, made, paired, said
from secondline.evals.nouns import Case, Chunk

KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
BESIDE = {key: row[max(i - 1, 0) : i] + row[i + 1 : i + 2] for row in KEYS for i, key in enumerate(row)}
SCANNED = {
    "m": "rn",
    "rn": "m",
    "l": "1",
    "o": "0",
    "e": "c",
    "h": "b",
    "cl": "d",
    "i": "l",
    "s": "5",
    "b": "6",
    "u": "ii",
}
WORD = re.compile(r"[A-Za-z]{4,}")
PLACES = ("first", "middle", "last")


def typos(text: str, rate: float, random: Random) -> str:
    """Return a text with slips of the keyboard in a share *rate* of its words of four letters or more."""
    return WORD.sub(lambda m: _slipped(m.group(), random) if random.random() < rate else m.group(), text)


def _slipped(word: str, random: Random) -> str:
    at = random.randrange(1, len(word) - 1)
    how = random.choice(("swap", "drop", "double", "beside"))
    if how == "swap":
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if how == "drop":
        return word[:at] + word[at + 1 :]
    if how == "double":
        return word[:at] + word[at] + word[at:]
    return word[:at] + random.choice(BESIDE.get(word[at].lower(), word[at]) or word[at]) + word[at + 1 :]


def scanned(text: str, rate: float, random: Random) -> str:
    """Return a text as a scanner misreads it, in a share *rate* of its words of letters; no figure is changed."""

    def misread(match: re.Match[str]) -> str:
        word = match.group()
        fits = [k for k in SCANNED if k in word]
        if not fits or random.random() >= rate:
            return word
        return word.replace(key := random.choice(fits), SCANNED[key], 1)

    return WORD.sub(misread, text)


def noised(case: Case, seed: int, *, rate: float = 0.2, how: str = "typo") -> tuple[Case, Case]:
    """Return a case and the same with its question mistyped (``typo``) or its passages misread (``ocr``), as a pair."""
    random = chance(seed, how, case.digest)
    if how == "typo":
        return paired(case, made(case, "typo", seed, turns=said(case, lambda text: typos(text, rate, random))))
    context = tuple(c.model_copy(update={"text": scanned(c.text, rate, random)}) for c in case.context)
    return paired(case, made(case, "ocr", seed, context=context))


def reordered(case: Case, seed: int) -> list[tuple[Case, Case]]:
    """Return pairs of a case and the same with its gold passages first, in the middle and last among the others.

    An order that is the case's own, or a case of fewer than two passages, makes no pair.
    """
    gold = [c for c in case.context if {c.id, c.document} & set(case.gold)]
    rest = [c for c in case.context if c not in gold]
    chance(seed, "order", case.digest).shuffle(rest)
    pairs = []
    for place, at in zip(PLACES, (0, len(rest) // 2, len(rest)), strict=True):
        context = ranked([*rest[:at], *gold, *rest[at:]])
        if gold and rest and [c.id for c in context] != [c.id for c in case.context]:
            pairs.append(paired(case, made(case, f"gold-{place}", seed, context=context)))
    return pairs


def padded(case: Case, among: Sequence[Chunk], n: int, seed: int) -> tuple[Case, Case]:
    """Return a case and the same with *n* passages of other documents among its own, as a pair."""
    random = chance(seed, "irrelevant", case.digest)
    own = {c.document or c.id for c in case.context} | set(case.gold)
    others = [c for c in among if not {c.id, c.document} & own]
    context = list(case.context)
    for chunk in random.sample(others, min(n, len(others))):
        context.insert(random.randint(0, len(context)), chunk)
    return paired(case, made(case, "irrelevant", seed, context=ranked(context)))


def ranked(chunks: Sequence[Chunk]) -> tuple[Chunk, ...]:
    """Return passages with the ranks of their order."""
    return tuple(c.model_copy(update={"rank": rank}) for rank, c in enumerate(chunks, 1))
