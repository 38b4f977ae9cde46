"""Kinds of validation: what each must contain before it can be signed, and when developer tests may be relied on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Kind = Literal[
    "initial", "periodic", "change", "targeted", "triggered", "vendor", "emergency", "decommission-check",
    "annual-review",
]  # fmt: skip
Part = Literal[
    "plan", "runs", "own-data", "conceptual", "assumptions", "documentation", "code", "implementation", "use",
    "change-impact", "topic", "cause", "vendor", "limits-of-use", "withdrawal", "yearly", "prior-findings",
]  # fmt: skip
Reviewed = Literal[
    "conceptual", "assumptions", "documentation", "code", "implementation", "use", "change-impact", "topic", "cause",
    "vendor", "limits-of-use", "withdrawal", "yearly",
]  # fmt: skip
Area = Literal[
    "representativeness", "back-testing", "discrimination", "calibration", "stability", "data-quality",
    "implementation", "sensitivity", "other",
]  # fmt: skip
REVIEWS = frozenset(get_args(Reviewed))
STRICT_TIER = 2
"""Tiers up to this one, and models not rated yet, are held to the strict rules."""

PARTS: dict[Part, str] = {
    "plan": "The plan of tests, recorded before its run.",
    "runs": "At least one run attached.",
    "own-data": "At least one run made by a member of the team, on data they extracted.",
    "conceptual": "Review of design, theory, variables and judgement, by the questionnaire of the model's type.",
    "assumptions": "Review of assumptions and limitations.",
    "documentation": "Review of the documentation: could a third party rebuild it?",
    "code": "Record of the code review.",
    "implementation": "Review of whether production reproduces the approved model, mapping tables included.",
    "use": "Review of intended against actual use, overrides and overlays.",
    "change-impact": "Review of what changed, what it touches, and the effect before and after.",
    "topic": "Review of the single issue the validation is about.",
    "cause": "Review of what triggered it, and its cause.",
    "vendor": "Review of the vendor's evidence and of what it leaves open.",
    "limits-of-use": "Review of caps, extra monitoring and expiry of the urgent use.",
    "withdrawal": "Review of what depends on the model, and of what replaces it.",
    "yearly": "Review of monitoring, changes, attestation and open weaknesses of the year.",
    "prior-findings": "The fate of every earlier open finding.",
}


@dataclass(frozen=True, slots=True)
class Type:
    """One kind of validation.

    ``versioned`` kinds are about one version. ``relies`` are the areas in which tests of the developer may be relied
    on at any tier, ``relies_low`` those for models of lower tiers only; back-testing always needs a run of one's own.
    """

    purpose: str
    parts: tuple[Part, ...]
    versioned: bool = False
    relies: frozenset[Area] = frozenset()
    relies_low: frozenset[Area] = frozenset()
    full: bool = False
    """Counts for the calendar: the next one is reckoned from it."""

    @property
    def settles(self) -> bool:
        """Whether it can clear a version for approval; an urgent use is limited and clears nothing."""
        return self.full or (self.versioned and "own-data" in self.parts)


_ALL_AREAS: frozenset[Area] = frozenset(get_args(Area))
_SOME: frozenset[Area] = frozenset({"representativeness", "back-testing"})
_TESTED: tuple[Part, ...] = ("plan", "runs", "own-data")
# Reliance: EBA handbook on validation, interaction box 12 [P, consultation text].
# Parts: OSFI E-23 3.4 [P], SS1/23 4 [V].
TYPES: dict[Kind, Type] = {
    "initial": Type(
        "Everything, before first use", versioned=True, full=True,
        parts=(*_TESTED, "conceptual", "assumptions", "documentation", "code", "implementation", "use",
               "prior-findings"),
    ),
    "periodic": Type(
        "Again, by the calendar", full=True, relies=_SOME, relies_low=_ALL_AREAS,
        parts=(*_TESTED, "conceptual", "assumptions", "documentation", "use", "prior-findings"),
    ),
    "change": Type(
        "What a change affects, and what lies next to it", versioned=True, relies=_SOME, relies_low=_ALL_AREAS,
        parts=(*_TESTED, "change-impact", "documentation", "code", "implementation", "prior-findings"),
    ),
    "targeted": Type("One issue", parts=("plan", "topic"), relies=_SOME, relies_low=_ALL_AREAS),
    "triggered": Type(
        "After a breach or an incident", relies=_SOME, relies_low=_ALL_AREAS,
        parts=("plan", "runs", "cause", "prior-findings"),
    ),
    "vendor": Type(
        "A model whose inside cannot be seen: own outcomes, perturbed inputs, a benchmark", full=True,
        parts=(*_TESTED, "vendor", "conceptual", "documentation", "use", "prior-findings"),
    ),
    "emergency": Type(
        "Urgent use within limits, until a full validation", versioned=True,
        parts=("plan", "runs", "limits-of-use", "prior-findings"),
    ),
    "decommission-check": Type("Before a model is withdrawn", parts=("withdrawal", "prior-findings")),
    "annual-review": Type("The yearly look between full validations", parts=("yearly", "prior-findings")),
}  # fmt: skip


def strict(tier: int) -> bool:
    """Whether a tier is held to the strict rules; 0 is a model not rated yet."""
    return tier <= STRICT_TIER


def may_rely(kind: Kind, area: Area, tier: int) -> bool:
    """Whether tests of the developer in an area may be relied on in a validation of this kind."""
    rules = TYPES[kind]
    return area in rules.relies or (not strict(tier) and area in rules.relies_low)
