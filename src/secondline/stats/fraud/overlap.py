"""Rules and model: what each detects that the other does not."""

from __future__ import annotations

import numpy as np

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.spec import ModelSpec
from secondline.core.tables import Cases
from secondline.stats.clusters import ratio, share_interval
from secondline.stats.fraud.clusters import METHOD, by_account, warnings
from secondline.stats.fraud.detection import NO_FRAUD
from secondline.stats.fraud.episodes import fraud, money
from secondline.stats.fraud.maturity import immature


def rule_overlap(cases: Cases, spec: ModelSpec, *, level: float = 0.95, mature: float = 0.9) -> Measured:
    """Share of the value of all frauds that the model detects and no rule does: its marginal value over the rules.

    The model alerts by `fraud: threshold` or `alert-budget`; where neither is named, by the recorded alert. ``detail``
    crosses rules and model by value, by transaction and by false alerts, with the reverse: the rules' marginal value
    over the model. Wilson's interval at the effective size of the accounts. Undefined without fraud of any value, and
    while labels are immature.
    """
    declared = spec.fraud
    if not fraud(cases).any():
        return NO_FRAUD
    if early := immature(cases, spec, mature, "value"):
        return early
    scored = declared is not None and (declared.threshold is not None or declared.alert_budget is not None)
    model, rule = cases["model" if scored else "alert"] > 0, cases["rule"] > 0
    worth, is_fraud = money(cases), fraud(cases)
    found = ratio(by_account(cases, worth * (is_fraud & model & ~rule)), by_account(cases, worth * is_fraud))
    if found is None:
        return Undefined(because="the known frauds have no value", n=float(is_fraud.sum()), needed="amounts above 0")
    span = share_interval(found, float(is_fraud.sum()), level)
    cells = {"both": model & rule, "model only": model & ~rule, "rules only": ~model & rule, "neither": ~model & ~rule}
    genuine, total = cases["label"] == 0, float(worth[is_fraud].sum())
    table = [
        {"caught by": name, "frauds": int((is_fraud & cell).sum()), "value": float(worth[is_fraud & cell].sum()),
         "share of value": float(worth[is_fraud & cell].sum()) / total, "false alerts": int((genuine & cell).sum())}
        for name, cell in cells.items()
    ]  # fmt: skip
    table[-1]["false alerts"] = 0  # what neither catches is no alert
    return Estimate(
        value=found.value, low=min(span.low, found.value), high=max(span.high, found.value), level=level,
        method=f"Wilson at the effective size, {METHOD}", n=float(is_fraud.sum()),
        events=float((is_fraud & model & ~rule).sum()),
        detail={"table": table, "rules over model": table[2]["share of value"],
                "model alone": float(np.sum([table[i]["share of value"] for i in (0, 1)])),
                "rules alone": float(np.sum([table[i]["share of value"] for i in (0, 2)]))},
        warnings=warnings(None, cases),
    )  # fmt: skip
