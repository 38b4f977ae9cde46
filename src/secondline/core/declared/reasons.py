"""What model.yaml says of reason codes: how the reasons of a decision are found and told."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from secondline.core.declared.part import Names, Part

Reference = Literal["population", "near-cutoff", "best"]
IMPLIED: dict[str, Reference] = {
    "points-below-best": "best",
    "points-below-mean": "population",
    "cutoff-profile": "near-cutoff",
}


class Text(Part):
    """The words of one reason and the features they speak of; ``missing`` are its words for a value that is absent."""

    says: str = Field(min_length=1)
    features: Names = Field(min_length=1)
    missing: str = ""


class KnockOut(Part):
    """A rule that declines whatever the score says: true in ``column``, told in its own words."""

    says: str = Field(min_length=1)
    column: str = Field(min_length=1)


class Words(Part):
    """A code and its words."""

    code: str = Field(min_length=1)
    says: str = Field(min_length=1)


class Change(Part):
    """How far a person can change a feature: its bounds, the only direction there is, and the grain it is known to."""

    min: float | None = None
    max: float | None = None
    direction: Literal["increasing", "decreasing"] | None = None
    grain: float | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _ordered(self) -> Change:
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"a change needs min <= max; got min {self.min:g} and max {self.max:g}")
        return self

    @property
    def way(self) -> int:
        """The sign of the only direction there is, 0 where both are open."""
        return 0 if self.direction is None else 1 if self.direction == "increasing" else -1


class Reasons(Part):
    """Declarations for the principal reasons of a decision.

    ``method`` says how features are weighed: ``attribution`` (Shapley values against ``reference``),
    ``points-below-best``, ``points-below-mean`` or ``cutoff-profile`` (each with the reference its name implies).
    ``most`` reasons are given, and beyond them the code named by ``inquiries`` where inquiries counted against the
    applicant. ``texts`` gives each code its words and features. Features under ``never`` (artefacts) and ``proxies``
    may not be named. ``immutable`` ones cannot be changed by a person; ``changes`` says how far others can.
    ``recorded`` names the columns that hold the codes given at the time.
    """

    method: Literal["attribution", "points-below-best", "points-below-mean", "cutoff-profile"] = "attribution"
    reference: Reference | None = None
    most: int = Field(default=4, ge=1, le=20)
    inquiries: str | None = None
    texts: dict[str, Text] = Field(default={})
    never: Names = ()
    proxies: Names = ()
    immutable: Names = ()
    changes: dict[str, Change] = Field(default={})
    knock_outs: dict[str, KnockOut] = Field(default={}, alias="knock-outs")
    overrides: Words | None = None
    recorded: Names = ()

    @model_validator(mode="after")
    def _agrees(self) -> Reasons:
        implied = IMPLIED.get(self.method)
        if implied and self.reference and implied != self.reference:
            raise ValueError(f"method {self.method!r} has the reference {implied!r}; leave `reference` out")
        if self.inquiries is not None and self.inquiries not in self.texts:
            raise ValueError(f"`inquiries` names the code {self.inquiries!r}, which `texts` does not hold")
        codes = [*self.texts, *self.knock_outs, *([self.overrides.code] if self.overrides else [])]
        if twice := sorted({code for code in codes if codes.count(code) > 1}):
            raise ValueError(f"the code {twice[0]!r} stands for two reasons; a code has one meaning")
        return self

    @property
    def against(self) -> Reference:
        """The reference point decisions are held against; left out, applicants who were just approved."""
        return IMPLIED.get(self.method) or self.reference or "near-cutoff"

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the data that are no features: what the rules decided, and the codes that were given."""
        return (*(rule.column for rule in self.knock_outs.values()), *self.recorded)
