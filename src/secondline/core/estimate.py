"""An estimate: a number with its uncertainty, its sample and what it would take to decide. Or why there is none."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Estimate(BaseModel):
    """One measured number.

    ``low`` and ``high`` bound it at confidence ``level`` by ``method`` (both None when the number is a count of the
    rows delivered, with no sampling error). ``n`` and ``events`` are the rows and events it rests on. ``p_value``
    belongs to the null hypothesis the measure's docstring states. ``bound`` is the largest numerical error of
    ``value`` (0 when exact); it is already inside the interval. ``mde`` is the smallest effect, in the unit of
    ``mde_unit``, that these data detect with 80 % power. ``detail`` holds the small tables behind the number (curve,
    bins, matrix) as plain JSON.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    value: float
    low: float | None = None
    high: float | None = None
    level: float = 0.95
    method: str = ""
    n: float = 0
    events: float | None = None
    p_value: float | None = None
    bound: float = 0.0
    mde: float | None = None
    mde_unit: str = ""
    detail: dict[str, Any] = Field(default_factory=dict)
    warnings: tuple[str, ...] = ()


class Undefined(BaseModel):
    """A measure that has no value here, and why.

    ``too-few``: the question stands but the data cannot answer it (becomes Inconclusive). ``not-applicable``: the
    question does not arise (becomes NotApplicable). ``needed`` says in words what it would take. ``detail`` holds the
    small tables that are known all the same (the part of a curve that was reached), as plain JSON.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    because: str
    kind: Literal["too-few", "not-applicable"] = "too-few"
    n: float = 0
    events: float | None = None
    needed: str = ""
    detail: dict[str, Any] = Field(default_factory=dict)


Measured = Estimate | Undefined
