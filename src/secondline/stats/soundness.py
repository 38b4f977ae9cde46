"""Soundness: is what runs what was built, and does it behave as it must when its inputs move?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.tables import Sample
from secondline.stats import intervals
from secondline.stats.discrimination.paired import difference

Floats = npt.NDArray[np.float64]
ENOUGH = 10_000
STEP = 1e-9
NO_ROWS = "there are no rows"


def differing(
    recorded: Floats, produced: Floats, total: int, *, level: float = 0.95, tolerance: float = 1e-6
) -> Measured:
    """Share of rows whose recorded score is not what the artefact gives: |recorded - produced| > *tolerance*.

    A row scored on one side only differs; one without a score on both sides agrees. When every row of the population
    was compared the share has no sampling error and no interval; of a sample, Clopper and Pearson's. ``detail`` holds
    the largest difference. A warning says when fewer than 10,000 rows were compared. Undefined without rows.
    Sources: EBA supervisory handbook on IRB validation (2023), par. 85b; OSFI E-23 (2027), 3.5.
    """
    n = len(recorded)
    if not n:
        return Undefined(because=NO_ROWS, needed="rows")
    known, given = np.isfinite(recorded), np.isfinite(produced)
    with np.errstate(invalid="ignore"):
        gap = np.where(known & given, np.abs(recorded - produced), 0.0)
    differs = (known != given) | (gap > tolerance)
    hits = int(differs.sum())
    detail = {
        "largest difference": float(gap.max()),
        "rows that differ": hits,
        "scored on one side": int((known != given).sum()),
    }
    few = (f"{n:,} rows were compared; {ENOUGH:,} are customary",) if n < ENOUGH else ()
    return _share(hits, n, total, level, detail, few)


def _share(
    hits: int, n: int, total: int, level: float, detail: dict[str, Any], warnings: tuple[str, ...] = ()
) -> Estimate:
    whole = n >= total
    span = None if whole else intervals.clopper_pearson(hits, n, level)
    return Estimate(
        value=hits / n,
        low=span.low if span else None,
        high=span.high if span else None,
        level=level,
        method="every row" if whole else f"Clopper-Pearson, on {n:,} of {total:,} rows",
        n=n,
        events=hits,
        detail=detail,
        warnings=warnings,
    )


def unrepeatable(first: Floats, second: Floats, *, level: float = 0.95) -> Measured:
    """Share of rows whose score changes, in any bit, when they are scored again in another order and batch size.

    A count of the rows scored: no interval. Undefined without rows.
    """
    if not len(first):
        return Undefined(because=NO_ROWS, needed="rows")
    differs = ~((first == second) | (np.isnan(first) & np.isnan(second)))
    largest = float(np.nanmax(np.abs(first - second), initial=0.0)) if np.isfinite(first - second).any() else 0.0
    return Estimate(
        value=float(differs.mean()), level=level, method="every row scored twice", n=len(first),
        events=int(differs.sum()), detail={"largest difference": largest},
    )  # fmt: skip


def unanswered(edges: Iterable[tuple[str, float]], *, probability: bool, level: float = 0.95) -> Measured:
    """Count of edge cases the model does not answer with a finite score (between 0 and 1 for a probability).

    A count: no interval. ``detail`` lists the cases by what came back.
    """
    cases = list(edges)
    bad = {name: _said(score) for name, score in cases if not _usable(score, probability=probability)}
    return Estimate(
        value=len(bad), level=level, method="cases tried one by one", n=len(cases), events=len(bad), detail=dict(bad)
    )


def _usable(score: float, *, probability: bool) -> bool:
    return bool(np.isfinite(score)) and (not probability or 0.0 <= score <= 1.0)


def _said(score: float) -> str:
    return f"{score:g}"


def against(scores: Floats, sign: int, *, level: float = 0.95) -> Measured:
    """Share of rows whose score moves against the claimed direction anywhere as one input rises over a grid.

    *scores* hold a row's scores across the grid; *sign* is 1 where risk must not fall and -1 where it must not rise.
    A step of at most 1e-9 is no movement. Clopper and Pearson's interval over the rows swept. ``detail`` holds the
    worst step. Undefined without rows or with fewer than two distinct values to sweep.
    """
    rows, points = scores.shape
    if not rows or points < 2:  # noqa: PLR2004 - a direction needs two points
        return Undefined(because="there are not two values to sweep", kind="not-applicable", n=rows)
    steps = sign * np.diff(scores, axis=1)
    wrong = (steps < -STEP).any(axis=1)
    hits = int(wrong.sum())
    span = intervals.clopper_pearson(hits, rows, level)
    worst = float(max(-steps.min(), 0.0))
    return Estimate(
        value=hits / rows, low=span.low, high=span.high, level=level, method=f"Clopper-Pearson, {points} values a row",
        n=rows, events=hits, detail={"worst step": worst, "values swept": points},
    )  # fmt: skip


def auc_lost(before: Floats, after: Sequence[Floats], rows: Sample, *, level: float = 0.95) -> Measured:
    """AUC before less the mean AUC after the inputs were disturbed, on the same rows.

    The standard error joins DeLong's paired variance with the variance between repeats over their number; normal
    interval. Undefined with one class, or when rows lost their score. Sources: DeLong et al. (1988); Breiman (2001)
    for permutation importance.
    """
    label = np.asarray(rows.columns["@label"], dtype=np.float64)
    weight = rows.weight
    keep = np.isfinite(before) & np.isfinite(label) & (weight > 0)
    for scores in after:
        keep &= np.isfinite(scores)
    y, w = label[keep] == 1, weight[keep]
    events = int(y.sum())
    if not 0 < events < len(y):
        return Undefined(because="only one class is present", n=len(y), events=events, needed="rows of both classes")
    found = [difference(before[keep], scores[keep], y, w) for scores in after]
    gaps = np.array([gap for _, _, gap, _ in found])
    between = float(gaps.var(ddof=1)) / len(gaps) if len(gaps) > 1 else 0.0
    se = float(np.sqrt(np.mean([se * se for *_, se in found]) + between))
    span = intervals.normal(float(gaps.mean()), se, level)
    moved = float(np.mean([np.abs(before[keep] - scores[keep]).mean() for scores in after]))
    return Estimate(
        value=float(gaps.mean()), low=span.low, high=span.high, level=level, method="DeLong, paired, over repeats",
        n=len(y), events=events,
        detail={"before": found[0][0], "after": float(np.mean([b for _, b, _, _ in found])),
                "mean change of score": moved, "repeats": len(after)},
    )  # fmt: skip


def outside(rows: Sample, reference: Sample, features: Sequence[str], *, level: float = 0.95) -> Measured:
    """Share of rows with at least one number outside the range that the reference had.

    Ranges are those of the reference's sample, so that of a large reference a few extremes lie outside by chance; NaN
    and infinities are other checks' business. Wilson's interval. ``detail`` names the features that leave their range
    most often. Undefined without rows or numbers.
    """
    shares: dict[str, float] = {}
    out = np.zeros(rows.size, dtype=bool)
    for name in features:
        known, values = reference.columns.get(name), rows.columns.get(name)
        if known is None or values is None or object in (known.dtype, values.dtype):
            continue
        finite = known[np.isfinite(known)]
        if not len(finite):
            continue
        mine = np.isfinite(values) & ((values < finite.min()) | (values > finite.max()))
        shares[name] = float(mine.mean()) if rows.size else 0.0
        out |= mine
    if not (rows.size and shares):
        return Undefined(because="there are no rows of numbers to compare", n=rows.size, needed="rows with numbers")
    hits = int(out.sum())
    span = intervals.wilson(hits, rows.size, level)
    worst = dict(sorted(((k, v) for k, v in shares.items() if v), key=lambda item: -item[1])[:10])
    return Estimate(
        value=hits / rows.size, low=span.low, high=span.high, level=level, method="Wilson", n=rows.size, events=hits,
        detail=worst,
    )  # fmt: skip


def unsealed(digest: str, declared: str | None, facts: Mapping[str, Any], *, level: float = 0.95) -> Measured:
    """Count of files of the artefact whose digest model.yaml does not declare: 0 or 1, without an interval.

    A file whose digest differs from the declared one is never opened, so that here it is only undeclared. ``detail``
    is the bill of materials: the digest, what the artefact says of itself (``says``), the versions of what it ran on
    (``versions``) and the walls its process stood behind (``jail``). An artefact without bytes cannot be sealed.
    """
    if not digest:
        return Undefined(because="the model has no bytes to seal: it is served, or an object", kind="not-applicable")
    says = {str(name): value for name, value in facts.items() if name not in {"versions", "jail"}}
    detail = {"digest": digest, "says": says, **{part: dict(facts.get(part) or {}) for part in ("versions", "jail")}}
    return Estimate(value=float(not declared), level=level, method="digests compared", n=1, detail=detail)


def unexpected(
    used: Sequence[str],
    excluded: Collection[str],
    outcomes: Collection[str],
    listed: Collection[str] | None,
    *,
    level: float = 0.95,
) -> Measured:
    """Count of inputs the artefact reads and should not.

    They are those that the documentation excludes or protects, those that hold the outcome or a score, and, where
    model.yaml lists the features, those that it does not list. A count: no interval. ``detail`` says which and why.
    """
    why = {name: "holds the outcome or a score" for name in used if name in outcomes}
    why |= {name: "excluded or protected" for name in used if name in excluded}
    if listed is not None:
        why |= {name: "not among the features" for name in used if name not in listed and name not in why}
    return Estimate(
        value=len(why), level=level, method="names compared", n=len(used), events=len(why), detail=dict(why)
    )
