"""The model built again ranks as the champion does."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import reproduction

CHECK = register(
    Check(
        code="soundness.reproduce_auc",
        title="The model built again ranks as the champion does",
        purpose=(
            "A training with chance in it, such as that of a neural network on many threads, cannot give the same "
            "score in every digit. Its ranking must still come out the same: the AUC of the model built again less "
            "the champion's, on the same rows, with DeLong's paired interval."
        ),
        measure=reproduction.REPRODUCE_AUC,
        over="population",
        role="report",
        requires=("artefact", "reproduce", "score", "label"),
        sources=(
            "EBA supervisory handbook on the validation of rating systems (2023), 35a",
            "DeLong, DeLong and Clarke-Pearson 1988",
        ),
    )
)
