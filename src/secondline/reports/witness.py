"""Witness: what a report is told besides its run: failed answers to quote.

Reports read records of runs and nothing else; whoever writes a report hands this over.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quoted:
    """A failed answer: where it was given, what was asked and answered, and why it failed by which criterion."""

    suite: str
    case: str
    criterion: str
    severity: int
    question: str
    answer: str
    reason: str
    trace: str


@dataclass(frozen=True, slots=True)
class Witness:
    """Failed answers of an evaluation, and how many there were in all."""

    quoted: tuple[Quoted, ...] = ()
    failed: int = 0


NOTHING = Witness()
