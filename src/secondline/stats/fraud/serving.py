"""Serving: how long the score took, how often it came too late, and how often a fallback decided."""

from __future__ import annotations

import numpy as np
from scipy.special import bdtr

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.spec import ModelSpec
from secondline.core.tables import AccountSums, Sample
from secondline.stats.fraud.clusters import warnings
from secondline.stats.intervals import wilson


def latency(rows: Sample, spec: ModelSpec, *, level: float = 0.95, share: float = 0.99) -> Measured:
    """The response time in milliseconds that *share* of the transactions keep (p99), in the sample of rows.

    The k-th smallest of n with ``k = ceil(n x share)``; the interval runs between order statistics chosen from the
    binomial, so no form is assumed. Undefined where n is too small for an upper end. Source: Conover (1999), Practical
    Nonparametric Statistics, 3.2.
    """
    column = spec.fraud.serving.latency if spec.fraud else None
    times = np.sort(rows.finite(column)) if column in rows.columns else np.empty(0)
    n, tail = len(times), (1 - level) / 2
    if not n:
        return Undefined(because="no transaction has a response time", n=0, needed="response times")
    ranks = np.arange(n + 1)
    below = bdtr(ranks, n, share)
    low, high = int(np.searchsorted(below, tail)), int(np.searchsorted(below, 1 - tail)) + 1
    if high > n:
        return Undefined(because=f"{n:,} response times are too few for the {share:.1%} point", n=n,
                         needed=f"about {np.ceil(np.log(tail) / np.log(share)):,.0f} response times")  # fmt: skip
    value = float(times[min(int(np.ceil(n * share)), n) - 1])
    points = {f"p{100 * q:g}": float(np.quantile(times, q, method="inverted_cdf")) for q in (0.5, 0.95, 0.99, 0.999)}
    return Estimate(
        value=value, low=float(times[max(low - 1, 0)]), high=float(times[high - 1]), level=level,
        method="order statistics", n=n, detail={"quantiles": points, "greatest": float(times[-1])},
    )  # fmt: skip


def timeouts(accounts: AccountSums, spec: ModelSpec, *, level: float = 0.95) -> Measured:
    """Share of transactions whose response came after `fraud: serving: timeout`; Wilson's interval over transactions.

    Outages come in runs, so the interval is too narrow for a forecast; it says what these transactions show. Undefined
    without a time-out in model.yaml or without response times.
    """
    limit = spec.fraud.serving.timeout if spec.fraud else None
    if limit is None:
        return Undefined(because="model.yaml names no `fraud: serving: timeout`", kind="not-applicable")
    return _share(accounts, "late", "timed", "no transaction has a response time", level)


def fallback(accounts: AccountSums, *, level: float = 0.95) -> Measured:
    """Share of transactions that a fallback decided instead of the model; interval as for time-outs."""
    return _share(accounts, "fallback", "served", "no transaction says whether a fallback decided", level)


def _share(accounts: AccountSums, hit: str, of: str, because: str, level: float) -> Measured:
    n, events = accounts.total(of), accounts.total(hit)
    if n <= 0:
        return Undefined(because=because, n=0, needed="transactions with it on record")
    span = wilson(events, n, level)
    return Estimate(value=events / n, low=span.low, high=span.high, level=level, method="Wilson", n=n, events=events,
                    warnings=warnings(accounts))  # fmt: skip
