"""Few decisions hang on the seed of the training."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import reproduction

CHECK = register(
    Check(
        code="robustness.seed_churn",
        title="Few decisions hang on the seed of the training",
        purpose=(
            "The model is built again several times with other seeds, by the command model.yaml declares. The share "
            "of the champion's decisions that such a twin takes otherwise is what chance in the training decides, "
            "and not the customer's data. Refits and rows are both samples, and the interval covers both. It runs "
            "only when you ask: `secondline validate --refit`."
        ),
        measure=reproduction.SEED_CHURN,
        over="population",
        role="report",
        requires=("artefact", "reproduce", "decision"),
        sources=(
            "Owen 2007, Annals of Applied Statistics 1",
            "D'Amour et al. 2022, Journal of Machine Learning Research 23",
        ),
    )
)
