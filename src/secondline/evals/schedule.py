"""Schedule: which cases are asked, how often, and in which order, all by the seed and before the first call."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple

from secondline.core.declared.genai import GenAI, Suite
from secondline.core.errors import SpecError, near
from secondline.evals.nouns import Case


class Turn(NamedTuple):
    """One asking of a case."""

    case: Case
    replicate: int


def declared(genai: GenAI, cases: Mapping[str, Sequence[Case]]) -> dict[str, tuple[Suite, Sequence[Case]]]:
    """Return the cases with the suites that they are of.

    Raises:
        SpecError: a suite is not declared.
    """
    for name in cases:
        if name not in genai.suites:
            raise SpecError(
                f"The suite {name!r} is not declared. {near(name, genai.suites)} Suites are: {', '.join(genai.suites)}."
            )
    return {name: (genai.suites[name], listed) for name, listed in cases.items()}


def scheduled(
    suites: Mapping[str, tuple[Suite, Sequence[Case]]], seed: int, *, most: Callable[[Case], int] | None = None
) -> tuple[Turn, ...]:
    """Return every asking in the order of the seed.

    A share of each stratum (rounded up, pairs together) is asked ``replicates`` times and the rest once. The order is
    by a hash of the seed, the case and the replicate, so that a case that is added moves no other. *most* is how often
    a case can be asked at all, where that is limited, as transcripts are; once is always asked.

    Raises:
        SpecError: two cases of a suite have one name.
    """
    turns = [
        Turn(case, replicate)
        for name, (suite, cases) in suites.items()
        for case, times in replicated(name, suite, _distinct(name, cases), seed)
        for replicate in range(times if most is None else max(1, min(times, most(case))))
    ]
    return tuple(sorted(turns, key=lambda turn: _place(seed, turn.case.suite, turn.case.name, str(turn.replicate))))


def replicated(name: str, suite: Suite, cases: Sequence[Case], seed: int) -> list[tuple[Case, int]]:
    """Return each case, with its suite's *name*, and how often it is asked."""
    named = [case if case.suite == name else case.model_copy(update={"suite": name}) for case in cases]
    if suite.replicates == 1 or suite.share >= 1.0:
        return [(case, suite.times) for case in named]
    often = {unit for units in _by_stratum(named).values() for unit in _drawn(units, suite.share, seed)}
    return [(case, suite.replicates if _unit(case) in often else 1) for case in named]


def _distinct(name: str, cases: Sequence[Case]) -> Sequence[Case]:
    seen: set[str] = set()
    for case in cases:
        if case.name in seen:
            raise SpecError(f"Suite {name!r} has two cases called {case.name!r}. Give each an id of its own.")
        seen.add(case.name)
    return cases


def _unit(case: Case) -> str:
    """Return what is drawn: a case, or the pair that it is half of."""
    return case.pair or case.name


def _by_stratum(cases: Iterable[Case]) -> dict[str, list[str]]:
    """Return the units of each stratum; a pair belongs to that of its first case."""
    strata: dict[str, dict[str, None]] = {}
    placed: dict[str, str] = {}
    for case in cases:
        stratum = placed.setdefault(_unit(case), case.stratum)
        strata.setdefault(stratum, {})[_unit(case)] = None
    return {stratum: list(units) for stratum, units in strata.items()}


def _drawn(units: Sequence[str], share: float, seed: int) -> Sequence[str]:
    chosen = math.ceil(share * len(units) - 1e-9)
    return sorted(units, key=lambda unit: _place(seed, "replicates", unit))[:chosen]


def _place(seed: int, *words: str) -> bytes:
    return sha256("\0".join((str(seed), *words)).encode()).digest()
