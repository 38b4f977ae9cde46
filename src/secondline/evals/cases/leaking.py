"""Leakage: cases that the system has been shown: in its prompt, its examples, or a suite it was tuned on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from secondline.evals.cases.making import last_turn
from secondline.evals.nouns import Case
from secondline.evals.text.words import Run, contained, plain, runs, words

RUN, SHARE = 8, 0.5


@dataclass(frozen=True, slots=True)
class Leak:
    """A case whose question or reference stands elsewhere: where, what of it, and the share of its runs of words."""

    case: str
    where: str
    what: str
    share: float


def leaks(cases: Sequence[Case], texts: Mapping[str, str], *, run: int = RUN, share: float = SHARE) -> list[Leak]:
    """Return the cases whose question or reference text stands in one of *texts* (prompts, examples), by name.

    A text holds it where a *share* of its runs of *run* words do (all of it, where it is shorter).
    """
    found = []
    for case in cases:
        parts = {"question": last_turn(case), "reference": case.reference if isinstance(case.reference, str) else ""}
        for what, part in parts.items():
            if len(words(part)) < LEAST:
                continue
            for where, text in texts.items():
                held = 1.0 if plain(part) in plain(text) else contained(part, text, run)
                if held >= share:
                    found.append(Leak(case.name, where, what, held))
    return found


LEAST = 4
"""Words below which a text says too little to have been copied."""


def between(cases: Sequence[Case], others: Sequence[Case], *, run: int = RUN, share: float = SHARE) -> list[Leak]:
    """Return the cases whose question stands in another suite, such as the one the developer tuned on.

    Questions are found by the runs of words they share, so that the time goes with their number, not its square.
    """
    holders: dict[Run, list[str]] = {}
    for other in others:
        for one in runs(last_turn(other), run):
            holders.setdefault(one, []).append(other.name)
    found = []
    for case in cases:
        own = runs(last_turn(case), run)
        hits: dict[str, int] = {}
        for one in own:
            for name in holders.get(one, ()):
                hits[name] = hits.get(name, 0) + 1
        found += [Leak(case.name, name, "question", n / len(own)) for name, n in hits.items() if n >= share * len(own)]
    return found
