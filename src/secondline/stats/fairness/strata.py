"""The adverse impact ratio within strata, pooled by Mantel and Haenszel."""

from __future__ import annotations

import math

import numpy as np
from scipy import stats as sps

from secondline.core.estimate import Measured, Undefined
from secondline.core.spec import ModelSpec
from secondline.core.tables import Sample
from secondline.stats import intervals
from secondline.stats.fairness.groups import Floats, Found, Mask, counts, decisions, grouped, levels, worst

MOST_STRATA = 200
Table = Floats
"""One row a stratum: approvals and rows of the group, approvals and rows of the control."""


def conditional_ratio(rows: Sample, column: str, spec: ModelSpec, *, level: float = 0.95) -> Measured:
    """Lowest adverse impact ratio within strata (Mantel-Haenszel): 1 when groups are approved alike in each stratum.

    ``R = sum(x m / t) / sum(y n / t)`` over strata with x of n approved in the group and y of m in the control,
    t = n + m; Greenland and Robins' interval on the log scale, simultaneous. Strata are the crossed levels of
    `fairness: strata`, else of the segments. ``detail`` has for each group the common odds ratio with the interval
    of Robins, Breslow and Greenland, the Cochran-Mantel-Haenszel p (without continuity correction), the p of Breslow
    and Day with Tarone's correction (H0: one odds ratio in all strata; where it is rejected, one number for all hides
    differences) and the ratio of each stratum. A stratum without one of the two groups says nothing: its rows are
    counted and left out. Kish's effective counts with weights. Undefined where no stratum compares. Sources: Mantel
    and Haenszel (1959); Greenland and Robins (1985), Biometrics 41; Robins, Breslow and Greenland (1986); Tarone, 1985.
    """
    names = tuple(c for c in spec.fairness.strata or spec.columns.segments if c != column)
    if not names:
        because = "model.yaml names no `fairness: strata` and no `segments`"
        return Undefined(because=because, kind="not-applicable", n=rows.size)
    approved, decided = decisions(rows, spec)
    groups = grouped(rows, column, spec, decided)
    if isinstance(groups, Undefined):
        return groups
    strata = crossed(rows, names)
    if len(strata) > MOST_STRATA:
        because = f"{' and '.join(names)} make {len(strata):,} strata; name coarser ones"
        return Undefined(because=because, kind="not-applicable", n=rows.size)
    found: list[Found] = []
    for name, mask in groups.others:
        told = _pooled(rows.weight, approved, mask, groups.masks[groups.control], strata, groups.each(level))
        if told is None:
            because = f"no stratum has {name!r} and approvals of the control group {groups.control!r}"
            return Undefined(because=because, n=groups.size, needed="strata with both groups")
        found.append({"group": name, "rows": int(mask.sum()), **told})
    lost = sum(one["rows without a counterpart"] for one in found)
    said = (f"{lost:,} rows are in strata without a counterpart and do not count",) if lost else ()
    method = "Mantel-Haenszel, Greenland and Robins"
    return worst(rows, groups, found, level, method, lowest=True, strata=list(names), warnings=said)


def crossed(rows: Sample, names: tuple[str, ...]) -> dict[str, Mask]:
    """Return the rows of every combination of levels; an unknown value is a level of its own."""
    texts = [np.where(known, text, "unknown") for text, known in (levels(rows.columns[name]) for name in names)]
    joined = texts[0] if len(texts) == 1 else np.array([", ".join(parts) for parts in zip(*texts, strict=True)])
    return {str(level): joined == level for level in np.unique(joined)}


def _pooled(
    w: Floats, approved: Mask, group: Mask, control: Mask, strata: dict[str, Mask], each: float
) -> Found | None:
    both = {name: mask for name, mask in strata.items() if (group & mask).any() and (control & mask).any()}
    if not both:
        return None
    table = np.array([(*counts(w, approved, group & m), *counts(w, approved, control & m)) for m in both.values()])
    ratio = risk_ratio(table, each)
    if ratio is None:
        return None
    used = np.logical_or.reduce(list(both.values()))
    alone = int(((group | control) & ~used).sum())
    told = [{"stratum": name, "rows": round(r[1]), "rate": r[0] / r[1], "control rate": r[2] / r[3]}
            for name, r in zip(both, table.tolist(), strict=True)]  # fmt: skip
    return {"value": ratio[0], "low": ratio[1].low, "high": ratio[1].high, "p": cmh(table),
            "odds ratio": odds_ratio(table, each), "p of one odds ratio": tarone(table),
            "strata": told, "rows without a counterpart": alone}  # fmt: skip


