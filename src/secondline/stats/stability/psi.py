"""Population stability index, with its sampling distribution."""

from __future__ import annotations

import math
from typing import Any, Literal, get_args

import numpy as np
from scipy.stats import chi2

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.tables import Histogram
from secondline.core.tables._arrays import FloatArray
from secondline.stats import power
from secondline.stats.stability import noise, pairs
from secondline.stats.stability.pairs import Pair

Empty = Literal["floor", "jeffreys"]


def psi(
    reference: Histogram, current: Histogram, *, level: float = 0.95, empty: Empty = "floor", floor: float = 1e-4
) -> Measured:
    """Population stability index of the current against the reference population (CSI when the column is a feature).

    ``sum (q - p) ln(q / p)`` over the reference's bins; missing, NaN, infinite and unknown values are bins of their
    own, and bins empty in both are left out. With *empty* "floor" a share below *floor* counts as *floor* and
    nothing is renormalised; with "jeffreys" every share is (c + 1/2) / (n + B/2).

    H0: both are samples of one population. Then PSI / (1/n + 1/m) is nearly chi-square with B - 1 degrees of
    freedom, so PSI is expected to be (B - 1)(1/n + 1/m) when nothing has moved: ``detail`` has that expectation,
    the 95 % critical value and the value less the expectation. The p-value takes the Jeffreys shares, whose
    distribution is nearest to chi-square. The interval is for the PSI of the populations: it
    inverts the non-central chi-square, stretched where the delta method sees more variance. A value above its own
    interval is mostly noise, which a warning says. ``mde`` is the smallest PSI of the populations that is told from
    0 with 80 % power. Undefined without rows on either side or when all rows fall in one bin. Weighted rows enter
    with Kish's effective sizes. Sources: ECB, Instructions for reporting the validation results of internal models
    (2019), 2.6.4.2; Yurdakul and Naranjo (2020), J. Risk Model Validation 14(4).
    """
    pair = pairs.of(reference, current)
    return pair if isinstance(pair, Undefined) else of_pair(pair, level=level, empty=empty, floor=floor)


def of_pair(pair: Pair, *, level: float, empty: Empty, floor: float) -> Measured:
    """Return the index of a pair, as ``psi`` does."""
    if (alone := pairs.one_cell(pair)) is not None:
        return alone
    p, q = filled(pair, empty, floor)
    parts = (q - p) * np.log(q / p)
    value, df = math.fsum(parts), pair.cells - 1
    expected = df * pair.noise
    interval = noise.interval(value, df, pair.noise, variance(p, q, pair.n, pair.m), level)
    return Estimate(
        value=value,
        low=interval.low,
        high=interval.high,
        level=level,
        method=pair.method("non-central chi-square and delta method"),
        n=pair.rows,
        p_value=p_value(pair),
        mde=power.chi_square_noncentrality(df, alpha=1.0 - level) * pair.noise,
        mde_unit="PSI",
        detail={
            "expected_under_null": expected,
            "corrected": value - expected,
            "critical_95": float(chi2.isf(0.05, df)) * pair.noise,
            "reference_n": pair.n,
            "current_n": pair.m,
            "empty": empty if empty == "jeffreys" else f"floor {floor:g}",
            "bins": bins(pair, parts),
        },
        warnings=(*_noisy(value, interval.high, expected), *pair.sparse()),
    )


def filled(pair: Pair, empty: Empty, floor: float) -> tuple[FloatArray, FloatArray]:
    """Return the shares with empty bins filled by the rule named."""
    if empty not in get_args(Empty):
        raise ValueError(f"empty must be one of {', '.join(get_args(Empty))}; got {empty!r}")
    if empty == "floor":
        return np.maximum(pair.p, floor), np.maximum(pair.q, floor)
    cells = pair.cells
    return (pair.p * pair.n + 0.5) / (pair.n + cells / 2), (pair.q * pair.m + 0.5) / (pair.m + cells / 2)


def p_value(pair: Pair) -> float:
    """Return the chance of a PSI of Jeffreys shares at least this large between samples of one population."""
    p, q = filled(pair, "jeffreys", 0.0)
    return float(chi2.sf(math.fsum((q - p) * np.log(q / p)) / pair.noise, pair.cells - 1))


def bins(pair: Pair, parts: FloatArray) -> list[dict[str, Any]]:
    """Return shares and contribution by bin, as a chart wants them."""
    return [
        {"label": label, "reference": float(a), "current": float(b), "contribution": float(c)}
        for label, a, b, c in zip(pair.labels, pair.p, pair.q, parts, strict=True)
    ]


def variance(p: FloatArray, q: FloatArray, n: float, m: float) -> float:
    """Return the delta-method variance of PSI between multinomial shares p of n rows and q of m rows."""
    a, b = np.log(q / p) + 1.0 - p / q, 1.0 - q / p - np.log(q / p)
    of_q = float(np.sum(q * a * a)) - float(np.sum(q * a)) ** 2
    of_p = float(np.sum(p * b * b)) - float(np.sum(p * b)) ** 2
    return max(of_q, 0.0) / m + max(of_p, 0.0) / n


def _noisy(value: float, high: float, expected: float) -> tuple[str, ...]:
    text = f"mostly noise: samples of one population of these sizes differ by {expected:.4f} on average"
    return (text,) if value > high else ()
