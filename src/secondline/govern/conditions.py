"""Conditions of use: what an approval allows, typed so that a gateway can enforce it and a monitor can watch it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, model_validator

from secondline.govern.record import Form

Per = Literal["day", "week", "month", "year", "total"]
DAYS: dict[str, int] = {"day": 1, "week": 7, "month": 30, "year": 365}


class _Condition(Form):
    because: str = Field(default="", max_length=400, description="Finding, limitation or reason it answers.")


class Population(_Condition):
    """Only inside these bounds of one column."""

    kind: Literal["population"] = "population"
    column: str = Field(min_length=1, max_length=200, description="Column.")
    low: float | None = Field(default=None, description="Smallest value allowed.")
    high: float | None = Field(default=None, description="Largest value allowed.")
    values: tuple[str, ...] = Field(default=(), description="Values allowed.")

    @model_validator(mode="after")
    def _says_something(self) -> Population:
        if self.low is None and self.high is None and not self.values:
            raise ValueError("state `low`, `high` or `values`")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError("`low` is above `high`")
        return self


class Exclusion(_Condition):
    """Never for these values of one column."""

    kind: Literal["exclusion"] = "exclusion"
    column: str = Field(min_length=1, max_length=200, description="Column.")
    values: tuple[str, ...] = Field(min_length=1, description="Values excluded.")


class Volume(_Condition):
    """At most so many decisions."""

    kind: Literal["volume"] = "volume"
    decisions: int = Field(ge=1, description="Decisions at most.")
    per: Per = Field(default="day", description="In which time.")


class Amount(_Condition):
    """At most so much money decided on."""

    kind: Literal["amount"] = "amount"
    amount: float = Field(gt=0, description="Money at most.")
    per: Per = Field(default="day", description="In which time; `total` over the whole approval.")
    currency: str = Field(default="", max_length=3, description="Currency.")


class HumanReview(_Condition):
    """A person looks at this share of the decisions."""

    kind: Literal["human-review"] = "human-review"
    share: float = Field(gt=0, le=1, description="Share reviewed, 1 is all.")
    of: str = Field(default="all decisions", max_length=200, description="Which decisions.")


class Monitoring(_Condition):
    """This is watched, so often."""

    kind: Literal["monitoring"] = "monitoring"
    metric: str = Field(min_length=1, max_length=200, description="What is watched.")
    frequency: Literal["continuous", "daily", "weekly", "monthly", "quarterly"] = Field(description="How often.")


class Until(_Condition):
    """Not after this day."""

    kind: Literal["until"] = "until"
    day: date = Field(description="Last day.")


class Other(_Condition):
    """What no type above can say; somebody answers for it."""

    kind: Literal["other"] = "other"
    text: str = Field(min_length=1, max_length=2_000, description="Condition.")
    owner: str = Field(min_length=1, max_length=80, description="Who answers for it.")
    due: date | None = Field(default=None, description="When it must be met.")


Condition = Annotated[
    Population | Exclusion | Volume | Amount | HumanReview | Monitoring | Until | Other, Field(discriminator="kind")
]
CONDITION: TypeAdapter[Any] = TypeAdapter(Condition)
LIMITING = frozenset({"population", "exclusion", "volume", "amount", "human-review"})
"""Kinds that narrow the use; a restricted approval has at least one."""


def plain(conditions: Iterable[Form]) -> list[dict[str, Any]]:
    """Return conditions as values, each with its kind, nothing unset."""
    return [c.model_dump(mode="json", exclude_none=True) for c in conditions]


def a_day(condition: Mapping[str, Any], quantity: str, longest: int) -> float:
    """Return a cap as an amount a day; a total counts over the *longest* time it may last."""
    return float(condition[quantity]) / DAYS.get(str(condition.get("per", "day")), max(longest, 1))


def said(condition: Mapping[str, Any]) -> str:
    """Return a condition in one line of plain English."""
    kind, get = condition.get("kind"), condition.get
    values = ", ".join(str(v) for v in get("values", ()))
    lines = {
        "population": lambda: (
            f"only {get('column')} {_range(get('low'), get('high'))}{f' in {values}' if values else ''}"
        ),
        "exclusion": lambda: f"never for {get('column')} in {values}",
        "volume": lambda: f"at most {get('decisions'):,} decisions {_per(get('per'))}",
        "amount": lambda: f"at most {get('amount'):,.0f} {get('currency') or 'of money'} {_per(get('per'))}",
        "human-review": lambda: f"a person reviews {float(get('share', 0)):.0%} of {get('of')}",
        "monitoring": lambda: f"{get('metric')} watched {get('frequency')}",
        "until": lambda: f"until {get('day')}",
        "other": lambda: f"{get('text')} (answers: {get('owner')})",
    }
    return lines[str(kind)]().replace("  ", " ").strip() if kind in lines else str(dict(condition))


def _range(low: Any, high: Any) -> str:
    if low is not None and high is not None:
        return f"from {low:g} to {high:g}"
    return f"from {low:g}" if low is not None else f"up to {high:g}" if high is not None else ""


def _per(per: Any) -> str:
    return "in total" if per == "total" else f"a {per or 'day'}"
