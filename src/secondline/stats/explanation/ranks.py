"""Ranks: does the order of the inputs hold on other rows, against another background, and by another method?

Orders are compared by Spearman's rank correlation with mid-ranks for ties, and by the overlap of the strongest few.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.stats.explanation.contributions import NO_ROWS, Explained, correlation, mean_size

Floats = npt.NDArray[np.float64]
DRAWS = 400
SEED = 20_261_125
TOP = 5
FEWEST = 3
FEWEST_ROWS = 20
FEW_INPUTS = "an order of fewer than three inputs cannot be told from chance"
NO_ORDER = "all inputs contribute alike, so that they have no order"


def drawn(weight: Floats, draws: int = DRAWS, seed: int = SEED) -> Floats:
    """Return the weights of rows in bootstrap samples (down): each row's weight times how often it was drawn."""
    n = len(weight)
    counts = np.random.default_rng(seed).multinomial(n, np.full(n, 1.0 / n), size=draws)
    return np.asarray(counts * weight)


def resampled(made: Explained, *, level: float = 0.95) -> Measured:
    """Rank correlation of the order of mean absolute contributions with that of bootstrap samples of the rows.

    The value is the mean over 400 samples and the interval their quantiles, so that a limit judged on the interval asks
    that nearly every sample keep the order. ``detail`` has the overlap of the five strongest (the share that both
    orders name), and each input's lowest and highest rank in the middle samples. The model and its contributions are
    held fixed: this is the stability of the summary and not of a refit. Undefined with fewer than three inputs or 20
    rows, or where all contribute alike.
    """
    keep = made.whole()
    if (absent := _too_little(made, keep)) is not None:
        return absent
    size, w = np.abs(made.values[keep]), made.weight[keep]
    full = w @ size / w.sum()
    if np.ptp(full) == 0:
        return Undefined(because=NO_ORDER, kind="not-applicable", n=float(keep.sum()))
    weights = drawn(w)
    means = weights @ size / weights.sum(axis=1, keepdims=True)
    rhos = np.array([correlation(full, some) or 0.0 for some in means])
    low, high = np.quantile(rhos, [(1 - level) / 2, (1 + level) / 2])
    ranks = (means[:, np.newaxis, :] > means[:, :, np.newaxis]).sum(axis=2) + 1
    ends = np.quantile(ranks, [(1 - level) / 2, (1 + level) / 2], axis=0, method="inverted_cdf")
    order = np.argsort(-full, kind="stable")
    detail = made.told | {
        "top": TOP,
        "overlap": float(np.mean([overlap(full, some) for some in means])),
        "ranks": [
            {"input": made.features[j], "rank": i + 1, "low": int(ends[0, j]), "high": int(ends[1, j])}
            for i, j in enumerate(order)
        ],
    }
    return Estimate(
        value=float(rhos.mean()), low=float(low), high=float(high), level=level, method=f"{DRAWS} bootstrap samples",
        n=float(keep.sum()), detail=detail,
    )  # fmt: skip


def _too_little(made: Explained, keep: npt.NDArray[np.bool_]) -> Undefined | None:
    if len(made.features) < FEWEST:
        return Undefined(because=FEW_INPUTS, kind="not-applicable")
    if keep.sum() < FEWEST_ROWS:
        return Undefined(because=NO_ROWS if not keep.any() else "there are fewer than 20 rows", needed="20 rows")
    return None


def overlap(a: Floats, b: Floats, top: int = TOP) -> float:
    """Return the share of the *top* strongest inputs by *a* that are among those by *b*; ties in the order given."""
    most = min(top, len(a))
    first, second = (set(np.argsort(-x, kind="stable")[:most].tolist()) for x in (a, b))
    return len(first & second) / most


