"""Measures of fraud at the point where the model works; the attack asks the artefact itself."""

from __future__ import annotations

import numpy as np

from secondline.core import needs
from secondline.core.check import Measure
from secondline.core.derive import derive
from secondline.core.estimate import Undefined
from secondline.core.spec import Decision, ModelSpec
from secondline.core.tables import Sample
from secondline.measures.evasion import evasion
from secondline.models.evasion import Evasion
from secondline.models.evasion import evasion as attacked
from secondline.models.model import Model
from secondline.stats.fraud import (
    alerts,
    budget,
    control,
    decay,
    delay,
    detection,
    maturity,
    money,
    overlap,
    scheme,
    serving,
    splits,
)


def operating_rule(spec: ModelSpec, reference: Sample) -> Decision | None:
    """Return the alert as a decision rule: what is not alerted is approved; None where only alerts are recorded.

    The cut of an alert budget is taken from the reference's sample.
    """
    fraud = spec.fraud
    lower = spec.score.direction == "lower-is-riskier"
    if fraud is None or (fraud.threshold is None and fraud.alert_budget is None):
        return None
    cut = fraud.threshold
    if cut is None:
        risk = float(np.quantile(reference.finite("@score"), 1 - float(fraud.alert_budget or 0.0)))
        cut = -risk if lower else risk
    # The rule that approves keeps the row at the cut on the alerting side.
    return (
        Decision(**{"approve-at-least": float(np.nextafter(cut, np.inf))})
        if lower
        else Decision(**{"approve-below": cut})
    )


def attack(model: Model, rows: Sample, reference: Sample, spec: ModelSpec) -> Evasion | Undefined:
    """Move the inputs of frauds in the sample until they are no longer alerted."""
    rule = operating_rule(spec, reference)
    if rule is None:
        return Undefined(because="model.yaml names no `fraud: threshold` or `alert-budget`", kind="not-applicable")
    mine = np.asarray(rows.columns["@label"], dtype=np.float64) == 1
    if not mine.any():
        return Undefined(because="no fraud is in the sample of rows", needed="frauds with a known label", n=rows.size)
    frauds = Sample(rows.k, rows.total, rows.hashes[mine], {name: v[mine] for name, v in rows.columns.items()})
    found = attacked(model, frauds, reference, spec.model_copy(update={"decision": rule}))
    if isinstance(found, Undefined) and "declined" in found.because:
        return found.model_copy(update={"because": "no fraud in the sample is alerted by the artefact's score"})
    return found


_CASES, _ACCOUNTS, _SPEC, _ROWS = needs.Cases(), needs.Accounts(), needs.Spec(), needs.Rows()
DETECTION_RATE = Measure(detection.detection_rate, unit="share", cases=_CASES, spec=_SPEC)
ACCOUNT_DETECTION = Measure(detection.account_detection, unit="share", cases=_CASES, spec=_SPEC)
VALUE_DETECTION = Measure(detection.value_detection, unit="share", cases=_CASES, spec=_SPEC)
VALUE_SAVED = Measure(detection.value_saved, unit="share", cases=_CASES, spec=_SPEC)
FALSE_POSITIVES = Measure(alerts.false_positive_ratio, unit="to 1", cases=_CASES, spec=_SPEC)
ALERT_RATE = Measure(alerts.alert_rate, unit="share", cases=_CASES, accounts=_ACCOUNTS)
DECLINE_RATE = Measure(alerts.decline_rate, unit="share", cases=_CASES, accounts=_ACCOUNTS)
PRECISION = Measure(budget.precision_at_budget, unit="share", table=needs.Operating(), cases=_CASES, spec=_SPEC)
INSULT_RATE = Measure(
    alerts.insult_rate, unit="share", cases=needs.Cases(entity="customer"), accounts=needs.Accounts(entity="customer"),
    spec=_SPEC,
)  # fmt: skip
NET_BENEFIT = Measure(money.net_benefit, unit="", cases=_CASES, accounts=_ACCOUNTS, spec=_SPEC)
LOSS_BPS = Measure(money.loss_bps, unit="bp", cases=_CASES, accounts=_ACCOUNTS, spec=_SPEC)
VAMP = Measure(scheme.vamp, unit="share", table=needs.SchemeMonths())
LABEL_MATURITY = Measure(maturity.label_maturity, unit="share", cases=_CASES, spec=_SPEC)
TIME_TO_DETECT = Measure(delay.time_to_detect, unit="hours", cases=_CASES, accounts=_ACCOUNTS)
DECAY = Measure(decay.decay, unit="share", cases=_CASES, spec=_SPEC)
RULE_OVERLAP = Measure(overlap.rule_overlap, unit="share", cases=_CASES, spec=_SPEC)
CONTROL_GROUP = Measure(control.control_rate, unit="share", cases=_CASES, accounts=_ACCOUNTS)
CONTROL_SIZE = Measure(control.control_size, unit="ratio", cases=_CASES, accounts=_ACCOUNTS)
LATENCY = Measure(serving.latency, unit="ms", rows=_ROWS, spec=_SPEC)
TIMEOUTS = Measure(serving.timeouts, unit="share", accounts=_ACCOUNTS, spec=_SPEC)
FALLBACK = Measure(serving.fallback, unit="share", accounts=_ACCOUNTS)
ENTITY_SPLIT = Measure(
    splits.entity_split, unit="share", cases=_CASES, accounts=_ACCOUNTS, reference=needs.Accounts(of="reference")
)
TIME_SPLIT = Measure(
    splits.time_split, unit="share", rows=_ROWS, times=needs.Times(), reference=needs.Times(of="reference")
)
_ATTACKED = derive(
    "fraud.attack", attack, doing="moving inputs of frauds until they are not alerted", compares=False,
    model=needs.Model(), rows=_ROWS, reference=needs.Rows(of="reference"), spec=_SPEC,
)  # fmt: skip
EVASION = Measure(evasion, unit="share", tried=_ATTACKED)
