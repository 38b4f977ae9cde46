"""Splits: is the test later than the development data, and are its accounts others?"""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.tables import AccountSums, Cases, FirstLast, Sample
from secondline.stats.clusters import ratio, share_interval
from secondline.stats.fraud.clusters import by_account
from secondline.stats.fraud.episodes import fraud, money
from secondline.stats.fraud.maturity import DAY
from secondline.stats.intervals import wilson


def entity_split(cases: Cases, accounts: AccountSums, reference: AccountSums, *, level: float = 0.95) -> Measured:
    """Share of the value of fraud that lies on accounts the reference also has; 0 when the split is by account.

    An account on both sides can be remembered instead of detected. ``detail`` has the detection rate by value on
    accounts seen before and on new ones, with intervals: what the split by account would show. No interval on the
    share itself: it is a count of the rows delivered. Undefined without fraud of any value.
    """
    limit = min(accounts.threshold, reference.threshold)
    keys = accounts.keys[accounts.keys.astype(np.float64) < limit]
    both = np.intersect1d(keys, reference.keys, assume_unique=True)
    is_fraud, worth = fraud(cases), money(cases)
    seen = np.isin(cases.keys, both)
    total = float(worth[is_fraud].sum())
    if total <= 0:
        return Undefined(because="no fraud of any value is known in this population", n=len(keys), events=0,
                         needed="frauds with a known label")  # fmt: skip
    hit = is_fraud & (cases["alert"] > 0)
    sides = []
    for name, mine in (("seen before", seen), ("new", ~seen)):
        rate = ratio(by_account(cases, worth * (hit & mine)), by_account(cases, worth * (is_fraud & mine)))
        frauds = int((is_fraud & mine).sum())
        if rate is not None:
            span = share_interval(rate, frauds, level)
            sides.append({"accounts": name, "with fraud": rate.clusters, "frauds": frauds, "detected": rate.value,
                          "low": min(span.low, rate.value), "high": max(span.high, rate.value)})  # fmt: skip
    return Estimate(
        value=float(worth[is_fraud & seen].sum()) / total, level=level, method="count of the rows delivered",
        n=len(keys), events=float(is_fraud.sum()),
        detail={"accounts": len(keys), "accounts in both": len(both), "sides": sides},
    )  # fmt: skip


def time_split(
    rows: Sample, times: FirstLast, reference: FirstLast, *, level: float = 0.95, gap: float = 0.0
) -> Measured:  # fmt: skip
    """Share of transactions not later than the last of the reference plus *gap* days; 0 when the split is by time.

    Exactly 0 where the first transaction is later. Else counted in the sample of rows (all of a small population),
    with Wilson's interval where it is a sample. A gap as long as labels take to mature keeps development from knowing
    what it could not have known. Undefined without times.
    """
    if reference.last is None or times.first is None:
        return Undefined(because="a population has no times", kind="not-applicable", n=rows.size)
    end, first = _instant(reference.last) + gap * DAY, _instant(times.first)
    known = rows.finite("@time")
    early, n, sampled = int((known <= end).sum()), len(known), rows.size < rows.total and first <= end
    span = wilson(early, n, level)
    return Estimate(
        value=early / n if n else 0.0, low=span.low if sampled else None, high=span.high if sampled else None,
        level=level, n=n, events=early,
        method="Wilson, in the sample of rows" if sampled else "count of the rows delivered",
        detail={"last of the reference": reference.last, "gap in days": gap, "first here": times.first},
    )  # fmt: skip


def _instant(written: str) -> float:
    read = datetime.fromisoformat(written)
    return read.replace(tzinfo=read.tzinfo or UTC).timestamp()
