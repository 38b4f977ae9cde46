"""Contributions: how strong each input is over all rows, which way it works, and whether contributions add up.

Rows whose contributions are not finite (they have no score) are left out and counted. Source of the summaries:
Lundberg et al. (2020), Nature Machine Intelligence 2, 56.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.stats import intervals

Floats = npt.NDArray[np.float64]
NO_ROWS = "no row has both a score and contributions"
CELLS = 41
"""Cells of the range of contributions in which rows are counted for a picture."""
GROUPS = 10
MOST_TEXTS = 8
LEAN = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Explained:
    """Contributions of rows (down) and inputs (across) that add up from ``base`` to ``scores``; higher is riskier."""

    features: tuple[str, ...]
    values: Floats
    base: float
    scores: Floats
    weight: Floats
    error: Floats | None
    scale: str
    method: str
    background: int

    @property
    def told(self) -> dict[str, Any]:
        """What every number of these contributions must say: scale, method, rows that stood for absence."""
        return {"scale": self.scale, "attribution": self.method, "background rows": self.background}

    def whole(self) -> npt.NDArray[np.bool_]:
        """Return which rows are complete and weigh something."""
        return np.asarray(np.isfinite(self.values).all(axis=1) & np.isfinite(self.scores) & (self.weight > 0))


def mean_size(values: Floats, weight: Floats) -> Floats:
    """Return the weighted mean absolute contribution of each input."""
    return np.asarray(weight @ np.abs(values) / weight.sum())


def strength(made: Explained, column: str, x: npt.NDArray[Any], *, level: float = 0.95) -> Measured:
    """Mean absolute contribution of one input, on the scale named in ``detail``.

    Formula: ``sum w |phi_j| / sum w``, with a normal interval over the rows. ``detail`` has its share of all inputs'
    means, its rank, its direction (the rank correlation of contribution and value: ``rises``, ``falls``, or ``mixed``
    within 0.5 of none), the mean contribution by value, and counts of rows by contribution for a picture. Where
    coalitions were sampled, the error inflates the mean: by at most ``floor``, the mean error times sqrt(2 / pi).
    Undefined without rows or for an input the model does not read.
    """
    if column not in made.features:
        return Undefined(because=f"the artefact does not read {column!r}", kind="not-applicable")
    keep, j = made.whole(), made.features.index(column)
    if keep.sum() < 2:  # noqa: PLR2004 - a spread needs two rows
        return Undefined(because=NO_ROWS, needed="two rows or more", n=float(keep.sum()))
    phi, w, held = made.values[keep], made.weight[keep], x[keep]
    every = mean_size(phi, w)
    size, value = np.abs(phi[:, j]), float(every[j])
    se = float(np.sqrt((w**2 @ (size - value) ** 2) / w.sum() ** 2 * len(w) / (len(w) - 1)))
    span = intervals.normal(value, se, level)
    detail: dict[str, Any] = made.told | {
        "share": value / float(every.sum()) if every.sum() else 0.0,
        "rank": int((every > every[j]).sum()) + 1,
        **_direction(phi[:, j], held),
        "by value": _by_value(phi[:, j], held, w),
        "swarm": _swarm(phi[:, j], held, np.abs(phi).max()),
    }
    if made.error is not None:
        detail["floor"] = float(np.nanmean(made.error[keep][:, j]) * np.sqrt(2 / np.pi))
    return Estimate(
        value=value, low=max(span.low, 0.0), high=span.high, level=level, method="mean over rows, normal",
        n=float(keep.sum()), detail=detail,
    )  # fmt: skip


def _direction(phi: Floats, x: npt.NDArray[Any]) -> dict[str, Any]:
    if x.dtype == object:
        return {}
    known = np.isfinite(x)
    rho = correlation(phi[known], np.asarray(x[known], dtype=np.float64))
    if rho is None:
        return {"direction": "none"}
    return {"direction": "rises" if rho > LEAN else "falls" if rho < -LEAN else "mixed", "rank correlation": rho}


def correlation(a: Floats, b: Floats) -> float | None:
    """Return Spearman's rank correlation with mid-ranks; None where either is constant."""
    if len(a) < 2 or np.ptp(a) == 0 or np.ptp(b) == 0:  # noqa: PLR2004 - a line needs two points
        return None
    first, second = rankdata(a), rankdata(b)
    return float(np.clip(np.corrcoef(first, second)[0, 1], -1.0, 1.0))


def _by_value(phi: Floats, x: npt.NDArray[Any], w: Floats) -> list[dict[str, Any]]:
    """Return the mean and the middle 80 % of contributions by tenths of a number, or by text, missing values last."""
    names, groups = groups_of(x, GROUPS, MOST_TEXTS)
    found = []
    for i, name in enumerate(names):
        mine = groups == i
        low, high = np.quantile(phi[mine], [0.1, 0.9])
        share = float(w[mine].sum() / w.sum())
        mean = float(np.average(phi[mine], weights=w[mine]))
        found.append({"value": name, "rows": share, "mean": mean, "low": float(low), "high": float(high)})
    return found


