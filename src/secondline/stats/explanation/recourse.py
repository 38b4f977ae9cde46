"""Recourse: how many declined applicants have a way to approval, and what it costs them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from secondline.core.estimate import Measured
from secondline.stats.explanation import counted
from secondline.stats.explanation.counted import Floats, Mask, Places


def recourse(
    cost: Floats, changed: Places, steps: Places, valid: Mask, names: Sequence[str], *, level: float = 0.95
) -> Measured:
    """Share of declined rows for which a change within what a person can do was found and is approved.

    *cost* is in quantile steps of the reference, NaN where the search found nothing; *valid* is whether the artefact,
    asked again, approves the changed row. The search is bounded, so that the share is a lower bound: a row without a
    way may have one the search did not try. Clopper and Pearson's interval. ``detail`` holds the median and the ninth
    decile of the cost, how many features were changed, how often each was, the cost's distribution, and the changes
    found that the artefact refused (which must be 0). Undefined without declined rows. Sources: Ustun, Spangher and
    Liu (2019), FAT*; Karimi et al. (2022), ACM Computing Surveys 55.
    """
    known = np.isfinite(cost)
    paid = cost[known & valid]
    found = {
        "refused when asked again": int((known & ~valid).sum()),
        "median cost": float(np.median(paid)) if len(paid) else None,
        "ninth decile of cost": float(np.quantile(paid, 0.9)) if len(paid) else None,
        "features changed": {str(k): int((changed[known] == k).sum()) for k in sorted(set(changed[known].tolist()))},
        "features": _used(steps[known & valid], names),
        "costs": _curve(cost, valid),
    }
    return counted.share(known & valid, level=level, detail=found)


def _used(steps: Places, names: Sequence[str]) -> dict[str, dict[str, float]]:
    """Return how often each feature is changed, which way, and by how many steps in the middle."""
    rows = max(len(steps), 1)
    found = {
        name: {
            "share": float((steps[:, j] != 0).sum() / rows),
            "raised": float((steps[:, j] > 0).sum() / rows),
            "steps": float(np.median(np.abs(steps[steps[:, j] != 0, j]))),
        }
        for j, name in enumerate(names)
        if (steps[:, j] != 0).any()
    }
    return dict(sorted(found.items(), key=lambda item: (-item[1]["share"], item[0]))[:15])


def _curve(cost: Floats, valid: Mask) -> list[dict[str, float]]:
    """Return the share of declined rows approved for at most each cost."""
    ends = sorted({float(np.ceil(c)) for c in cost[np.isfinite(cost) & valid]})
    return [{"cost": end, "share": float((valid & (np.nan_to_num(cost, nan=np.inf) <= end)).mean())} for end in ends]
