"""What ranking each input carries."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import soundness

CHECK = register(
    Check(
        code="soundness.importance",
        title="What ranking each input carries",
        purpose=(
            "The AUC lost when one input is permuted over the rows (Breiman 2001), the mean of three "
            "permutations, with an interval that joins the sampling of rows (DeLong, paired) and the "
            "permutations. Inputs that say the same thing share their importance and may each look unneeded."
        ),
        measure=soundness.IMPORTANCE,
        over="input",
        role="report",
        requires=("artefact", "score", "label"),
        params={"repeats": 3},
        sources=("Breiman (2001), Random Forests", "Fisher, Rudin and Dominici (2019)"),
    )
)
