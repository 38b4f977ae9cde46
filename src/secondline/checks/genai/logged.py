"""Each call names its trace and the model that answered."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import genai

CHECK = register(
    Check(
        code="genai.logged",
        title="Each call names its trace and the model that answered",
        purpose=(
            "Share of answered calls with the name of their trace and of the model that answered. Without "
            "them nobody can say later what was answered, and by what."
        ),
        measure=genai.LOGGED,
        over="population",
        role="report",
        requires=("genai",),
        sources=("EU AI Act, article 12",),
    )
)
