"""Share of declined applicants that a small change would turn."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import evasion

CHECK = register(
    Check(
        code="robustness.evasion",
        title="Share of declined applicants that a small change would turn",
        purpose=(
            "Features a person controls are moved, one at a time, two together and all at once, by growing "
            "budgets in units of their interquartile range. The share of declined rows approved within the "
            "budget, the features that give most, and the largest move of the score for the least change."
        ),
        measure=evasion.EVASION,
        over="population",
        role="report",
        requires=("artefact", "decision"),
        params={"budget": 0.1},
        sources=(
            "Cartella et al. (2021), Adversarial attacks for tabular data",
            "PRA SS1/23, principle 3.3",
        ),
    )
)
