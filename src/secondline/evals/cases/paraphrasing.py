"""Paraphrases by rule: the same question in other words. Numbers, names and what is quoted stay as they are."""

from __future__ import annotations

import re
from functools import partial

from secondline.evals.cases.making import chance, made, paired, said
from secondline.evals.nouns import Case

WORDS = (
    ("how much", "what amount"),
    ("how long", "for what time"),
    ("how many", "what number of"),
    ("what is", "can you tell me"),
    ("what are", "which are"),
    ("when must", "by what time must"),
    ("who may", "which person may"),
    ("can i", "am I able to"),
    ("do i need to", "am I required to"),
    ("do i have to", "must I"),
    ("may i", "am I allowed to"),
    ("i want to", "I would like to"),
    ("fee", "charge"),
    ("customer", "client"),
    ("purchase", "buy"),
    ("require", "need"),
    ("maximum", "highest"),
    ("minimum", "lowest"),
    ("approve", "sign off"),
    ("immediately", "right away"),
    ("begin", "start"),
    ("assist", "help"),
    ("obtain", "get"),
    ("inform", "tell"),
    ("annual", "yearly"),
    ("per year", "a year"),
    ("per month", "a month"),
    ("prior to", "before"),
    ("regarding", "about"),
    ("terminate", "end"),
    ("submit", "hand in"),
    ("permitted", "allowed"),
    ("sufficient", "enough"),
    ("cannot", "can't"),
    ("do not", "don't"),
    ("is not", "isn't"),
    ("i am", "I'm"),
    ("does not", "doesn't"),
)
"""Words of which either stands for the other."""
FRAMES = (
    "{}",
    "Please tell me: {}",
    "I have a question. {}",
    "{} Thank you.",
    "Hello, {}",
    "Could you help me with this? {}",
    "Quick question: {}",
    "A colleague asked me: {}",
    "{} I need it for my records.",
    "For clarity: {}",
)
KEPT = re.compile(r"\"[^\"]*\"|'[^']{3,}'|\S*\d\S*|(?<!^)(?<![.!?]\s)\b[A-Z][\w&.-]*")


def paraphrases(case: Case, n: int, seed: int) -> list[tuple[Case, Case]]:
    """Return up to *n* pairs of a case and a paraphrase of it, each other than all before.

    Side a is the case, side b the paraphrase: kind, reference, gold and context are the same, so a verdict that flips
    is for the words alone.
    """
    random = chance(seed, "paraphrase", case.digest)
    original = said(case, lambda text: text)
    seen = {original}
    pairs: list[tuple[Case, Case]] = []
    for _ in range(8 * n):
        turns = said(case, lambda text: paraphrase(text, random.randrange(2**32)))
        if turns not in seen:
            seen.add(turns)
            pairs.append(paired(case, made(case, f"paraphrase-{len(pairs) + 1}", seed, turns=turns)))
        if len(pairs) == n:
            break
    return pairs


def _cased(target: str, match: re.Match[str]) -> str:
    return target[0].upper() + target[1:] if match.group()[0].isupper() else target


def paraphrase(text: str, seed: int) -> str:
    """Return a text in other words: words for words of the same meaning, and another frame around it."""
    random = chance(seed, text)
    kept: list[str] = []

    def hide(match: re.Match[str]) -> str:
        kept.append(match.group())
        return f"\ue000{chr(0xE100 + len(kept) - 1)}"

    out = KEPT.sub(hide, text)
    for one, other in WORDS:
        for source, target in ((one, other), (other, one)):
            pattern = re.compile(rf"\b{re.escape(source)}\b", re.IGNORECASE)
            if pattern.search(out) and random.random() < 0.5:  # noqa: PLR2004 - even chances
                out = pattern.sub(partial(_cased, target), out, count=1)
                break
    out = random.choice(FRAMES).format(out)
    return re.sub("\ue000(.)", lambda m: kept[ord(m[1]) - 0xE100], out)
