"""The difference of two rates that a judge graded, each corrected by people's labels, on the same cases."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.tables import Graded
from secondline.stats.clusters import Floats
from secondline.stats.genai import correction
from secondline.stats.genai.cards import eligible
from secondline.stats.genai.correction import Corrected
from secondline.stats.genai.labelled import Labelled, labelled
from secondline.stats.genai.rates import one_sided
from secondline.stats.genai.rows import codes, few, scored, totals
from secondline.stats.intervals import Interval


def mover(a: Corrected, b: Corrected, correlation: float = 0.0) -> Interval:
    """Return the interval of A minus B from the intervals of both and the correlation of the two estimates.

    ``low = d - sqrt(x^2 - 2 r x y + y^2)`` with x the reach of A below it and y that of B above it; ``high`` alike the
    other way round. With r of 0 it is Newcombe's hybrid interval where both are Wilson's. Source: Zou and Donner
    (2008), Statistics in Medicine 27, 1693.

    >>> one, two = Corrected(0.8, Interval(0.7, 0.88), ""), Corrected(0.6, Interval(0.5, 0.7), "")
    >>> [round(end, 4) for end in mover(one, two)]
    [0.0586, 0.3281]
    """
    d = a.value - b.value

    def reach(x: float, y: float) -> float:
        return math.sqrt(max(x * x - 2 * correlation * x * y + y * y, 0.0))

    low = d - reach(a.value - a.span.low, b.span.high - b.value)
    high = d + reach(a.span.high - a.value, b.value - b.span.low)
    return Interval(max(low, -1.0), min(high, 1.0))


def continuous(correlation: float, sides: Sequence[Corrected], pairs: int) -> float:
    """Return a positive correlation less what few pairs cannot tell from it, by Newcombe's correction for continuity.

    Newcombe (1998) takes ``n / 2`` from the numerator ``ad - bc`` of phi, which is ``1 / (2 n p q)`` of phi itself
    where both margins are p and ``q = 1 - p``; p is the mean of both sides here, *pairs* n the clusters with labels on
    both. So two samples that agree everywhere do not have an interval of no width. Never below 0; 0 without pairs.

    >>> side = Corrected(0.5, Interval(0.2, 0.8), "")
    >>> continuous(1.0, (side, side), 10), continuous(-0.3, (side, side), 10), continuous(1.0, (side, side), 0)
    (0.8, -0.3, 0.0)
    """
    if correlation <= 0:
        return correlation
    p = (sides[0].value + sides[1].value) / 2
    spread = 2 * pairs * p * (1 - p)
    return max(correlation - 1 / spread, 0.0) if spread > 0 else 0.0


def _pairs(rows: tuple[Labelled, Labelled]) -> int:
    """Return in how many clusters people labelled answers of both sides."""
    held = [set(side.cluster[side.known].tolist()) for side in rows]
    return len(held[0] & held[1])


def corrected_difference(
    a: Graded, b: Graded, *, level: float = 0.95, joined: str = "case", names: tuple[str, str] = ("new", "approved")
) -> Measured:
    """Corrected pass rate of *a* less that of *b*, on what both sides answered (*joined*: the case, or its pair).

    Each side is corrected by verdict at the effective size (`correction.by_verdict`); where the judge may not grade
    one of them, both are the labels alone, exact. The two intervals are combined with the correlation of the
    estimates, taken from their influence values summed within clusters of A (`mover`, `continuous`), so that
    pairing counts. Each end is a one-sided bound at *level*. ``detail`` has both rates, the naive difference and
    that of the labels alone. Undefined without a common case, or where no person labelled answers on both sides: a
    judge's errors need not be the same on both sides, so verdicts alone are no estimate. *names* are those of the
    sides.
    """
    one, two = _common(scored(a), scored(b), joined)
    if not len(one):
        return Undefined(because="no case was answered and graded on both sides", n=float(len(a)),
                         needed="the same cases in both tables")  # fmt: skip
    naive = float(one.number("verdict").mean() - two.number("verdict").mean())
    told = {name: int(np.isfinite(side.number("label")).sum()) for name, side in zip(names, (one, two), strict=True)}
    if not all(told.values()):
        bare = " and ".join(f"the {name}" for name, labels in told.items() if not labels)
        return Undefined(
            because=f"the judge's own difference is {naive:+.1%}, and no person labelled any of {bare} answers: "
            "uncorrected verdicts decide nothing",
            n=float(len(one)), needed="labels of people on some answers of both sides, drawn within each verdict",
        )  # fmt: skip
    rows = _aligned(one, two, joined)
    fit = [eligible(side) for side in (one, two)]
    trusted = all(good for good, _ in fit)
    both = tuple(_corrected(side, one_sided(level), trusted=trusted) for side in rows)
    alone = tuple(_corrected(side, one_sided(level), trusted=False) for side in rows)
    correlation = continuous(_correlation(rows, trusted=trusted), both, _pairs(rows))
    span = mover(both[0], both[1], correlation)
    people = mover(alone[0], alone[1], continuous(_correlation(rows, trusted=False), alone, _pairs(rows)))
    because = next((why for good, why in fit if not good), "")
    warned = () if trusted else (f"the judge is for triage only, so labels alone are used: {because}",)
    return Estimate(
        value=both[0].value - both[1].value, low=span.low, high=span.high, level=one_sided(level),
        n=float(len(set(one[joined].astype(str).tolist()))),
        method=f"{both[0].method}; difference by MOVER with correlation; each end one-sided at {level:.0%}",
        detail={**_sides(names, both), "naive difference": naive, "labels": told, "correlation": correlation,
                "clusters": rows[0].clusters,
                "people alone": {"value": alone[0].value - alone[1].value, "low": people.low, "high": people.high}},
        warnings=(*warned, *few(rows[0].clusters, float(len(one)))),
    )  # fmt: skip


def _sides(names: tuple[str, str], both: tuple[Corrected, ...]) -> dict[str, Any]:
    return {
        name: {"value": c.value, "low": c.span.low, "high": c.span.high} for name, c in zip(names, both, strict=True)
    }


def _common(a: Graded, b: Graded, joined: str) -> tuple[Graded, Graded]:
    shared = np.intersect1d(a[joined].astype(str), b[joined].astype(str))
    shared = shared[shared != ""]
    return a.where(np.isin(a[joined].astype(str), shared)), b.where(np.isin(b[joined].astype(str), shared))


def _aligned(a: Graded, b: Graded, joined: str) -> tuple[Labelled, Labelled]:
    """Return both sides with one numbering of clusters: those of A, by which B's rows of the same case go too."""
    cluster = np.where(a["cluster"].astype(str) == a["case"].astype(str), a[joined], a["cluster"]).astype(str)
    home = dict(zip(a[joined].astype(str).tolist(), cluster.tolist(), strict=True))
    place = codes(np.array([home[name] for side in (a, b) for name in side[joined].astype(str).tolist()], dtype=object))
    sides = zip((a, b), (place[: len(a)], place[len(a) :]), strict=True)
    one, two = (labelled(s.number("verdict"), s.number("label"), s.number("chance"), p) for s, p in sides)
    return one, two


def _corrected(rows: Labelled, level: float, *, trusted: bool) -> Corrected:
    found = None if trusted else correction.human_only(rows, level, exact=True)
    return found or correction.by_verdict(rows, level)


def _correlation(rows: tuple[Labelled, Labelled], *, trusted: bool) -> float:
    """Return the correlation of the two estimates, from their influence values summed within clusters."""
    form = correction.by_verdict_influence if trusted else correction.human_influence
    size = max(side.clusters for side in rows)
    sums: list[Floats] = []
    for side in rows:
        held = totals(form(side), side.cluster)
        sums.append(np.pad(held, (0, size - len(held))))
    spread = math.sqrt(float((sums[0] ** 2).sum()) * float((sums[1] ** 2).sum()))
    return float(np.clip(float((sums[0] * sums[1]).sum()) / spread, -1.0, 1.0)) if spread > 0 else 0.0
