"""Fraud is alerted while there is something left to save."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import fraud

CHECK = register(
    Check(
        code="fraud.value_saved",
        title="Fraud is alerted while there is something left to save",
        purpose=(
            "Amount of the frauds of an account after the alert that detected it, over the amount of all known "
            "frauds. A model that alerts only the last fraud of an account detects value and saves none."
        ),
        measure=fraud.VALUE_SAVED,
        over="population",
        role="report",
        requires=("fraud", "label", "time"),
        params={"mature": 0.9},
        sources=("Practice in fraud modelling",),
    )
)
