"""Portfolios with a right model, in which a region can be planted where it is wrong."""

from __future__ import annotations

from typing import Any

import numpy as np

from secondline.core.tables import Sample
from secondline.stats.robustness import weakness
from secondline.stats.robustness.confirm import Weakness

FEATURES = 6


def drawn(
    rows: int = 6_000, seed: int = 1, odds: float = 1.0, level: float = 0.0, slope: float = 1.0, **more: Any
) -> tuple[Sample, np.ndarray[Any, Any]]:
    """Draw normal features, right probabilities and outcomes; in the planted region (8 % of rows) odds are multiplied.

    *level* moves all log-odds alike; *slope* below 1 makes the model too sure in the planted region.
    """
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, FEATURES))
    logit = -1.5 + 0.9 * x[:, 0] + 0.4 * x[:, 1]
    bad = (x[:, 3] > 0.8416) & (x[:, 4] <= -0.2533)
    true = np.where(bad, -1.5 + slope * (logit + 1.5), logit) + level + np.log(odds) * bad
    label = (rng.random(rows) < 1 / (1 + np.exp(-true))).astype(float)
    columns: dict[str, Any] = {f"x{k}": x[:, k] for k in range(FEATURES)}
    columns |= {"@score": 1 / (1 + np.exp(-logit)), "@label": label} | more
    return Sample(rows, rows, rng.integers(0, 1 << 62, rows).astype(np.uint64), columns), bad


def searched(rows: Sample, **more: Any) -> weakness.Weaknesses:
    """Cut the rows at their own deciles and search them."""
    names = [name for name in rows.columns if not name.startswith("@")]
    found = weakness.search(rows, weakness.cut_all(rows, names), **more)
    assert isinstance(found, weakness.Weaknesses), found
    return found


def sure(found: weakness.Weaknesses, *kinds: str) -> list[Weakness]:
    """Return the confirmed regions, of some kinds or of all."""
    return [w for w in found.found if w.confirmed and (not kinds or w.kind in kinds)]


def inside(rows: Sample, weak: Weakness) -> np.ndarray[Any, Any]:
    """Return the rows that meet the conditions of a region, read as a machine would."""
    held = np.ones(rows.size, dtype=bool)
    for condition in weak.conditions:
        values = rows.columns[condition["column"]]
        if condition.get("missing"):
            held &= np.array([v is None or v != v for v in values], dtype=bool)  # noqa: PLR0124 - NaN differs from itself
        elif "equals" in condition:
            held &= values == condition["equals"]
        else:
            held &= (values > condition.get("above", -np.inf)) & (values <= condition.get("at_most", np.inf))
    return held
