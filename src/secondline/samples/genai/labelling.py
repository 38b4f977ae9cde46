"""Scripted human labels for a share of the answers: two raters who err at known rates, drawn with known chances.

The chance with which an answer is chosen depends on the judge's verdict, and is written down before anybody reads it:
the rare fails are nearly all read, and a slice of the passes.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from secondline.samples.genai.cases import SEED, Case, share, told
from secondline.samples.genai.judging import CRITERIA, passes, recognised, verdict

CHOSEN = {False: 0.9, True: 0.3, None: 0.5}
"""Chance with which an answer is given to a rater, by the verdict of the judge; None where there is none."""
HALF = 0.5
"""Chance with which an answer is given to a rater that no scripted judge grades."""
TWICE = 0.3
"""Share of the answers chosen that a second rater reads as well."""
SIZES = {"faithful": 360, "harmless": 210, "entailed": 100}
"""Answers that the demo has labelled by criterion, by plans on record."""
COLUMNS = ("case", "suite", "replicate", "criterion", "chance", "label", "rater", "second", "second_rater")


class Rater(NamedTuple):
    """A rater: the chance to pass what is right, and to fail what is wrong."""

    sensitivity: float
    specificity: float


RATERS = {"rater-1": Rater(0.985, 0.97), "rater-2": Rater(0.975, 0.94)}


@dataclass(frozen=True, slots=True)
class Read:
    """An answer that may be read: the case, the replicate, the criterion, and what happened in it."""

    case: Case
    replicate: int
    criterion: str
    events: frozenset[str]


def chosen(one: Read, world: int = SEED) -> tuple[bool, float]:
    """Return whether an answer was drawn to be labelled, and the chance with which it was."""
    scripted = one.criterion in CRITERIA
    chance = CHOSEN[verdict(one.criterion, one.case, one.events, one.replicate, world)] if scripted else HALF
    return share("chosen", *_name(one), seed=world) < chance, chance


def label(one: Read, rater: str, world: int = SEED) -> bool:
    """Return a rater's verdict on an answer."""
    right, skill = passes(one.criterion, one.events), RATERS[rater]
    # The same answer to the same case gets the same label from a rater, in whatever replicate it comes.
    key = (rater, one.case["id"], one.criterion, *sorted(one.events))
    return right ^ (share("label", *key, seed=world) >= (skill.sensitivity if right else skill.specificity))


def rated(rater: str, criterion: str, question: str, answer: str, world: int = SEED) -> bool | None:
    """Return a rater's verdict on what stands in a sheet; None where it is no answer of the scripted assistant."""
    found = recognised(told(f"{question} {answer}"))
    return None if found is None else label(Read(found[0], 0, criterion, found[1]), rater, world)


def arbitrated(criterion: str, question: str, answer: str) -> bool | None:
    """Return the truth of what stands in a sheet, as a third person finds it who settles what raters disagree on."""
    found = recognised(told(f"{question} {answer}"))
    return None if found is None else passes(criterion, found[1])


def disagreement(right: bool) -> float:
    """Return the true share of answers on which the two raters differ, for those that are right or wrong."""
    a, b = (rater.sensitivity if right else rater.specificity for rater in RATERS.values())
    return a * (1 - b) + b * (1 - a)


def labels(answers: Iterable[Read], world: int = SEED) -> str:
    """Return the labels as CSV: a row an answer that was drawn. Raters take turns; few answers have a second label."""
    out = io.StringIO()
    write = csv.writer(out, lineterminator="\n")
    write.writerow(COLUMNS)
    for place, one in enumerate(a for a in answers if chosen(a, world)[0]):
        first, other = (list(RATERS) if place % 2 == 0 else list(RATERS)[::-1])[:2]
        again = share("twice", *_name(one), seed=world) < TWICE
        write.writerow([
            one.case["id"], one.case["suite"], one.replicate, one.criterion, chosen(one, world)[1],
            int(label(one, first, world)), first,
            int(label(one, other, world)) if again else "", other if again else "",
        ])  # fmt: skip
    return out.getvalue()


def _name(one: Read) -> tuple[str, int, str]:
    return one.case["id"], one.replicate, one.criterion
