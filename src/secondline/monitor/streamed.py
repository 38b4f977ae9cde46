"""Streamed: what the events themselves say for the `fraud` part of model.yaml, so that its checks ask a window too.

A validation reads when a fraud became known, what was declined or what was recovered from columns. A stream says it by
its labels and decisions, whether or not model.yaml names a column for it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from secondline.core.declared.fraud import Fraud
from secondline.core.spec import ModelSpec

PREFIX = "stream_"
ALERTED = "(d.decision IN ('decline', 'review') OR (d.arm = 'control' AND d.chance < 1))"
"""An alert as the stream records it: what was stopped or looked into, or would have been but for the control arm."""
SAID = {
    "known_at": ("timestamp", "make_timestamp(l.first)"),
    "declined": ("float64", "CASE WHEN d.decision = 'decline' THEN 1.0 ELSE 0.0 END"),
    "alerted_at": ("timestamp", "make_timestamp(nullif(d.decided, 0))"),
    "recovered": ("float64", "greatest(d.amount - l.amount, 0.0)"),
}
"""Roles of the `fraud` part that every stream has an answer to: the type, and the answer in SQL."""
ELSEWHERE = {
    "fraud.control_group": "live.unbiased_event_rate", "fraud.control_size": "live.unbiased_event_rate",
    "fraud.fallback": "live.fallback_share",
}  # fmt: skip
"""Checks of which a stream knows more than their columns could say, and the measure that says it."""


def filled(spec: ModelSpec) -> tuple[ModelSpec, dict[str, str]]:
    """Return the description with a column for every role a stream answers, and the types of those it lacked."""
    if spec.fraud is None:
        return spec, {}
    added = {name: PREFIX + name for name in SAID if getattr(spec.fraud, name) is None}
    types = {column: SAID[name][0] for name, column in added.items()}
    serving, latency = spec.fraud.serving, PREFIX + "latency"
    if serving.latency is None:
        serving, types[latency] = serving.model_copy(update={"latency": latency}), "float64"
    return spec.model_copy(update={"fraud": spec.fraud.model_copy(update={**added, "serving": serving})}), types


def answers(fraud: Fraud | None) -> dict[str, str]:
    """Return the answer of the stream in SQL, by the column that model.yaml names for it."""
    if fraud is None:
        return {}
    found = {str(getattr(fraud, name)): sql for name, (_, sql) in SAID.items() if getattr(fraud, name)}
    if fraud.alert:
        found[fraud.alert] = f"CASE WHEN {ALERTED} THEN 1.0 ELSE 0.0 END"
    if fraud.serving.latency:
        found[fraud.serving.latency] = "nullif(d.latency, 0) / 1000.0"
    if fraud.account:
        found[fraud.account] = "d.entity"
    return found


def as_known(spec: ModelSpec, known: int) -> ModelSpec:
    """Return the description with the instant up to which labels were collected."""
    if spec.fraud is None:
        return spec
    day = datetime.fromtimestamp(known / 1e6, UTC).isoformat(timespec="seconds")
    return spec.model_copy(update={"fraud": spec.fraud.model_copy(update={"known_to": day})})


def unwaiting(code: str, params: dict[str, Any]) -> dict[str, Any]:
    """Return a check's parameters for a window: it says its maturity beside the number, and so refuses no young one."""
    if "mature" not in params or code == "fraud.label_maturity":
        return params
    return {**params, "mature": 0.0}
