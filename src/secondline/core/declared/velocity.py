"""Declared point-in-time features: what a row may know of its entity's past, said once for batch and online.

The definition that both sides keep, exactly:

- Time is whole microseconds. A row at time t with window w sees the rows of its entity at times s with
  ``t - w <= s < t``. Rows at the very same microsecond do not see one another, whatever order they arrive in.
- With ``current`` the row itself counts too (if it passes ``where``), and still none of its ties.
- Rows are told apart by their key: a key that comes again is a repetition and counts once.
- Columns under ``decimals`` are turned into whole units first, ``floor(x * 10^d + 0.5)``, and sums are sums of whole
  numbers: no order of addition can change them. A mean is one division of two whole numbers.
- An unknown value is passed over by every aggregate but ``count`` and ``lag``. Of nothing, a count, a distinct count
  and a sum are 0, and the rest is unknown.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from secondline.core.canonical import digest
from secondline.core.declared.part import Names, Part

Aggregate = Literal["count", "sum", "mean", "max", "min", "distinct", "since-last", "ratio", "lag"]
UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
SECOND = 1_000_000
"""Microseconds."""
LARGEST = 2**53
"""Whole numbers beyond this are not all doubles; a value of more units is refused."""


def micros(said: Any) -> Any:
    """Return the microseconds of a duration such as ``90s``, ``10m``, ``24h``, ``30d``; other types as they are."""
    if not isinstance(said, str):
        return said
    match = re.fullmatch(r"(\d+)([smhdw])", said)
    if not match or not int(match[1]):
        raise ValueError(f"{said!r} is no duration; write a number and s, m, h, d or w, such as 24h")
    return int(match[1]) * UNITS[match[2]] * SECOND


Duration = Annotated[int, BeforeValidator(micros), Field(gt=0)]


class Condition(Part):
    """The rows that count: whose value is one of ``values``, or lies between ``min`` and ``max``, both included."""

    values: tuple[str | int | float | bool, ...] | None = None
    min: float | None = None
    max: float | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Condition:
        if (self.values is None) == (self.min is None and self.max is None):
            raise ValueError("a condition needs values, or min, max or both")
        return self

    def holds(self, value: Any) -> bool:
        """Whether *value* passes; an unknown one does not."""
        if value is None:
            return False
        if self.values is not None:
            return value in self.values
        if not isinstance(value, (int, float)):
            return False
        return (self.min is None or value >= self.min) and (self.max is None or value <= self.max)


def _condition(value: Any) -> Any:
    return value if isinstance(value, (dict, Condition)) else {"values": value if isinstance(value, list) else [value]}


class Velocity(Part):
    """One feature (``lag``: ``last`` features) of the rows of an entity inside a window before the row.

    ``ratio`` is the row's own value over the mean of the window. ``since-last`` is seconds since the latest row in the
    window. ``lag`` gives the values of the last rows, latest first, named ``id_1`` to ``id_last``; of the time column
    it gives seconds ago.
    """

    id: str = Field(pattern=r"^[A-Za-z_]\w*$")
    entity: Names = Field(min_length=1)
    aggregate: Aggregate
    window: Duration
    column: str | None = None
    where: dict[str, Annotated[Condition, BeforeValidator(_condition)]] = Field(default={})
    current: bool = False
    last: int = Field(default=1, ge=1, le=100)

    @model_validator(mode="after")
    def _fits_the_aggregate(self) -> Velocity:
        if (self.column is None) != (self.aggregate in {"count", "since-last"}):
            need = "takes no column" if self.column else "needs a column"
            raise ValueError(f"feature {self.id!r}: {self.aggregate} {need}")
        if self.current and self.aggregate in {"since-last", "lag"}:
            raise ValueError(f"feature {self.id!r}: {self.aggregate} looks back, so the current row cannot count")
        if self.last > 1 and self.aggregate != "lag":
            raise ValueError(f"feature {self.id!r}: `last` belongs to lag alone")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """The columns this feature yields."""
        return tuple(f"{self.id}_{k + 1}" for k in range(self.last)) if self.aggregate == "lag" else (self.id,)


class Velocities(Part):
    """All features of one stream, and its roles: the key that makes a row one row, and the time it happened.

    ``decimals`` says which columns are decimal numbers and to how many places (2 for money in cents, 0 for whole
    numbers); only they can be summed. ``late`` is how long after newer rows a row may still arrive and be counted.
    """

    key: str = "id"
    time: str = "at"
    decimals: dict[str, Annotated[int, Field(ge=0, le=6)]] = Field(default={})
    late: Duration = 3_600 * SECOND
    features: tuple[Velocity, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _agrees(self) -> Velocities:
        names = list(self.names)
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"two features yield {twice[0]!r}; every feature needs a name of its own")
        exact = {"sum", "mean", "ratio"}
        if loose := [f for f in self.features if f.aggregate in exact and f.column not in self.decimals]:
            first = loose[0]
            raise ValueError(
                f"feature {first.id!r}: {first.aggregate} of {first.column!r} needs its decimals, so that it is exact; "
                f"write `decimals: {{{first.column}: 2}}`"
            )
        if taken := sorted({*names} & {*self.columns}):
            raise ValueError(f"feature {taken[0]!r} has the name of a column it reads; rename it")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """The columns all features yield, in the order declared."""
        return tuple(name for feature in self.features for name in feature.names)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns a row must have, key and time first."""
        read = [self.key, self.time]
        for feature in self.features:
            read += [*feature.entity, *([feature.column] if feature.column else []), *feature.where]
        return tuple(dict.fromkeys(read))

    @property
    def longest(self) -> int:
        """The longest window, in microseconds."""
        return max(feature.window for feature in self.features)

    @property
    def digest(self) -> str:
        """SHA-256 of the declaration: a state made under another one is not read."""
        return digest(self.model_dump(mode="json"))
