"""Grades and bands: in order, apart from one another, and of one kind inside."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from scipy import stats as sps

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.tables import CrossTable, GroupTable
from secondline.core.tables._arrays import FloatArray
from secondline.stats import multiplicity

TWO = 2


def _ordered(groups: GroupTable) -> tuple[list[str], FloatArray, FloatArray] | Undefined:
    """Return levels, events and labelled rows by ascending mean score, or why there are not two levels to compare."""
    keep = [i for i in range(len(groups.levels)) if groups.labelled[i] > 0]
    if len(keep) < TWO:
        return Undefined(because="fewer than two bands hold labelled rows", n=int(groups.labelled.sum()))
    score = groups.score_weight[keep] / groups.label_weight[keep]
    order = [keep[i] for i in np.argsort(score, kind="stable")]
    rate = groups.event_weight[order] / groups.label_weight[order]
    n = groups.label_weight[order] ** 2 / groups.weight_sq[order]
    return [groups.levels[i] for i in order], rate * n, n


def _rises(e: FloatArray, n: FloatArray) -> list[float]:
    """Return for each neighbouring pair the one-sided p-value that the second rate is not above the first."""
    return [float(sps.norm.sf(_z(e[i], n[i], e[j], n[j]))) for i, j in pairwise(range(len(e)))]


def _z(e1: float, n1: float, e2: float, n2: float) -> float:
    pooled = (e1 + e2) / (n1 + n2)
    spread = pooled * (1 - pooled) * (1 / n1 + 1 / n2)
    return float((e2 / n2 - e1 / n1) / np.sqrt(spread)) if spread > 0 else 0.0


def reversals(groups: GroupTable, *, level: float = 0.95) -> Measured:
    """Number of neighbouring bands whose event rates fall as the score rises, beyond chance.

    One-sided two-proportion z-tests (pooled variance) of each neighbouring pair, Holm over the pairs at 1 - *level*.
    ``detail`` has every band's rate and all reversals, material or not. ``p_value`` is the smallest adjusted one.
    Undefined with fewer than two bands. Source: EBA supervisory handbook on IRB validation, par. 47d.
    """
    found = _ordered(groups)
    if isinstance(found, Undefined):
        return found
    names, e, n = found
    adjusted = multiplicity.holm([1 - p for p in _rises(e, n)])
    material = [[names[i], names[i + 1]] for i, p in enumerate(adjusted) if p < 1 - level]
    any_ = [[a, b] for (a, x), (b, y) in pairwise(zip(names, e / n, strict=True)) if y < x]
    return Estimate(
        value=float(len(material)), level=level, method="one-sided z, Holm", n=int(groups.labelled.sum()),
        events=int(groups.event_rows.sum()), p_value=min(adjusted),
        detail={"material": material, "reversals": any_, "bands": _bands(names, e, n)},
    )  # fmt: skip


def not_separated(groups: GroupTable, *, level: float = 0.95) -> Measured:
    """Share of neighbouring grades whose event rates cannot be told apart.

    One-sided two-proportion z-tests that the riskier grade defaults more, Holm over the pairs; a pair whose adjusted
    p-value is not below 1 - *level* counts. ``p_value`` is the largest adjusted one: small when all are apart. With
    few rows grades cannot be told apart whatever they are. Source: EBA supervisory handbook on IRB validation, par.
    43b.
    """
    found = _ordered(groups)
    if isinstance(found, Undefined):
        return found
    names, e, n = found
    adjusted = multiplicity.holm(_rises(e, n))
    close = [[names[i], names[i + 1]] for i, p in enumerate(adjusted) if p >= 1 - level]
    return Estimate(
        value=len(close) / len(adjusted), level=level, method="one-sided z, Holm", n=int(groups.labelled.sum()),
        events=int(groups.event_rows.sum()), detail={"close": close, "bands": _bands(names, e, n)},
    )  # fmt: skip


def _bands(names: list[str], e: FloatArray, n: FloatArray) -> list[dict[str, object]]:
    return [{"level": a, "rate": float(x / m), "rows": float(m)} for a, x, m in zip(names, e, n, strict=True)]


def mixed(cross: CrossTable, *, level: float = 0.95) -> Measured:
    """Whether accounts in one grade default alike whatever their segment.

    Within each grade, Pearson's chi-square of outcome by segment level, or Fisher's exact test for two levels when an
    expected count is below 5; grades with sparse larger tables are left out and counted in ``detail``. ``p_value`` is
    the smallest, Holm-adjusted over the grades; the value is the number of grades rejected at 1 - *level*. Undefined
    when no grade can be tested. Source: EBA supervisory handbook on IRB validation, par. 43b.
    """
    tested: dict[str, float] = {}
    sparse = []
    for i, grade in enumerate(cross.row_levels):
        events, n = cross.event_rows[i], cross.labelled[i]
        p = _alike(np.array([events[n > 0], (n - events)[n > 0]]))
        if p is None:
            sparse.append(grade)
        else:
            tested[grade] = p
    if not tested:
        because = "no grade has enough labelled rows in two levels"
        return Undefined(because=because, n=int(cross.labelled.sum()), needed="expected counts of 5 in each level")
    adjusted = dict(zip(tested, multiplicity.holm(list(tested.values())), strict=True))
    rejected = [grade for grade, p in adjusted.items() if p < 1 - level]
    return Estimate(
        value=float(len(rejected)), level=level, method="chi-square or Fisher, Holm", n=int(cross.labelled.sum()),
        events=int(cross.event_rows.sum()), p_value=min(adjusted.values()),
        detail={"rejected": rejected, "p_by_grade": adjusted, "too_sparse": sparse},
    )  # fmt: skip


def _alike(table: np.ndarray) -> float | None:
    """P-value that the columns of a two-row table share one rate; None when it is too sparse to test."""
    if table.shape[1] < TWO or not table.sum(axis=1).all():
        return None
    expected = sps.contingency.expected_freq(table)
    if expected.min() >= 5:  # noqa: PLR2004 - Cochran's rule
        return float(sps.chi2_contingency(table, correction=False).pvalue)
    return float(sps.fisher_exact(table).pvalue) if table.shape[1] == TWO else None
