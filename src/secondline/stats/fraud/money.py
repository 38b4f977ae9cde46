"""Money: what the alerts were worth, and what fraud cost for each ten thousand of volume."""

from __future__ import annotations

import math

import numpy as np

from secondline.core.declared.fraud import Costs
from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.spec import ModelSpec
from secondline.core.tables import AccountSums, Cases
from secondline.stats.clusters import ratio, share_interval, t_of
from secondline.stats.fraud.clusters import METHOD, by_account, warnings
from secondline.stats.fraud.episodes import episodes, fraud, money
from secondline.stats.fraud.maturity import immature

BASIS = 10_000.0


def net_benefit(
    cases: Cases, accounts: AccountSums, spec: ModelSpec, *, level: float = 0.95, mature: float = 0.9
) -> Measured:
    """Loss saved, less the cost of reviews and of friction, in the money of the amounts.

    ``sum over accounts of (loss share x value saved - review x alerts - friction x genuine declined)``, with the costs
    of `fraud: costs` and what is saved as in `fraud: saved`; friction falls on genuine alerts where no declines are
    recorded. The interval is Student's over accounts, which are taken as drawn from many: ``sqrt(G s^2)`` is the
    standard error of the total of G. Undefined while labels are immature and with fewer than two accounts.
    """
    declared = spec.fraud
    costs, saved = (declared.costs, declared.saved) if declared else (Costs(), "after-alert")
    if early := immature(cases, spec, mature, "value"):
        return early
    count = len(accounts.keys)
    if count < 2:  # noqa: PLR2004 - one account has no spread
        return Undefined(because=f"{count} accounts have no spread", n=count, needed="two accounts or more")
    found = episodes(cases, saved)
    spared = np.zeros(count)
    spared[np.searchsorted(accounts.keys, found.keys)] = costs.loss_share * found.saved
    weight = cases["weight"]
    met = cases["declined"] > 0 if declared and declared.declined else cases["alert"] > 0
    reviews = by_account(cases, weight * (cases["alert"] > 0), accounts)
    genuine = by_account(cases, weight * (met & (cases["label"] == 0)), accounts)
    net = spared - costs.review * reviews - costs.friction * genuine
    reach = t_of(level, count - 1) * math.sqrt(count * float(net.var(ddof=1)))
    value = float(net.sum())
    free = (
        () if costs.review or costs.friction else ("model.yaml names no `fraud: costs`: reviews and friction are free",)
    )
    return Estimate(
        value=value, low=value - reach, high=value + reach, level=level, method="Student's t over accounts", n=count,
        events=float((fraud(cases) & (cases["alert"] > 0)).sum()),
        detail={"loss saved": float(spared.sum()), "reviews": float(reviews.sum()), "genuine met": float(genuine.sum()),
                "review cost": costs.review * float(reviews.sum()), "friction": costs.friction * float(genuine.sum()),
                "for one transaction": value / accounts.total("weight") if accounts.total("weight") else None},
        warnings=(*warnings(accounts), *free),
    )  # fmt: skip


def loss_bps(
    cases: Cases, accounts: AccountSums, spec: ModelSpec, *, level: float = 0.95, mature: float = 0.9
) -> Measured:
    """Net fraud loss over volume, times 10,000.

    Loss is the loss share of the frauds that were not declined, less what was recovered, and not below 0 for any of
    them; volume is the money of all transactions that were not declined. Wilson's interval at the effective size of
    the accounts. Scaling all money leaves it as it is. Undefined without volume, and while labels are immature.
    """
    declared = spec.fraud
    if early := immature(cases, spec, mature, "value"):
        return early
    share = declared.costs.loss_share if declared else 1.0
    through = cases["declined"] == 0
    each = np.maximum(share * cases["amount"] - cases["recovered"], 0.0) * cases["weight"]
    losses = by_account(cases, each * (fraud(cases) & through), accounts)
    volume = accounts["value"] - by_account(cases, money(cases) * ~through, accounts)
    found = ratio(losses, np.maximum(volume, 0.0))
    if found is None:
        return Undefined(because="the transactions that went through have no value", needed="amounts above 0")
    rows = accounts.total("rows")
    span = share_interval(found, rows, level)
    recovered = float((cases["recovered"] * cases["weight"])[fraud(cases) & through].sum())
    return Estimate(
        value=BASIS * found.value, low=BASIS * min(span.low, found.value), high=BASIS * max(span.high, found.value),
        level=level, method=f"Wilson at the effective size, {METHOD}", n=rows,
        events=float((fraud(cases) & through).sum()),
        detail={"net loss": found.top, "volume": found.bottom, "recovered": recovered,
                "gross bps": BASIS * float(money(cases)[fraud(cases) & through].sum()) / found.bottom},
        warnings=warnings(accounts),
    )  # fmt: skip
