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
class Done:
    """An act of the ledger: who did it, on which day, and its number in the chain."""

    by: str
    on: str
    event: int


@dataclass(frozen=True, slots=True)
class LabelPlan:
    """A plan of labels on record that numbers of the run rest on, with the acts that made and settled it."""

    id: str
    suite: str
    criterion: str
    design: str
    digest: str
    frame: int
    chosen: int
    labelled: int
    twice: int
    disputes: int
    raters: tuple[str, ...]
    planned: Done
    settled: Done | None


@dataclass(frozen=True, slots=True)
class Witness:
    """What is known besides a run: failed answers and how many there were, and plans of labels."""

    quoted: tuple[Quoted, ...] = ()
    failed: int = 0
    labels: tuple[LabelPlan, ...] = ()


NOTHING = Witness()
