"""All scorers of this house, by name."""

from __future__ import annotations

from secondline.core.errors import SpecError, near
from secondline.evals.grading import (
    abstaining,
    attacks,
    citations,
    conduct,
    facts,
    fields,
    form,
    grounding,
    leaks,
    relevance,
    retrieval,
    running,
    tools,
)
from secondline.evals.grading.scorer import Scorer

FAMILIES = (
    form, fields, facts, citations, grounding, relevance, retrieval, abstaining, leaks, attacks, conduct, tools,
    running,
)  # fmt: skip
SCORERS = {s.name: s for family in FAMILIES for s in vars(family).values() if isinstance(s, Scorer)}


def scorer_of(name: str) -> Scorer:
    """Return a scorer by its name.

    Raises:
        SpecError: there is none of that name.
    """
    if name not in SCORERS:
        hint = near(name, SCORERS, f"There are: {', '.join(sorted(SCORERS))}.")
        raise SpecError(f"There is no scorer {name!r}. {hint}")
    return SCORERS[name]
