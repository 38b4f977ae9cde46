"""Detection: the share of fraud that was alerted, by transaction, account and value, and the value that was saved."""

from __future__ import annotations

import numpy as np

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.spec import ModelSpec
from secondline.core.tables import Cases
from secondline.stats.clusters import Floats, ratio, share_interval
from secondline.stats.fraud.clusters import METHOD, by_account, warnings
from secondline.stats.fraud.episodes import episodes, fraud, money
from secondline.stats.fraud.maturity import immature

NO_FRAUD = Undefined(because="no fraud is known in this population", events=0, needed="frauds with a known label")


def detection_rate(cases: Cases, spec: ModelSpec, *, level: float = 0.95, mature: float = 0.9) -> Measured:
    """Frauds that were alerted over all known frauds, by transaction (TDR).

    Wilson's interval at the effective size of the accounts. Undefined without fraud, and while less than *mature* of
    the eventual fraud is known (where model.yaml says when frauds become known).
    """
    caught, all_ = fraud(cases) & (cases["alert"] > 0), fraud(cases)
    weight = cases["weight"]
    return _share(
        cases, spec, by_account(cases, weight * caught), by_account(cases, weight * all_), level, mature, "count"
    )


def account_detection(cases: Cases, spec: ModelSpec, *, level: float = 0.95, mature: float = 0.9) -> Measured:
    """Accounts with a fraud that was alerted over all accounts with fraud (ADR).

    ``detail`` also counts accounts that had any alert from their first fraud on, on whatever transaction. Wilson's
    interval: an account is counted once and its sampling weight is not used.
    """
    if early := _refused(cases, spec, mature, "count"):
        return early
    found = episodes(cases)
    hit, n = float(found.alerted.sum()), len(found.keys)
    estimate = ratio(found.alerted.astype(np.float64), np.ones(n))
    if estimate is None:
        return NO_FRAUD
    span = share_interval(estimate, n, level)
    any_alert = int(np.isfinite(found.detected).sum())
    return Estimate(
        value=estimate.value, low=span.low, high=span.high, level=level, method="Wilson, over accounts", n=n,
        events=hit,
        detail={"accounts with fraud": n, "with an alerted fraud": int(hit),
                "with any alert from the first fraud on": any_alert}, warnings=warnings(None, cases),
    )  # fmt: skip


def value_detection(cases: Cases, spec: ModelSpec, *, level: float = 0.95, mature: float = 0.9) -> Measured:
    """Amount of the frauds that were alerted over the amount of all known frauds (VDR).

    Wilson's interval at the effective size of the accounts, so that one large fraud counts as one. Undefined without
    fraud of any value, and while labels are immature.
    """
    caught, all_ = fraud(cases) & (cases["alert"] > 0), fraud(cases)
    worth = money(cases)
    return _share(
        cases, spec, by_account(cases, worth * caught), by_account(cases, worth * all_), level, mature, "value"
    )


def value_saved(cases: Cases, spec: ModelSpec, *, level: float = 0.95, mature: float = 0.9) -> Measured:
    """Amount of the frauds of an account after the alert that detected it, over the amount of all frauds (net VDR).

    The detecting alert is the first on the account that is not before its first fraud. `fraud: saved: from-alert`
    counts the alerted transactions themselves too: that is right only where an alert stops the transaction. Interval
    as for the value detection rate.
    """
    declared = spec.fraud
    found = episodes(cases, declared.saved if declared else "after-alert")
    if not np.isfinite(found.first).any() and len(found.first):
        return Undefined(because="what came after an alert needs the times of transactions", kind="not-applicable")
    measured = _share(cases, spec, found.saved, found.value, level, mature, "value")
    if not isinstance(measured, Estimate):
        return measured
    counted = {"saved": float(found.saved.sum()), "alerted": float(found.hit.sum()), "lost before": float(
        (found.value - found.saved).sum()), "counts": declared.saved if declared else ""}  # fmt: skip
    return measured.model_copy(update={"detail": measured.detail | counted})


def _refused(cases: Cases, spec: ModelSpec, mature: float, by: str) -> Undefined | None:
    return immature(cases, spec, mature, by) if fraud(cases).any() else NO_FRAUD


def _share(
    cases: Cases, spec: ModelSpec, tops: Floats, bottoms: Floats, level: float, mature: float, by: str
) -> Measured:  # fmt: skip
    if early := _refused(cases, spec, mature, by):
        return early
    found = ratio(tops, bottoms)
    if found is None:
        return NO_FRAUD.model_copy(update={"because": "the known frauds have no value"})
    n = int(fraud(cases).sum())
    span = share_interval(found, n, level)
    known = () if spec.fraud and spec.fraud.known_at else ("labels are taken as final: no `fraud: known-at` is named",)
    return Estimate(
        value=found.value, low=min(span.low, found.value), high=max(span.high, found.value), level=level,
        method=f"Wilson at the effective size, {METHOD}", n=n,
        events=float((fraud(cases) & (cases["alert"] > 0)).sum()),
        detail={"detected": found.top, "all": found.bottom, "accounts": found.clusters, "by": by},
        warnings=(*warnings(None, cases), *known),
    )  # fmt: skip
