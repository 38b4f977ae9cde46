"""One model answered."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import genai

CHECK = register(
    Check(
        code="genai.returned_model",
        title="One model answered",
        purpose=(
            "How many models answered in the run, by the name and fingerprint that the provider gave. More "
            "than one says that the version moved while it was tested."
        ),
        measure=genai.RETURNED_MODELS,
        over="population",
        role="report",
        requires=("genai",),
        sources=("NIST AI 600-1 (July 2024), value chain and component integration",),
    )
)
