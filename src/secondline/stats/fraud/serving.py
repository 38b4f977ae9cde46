"""Serving: how long the score took, how often it came too late, and how often a fallback decided."""

from __future__ import annotations

import numpy as np

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.spec import ModelSpec
from secondline.core.tables import AccountSums, Sample
from secondline.stats.fraud.clusters import warnings
from secondline.stats.intervals import wilson
from secondline.stats.order import quantile


def latency(rows: Sample, spec: ModelSpec, *, level: float = 0.95, share: float = 0.99) -> Measured:
    """The response time in milliseconds that *share* of the transactions keep (p99), in the sample of rows.

    Between order statistics (`stats.order`). Undefined where there are too few for an upper end.
    """
    column = spec.fraud.serving.latency if spec.fraud else None
    times = rows.finite(column) if column in rows.columns else np.empty(0)
    return quantile(times, share, level, "transaction", "response times")


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
