"""Use: is the model used as it was approved? Overrides of its score, and rows it did not score."""

from __future__ import annotations

import numpy as np

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.evidence import PopulationFacts
from secondline.core.tables import Sample
from secondline.stats import intervals
from secondline.stats.weights import effective_counts


def override_rate(rows: Sample, *, level: float = 0.95) -> Measured:
    """Share of rows whose score was overridden.

    A row counts as overridden when it has an override that differs from its score; an override equal to the score
    changes nothing and is counted apart. ``detail`` splits the rate into overrides up (riskier than the score),
    down, and on rows without a score. Wilson's interval. Of a large population only a sample was read: ``n`` is the
    sample's rows. Weighted rows enter as Kish's effective counts. Undefined without rows. Sources: ECB,
    Instructions for reporting the validation results of internal models (2019), 2.5.2.2; EBA, Supervisory handbook
    on the validation of rating systems under the IRB approach (2023), 47b.
    """
    score, override = (np.asarray(rows.columns[name], dtype=np.float64) for name in ("@score", "@override"))
    weight = rows.weight
    total = float(weight.sum())
    if total <= 0.0:
        return Undefined(because="there are no rows", needed="rows")
    given = ~np.isnan(override)
    changed = given & (override != score)
    hits, n = effective_counts(float(weight[changed].sum()), total, float((weight**2).sum()))
    interval = intervals.wilson(hits, n, level)
    masks = {"up": given & (override > score), "down": given & (override < score)}
    masks |= {"unscored": given & np.isnan(score), "unchanged": given & (override == score)}
    return Estimate(
        value=float(weight[changed].sum()) / total,
        low=interval.low,
        high=interval.high,
        level=level,
        method="Wilson" if rows.size >= rows.total else f"Wilson, on a sample of {rows.size:,} of {rows.total:,} rows",
        n=rows.size,
        events=float(changed.sum()),
        detail={name: float(weight[mask].sum()) / total for name, mask in masks.items()},
    )


def unrated(facts: PopulationFacts, *, level: float = 0.95) -> Measured:
    """Share of rows without a score (null, NaN or infinite), of the rows delivered.

    A count of what was delivered: no sampling error, no interval, rows count alike whatever their weight. Undefined
    without rows. Source: ECB, Instructions for reporting the validation results of internal models (2019), 2.5.2.1.
    """
    if not facts.rows:
        return Undefined(because="there are no rows", needed="rows")
    return Estimate(value=facts.score_missing / facts.rows, level=level, n=facts.rows, events=facts.score_missing)