def groups_of(x: npt.NDArray[Any], most: int, texts: int) -> tuple[list[str], npt.NDArray[np.int64]]:
    """Return names of groups of equal size of a number (or of each text) and the group of each row, none empty."""
    if x.dtype == object:
        said = np.array(["missing" if value is None else str(value) for value in x])
        names, counts = np.unique(said, return_counts=True)
        kept = set(names[np.argsort(-counts, kind="stable")[:texts]])
        said = np.array([value if value in kept else "others" for value in said])
    else:
        known = np.isfinite(x)
        values = np.asarray(x, dtype=np.float64)
        cuts = np.unique(np.quantile(values[known], np.linspace(0, 1, most + 1)[1:-1])) if known.any() else np.empty(0)
        place = np.searchsorted(cuts, values, side="left")
        cells, inside = np.unique(place[known], return_inverse=True)
        middles = [f"{np.median(values[known & (place == cell)]):g}" for cell in cells]
        groups = np.full(len(x), len(middles), dtype=np.int64)
        groups[known] = inside
        return [*middles, *([] if known.all() else ["missing"])], groups
    listed, groups = np.unique(said, return_inverse=True)
    return [str(name) for name in listed], groups.astype(np.int64)


def _swarm(phi: Floats, x: npt.NDArray[Any], most: float) -> list[dict[str, float | None]]:
    """Count rows by contribution, with the mean rank (0 to 1) of their values: a beeswarm that adds no noise."""
    cells = np.clip(((phi / most if most else phi) + 1) / 2 * CELLS, 0, CELLS - 1).astype(np.int64)
    number = x.dtype != object
    known = np.isfinite(np.asarray(x, dtype=np.float64)) if number else np.zeros(len(x), dtype=bool)
    rank = np.zeros(len(x))
    if known.sum() > 1:
        rank[known] = (rankdata(x[known]) - 1) / (known.sum() - 1)
    found: list[dict[str, float | None]] = []
    for cell in np.unique(cells):
        mine = cells == cell
        seen = mine & known
        height = float(rank[seen].mean()) if seen.any() else None
        found.append({"at": float(((cell + 0.5) / CELLS * 2 - 1) * most), "share": float(mine.mean()), "rank": height})
    return found


def adding_up(made: Explained, score: Floats, *, level: float = 0.95) -> Measured:
    """Largest error of adding up: ``max |base + sum phi - score|`` over the rows, *score* being the model's own.

    A count over the rows explained: no interval. ``detail`` compares with the scores on the attribution's scale as its
    method gave them, and where coalitions were sampled gives the errors, which adding up does not show: opposite
    permutations add up by construction. Undefined without rows. Source: efficiency, Shapley (1953).
    """
    keep = made.whole() & np.isfinite(score)
    if not keep.any():
        return Undefined(because=NO_ROWS, needed="rows with a score")
    sums = made.base + made.values[keep].sum(axis=1)
    gap = np.abs(sums - score[keep])
    own = np.abs(sums - made.scores[keep])
    detail = made.told | {"base": made.base, "largest": float(gap.max()), "largest on its own scores": float(own.max())}
    said: tuple[str, ...] = ()
    if made.error is not None:
        errors = made.error[keep]
        typical = float(np.abs(made.values[keep]).mean())
        detail |= {"mean standard error": float(errors.mean()), "largest standard error": float(errors.max())}
        detail["error over size"] = float(errors.mean() / typical) if typical else 0.0
        said = ("contributions were sampled: their standard errors are in the detail",)
    return Estimate(
        value=float(gap.max()), level=level, method="every row explained", n=float(keep.sum()), detail=detail,
        warnings=said,
    )  # fmt: skip


def surrogate(made: Explained, columns: Sequence[npt.NDArray[Any]], *, level: float = 0.95) -> Measured:
    """Share of the variance of the score that a sum of one curve an input reproduces: R squared on unseen rows.

    Each input's curve is its mean contribution by twentieths of its values, learnt on half of the rows and read on the
    other; ``1 - sum (score - sum of curves)^2 / sum (score - mean)^2``. What is left is how inputs act together, which
    curves of one input cannot show. Interval by the jackknife over 20 groups of rows. Undefined with fewer than 100
    rows or scores that do not vary.
    """
    keep = np.flatnonzero(made.whole())
    learn, test = keep[::2], keep[1::2]
    if len(test) < 50 or np.ptp(made.scores[test]) == 0:  # noqa: PLR2004 - half of a hundred rows
        return Undefined(because="there are fewer than 100 rows whose scores vary", n=len(keep), needed="100 rows")
    guess = np.full(len(test), made.base)
    for j, x in enumerate(columns):
        names, groups = groups_of(x, 20, 20)
        sums = np.bincount(groups[learn], made.values[learn, j], len(names))
        counts = np.bincount(groups[learn], minlength=len(names))
        guess += np.where(counts > 0, sums / np.maximum(counts, 1), 0.0)[groups[test]]
    y, w = made.scores[test], made.weight[test]
    part = np.arange(len(test)) % 20
    value = _explained(y, guess, w)
    left_out = np.array([_explained(y[part != g], guess[part != g], w[part != g]) for g in range(20)])
    se = float(np.sqrt(19 / 20 * ((left_out - left_out.mean()) ** 2).sum()))
    span = intervals.normal(value, se, level)
    return Estimate(
        value=value, low=span.low, high=min(span.high, 1.0), level=level, method="jackknife over 20 groups",
        n=float(len(test)), detail=made.told,
    )  # fmt: skip


def _explained(y: Floats, guess: Floats, w: Floats) -> float:
    middle = np.average(y, weights=w)
    return float(1.0 - (w @ (y - guess) ** 2) / (w @ (y - middle) ** 2))