def against(made: Explained, others: Mapping[str, Explained], *, level: float = 0.95) -> Measured:
    """Lowest rank correlation of the order of inputs with the orders under other backgrounds, on the same rows.

    *others* are contributions of the first rows of *made* by other choices of what stands for an absent input. The
    interval is that of the worst choice, over bootstrap samples of the rows. ``detail`` has every choice with its
    correlation and the overlap of the five strongest. A low value says that the order answers a question about the
    background as much as about the model. Undefined as for ``resampled``.
    """
    found = []
    for name, other in others.items():
        rows = len(other.scores)
        keep = made.whole()[:rows] & other.whole()
        if (absent := _too_little(made, keep)) is not None:
            return absent
        mine, theirs, w = np.abs(made.values[:rows][keep]), np.abs(other.values[keep]), made.weight[:rows][keep]
        found.append((name, other, *_order_kept(mine, theirs, w, level), int(keep.sum())))
    if not found:
        return Undefined(because="no other background was tried", kind="not-applicable")
    known = [line for line in found if line[2] is not None]
    if not known:
        return Undefined(because=NO_ORDER, kind="not-applicable")
    choices = [
        {"background": name, "attribution": other.method, "background rows": other.background, "correlation": rho,
         "low": low, "high": high, "overlap": shared, "rows": rows}
        for name, other, rho, low, high, shared, rows in known
    ]  # fmt: skip
    worst: dict[str, Any] = min(choices, key=lambda choice: float(str(choice["correlation"])))
    return Estimate(
        value=worst["correlation"], low=worst["low"], high=worst["high"], level=level,
        method=f"{DRAWS} bootstrap samples", n=worst["rows"], detail=made.told | {"top": TOP, "choices": choices},
    )  # fmt: skip


def _order_kept(
    mine: Floats, theirs: Floats, w: Floats, level: float
) -> tuple[float | None, float | None, float | None, float | None]:
    """Return the correlation of two orders of inputs, its bootstrap interval and the overlap of the strongest."""
    a, b = w @ mine / w.sum(), w @ theirs / w.sum()
    rho = correlation(a, b)
    if rho is None:
        return None, None, None, None
    weights = drawn(w)
    total = weights.sum(axis=1, keepdims=True)
    pairs = zip(weights @ mine / total, weights @ theirs / total, strict=True)
    rhos = np.array([correlation(x, y) or 0.0 for x, y in pairs])
    low, high = np.quantile(rhos, [(1 - level) / 2, (1 + level) / 2])
    return rho, min(float(low), rho), max(float(high), rho), overlap(a, b)


def agreeing(made: Explained, changes: Sequence[Floats], *, level: float = 0.95) -> Measured:
    """Rank correlation of mean absolute contributions with the mean change of the score when an input is permuted.

    *changes* holds, for each input, the absolute change of the score (on the attribution's scale) of each of the first
    rows. The interval is over bootstrap samples of those rows. ``detail`` lists the inputs by both, and names those
    that are credited although permuting them changes no score: path-dependent attributions can credit an input that
    the model does not use where it is correlated with one it does. Undefined as for ``resampled``. Sources: Breiman
    (2001), Machine Learning 45, for permutation; Janzing, Minorics and Bloebaum (2020) for credit to unused inputs.
    """
    change = np.column_stack(list(changes))
    rows = len(change)
    keep = made.whole()[:rows] & np.isfinite(change).all(axis=1)
    if (absent := _too_little(made, keep)) is not None:
        return absent
    phi, moved, w = np.abs(made.values[:rows][keep]), change[keep], made.weight[:rows][keep]
    rho, low, high, shared = _order_kept(phi, moved, w, level)
    if rho is None:
        return Undefined(because=NO_ORDER, kind="not-applicable", n=float(keep.sum()))
    strong, permuted = mean_size(phi, w), mean_size(moved, w)
    order = np.argsort(-strong, kind="stable")
    lines = [
        {"input": made.features[j], "contribution": float(strong[j]), "permuted": float(permuted[j]),
         "rank": i + 1, "permuted rank": int((permuted > permuted[j]).sum()) + 1}
        for i, j in enumerate(order)
    ]  # fmt: skip
    idle = [made.features[j] for j in order if permuted[j] == 0 and strong[j] > 1e-9 * max(strong.max(), 1e-300)]
    said = (f"credited although no score depends on it: {', '.join(idle)}",) if idle else ()
    detail = made.told | {"top": TOP, "overlap": shared, "inputs": lines, "credited and unused": idle}
    return Estimate(
        value=rho, low=low, high=high, level=level, method=f"{DRAWS} bootstrap samples", n=float(keep.sum()),
        detail=detail, warnings=said,
    )  # fmt: skip
