"""Gaps in price or amount between groups, raw and at equal controls."""

from __future__ import annotations

import math

import numpy as np
from scipy import stats as sps

from secondline.core.estimate import Measured, Undefined
from secondline.core.spec import ModelSpec
from secondline.core.tables import Sample
from secondline.stats.fairness.conditional import NO_CONTROLS, regressed
from secondline.stats.fairness.groups import Floats, Found, Groups, Mask, grouped, worst
from secondline.stats.fairness.scores import moments

SCALE = {"percent": 100.0, "share": 10_000.0, "bp": 1.0, "amount": 1.0}


def pricing_gap(rows: Sample, column: str, spec: ModelSpec, *, level: float = 0.95) -> Measured:
    """Worst difference in mean price between a group and the control group, group less control, in basis points.

    Worst is highest where a higher price is worse and lowest where a lower one is (an amount granted, in its own
    unit). Welch's interval, simultaneous; weighted means with Kish's sizes. The rows are those with a price.
    Undefined without two groups or where nothing is priced. Source: Welch (1947), Biometrika 34.
    """
    priced = _priced(rows, column, spec)
    if isinstance(priced, Undefined):
        return priced
    groups, price = priced
    w = rows.weight
    base = moments(price, w, groups.masks[groups.control])
    found: list[Found] = []
    for name, mask in groups.others:
        mean, variance, n = moments(price, w, mask)
        low, high = _welch(mean - base[0], variance / n, n, base[1] / base[2], base[2], groups.each(level))
        found.append({"group": name, "rows": int(mask.sum()), "mean": mean, "control mean": base[0],
                      "value": mean - base[0], "low": low, "high": high})  # fmt: skip
    return worst(rows, groups, found, level, "Welch", lowest=_lowest(spec), unit=unit(spec))


def conditional_pricing_gap(rows: Sample, column: str, spec: ModelSpec, *, level: float = 0.95) -> Measured:
    """Worst difference in price between a group and the control group at equal controls, in basis points.

    Linear regression of the price on the controls of model.yaml and the groups, HC1 errors, normal interval,
    simultaneous; otherwise as ``pricing_gap`` and ``conditional_gap``.
    """
    paid = spec.fairness.price.column if spec.fairness.price else None
    controls = tuple(c for c in spec.fairness.controls if c not in {column, paid})
    if not controls:
        because = f"{NO_CONTROLS} besides the group and the price"
        return Undefined(because=because, kind="not-applicable", n=rows.size)
    priced = _priced(rows, column, spec)
    if isinstance(priced, Undefined):
        return priced
    groups, price = priced
    found = regressed(rows, groups, controls, price, level, binary=False)
    if isinstance(found, Undefined):
        return found
    told, method, warnings = found
    return worst(
        rows, groups, told, level, method, lowest=_lowest(spec), unit=unit(spec), controls=list(controls),
        warnings=warnings,
    )  # fmt: skip


def unit(spec: ModelSpec) -> str:
    """Return in what the gap is told: basis points, or the unit of the amount."""
    return "" if spec.fairness.price is None or spec.fairness.price.unit == "amount" else "bp"


def _lowest(spec: ModelSpec) -> bool:
    return spec.fairness.price is not None and spec.fairness.price.worse == "lower"


def _priced(rows: Sample, column: str, spec: ModelSpec) -> tuple[Groups, Floats] | Undefined:
    declared = spec.fairness.price
    if declared is None:
        return Undefined(because="model.yaml names no `fairness: price`", kind="not-applicable", n=rows.size)
    values = rows.columns[declared.column]
    if values.dtype == object:
        because = f"the price column {declared.column!r} holds text; it must be a number"
        return Undefined(because=because, kind="not-applicable", n=rows.size)
    known: Mask = np.isfinite(values) & (rows.weight > 0)
    groups = grouped(rows, column, spec, known)
    if isinstance(groups, Undefined):
        return groups
    return groups, np.where(known, values, 0.0) * SCALE[declared.unit]


def _welch(value: float, one: float, n: float, two: float, m: float, level: float) -> tuple[float, float]:
    """Return Welch's interval from the squared errors of both means; no variance leaves the value alone."""
    total = one + two
    if total <= 0:
        return value, value
    df = total**2 / (one**2 / max(n - 1, 1) + two**2 / max(m - 1, 1))
    reach = float(sps.t.ppf((1 + level) / 2, df)) * math.sqrt(total)
    return value - reach, value + reach
