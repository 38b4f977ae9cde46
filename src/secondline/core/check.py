"""Measures and checks as declarations, and the registry of checks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from secondline.core.errors import SpecError, UnknownCheck
from secondline.core.estimate import Measured
from secondline.core.needs import Need

Family = Literal[
    "data",
    "discrimination",
    "calibration",
    "stability",
    "soundness",
    "explanation",
    "robustness",
    "challenge",
    "fairness",
    "fraud",
    "genai",
    "use",
]
Over = Literal[
    "population",
    "comparison",
    "segment",
    "segment_column",
    "band",
    "period",
    "feature",
    "shift",
    "key",
    "rule",
    "required",
    "claim",
    "input",
    "protected",
    "challenger",
    "criterion",
]
"""How a question multiplies.

population: each population. comparison: each current population against the reference. segment: population x segment
column x level. segment_column: population x segment column. band: population x grade (or score band). period:
population x month. feature: population x feature.
shift: comparison x feature. key: each population, when an entity key is named. rule: population x declared rule.
required: population x column that has a role. claim: population x column with a
claimed direction. input: population x column that may be an input of the artefact.
protected: population x protected column. challenger: comparison x challenger that model.yaml asks for.
criterion: suite of a generative system x criterion whose verdicts answer the check.
"""


@dataclass(frozen=True, slots=True, init=False)
class Measure:
    """One number: its SQL half (the needs) joined to its statistics half (a pure function of their records).

    The function takes the records by the names of the needs, ``level`` (the confidence) and the plan's parameters, and
    returns an Estimate, or Undefined with a reason.
    """

    statistic: Callable[..., Measured]
    needs: Mapping[str, Need]
    unit: str

    def __init__(self, statistic: Callable[..., Measured], *, unit: str = "", **needs: Need) -> None:
        """Join *statistic* to the *needs* it takes by name."""
        object.__setattr__(self, "statistic", statistic)
        object.__setattr__(self, "needs", needs)
        object.__setattr__(self, "unit", unit)

    def __call__(self, records: Mapping[str, Any], level: float = 0.95, **params: Any) -> Measured:
        """Compute the number from the records."""
        return self.statistic(**records, level=level, **params)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A question: a claim that can be false, the measure that tests it and how it multiplies.

    ``role`` "gate" puts its p-values under Holm's control and "screen" under Benjamini and Hochberg's; "report" only
    shows. ``requires`` lists the roles model.yaml must name, else the answer is NotApplicable. ``dimension`` places
    it among the seven dimensions of data quality. ``params`` are defaults that a pack or model.yaml may change.
    """

    code: str
    title: str
    purpose: str
    measure: Measure
    over: Over
    role: Literal["gate", "screen", "report"] = "gate"
    requires: tuple[str, ...] = ()
    dimension: str = ""
    sources: tuple[str, ...] = ()
    params: Mapping[str, Any] = field(default_factory=dict)
    see: str = ""

    @property
    def family(self) -> str:
        """The family: the part of the code before the dot."""
        return self.code.split(".", 1)[0]


CHECKS: dict[str, Check] = {}


def register(check: Check) -> Check:
    """Add *check* to the registry under its code, which is a promise: its meaning never changes."""
    if check.code in CHECKS and CHECKS[check.code] != check:
        raise SpecError(f"Two checks have the code {check.code!r}. Give the new one a code of its own.")
    CHECKS[check.code] = check
    return check


def find(code: str) -> Check:
    """Return the check called *code*, or say which ones are close."""
    if code not in CHECKS:
        raise UnknownCheck.among(code, CHECKS)
    return CHECKS[code]
