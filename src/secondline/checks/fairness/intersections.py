"""Groups crossed with each other are approved at similar rates."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import fairness

CHECK = register(
    Check(
        code="fairness.intersections",
        title="Groups crossed with each other are approved at similar rates",
        purpose=(
            "The adverse impact ratio of every cell of crossed protected columns, such as sex by age band, raw "
            "and shrunk towards all cells by empirical Bayes. A disparity may show in a cell and in neither "
            "column; small cells are listed and not judged."
        ),
        measure=fairness.INTERSECTIONS,
        over="population",
        role="report",
        requires=("decision", "protected"),
        sources=("Morris (1983), JASA 78", "Crenshaw (1989)"),
    )
)
