"""The artefact is what its documentation says."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import reproduction

CHECK = register(
    Check(
        code="soundness.claims",
        title="The artefact is what its documentation says",
        purpose=(
            "Claims about the artefact itself are held against the opened file: its type, the inputs it reads by "
            "name or number, how many trees or terms it has, and whether the directions it was constrained to are "
            "the claimed ones. What the file does not tell is listed and not counted. Directions are tested row by "
            "row by soundness.monotone."
        ),
        measure=reproduction.CLAIMS,
        over="population",
        role="gate",
        requires=("artefact",),
        sources=("EBA supervisory handbook on the validation of rating systems (2023)", "OSFI E-23 (2027), 3.5"),
        see="soundness.monotone, soundness.inputs",
    )
)