def risk_ratio(table: Table, level: float) -> tuple[float, intervals.Interval] | None:
    """Return the common risk ratio with the interval of Greenland and Robins; None without approvals of the control."""
    x, n, y, m = table.T
    t = n + m
    top, below = float((x * m / t).sum()), float((y * n / t).sum())
    if below <= 0:
        return None
    if top <= 0:
        return 0.0, intervals.Interval(
            0.0, intervals.katz(0, float(n.sum()), float(y.sum()), float(m.sum()), level).high
        )
    variance = float((((x + y) * n * m - x * y * t) / (t * t)).sum()) / (top * below)
    reach = intervals.z_of(level) * math.sqrt(max(variance, 0.0))
    value = top / below
    return value, intervals.Interval(value * math.exp(-reach), value * math.exp(reach))


def odds_ratio(table: Table, level: float) -> Found | None:
    """Return the common odds ratio of Mantel and Haenszel with the interval of Robins, Breslow and Greenland."""
    x, n, y, m = table.T
    a, b, c, d, t = x, n - x, y, m - y, n + m
    r, s, p, q = a * d / t, b * c / t, (a + d) / t, (b + c) / t
    top, below = float(r.sum()), float(s.sum())
    if top <= 0 or below <= 0:
        return None
    variance = (float((p * r).sum()) / (2 * top**2) + float((p * s + q * r).sum()) / (2 * top * below)
                + float((q * s).sum()) / (2 * below**2))  # fmt: skip
    reach = intervals.z_of(level) * math.sqrt(variance)
    value = top / below
    return {"value": value, "low": value * math.exp(-reach), "high": value * math.exp(reach)}


def cmh(table: Table) -> float:
    """Return the p of Cochran, Mantel and Haenszel: H0, the odds ratio is 1 in every stratum; 1 without variance."""
    x, n, y, m = table.T
    t, hits = n + m, x + y
    big = t > 1
    variance = float((n * m * hits * (t - hits))[big] @ (1 / (t * t * (t - 1))[big]))
    excess = float((x - n * hits / t)[big].sum())
    return float(sps.chi2.sf(excess * excess / variance, 1)) if variance > 0 else 1.0


def tarone(table: Table) -> float | None:
    """Return the p of Breslow and Day with Tarone's correction: H0, all strata share one odds ratio.

    None with fewer than two strata that can tell, or without a common odds ratio.
    """
    common = odds_ratio(table, 0.95)
    x, n, y, m = table.T
    hits = x + y
    able = (hits > 0) & (hits < n + m)
    if common is None or able.sum() < 2:  # noqa: PLR2004 - one stratum cannot differ from itself
        return None
    x, n, m, hits = x[able], n[able], m[able], hits[able]
    theta = common["value"]
    expected = _expected(n, m, hits, theta)
    variance = 1 / (1 / expected + 1 / (n - expected) + 1 / (hits - expected) + 1 / (m - hits + expected))
    value = float(((x - expected) ** 2 / variance).sum() - (x - expected).sum() ** 2 / variance.sum())
    return float(sps.chi2.sf(value, len(x) - 1))


def _expected(n: Floats, m: Floats, hits: Floats, theta: float) -> Floats:
    """Return the group's expected hits in each stratum at a common odds ratio: the root between its possible ends."""
    if abs(theta - 1) < 1e-9:  # noqa: PLR2004 - the quadratic becomes a line
        return np.asarray(n * hits / (n + m))
    a, b, c = theta - 1, -(theta * (n + hits) + m - hits), theta * n * hits
    return np.asarray((-b - np.sqrt(b * b - 4 * a * c)) / (2 * a))
