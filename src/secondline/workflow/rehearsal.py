"""Rehearsal: the dry run of a generative system's plan, with the half-widths that its numbers of cases can reach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from secondline.core.declared.genai import GenAI
from secondline.evals.dryrun import DryRun, dry_run
from secondline.evals.nouns import Case
from secondline.stats.intervals import wilson

RATE, ICC = 0.9, 0.2
"""What is planned with before anything is known: nine answers in ten pass, and cases of a cluster are a fifth alike."""


def rehearse(
    genai: GenAI, cases: Mapping[str, Sequence[Case]], base: Path, kept: Path | None = None, *, rate: float = RATE,
    icc: float = ICC, level: float = 0.95,
) -> DryRun:  # fmt: skip
    """Return what a run would ask and cost, and the half-width that each stratum can reach; nothing is called.

    Raises:
        SpecError: the declaration or a case is wrong.
        LedgerError: the file of kept answers cannot be read, or a run holds it.
    """
    return dry_run(genai, cases, base, kept, width=partial(half_width, rate=rate, icc=icc, level=level))


def half_width(cases: int, clusters: int, *, rate: float = RATE, icc: float = ICC, level: float = 0.95) -> float:
    """Return half the width of Wilson's interval of a pass rate of *rate*, at the effective number of cases.

    That is n / (1 + (m - 1) icc) with m cases a cluster (Kish 1965, Survey Sampling, 5.4). Without cases it is 0.5.

    >>> round(half_width(200, 200), 3), round(half_width(200, 20), 3)
    (0.042, 0.071)
    """
    if not cases:
        return 0.5
    effective = cases / (1.0 + (cases / clusters - 1.0) * icc)
    low, high = wilson(rate * effective, effective, level)
    return (high - low) / 2.0
