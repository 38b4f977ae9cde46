"""There are enough cases, clusters and labels."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import genai

CHECK = register(
    Check(
        code="genai.sample_size",
        title="There are enough cases, clusters and labels",
        purpose=(
            "The scarcest of cases, clusters and human labels as a share of how many the tier asks for. The "
            "size is justified before the run, not by its result."
        ),
        measure=genai.SAMPLE_SIZE,
        over="population",
        role="report",
        requires=("genai",),
        params={"cases": 300, "clusters": 0, "labels": 100},
        sources=(
            "Rule of three: Hanley and Lippman-Hand (1983)",
            "Miller (2024), Adding Error Bars to Evals, arXiv:2411.00640",
        ),
    )
)
