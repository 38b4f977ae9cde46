"""Sampling plans: which cases of a frame are asked, with the probability of each, settled before any is asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import floor, sqrt
from typing import Literal

from secondline.core.canonical import digest
from secondline.core.errors import SpecError
from secondline.evals.nouns import Case

BISECTIONS, EXACT = 80, 1e-9
Allocation = Literal["proportional", "equal", "severity", "root"]
WEIGHTS: Mapping[str, Callable[[int, float], float]] = {
    "proportional": lambda size, _: float(size),
    "equal": lambda _, __: 1.0,
    "severity": lambda size, severity: size * severity,
    "root": lambda size, _: sqrt(size),
}
"""How much of the sample a stratum of that size and mean severity gets."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How a sample was drawn: of how many cases by stratum how many were taken; each by chance ``taken / frame``."""

    seed: int
    allocation: str
    frame: Mapping[str, int]
    taken: Mapping[str, int]
    cases: tuple[Case, ...] = field(repr=False, default=())

    @property
    def digest(self) -> str:
        """The SHA-256 of the plan and of the cases it drew."""
        drawn = sorted(case.digest for case in self.cases)
        return digest([self.seed, self.allocation, dict(self.frame), dict(self.taken), drawn])


def order(seed: int, name: str) -> str:
    """Return the place of a name in the order of a seed: the same whatever else is in the frame."""
    return digest([seed, name])


def drawn(cases: Sequence[Case], n: int, *, seed: int, allocation: Allocation = "proportional", least: int = 1) -> Plan:
    """Draw *n* cases by stratum, without replacement, and record the probability of each in ``chance``.

    Each stratum gets its share by the *allocation*: its size (proportional), the same as the others (equal), its size
    times the mean severity of its cases (severity), or the root of its size; at least *least* cases, at most all.
    Within it, those come that stand first in the order of the seed; a case added to the frame moves no other.

    Raises:
        SpecError: *n* is more than there are cases, or less than the strata need.
    """
    strata: dict[str, list[Case]] = {}
    for case in cases:
        strata.setdefault(case.stratum, []).append(case)
    needed = sum(min(least, len(held)) for held in strata.values())
    if not needed <= n <= len(cases):
        raise SpecError(
            f"A sample of {n} from {len(cases)} cases in {len(strata)} strata needs {needed} to {len(cases)}."
        )
    sizes = {name: len(held) for name, held in strata.items()}
    severe = {name: sum(c.severity for c in held) / len(held) for name, held in strata.items()}
    wanted = {name: WEIGHTS[allocation](sizes[name], severe[name]) for name in strata}
    taken = allocated(n, wanted, sizes, least)
    chosen = []
    for name, held in strata.items():
        first = sorted(held, key=lambda case: order(seed, case.digest))[: taken[name]]
        before = taken[name] / sizes[name]
        chosen += [c.model_copy(update={"chance": before * (c.chance or 1.0)}) for c in first]
    return Plan(seed, allocation, sizes, taken, tuple(chosen))


def allocated(n: int, wanted: Mapping[str, float], sizes: Mapping[str, int], least: int = 1) -> dict[str, int]:
    """Return *n* shared out in proportion to *wanted*, at least *least* and at most the size of each.

    One scale is sought (by bisection) at which the bounded shares add up to *n*; they are rounded by largest remainder,
    ties by name.
    """
    least_of = {name: min(least, size) for name, size in sizes.items()}

    def shares(scale: float) -> dict[str, float]:
        return {name: min(max(scale * w, least_of[name]), sizes[name]) for name, w in wanted.items()}

    low, high = 0.0, max(sizes[name] / w for name, w in wanted.items())
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        low, high = (middle, high) if sum(shares(middle).values()) < n else (low, middle)
    share = shares(high)
    given = {name: floor(s + EXACT) for name, s in share.items()}
    rest = n - sum(given.values())
    for name in sorted(share, key=lambda name: (given[name] - share[name], name))[:rest]:
        given[name] += 1
    return given


def replicated(cases: Sequence[Case], share: float, seed: int) -> frozenset[str]:
    """Return the names of the cases asked more than once: a share of each stratum, by the order of the seed."""
    strata: dict[str, list[Case]] = {}
    for case in cases:
        strata.setdefault(case.stratum, []).append(case)
    chosen: set[str] = set()
    for held in strata.values():
        first = sorted(held, key=lambda case: order(seed + 1, case.digest))
        chosen |= {case.name for case in first[: max(round(share * len(held)), 1)]}
    return frozenset(chosen)
