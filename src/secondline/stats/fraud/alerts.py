"""Alerts: how many, how many false ones for one true one, and how many good customers they meet."""

from __future__ import annotations

import numpy as np

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.spec import ModelSpec
from secondline.core.tables import AccountSums, Cases
from secondline.stats.clusters import Mask, ratio, share_interval
from secondline.stats.fraud.clusters import METHOD, by_account, warnings
from secondline.stats.fraud.episodes import fraud
from secondline.stats.fraud.maturity import immature


def false_positive_ratio(cases: Cases, spec: ModelSpec, *, level: float = 0.95, mature: float = 0.9) -> Measured:
    """False alerts for one true one, as n in n:1, by transaction; the true one is not counted in n.

    An alert is true when its transaction is a known fraud, false when it is known not to be; alerts without a known
    label are left out and counted in ``detail``. ``n = (1 - p) / p`` of the precision p, and so are the ends of its
    interval (Wilson's at the effective size of the accounts). ``detail`` has the ratio by account: accounts alerted
    without any fraud for one with an alerted fraud. Undefined without a true alert, and while labels are immature.
    """
    alert, label = cases["alert"] > 0, cases["label"]
    true, known = alert & (label == 1), alert & np.isfinite(label)
    if early := immature(cases, spec, mature, "count"):
        return early
    weight = cases["weight"]
    precision = ratio(by_account(cases, weight * true), by_account(cases, weight * known))
    if precision is None or precision.value <= 0:
        because = "no alert has a known label" if precision is None else "no alert was fraud: the ratio has no end"
        return Undefined(because=because, n=float(known.sum()), events=0, needed="at least one true alert")
    span = share_interval(precision, float(known.sum()), level)
    p = precision.value
    low, high = (1 - max(span.high, p)) / max(span.high, p), (1 - min(span.low, p)) / min(span.low, p)
    hit = len(np.unique(cases.keys[true]))
    false_accounts = len(np.setdiff1d(cases.keys[known], cases.keys[fraud(cases)]))
    return Estimate(
        value=(1 - p) / p, low=low, high=high, level=level, method=f"Wilson of the precision, {METHOD}",
        n=float(known.sum()), events=float(true.sum()),
        detail={"precision": p, "false alerts": int((known & ~true).sum()), "true alerts": int(true.sum()),
                "alerts without a label": int((alert & ~known).sum()), "accounts alerted without fraud": false_accounts,
                "accounts with an alerted fraud": hit, "by account": false_accounts / hit,
                "definition": "false alerts for one true alert, the true one not counted"},
        warnings=warnings(None, cases),
    )  # fmt: skip


def alert_rate(cases: Cases, accounts: AccountSums, *, level: float = 0.95) -> Measured:
    """Alerts over all transactions. Wilson's interval at the effective size of the accounts; undefined without rows."""
    return _rate(cases, accounts, cases["alert"] > 0, level)


def decline_rate(cases: Cases, accounts: AccountSums, *, level: float = 0.95) -> Measured:
    """Transactions declined or challenged over all transactions; interval as for alerts."""
    return _rate(cases, accounts, cases["declined"] > 0, level)


def _rate(cases: Cases, accounts: AccountSums, chosen: Mask, level: float) -> Measured:
    found = ratio(by_account(cases, cases["weight"] * chosen, accounts), accounts["weight"])
    if found is None:
        return Undefined(because="no transaction has an account and a positive weight", needed="transactions")
    rows = accounts.total("rows")
    span = share_interval(found, rows, level)
    worth = float((cases["amount"] * cases["weight"])[chosen].sum())
    volume = accounts.total("value")
    return Estimate(
        value=found.value, low=min(span.low, found.value), high=max(span.high, found.value), level=level,
        method=f"Wilson at the effective size, {METHOD}", n=rows, events=float(chosen.sum()),
        detail={"accounts": found.clusters, "accounts touched": len(np.unique(cases.keys[chosen])),
                "share of value": worth / volume if volume > 0 else None}, warnings=warnings(accounts),
    )  # fmt: skip


def insult_rate(cases: Cases, accounts: AccountSums, spec: ModelSpec, *, level: float = 0.95) -> Measured:
    """Good customers who were declined or challenged over all good customers.

    A good customer has a transaction with a known label and none that is fraud; an insult is a genuine transaction
    declined (where model.yaml names no `fraud: declined`: alerted). Wilson's interval over customers. ``detail`` has
    the same by transaction: genuine ones declined over all genuine ones. Undefined without a good customer.
    """
    declared = spec.fraud
    how = "declined" if declared and declared.declined else "alert"
    genuine = cases["label"] == 0
    met = genuine & (cases[how] > 0)
    bad = np.isin(accounts.keys, cases.keys[fraud(cases)])
    good = ~bad & (accounts["labelled"] > 0)
    n = int(good.sum())
    if not n:
        return Undefined(because="every customer with a known label had fraud", n=0, needed="customers without fraud")
    insulted = by_account(cases, met, accounts)[good] > 0
    found = ratio(insulted.astype(np.float64), np.ones(n))
    if found is None:  # pragma: no cover - n is positive
        return Undefined(because="no customers")
    span = share_interval(found, n, level)
    frauds = by_account(cases, cases["weight"] * fraud(cases), accounts)
    rows = ratio(by_account(cases, cases["weight"] * met, accounts), accounts["labelled"] - frauds)
    return Estimate(
        value=found.value, low=span.low, high=span.high, level=level, method="Wilson, over customers", n=n,
        events=float(insulted.sum()),
        detail={"good customers": n, "insulted": int(insulted.sum()), "an insult is": how,
                "by transaction": rows.value if rows else None, "customers with fraud": int(bad.sum())},
        warnings=warnings(accounts),
    )  # fmt: skip
