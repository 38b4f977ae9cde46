"""Most of the eventual fraud is known."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import fraud

CHECK = register(
    Check(
        code="fraud.label_maturity",
        title="Most of the eventual fraud is known",
        purpose=(
            "How much of the fraud in these transactions is known by the end of collection, from the curve F(d) "
            "of the reporting lag. Chargebacks take weeks: measures of detection are inconclusive until this is "
            "high enough."
        ),
        measure=fraud.LABEL_MATURITY,
        over="population",
        role="report",
        requires=("fraud", "label", "time", "fraud.known_at"),
        params={"by": "value", "mature": 0.9},
        sources=("Lagakos, Barraj and De Gruttola (1988), Biometrika 75", "Kalbfleisch and Lawless (1989), JASA 84"),
    )
)
