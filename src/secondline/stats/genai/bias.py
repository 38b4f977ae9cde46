"""The bias battery of a judge: does its verdict move with what should not matter?"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.tables import Graded
from secondline.stats import intervals
from secondline.stats.clusters import Floats, t_of
from secondline.stats.genai.pairs import Pairs, mcnemar, of_sides
from secondline.stats.genai.rows import accounted, scored

LEAST = 10


def partial_correlation(x: Floats, y: Floats, given: Floats) -> float | None:
    """Return the correlation of x and y once *given* is taken out of both by a line; None without spread.

    >>> round(partial_correlation(np.array([1., 2, 3, 4]), np.array([1., 2, 3, 5]), np.array([0., 0, 1, 1])), 4)
    0.9487
    """
    design = np.stack([np.ones(len(given)), given], axis=1)
    left = x - design @ np.linalg.lstsq(design, x, rcond=None)[0]
    right = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
    spread = math.sqrt(float((left**2).sum() * (right**2).sum()))
    scale = math.sqrt(float((x**2).sum() * (y**2).sum())) or 1.0
    return float((left * right).sum()) / spread if spread > 1e-12 * scale else None


def length_bias(graded: Graded, *, level: float = 0.95) -> Measured:
    """Partial correlation of a judge's verdict with the length of the answer, given what people made of it.

    Length is the logarithm of the tokens. Fisher's interval with n - 4 degrees (one variable held), and the p-value of
    Student's t. 0 for a judge whom length does not move. ``detail`` has the rest of the battery (`battery`). Undefined
    with fewer than ten labelled answers of known length, or where verdicts or lengths do not vary beyond the labels.
    """
    rows = scored(graded)
    f, y, tokens = rows.number("verdict"), rows.number("label"), rows.number("tokens")
    known = np.isfinite(y) & (tokens > 0)
    n = int(known.sum())
    if n < LEAST:
        return Undefined(because=f"{n} labelled answers have a length", n=float(n), needed=f"{LEAST} labelled answers")
    value = partial_correlation(f[known], np.log(tokens[known]), y[known])
    if value is None:
        return Undefined(because="verdicts or lengths do not vary beyond what the labels tell", n=float(n),
                         needed="answers that the judge and people graded differently")  # fmt: skip
    value = min(max(value, -1.0), 1.0)
    reach = intervals.z_of(level) / math.sqrt(n - 4)
    middle = math.atanh(min(max(value, -1 + 1e-15), 1 - 1e-15))
    return Estimate(
        value=value, low=math.tanh(middle - reach), high=math.tanh(middle + reach), level=level, n=float(n),
        method="partial correlation, Fisher's interval", p_value=_p(value, n - 3), detail=battery(graded),
    )  # fmt: skip


def _p(r: float, degrees: int) -> float:
    from scipy.special import stdtr

    if abs(r) >= 1.0:
        return 0.0
    return float(2 * stdtr(degrees, -abs(r) * math.sqrt(degrees / (1 - r * r))))


def battery(graded: Graded) -> dict[str, Any]:
    """Return what the columns let one measure of a judge's other habits, and say of the rest that it was not measured.

    ``swaps``: pairs of cases that differ in what should not matter (the order of two answers, the wording of the
    rubric) and must get one verdict. ``self-preference``: how much oftener the judge passes answers of each stratum
    than people do, where strata are the families of models that wrote them. ``abstained``: answers without a verdict.
    """
    pairs = of_sides(graded)
    return {"swaps": swaps(pairs) if len(pairs) else "not measured: no pairs",
            "leniency by stratum": leniency(graded) or "not measured: no labels in two strata",
            "abstained": accounted(graded)["share"]}  # fmt: skip


def swaps(pairs: Pairs, level: float = 0.95) -> dict[str, Any]:
    """Return the share of pairs that keep their verdict when what should not matter is swapped, and McNemar's test."""
    both, only_a, only_b, neither = pairs.table
    n = both + only_a + only_b + neither
    span = intervals.wilson(both + neither, n, level)
    return {"pairs": n, "consistent": (both + neither) / n, "low": span.low, "high": span.high,
            "first side favoured": (only_a - only_b) / n, "p": mcnemar(only_a, only_b)}  # fmt: skip


def leniency(graded: Graded, level: float = 0.95) -> list[dict[str, Any]]:
    """Return, by stratum, how much oftener the judge passes labelled answers than people do: the mean of f - y."""
    rows = scored(graded)
    f, y = rows.number("verdict"), rows.number("label")
    known, made = np.isfinite(y), []
    for name in sorted(set(rows["stratum"][known].tolist())):
        d = (f - y)[known & (rows["stratum"] == name)]
        n = len(d)
        reach = t_of(level, n - 1) * float(d.std(ddof=1)) / math.sqrt(n) if n > 1 else 1.0
        mean = float(d.mean())
        made.append({"stratum": name, "labels": n, "lenient by": mean, "low": max(mean - reach, -1.0),
                     "high": min(mean + reach, 1.0)})  # fmt: skip
    return made if len(made) > 1 else []
