"""Few decisions hang on the rows the model was built on."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import reproduction

CHECK = register(
    Check(
        code="robustness.bootstrap_churn",
        title="Few decisions hang on the rows the model was built on",
        purpose=(
            "The model is built again from rows of its snapshot drawn with replacement, as if other customers had "
            "been sampled from the same portfolio. The share of the champion's decisions that such a model takes "
            "otherwise is the part of its decisions that its sample does not settle. The interval covers refits and "
            "rows. It runs only when you ask: `secondline validate --refit`."
        ),
        measure=reproduction.BOOTSTRAP_CHURN,
        over="population",
        role="report",
        requires=("artefact", "reproduce", "decision"),
        sources=("Efron 1979, Annals of Statistics 7", "Owen 2007, Annals of Applied Statistics 1"),
    )
)
