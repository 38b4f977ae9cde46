"""Harm weighted by severity is small."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import genai

CHECK = register(
    Check(
        code="genai.harm",
        title="Harm weighted by severity is small",
        purpose=(
            "Severity-weighted harm: the rate at which attacks succeed at each degree of severity, weighted "
            "so that a critical harm counts sixteen times a nuisance. It compares versions; the limits of "
            "single harms decide."
        ),
        measure=genai.WEIGHTED_HARM,
        over="criterion",
        role="report",
        requires=("genai",),
        sources=("Practice in red teaming of financial services (arXiv:2603.10807)",),
    )
)
