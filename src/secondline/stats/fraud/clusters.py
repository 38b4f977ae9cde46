"""Ratios of sums over accounts, with intervals that respect that the transactions of an account belong together."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from secondline.core.tables import AccountSums, Cases
from secondline.stats import intervals
from secondline.stats.intervals import Interval

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
METHOD = "linearised by account"


@dataclass(frozen=True, slots=True)
class Ratio:
    """A ratio of two sums over accounts: ``se`` is its linearised standard error, ``accounts`` those in either sum.

    ``kish`` is the number of equal accounts that the denominators are worth, ``(sum x)^2 / sum x^2``.
    """

    value: float
    se: float
    accounts: int
    kish: float
    top: float
    bottom: float


def by_account(cases: Cases, values: Floats | Mask, accounts: AccountSums | None = None) -> Floats:
    """Return the sum of a value of each case by account: of every account, or of those that have a case."""
    keys = np.unique(cases.keys) if accounts is None else accounts.keys
    place = np.searchsorted(keys, cases.keys)
    return np.asarray(np.bincount(place, np.asarray(values, float), minlength=len(keys)), dtype=np.float64)


def ratio(tops: Floats, bottoms: Floats) -> Ratio | None:
    """Return ``R = sum y / sum x`` over accounts; None when the denominator is 0.

    ``se^2 = G / (G - 1) sum (y - R x)^2 / (sum x)^2`` over the G accounts with y or x: the linearised variance of a
    ratio of cluster totals. Source: Cochran (1977), Sampling Techniques, 3rd ed., 6.3 and 9A.
    """
    used = (tops != 0) | (bottoms != 0)
    y, x = tops[used], bottoms[used]
    bottom = float(x.sum())
    if bottom <= 0:
        return None
    value, groups = float(y.sum()) / bottom, len(x)
    spread = float(((y - value * x) ** 2).sum())
    se = math.sqrt(spread * groups / (groups - 1)) / bottom if groups > 1 else math.inf
    return Ratio(value, se, groups, bottom**2 / float((x**2).sum()), float(y.sum()), bottom)


def share_interval(found: Ratio, rows: float, level: float) -> Interval:
    """Return the interval of a ratio that is a share: Wilson's at the effective size of the accounts.

    Effective size ``R (1 - R) / se^2``, at most *rows*, and times ``(z / t)^2`` for few accounts; at 0 and 1, where
    there is no spread to see, the number of equal accounts the denominators are worth. Source: Korn and Graubard
    (1998), Survey Methodology 24, 193, with Wilson's interval in place of the exact one.
    """
    share = min(max(found.value, 0.0), 1.0)
    degrees = found.accounts - 1
    if degrees < 1:
        return intervals.wilson(share, 1.0, level)
    spread = share * (1 - share)
    size = spread / found.se**2 if spread > 0 and 0 < found.se < math.inf else found.kish
    size = min(size, rows) * (intervals.z_of(level) / t_of(level, degrees)) ** 2
    return intervals.wilson(share * size, size, level)


def t_of(level: float, degrees: int) -> float:
    """Return Student's quantile of a two-sided interval at *level*."""
    return float(stdtrit(degrees, (1.0 + level) / 2.0))


def warnings(accounts: AccountSums | None, cases: Cases | None = None) -> tuple[str, ...]:
    """Return what a reader must know of the rows that were counted."""
    said = []
    if accounts is not None:
        if accounts.unknown:
            said.append(f"{accounts.unknown:,} rows without an account are left out")
        if unpriced := int(accounts.total("unpriced")):
            said.append(f"{unpriced:,} rows without a finite amount count as 0 in money")
    held = accounts or cases
    if held is not None and held.threshold < 2.0**63:
        share = held.threshold / 2.0**63
        said.append(f"a share of {share:.2g} of the accounts, chosen by hash, stands for all")
    return tuple(said)
