"""Outliers, collinearity and claimed directions: the shape of the features."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from scipy import stats as sps

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.spec import ModelSpec
from secondline.core.tables import CoMoments, Histogram, Sample
from secondline.stats import intervals, multiplicity

LEAST = 50


def outliers(reference: Sample, current: Sample, column: str, *, level: float = 0.95, reach: float = 3.0) -> Measured:
    """Share of current values beyond the reference's far fences, less the reference's own share.

    Fences at Q1 - *reach* IQR and Q3 + *reach* IQR of the reference (Tukey's far fences at 3). Newcombe's interval of
    the difference of the two shares. Not applicable to categories; Undefined with fewer than 50 values a side. A
    reference whose middle half is one value has fences there: every other value is beyond them, on both sides alike.
    """
    if column not in reference.columns or reference.columns[column].dtype == object:
        return Undefined(because="a category has no outliers", kind="not-applicable")
    mine, theirs = current.finite(column), reference.finite(column)
    if min(len(mine), len(theirs)) < LEAST:
        return Undefined(because="too few values", n=min(len(mine), len(theirs)), needed=f"{LEAST} values a side")
    q1, q3 = np.quantile(theirs, [0.25, 0.75])
    low_fence, high_fence = q1 - reach * (q3 - q1), q3 + reach * (q3 - q1)
    beyond = [int(((v < low_fence) | (v > high_fence)).sum()) for v in (mine, theirs)]
    low, high = intervals.newcombe(beyond[0], len(mine), beyond[1], len(theirs), level)
    shares = beyond[0] / len(mine), beyond[1] / len(theirs)
    detail = {"fences": [float(low_fence), float(high_fence)], "current": shares[0], "reference": shares[1],
              "lowest": float(mine.min()), "highest": float(mine.max())}  # fmt: skip
    return Estimate(
        value=shares[0] - shares[1], low=low, high=high, level=level, method="Newcombe", n=len(mine), detail=detail
    )


def variance_inflation(moments: CoMoments, *, level: float = 0.95) -> Measured:
    """Largest variance inflation factor ``1 / (1 - R^2)`` among the numeric features, over complete rows.

    VIFs are the diagonal of the inverse correlation matrix; constant features are left out. A feature that others
    determine exactly has no finite VIF: the value is then the largest finite one or 1e12, with a warning. Undefined
    with fewer than two features that vary, or no more rows than features.
    """
    spread = np.sqrt(np.maximum(np.diag(moments.matrix), 0.0)) if len(moments.columns) else np.empty(0)
    vary = spread > 0
    names = [c for c, keep in zip(moments.columns, vary, strict=True) if keep]
    if len(names) < 2 or moments.rows <= len(names):  # noqa: PLR2004 - a pair
        return Undefined(because="fewer than two numeric features vary over complete rows", kind="not-applicable")
    correlation = moments.matrix[np.ix_(vary, vary)] / np.outer(spread[vary], spread[vary])
    values, vectors = np.linalg.eigh(correlation)
    singular = values[0] < 1e-12 * values[-1]
    inverse = (vectors / np.maximum(values, 1e-12)) @ vectors.T
    factors = np.clip(np.diag(inverse), 1.0, 1e12)
    order = np.argsort(-factors)
    detail = {"factors": [{"feature": names[i], "vif": float(factors[i])} for i in order[:30]]}
    warnings = ("some features are exact combinations of others",) if singular else ()
    return Estimate(value=float(factors.max()), level=level, n=moments.rows, detail=detail, warnings=warnings)


def reversals(histogram: Histogram, spec: ModelSpec, *, level: float = 0.95) -> Measured:
    """Number of neighbouring bins whose event rates run against the direction model.yaml claims.

    Each neighbouring pair of filled bins is tested one-sidedly (two proportions, pooled; Holm over pairs); those
    rejected at 1 - *level* count. Not applicable without a claim or for a category. Missing values are left out.
    """
    claim = spec.claims.monotone.get(histogram.bins.column)
    if claim is None or not histogram.bins.numeric:
        return Undefined(because="model.yaml claims no direction for this feature", kind="not-applicable")
    cells = range(histogram.bins.size)
    e = [float(histogram.event_rows[i]) for i in cells]
    n = [float(histogram.event_rows[i] + histogram.nonevent_rows[i]) for i in cells]
    filled = [i for i in cells if n[i] > 0]
    if len(filled) < 2:  # noqa: PLR2004 - a pair
        return Undefined(because="fewer than two bins hold labelled rows", n=sum(n), needed="rows in several bins")
    sign = 1.0 if claim == "increasing" else -1.0
    p = [_falls(e[i], n[i], e[j], n[j], sign) for i, j in pairwise(filled)]
    against = [k for k, adjusted in enumerate(multiplicity.holm(p)) if adjusted < 1 - level]
    labels = histogram.bins.labels
    detail = {"claim": claim, "against": [[labels[filled[k]], labels[filled[k + 1]]] for k in against],
              "bins": [{"label": labels[i], "rate": e[i] / n[i], "rows": n[i]} for i in filled]}  # fmt: skip
    return Estimate(value=float(len(against)), level=level, n=sum(n), events=sum(e), detail=detail)


def _falls(e1: float, n1: float, e2: float, n2: float, sign: float) -> float:
    """P-value that the second rate is below the first (times *sign*), by chance alone."""
    pooled = (e1 + e2) / (n1 + n2)
    spread = pooled * (1 - pooled) * (1 / n1 + 1 / n2)
    if spread <= 0:
        return 1.0
    return float(sps.norm.cdf(sign * (e2 / n2 - e1 / n1) / np.sqrt(spread)))
