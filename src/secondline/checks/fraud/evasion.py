"""Detected frauds that a small change would hide."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import fraud

CHECK = register(
    Check(
        code="fraud.evasion",
        title="Detected frauds that a small change would hide",
        purpose=(
            "Inputs under a fraudster's control (`reasons: changes`) are moved, one at a time, two together and "
            "all at once, by growing budgets in units of their interquartile range. The share of detected frauds "
            "that are no longer alerted within the budget; the detail has every budget and the inputs that give "
            "most."
        ),
        measure=fraud.EVASION,
        over="population",
        role="report",
        requires=("fraud", "artefact", "label"),
        params={"budget": 0.1},
        sources=("Cartella et al. (2021), Adversarial attacks for tabular data",),
    )
)
