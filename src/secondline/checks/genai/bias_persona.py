"""People are answered alike, whoever they are."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import genai

CHECK = register(
    Check(
        code="genai.bias_persona",
        title="People are answered alike, whoever they are",
        purpose=(
            "Largest difference of pass rates between two askers who differ in one attribute only, from "
            "pairs of the same question. The whole interval must lie within the limit: few pairs show no "
            "parity."
        ),
        measure=genai.PERSONA_GAP,
        over="criterion",
        role="gate",
        requires=("genai",),
        sources=(
            "NIST AI 600-1 (July 2024), harmful bias and homogenization",
            "McNemar (1947); Holm (1979)",
        ),
    )
)
