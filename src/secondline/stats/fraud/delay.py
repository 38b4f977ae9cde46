"""Time to detect: from an account's first fraud to the alert that finds it, with those not found yet."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.tables import AccountSums, Cases
from secondline.stats.clusters import Floats, Mask
from secondline.stats.fraud.clusters import warnings
from secondline.stats.fraud.episodes import episodes
from secondline.stats.intervals import z_of

HOUR = 3600.0
POINTS = 80


def product_limit(times: Floats, seen: Mask) -> tuple[Floats, Floats, Floats]:
    """Return the distinct times of events, the share not detected after each, and Greenwood's ``var / S^2``.

    Source: Kaplan and Meier (1958), JASA 53, 457; Greenwood (1926).
    """
    at = np.unique(times[seen])
    order = np.sort(times)
    risk = len(times) - np.searchsorted(order, at, side="left")
    hit = np.searchsorted(np.sort(times[seen]), at, side="right") - np.searchsorted(
        np.sort(times[seen]), at, side="left"
    )
    left = np.cumprod(1.0 - hit / risk)
    with np.errstate(divide="ignore"):
        spread = np.cumsum(np.where(risk > hit, hit / (risk * np.where(risk > hit, risk - hit, 1.0)), np.inf))
    return at, np.asarray(left, dtype=np.float64), np.asarray(spread, dtype=np.float64)


def time_to_detect(cases: Cases, accounts: AccountSums, *, level: float = 0.95) -> Measured:
    """Median hours from the first fraud of an account to the first alert not before it.

    Accounts without an alert are censored at the last instant of the population: the median is Kaplan and Meier's,
    its interval Brookmeyer and Crowley's (complementary log-log). Undefined without times, without fraud, and where
    less than half of the accounts are detected or the interval has no upper end; then ``needed`` says what is missing,
    and ``detail`` has the share detected as far as it was watched, as it has beside a median.
    Sources: Kaplan and Meier (1958); Brookmeyer and Crowley (1982), Biometrics 38, 29.
    """
    found = episodes(cases)
    n = len(found.keys)
    if not n:
        return Undefined(because="no fraud is known in this population", events=0, needed="frauds with a known label")
    if not np.isfinite(found.first).all() or not math.isfinite(accounts.last):
        return Undefined(because="some frauds have no time", kind="not-applicable", n=n)
    seen = np.isfinite(found.detected)
    end = np.where(seen, found.detected, np.maximum(accounts.last, found.first))
    hours = np.maximum(end - found.first, 0.0) / HOUR
    at, left, spread = product_limit(hours, seen)
    detected = int(seen.sum())
    median = _reaches(at, left, 0.5)
    low, high = _ends(at, left, spread, level)
    known = {
        "accounts": n, "detected": detected, "censored": n - detected, "at once": float((hours[seen] == 0).sum() / n),
        "quarter": _reaches(at, left, 0.75), "three quarters": _reaches(at, left, 0.25),
        "curve": _curve(at, left, spread, level, until=float(hours.max())),
    }  # fmt: skip
    if median is None or high is None:
        return Undefined(
            because=f"{detected:,} of {n:,} accounts with fraud were detected in time: the median time "
            + ("is not reached" if median is None else f"is {median:,.1f} hours, without an upper end"),
            n=n, events=detected, needed="alerts on more of the accounts, or a longer time of watching",
            detail=known,
        )  # fmt: skip
    return Estimate(
        value=median, low=low, high=high, level=level, method="Kaplan-Meier median, Brookmeyer-Crowley", n=n,
        events=detected, detail=known,
        warnings=warnings(accounts),
    )  # fmt: skip


def _reaches(at: Floats, left: Floats, share: float) -> float | None:
    reached = np.flatnonzero(left <= share + 1e-12)
    return float(at[reached[0]]) if len(reached) else None


def _bounds(left: Floats, spread: Floats, level: float) -> tuple[Floats, Floats]:
    """Return the ends of the share not detected, normal on the log(-log) scale; (0, 1) where that has no width."""
    inside = (left > 0) & (left < 1) & np.isfinite(spread)
    log = np.log(np.where(inside, left, 0.5))
    reach = z_of(level) * np.sqrt(np.where(inside, spread, 0.0)) / np.abs(log)
    return (np.where(inside, np.exp(log * np.exp(reach)), 0.0), np.where(inside, np.exp(log * np.exp(-reach)), left))


def _ends(at: Floats, left: Floats, spread: Floats, level: float) -> tuple[float | None, float | None]:
    """Return the first times at which the lower and the upper band fall to a half."""
    if not len(at):
        return None, None
    below, above = _bounds(left, spread, level)
    return _reaches(at, below, 0.5), _reaches(at, above, 0.5)


def _curve(at: Floats, left: Floats, spread: Floats, level: float, until: float) -> list[dict[str, Any]]:
    """Return points of the share detected with its band; the last is when watching ended, *until* hours after."""
    below, above = _bounds(left, spread, level)
    places = np.unique(np.linspace(0, max(len(at) - 1, 0), POINTS).round().astype(int))[: len(at)]
    points = [
        {"hours": float(at[i]), "detected": float(1 - left[i]), "low": float(1 - above[i]), "high": float(1 - below[i])}
        for i in places
    ]
    return [*points, {**points[-1], "hours": until}] if points and until > at[-1] else points
