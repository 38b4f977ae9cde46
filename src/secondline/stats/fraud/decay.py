"""Decay: how fast the value detection rate falls after training, as fraud changes and the model does not."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.spec import ModelSpec
from secondline.core.tables import Cases
from secondline.stats.clusters import Floats, ratio, share_interval, t_of
from secondline.stats.fraud.clusters import by_account, warnings
from secondline.stats.fraud.episodes import fraud, money
from secondline.stats.fraud.maturity import immature, instant

WEEK = 7 * 86_400.0
WEEKS = 4
STEPS = 50


def decay(cases: Cases, spec: ModelSpec, *, level: float = 0.95, mature: float = 0.9) -> Measured:
    """Share of the value detection rate that is lost in a week since training: b of ``VDR = exp(a - b week)``.

    Fitted to all frauds at once with their money as weight (a log-linear quasi-likelihood of detection on whole weeks
    since `fraud: trained-to`), so that weeks with no detection count; the standard error is the sandwich by account,
    the interval Student's. Negative where detection rises. ``detail`` has the half-life in weeks, ``ln 2 / b``, with
    its ends (none: it does not halve), and the rate of every week. Undefined with fewer than four weeks that have
    fraud, without detection, and while labels are immature. Source: Wedderburn (1974), Biometrika 61, 439; Liang and
    Zeger (1986), Biometrika 73, 13.
    """
    if early := immature(cases, spec, mature, "value"):
        return early
    start = instant(spec.fraud.trained_to) if spec.fraud and spec.fraud.trained_to else math.nan
    week = np.floor((cases["time"] - start) / WEEK)
    used = fraud(cases) & np.isfinite(week) & (week >= 0) & (money(cases) > 0)
    some, hit = cases.where(used), cases["alert"][used] > 0
    weeks, worth = week[used], money(some)
    distinct = np.unique(weeks)
    if len(distinct) < WEEKS or not hit.any():
        because = (
            f"{len(distinct)} weeks after training have fraud" if hit.any() else "no fraud after training was detected"
        )
        return Undefined(because=because, kind="too-few" if len(distinct) else "not-applicable", n=len(some),
                         events=float(hit.sum()), needed=f"detected fraud in at least {WEEKS} weeks")  # fmt: skip
    found = _fitted(some, weeks, worth, hit.astype(np.float64))
    if found is None:
        return Undefined(because="the fit of detection on weeks did not settle", n=len(some), events=float(hit.sum()),
                         needed="more weeks with detected fraud")  # fmt: skip
    slope, se, accounts = found
    reach = t_of(level, accounts - 1) * se
    low, high = slope - reach, slope + reach
    return Estimate(
        value=slope, low=low, high=high, level=level, method="quasi-likelihood weighted by value, sandwich by account",
        n=len(some), events=float(hit.sum()),
        detail={"half-life": _half(slope), "half-life low": _half(high), "half-life high": _half(low),
                "weeks": _weekly(some, weeks, worth, hit, level), "accounts": accounts},
        warnings=warnings(None, cases),
    )  # fmt: skip


def _half(slope: float) -> float | None:
    return math.log(2) / slope if slope > 0 else None


def _fitted(some: Cases, weeks: Floats, worth: Floats, hit: Floats) -> tuple[float, float, int] | None:
    """Return the weekly fall, its standard error and the accounts behind it; None where Newton's steps do not end."""
    x = np.column_stack([np.ones(len(weeks)), weeks - weeks.mean()])
    beta = np.array([math.log(max(float(worth @ hit / worth.sum()), 1e-12)), 0.0])
    for _ in range(STEPS):
        rate = np.exp(np.clip(x @ beta, -50, 50))
        score, bread = x.T @ (worth * (hit - rate)), (x * (worth * rate)[:, None]).T @ x
        if np.linalg.cond(bread) > 1e12:  # noqa: PLR2004 - no slope can be told
            return None
        step = np.linalg.solve(bread, score)
        beta = beta + np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-10:  # noqa: PLR2004 - settled
            break
    else:
        return None
    rate = np.exp(x @ beta)
    parts = np.column_stack([by_account(some, x[:, j] * worth * (hit - rate)) for j in range(2)])
    groups = len(parts)
    if groups < 2:  # noqa: PLR2004 - one account has no spread
        return None
    inverse = np.linalg.inv((x * (worth * rate)[:, None]).T @ x)
    cover = inverse @ (parts.T @ parts) @ inverse * groups / (groups - 1)
    return -float(beta[1]), math.sqrt(max(float(cover[1, 1]), 0.0)), groups


def _weekly(some: Cases, weeks: Floats, worth: Floats, hit: Any, level: float) -> list[dict[str, Any]]:
    lines = []
    for week in np.unique(weeks):
        mine = weeks == week
        part = some.where(mine)
        rate = ratio(by_account(part, worth[mine] * hit[mine]), by_account(part, worth[mine]))
        if rate is None:
            continue
        span = share_interval(rate, float(mine.sum()), level)
        lines.append({"week": int(week), "rate": rate.value, "low": min(span.low, rate.value), "high": max(
            span.high, rate.value), "frauds": int(mine.sum()), "value": rate.bottom})  # fmt: skip
    return lines
