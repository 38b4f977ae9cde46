"""Wants: needs bound to a population and stripped to what decides a query, so that equal questions are asked once."""

from __future__ import annotations

from dataclasses import replace

from secondline.core import needs
from secondline.core.errors import SpecError
from secondline.core.needs import Need
from secondline.core.subject import Subject

Want = tuple[str, Need]
"""A population and a need about it, independent of who asks."""


def want(need: Need, subject: Subject) -> Want:
    """Bind *need* to the question and return the population it concerns and the statistic wanted of it."""
    bound = need.bind(subject)
    if bound.of == "reference" and subject.reference is None:
        raise SpecError(f"A question about {subject.text} needs a reference population, and there is none.")
    population = subject.reference if bound.of == "reference" and subject.reference else subject.population
    if isinstance(bound, needs.Scores) and bound.level is not None:
        bound = replace(bound, level=None)
    # An overlap is asked of the population, whichever side it is compared with; all else forgets the side.
    return population, replace(bound, of="current")


def level_of(need: Need, subject: Subject) -> str | None:
    """Return the level a record must be narrowed to before the measure sees it."""
    bound = need.bind(subject)
    if isinstance(bound, needs.Scores):
        return bound.level
    if isinstance(need, needs.Groups) and need.by is None and subject.segment is not None:
        return subject.level
    return None
