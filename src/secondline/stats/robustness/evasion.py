"""Evasion: how many decisions a small change turns, and whether applicants seem to know."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln, ndtr

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.stats import intervals

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]
BINS = 10
"""Bands on each side of the cut-off."""
LEAST_ROWS, LEAST_DISTINCT = 200, 100
STEPS, CLOSE = 50, 1e-10


def evasion(
    cheapest: Floats,
    by: Places,
    together: Floats,
    cliffs: Floats,
    names: Sequence[str],
    budgets: Sequence[float],
    *,
    budget: float = 0.1,
    level: float = 0.95,
) -> Measured:
    """Share of declined rows that a change of at most *budget* interquartile ranges turns into approvals.

    *cheapest* is the least budget that turned a row through one feature or two, *together* through any number of
    features each moved by it (infinite where nothing did). The search is bounded, so that the share is a lower
    bound. Clopper and Pearson's interval. ``detail`` holds the share with its interval for every budget, the features
    through which rows turn, and the cliffs: the largest fall of the margin for the least budget. Undefined without
    rows.
    """
    n = len(cheapest)
    if not n:
        return Undefined(because="no declined row could be tried", needed="declined rows")
    hits = int((cheapest <= budget).sum())
    span = intervals.clopper_pearson(hits, n, level)
    curve = [_at(b, cheapest, together, level) for b in budgets]
    turned = by[by >= 0]
    used = {name: int((turned == j).sum()) for j, name in enumerate(names) if (turned == j).any()}
    steep = {name: float(cliffs[j]) for j, name in enumerate(names) if cliffs[j] > 0}
    detail = {
        "budget": budget,
        "curve": curve,
        "features": _largest(used),
        "cliffs": _largest(steep),
    }
    return Estimate(
        value=hits / n, low=span.low, high=span.high, level=level, method="Clopper-Pearson over rows", n=n, events=hits,
        detail=detail,
    )  # fmt: skip


def _largest(counts: dict[str, Any]) -> dict[str, Any]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:10])


def _at(budget: float, cheapest: Floats, together: Floats, level: float) -> dict[str, float]:
    n, hits = len(cheapest), int((cheapest <= budget).sum())
    span = intervals.clopper_pearson(hits, n, level)
    return {"budget": budget, "share": hits / n, "low": span.low, "high": span.high,
            "all at once": float((together <= budget).mean())}  # fmt: skip


def bunching(margins: Floats, cut: float, *, level: float = 0.95) -> Measured:
    """Log of the jump in the density of rows at the cut-off, approved side over declined side.

    Hypothesis: the density of the margin is smooth at the cut-off. Rows within a window are counted in ten bands on
    each side, the counts are taken as Poisson with a log mean that is quadratic in the distance from the cut-off plus
    a jump on the approved side, and the jump is estimated by maximum likelihood. The window reaches to the quarter of
    rows nearest the cut-off, or as far as both sides have rows. The p-value is one-sided, for more rows on the
    approved side; counts that scatter more than Poisson's widen the error by the root of Pearson's dispersion.
    Undefined with fewer than 200 rows, or 100 distinct margins, in the window, or where one side is empty. Source:
    McCrary (2008), Journal of Econometrics 142, 698; Cattaneo, Jansson and Ma (2020), JASA 115, 1449.
    """
    away = margins[np.isfinite(margins)] - cut
    width = _window(away)
    inside = away[np.abs(away) < width] if width > 0 else away[:0]
    if len(inside) < LEAST_ROWS or len(np.unique(inside)) < LEAST_DISTINCT:
        because = f"{len(inside):,} rows with {len(np.unique(inside)):,} distinct scores lie near the cut-off"
        return Undefined(because=because, n=len(inside), needed=f"{LEAST_ROWS} rows, {LEAST_DISTINCT} distinct scores")
    edges = np.linspace(-width, width, 2 * BINS + 1)
    counts = np.histogram(inside, edges)[0].astype(float)
    middle = (edges[:-1] + edges[1:]) / (2 * width)
    fitted = _poisson(counts, np.stack([np.ones_like(middle), middle, middle**2, (middle < 0).astype(float)], axis=1))
    if fitted is None:
        return Undefined(because="the rows near the cut-off lie on one side of it", n=len(inside), needed="both sides")
    jump, se, curve = fitted
    span = intervals.normal(jump, se, level)
    bands = [{"from": float(a), "to": float(b), "rows": float(c), "smooth": float(m), "approved": bool(b <= CLOSE)}
             for a, b, c, m in zip(edges[:-1], edges[1:], counts, curve, strict=True)]  # fmt: skip
    return Estimate(
        value=jump, low=span.low, high=span.high, level=level, method="Poisson, quadratic, jump at the cut-off",
        n=len(inside), p_value=float(ndtr(-jump / se)), mde=2.486 * se, mde_unit="in log density",
        detail={"density": bands, "window": width},
    )  # fmt: skip


def _window(away: Floats) -> float:
    """Return how far the window reaches: the nearest quarter of rows, and no further than the shorter side."""
    if not ((away < 0).any() and (away >= 0).any()):
        return 0.0
    return float(min(np.quantile(np.abs(away), 0.25), -away.min(), away.max()))


def _poisson(counts: Floats, design: Floats) -> tuple[float, float, Floats] | None:
    """Return the last coefficient of a Poisson fit, its standard error (with overdispersion), and the curve."""
    jump = design[:, -1] > 0
    if not (counts[jump].sum() and counts[~jump].sum()):
        return None
    beta = np.zeros(design.shape[1])
    beta[0] = np.log(counts.mean())
    before = -np.inf
    for _ in range(STEPS):
        mean = np.exp(design @ beta)
        information = design.T @ (design * mean[:, np.newaxis])
        beta = beta + np.linalg.solve(information, design.T @ (counts - mean))
        fit = float((counts * (design @ beta) - np.exp(design @ beta) - gammaln(counts + 1)).sum())
        if abs(fit - before) < CLOSE * (1 + abs(fit)):
            break
        before = fit
    mean = np.exp(design @ beta)
    spread = max(float(((counts - mean) ** 2 / mean).sum()) / (len(counts) - len(beta)), 1.0)
    covariance = np.linalg.inv(design.T @ (design * mean[:, np.newaxis])) * spread
    return float(beta[-1]), float(np.sqrt(covariance[-1, -1])), mean
