"""The contract between model.yaml and the data: columns, exclusions, sizes, times and fingerprints."""

from __future__ import annotations

from datetime import date

import numpy as np

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.evidence import PopulationFacts
from secondline.core.spec import ModelSpec
from secondline.core.tables import GroupTable, Sample
from secondline.stats import power

DELIVERED = "count of the rows delivered"
MONTHS = 12


def schema(reference: PopulationFacts, current: PopulationFacts, *, level: float = 0.95) -> Measured:
    """Number of reference features that the current population lacks or holds in another kind of type.

    Integers and floats are one kind; nullability is no difference. ``detail`` names each.
    """
    used = reference.features
    lacking = [c for c in used if c not in current.columns]
    retyped = [c for c in used if c in current.columns and _kind(current.columns[c]) != _kind(reference.columns[c])]
    extra = sorted(set(current.features) - set(used))
    detail = {"missing": lacking, "retyped": retyped, "extra": extra}
    return Estimate(value=float(len(lacking) + len(retyped)), level=level, n=len(used), method=DELIVERED, detail=detail)


def _kind(dtype: str) -> str:
    bare = dtype.lstrip("!")
    return "number" if bare.startswith(("int", "uint", "float", "decimal")) else bare.split("(")[0]


def excluded_features(facts: PopulationFacts, spec: ModelSpec, *, level: float = 0.95) -> Measured:
    """Number of features that model.yaml's claims exclude, or that are protected, yet are among the features used.

    Not applicable when nothing is excluded and nothing is protected.
    """
    barred = {*spec.claims.excluded, *spec.columns.protected}
    if not barred:
        return Undefined(because="model.yaml excludes no feature and names none protected", kind="not-applicable")
    used = sorted(barred & set(facts.features))
    return Estimate(value=float(len(used)), level=level, n=len(facts.features), method=DELIVERED, detail={"used": used})


def waterfall(facts: PopulationFacts, spec: ModelSpec, *, level: float = 0.95) -> Measured:
    """Rows by which the exclusions waterfall fails to reconcile: ``|source - sum(excluded) - rows|``.

    Only the reference population has one. ``detail`` has each step with its event rate where known.
    """
    if spec.waterfall is None or facts.name != spec.reference_name:
        return Undefined(because="no exclusions waterfall is declared for this population", kind="not-applicable")
    left = spec.waterfall.source_rows - sum(step.rows for step in spec.waterfall.steps)
    steps = [
        {
            "reason": s.reason,
            "rows": s.rows,
            "event_rate": None if s.events is None or not s.rows else s.events / s.rows,
        }
        for s in spec.waterfall.steps
    ]
    detail = {"source_rows": spec.waterfall.source_rows, "steps": steps, "expected": left, "rows": facts.rows}
    return Estimate(value=float(abs(left - facts.rows)), level=level, n=facts.rows, method=DELIVERED, detail=detail)


def sample_size(
    facts: PopulationFacts, *, level: float = 0.95, half_width: float = 0.03, auc: float = 0.75
) -> Measured:
    """Events there are, over the events needed: at least 1 means enough.

    Needed for an AUC near *auc* to be known to within plus or minus *half_width* at the confidence *level* (Hanley and
    McNeil 1982), at the event rate observed. Undefined when outcomes are unknown or of one class.
    """
    known = facts.rows - facts.label_missing
    if not facts.events or facts.events >= known:
        return Undefined(because="outcomes of both classes are needed to say how many are enough", n=known)
    ratio = (known - facts.events) / facts.events
    needed = _events_needed(half_width, auc, ratio, level)
    detail = {"needed": needed, "half_width": half_width, "auc": auc}
    return Estimate(value=facts.events / needed, level=level, n=known, events=facts.events, detail=detail)


def _events_needed(half_width: float, auc: float, ratio: float, level: float) -> float:
    from secondline.stats.intervals import z_of

    target = half_width / z_of(level)
    low, high = 2.0, 4.0
    while power.hanley_mcneil_se(auc, high, high * ratio) > target:
        high *= 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if power.hanley_mcneil_se(auc, middle, middle * ratio) > target else (low, middle)
    return float(np.ceil(high))


def empty_months(periods: GroupTable, spec: ModelSpec, facts: PopulationFacts, *, level: float = 0.95) -> Measured:
    """Calendar months without a row between the first and the last month.

    ``detail`` has the span, rows by month and the age of the newest row on the plan's date where it is given. Undefined
    when no row has a time.
    """
    months = [name for name in periods.levels if name[:4].isdigit()]
    if not months:
        return Undefined(because="no row has a time", n=facts.rows, needed="times")
    numbers = [int(m[:4]) * MONTHS + int(m[5:]) for m in months]
    gaps = (numbers[-1] - numbers[0] + 1) - len(numbers)
    last, as_of = facts.time_last, spec.as_of
    age = (
        (date.fromisoformat(as_of) - date.fromisoformat(last[:10])).days
        if last and as_of and _dated(spec, facts)
        else None
    )
    rows = {name: int(n) for name, n in zip(periods.levels, periods.rows, strict=True)}
    detail = {"first": months[0], "last": months[-1], "rows_by_month": rows, "age_days": age}
    return Estimate(value=float(gaps), level=level, n=int(periods.rows.sum()), method=DELIVERED, detail=detail)


def _dated(spec: ModelSpec, facts: PopulationFacts) -> bool:
    return spec.as_of is not None and facts.time_last is not None


def lag(rows: Sample, *, level: float = 0.95) -> Measured:
    """Ninety-ninth percentile of the days from an observation to the decision that used it.

    ``@time - @observed-at`` over the sample's rows; the interval is the order statistics' (binomial). ``detail`` has
    more quantiles. Undefined when fewer than 100 rows have both times.
    """
    days = (np.asarray(rows.columns["@time"]) - np.asarray(rows.columns["@observed-at"])) / 86_400
    days = np.sort(days[np.isfinite(days)])
    if len(days) < 100:  # noqa: PLR2004 - a ninety-ninth percentile
        return Undefined(because="too few rows have both times", n=len(days), needed="100 rows with both times")
    from scipy.stats import binom

    low, high = (int(binom.ppf(q, len(days), 0.99)) for q in ((1 - level) / 2, (1 + level) / 2))
    quantiles = {f"{q:g}": float(np.quantile(days, q)) for q in (0.0, 0.5, 0.9, 0.99, 1.0)}
    return Estimate(
        value=float(np.quantile(days, 0.99)),
        low=float(days[max(low - 1, 0)]), high=float(days[min(high, len(days) - 1)]),
        level=level, method="order statistics", n=len(days), detail={"quantiles": quantiles},
    )  # fmt: skip


def rows_counted(facts: PopulationFacts, groups: GroupTable, *, level: float = 0.95) -> Measured:
    """Rows the first scan counted less rows the reductions counted: 0 when both read the same data."""
    gap = abs(facts.rows - int(groups.rows.sum()))
    detail = {"fingerprint": facts.fingerprint, "method": facts.fingerprint_method}
    return Estimate(value=float(gap), level=level, n=facts.rows, method=DELIVERED, detail=detail)
