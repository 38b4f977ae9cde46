"""What model.yaml says for the measures of fairness."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from secondline.core.declared.part import Names, Part

CONTROLS = "fairness controls"
"""The role of a column that measures may condition on; it may be a feature as well."""
TWO = 2


class Price(Part):
    """The price or the amount granted: its column, its unit and which direction is worse for the customer.

    ``percent`` (7.25) and ``share`` (0.0725) are told in basis points, ``bp`` and ``amount`` as they are.
    """

    column: str
    unit: Literal["percent", "share", "bp", "amount"] = "percent"
    worse: Literal["higher", "lower"] = "higher"


class Memberships(Part):
    """Columns that hold the probability of membership in each group (BISG), where the group itself is not recorded.

    ``known`` names a column that holds the true group of some rows, chosen at random given score and probabilities:
    it corrects the proxy. ``control`` is the group the others are held against; left out, the largest.
    """

    groups: dict[str, str] = Field(min_length=TWO)
    control: str | None = None
    known: str | None = None

    @model_validator(mode="after")
    def _control_is_a_group(self) -> Memberships:
        if self.control is not None and self.control not in self.groups:
            named = ", ".join(self.groups)
            raise ValueError(f"the control {self.control!r} is none of the groups ({named}); name one of them")
        if len(set(self.groups.values())) < len(self.groups):
            raise ValueError("two groups share a probability column; each needs its own")
        return self


def _crossings(value: Any) -> Any:
    return [value] if isinstance(value, list) and value and all(isinstance(v, str) for v in value) else value


def _column(value: Any) -> Any:
    return {"column": value} if isinstance(value, str) else value


class Fairness(Part):
    """Declarations for the measures of fairness.

    ``controls`` are legitimate reasons that conditional measures hold fixed; ``strata`` are columns within whose
    levels rates are compared (left out: `segments`). Groups under ``smallest-group`` rows are listed, not judged.
    ``intersections`` says which protected columns are crossed (left out: all pairs). ``age`` is a column in years.
    ``proxies`` are inputs that counterfactuals may move to the control group's values.
    """

    controls: Names = ()
    strata: Names = ()
    smallest_group: int = Field(default=30, alias="smallest-group", ge=5)
    intersections: Annotated[tuple[Names, ...] | None, BeforeValidator(_crossings)] = None
    price: Annotated[Price | None, BeforeValidator(_column)] = None
    age: str | None = None
    elderly_from: float = Field(default=62.0, alias="elderly-from", gt=0)
    proxies: Names = ()
    probabilities: Memberships | None = None

    @model_validator(mode="after")
    def _crossings_have_two(self) -> Fairness:
        for crossed in self.intersections or ():
            if len(set(crossed)) < TWO:
                raise ValueError(f"`intersections` crosses {list(crossed)}; a crossing needs two different columns")
        return self

    def columns(self) -> Iterator[tuple[str, str]]:
        """Yield every (role, column) that is named here."""
        for column in dict.fromkeys((*self.controls, *self.strata, *self.proxies)):
            yield CONTROLS, column
        if self.age:
            yield CONTROLS, self.age
        if self.price:
            yield "fairness price", self.price.column
        if self.probabilities:
            for column in self.probabilities.groups.values():
                yield "fairness probabilities", column
            if self.probabilities.known:
                yield "fairness known group", self.probabilities.known
