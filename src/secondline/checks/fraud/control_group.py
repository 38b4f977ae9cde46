"""Fraud among all traffic, by the control arm."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import fraud

CHECK = register(
    Check(
        code="fraud.control_group",
        title="Fraud among all traffic, by the control arm",
        purpose=(
            "Share of transactions that are fraud, estimated from those let through at random. Blocked traffic "
            "shows no label; the control arm does, and is the one unbiased view of it."
        ),
        measure=fraud.CONTROL_GROUP,
        over="population",
        role="report",
        requires=("fraud", "label", "fraud.control"),
        sources=("Hajek (1971), in Foundations of Statistical Inference", "Sarndal, Swensson and Wretman (1992), 5.7"),
    )
)
