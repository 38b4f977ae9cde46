"""The champion can be built again from its snapshot."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import reproduction

CHECK = register(
    Check(
        code="soundness.reproduce",
        title="The champion can be built again from its snapshot",
        purpose=(
            "The command that model.yaml declares runs in a fresh copy of its declared inputs, pinned by digest, and "
            "the model it writes scores the rows beside the champion. The share of rows whose score differs by more "
            "than 1e-6 is counted. It runs the developer's code, and so only when you ask: `secondline validate "
            "--refit`. Otherwise the answer is that it was not run."
        ),
        measure=reproduction.REPRODUCE,
        over="population",
        role="gate",
        requires=("artefact", "reproduce", "score"),
        params={"tolerance": 1e-06},
        sources=(
            "EBA supervisory handbook on the validation of rating systems (2023), 35a",
            "SR 26-2, replication by an independent party",
        ),
    )
)
