"""Interactions: how much of what two inputs do together is not the sum of what each does alone.

Source: Friedman and Popescu (2008), Annals of Applied Statistics 2, 916, section 8.1, for H.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.stats import intervals

Floats = npt.NDArray[np.float64]
FEWEST = 20
FLAT = 1e-12


@dataclass(frozen=True, slots=True)
class Interaction:
    """H of a pair with its interval; ``size`` is the spread of the joint part on the scale of the score.

    ``floor`` is what H of no interaction would look like: the rows that stand for the other inputs are few.
    """

    h: float
    low: float
    high: float
    size: float
    floor: float


def friedman(one: Floats, two: Floats, both: Floats, *, level: float = 0.95) -> Interaction | None:
    """Return Friedman's H of a pair from scores with borrowed inputs; None where the pair moves no score.

    Each argument holds, for each lending row i (down) and each borrowing row b (across), the score of b with the first,
    the second or both inputs of i. With ``F`` the means over b, centred over i,
    ``H^2 = sum_i (F_both - F_one - F_two)^2 / sum_i F_both^2``. Means over few borrowers add noise to the numerator:
    ``sum_i var_b(both - one - two) / m``, centred in the same way, is what it adds on average; it is taken off, and H
    of it alone is the floor. The interval is the jackknife's over borrowers and over lenders (20 groups each), their
    variances added. H is at least 0; it may exceed 1 where each alone does nothing.
    """
    value, size, floor = _h(one, two, both)
    if value is None:
        return None
    n, m = both.shape
    variance = 0.0
    for axis, count in ((1, m), (0, n)):
        group = np.arange(count) % FEWEST
        left = []
        for g in range(FEWEST):
            rows = np.flatnonzero(group != g)
            found = _h(*(np.take(part, rows, axis=axis) for part in (one, two, both)))[0]
            left.append(value if found is None else found)
        spread = np.array(left)
        variance += (FEWEST - 1) / FEWEST * float(((spread - spread.mean()) ** 2).sum())
    span = intervals.normal(value, float(np.sqrt(variance)), level)
    return Interaction(value, max(span.low, 0.0), span.high, size, floor)


def _h(one: Floats, two: Floats, both: Floats) -> tuple[float | None, float, float]:
    """Return H (None where both move nothing), the size of the joint part and the floor."""
    joint = both - one - two
    joint = joint - joint.mean(axis=0)
    together = both.mean(axis=1)
    together = together - together.mean()
    n, m = both.shape
    below = float((together**2).sum())
    if below <= FLAT * max(float((both**2).mean()), FLAT) * n:
        return None, 0.0, 0.0
    above = float((joint.mean(axis=1) ** 2).sum())
    noise = float(joint.var(axis=1, ddof=1).sum()) / m
    clean = max(above - noise, 0.0)
    # What is left of rounding is not an interaction.
    clean = 0.0 if clean <= FLAT * below else clean
    noise = 0.0 if noise <= FLAT * below else noise
    return float(np.sqrt(clean / below)), float(np.sqrt(clean / n)), float(np.sqrt(noise / below))


def strongest(
    names: Sequence[tuple[str, str]], inputs: Sequence[str], single: Floats, double: Floats, scale: str, *,
    level: float = 0.95,
) -> Measured:  # fmt: skip
    """Friedman's H of the pair whose joint part is largest on the scale of the score.

    ``single`` holds scores with each input borrowed (lending rows down, borrowing rows across), ``double`` those with
    each pair. Intervals hold for all pairs at once (Bonferroni), because the pair was chosen by looking. ``detail``
    lists the pairs by the size of their joint part; those whose interval reaches 0, or whose H is not above its floor,
    are marked as noise. H compares the joint part with what the pair does: a large H of two weak inputs is a small
    matter, and ``size`` says so. Undefined with fewer than two inputs that move a score, or 20 rows on each side.
    """
    if len(names) == 0 or min(single.shape[1:]) < FEWEST:
        return Undefined(because="it takes two inputs and 40 rows to see an interaction", needed="40 rows")
    each = 1.0 - (1.0 - level) / len(names)
    at = {name: i for i, name in enumerate(inputs)}
    found: list[tuple[tuple[str, str], Interaction]] = []
    rows = np.isfinite(single).all(axis=(0, 2)) & np.isfinite(double).all(axis=(0, 2))
    for pair, both in zip(names, double, strict=True):
        parts = (single[at[pair[0]]][rows], single[at[pair[1]]][rows], both[rows])
        if rows.sum() >= FEWEST and (one := friedman(*parts, level=each)) is not None:
            found.append((pair, one))
    if not found:
        return Undefined(because="no pair of inputs moves a score", kind="not-applicable", n=float(rows.sum()))
    found.sort(key=lambda line: -line[1].size)
    listed: list[dict[str, Any]] = [
        {"pair": list(pair), "h": one.h, "low": one.low, "high": one.high, "size": one.size, "floor": one.floor,
         "noise": one.low <= 0.0 or one.h <= one.floor}
        for pair, one in found
    ]  # fmt: skip
    _, best = found[0]
    return Estimate(
        value=best.h, low=best.low, high=best.high, level=level, method=f"jackknife, {len(found)} pairs at once",
        n=float(rows.sum()), detail={"scale": scale, "inputs": list(inputs), "pairs": listed},
    )  # fmt: skip
