"""The artefact is sealed by its digest, and its bill of materials is known."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import soundness

CHECK = register(
    Check(
        code="soundness.bill_of_materials",
        title="model.yaml seals the artefact by its digest",
        purpose=(
            "Without a declared digest, another file of the same name would be validated as if it were this one. The "
            "answer carries the bill of materials: the digest found, what the artefact says of itself, the versions "
            "of the libraries that ran it, and the walls its process stood behind."
        ),
        measure=soundness.MATERIALS,
        over="population",
        role="gate",
        requires=("artefact",),
        sources=("OSFI E-23 (2027), 3.5", "NIST SP 800-218A (2024), provenance and integrity of models"),
    )
)
