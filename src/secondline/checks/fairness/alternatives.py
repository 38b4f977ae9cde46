"""No comparable model discriminates less."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures.alternatives import ALTERNATIVES

CHECK = register(
    Check(
        code="fairness.alternatives",
        title="No comparable alternative approves the group more often",
        purpose=(
            "Fits the declared space of alternatives on the reference (other seeds, features dropped, weights that "
            "make group and outcome independent, a penalty on the gap, other settings), and asks of rows that none has "
            "seen how far the adverse impact ratio can rise within the comparability rule. The rule is part of the "
            "plan, so it is fixed before the search. One half of the rows chooses, the other alone judges."
        ),
        measure=ALTERNATIVES,
        over="comparison",
        role="report",
        requires=("alternatives", "decision", "label", "protected"),
        sources=(
            "Gillis, Meursault and Ustun (2024), Operationalizing the search for less discriminatory alternatives",
            "42 USC 2000e-2(k)(1)(A)(ii), by analogy; state fair lending law",
        ),
    )
)
