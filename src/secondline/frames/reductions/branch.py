"""Branches: grouped queries with one set of columns, so that many of them can run as one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from secondline.frames.relation import WEIGHT, Relation

if TYPE_CHECKING:
    import ibis.expr.types as ir

SUMS = 10


@dataclass(frozen=True, slots=True)
class Cells:
    """The rows one branch brought back: up to two text keys, one numeric key, and its sums."""

    first: list[str]
    second: list[str]
    number: npt.NDArray[np.float64]
    sums: npt.NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.number)

    def column(self, place: int) -> npt.NDArray[np.float64]:
        """Return the sums at *place*; a SUM over no usable row is NULL in SQL, and the sum of nothing is zero."""
        return np.nan_to_num(self.sums[:, place], nan=0.0, posinf=np.inf, neginf=-np.inf)


@dataclass(frozen=True, slots=True)
class Branch:
    """One grouped query of a plan and what its cells mean."""

    purpose: str
    expression: ir.Table
    build: Callable[[Cells], Any]


def grouped(
    relation: Relation,
    keys: Mapping[str, Any],
    sums: Sequence[Any],
    where: Any = None,
) -> ir.Table:
    """Group by *keys* (names among first, second, number) and return the uniform columns with the *sums* beside them."""
    import ibis

    table = relation.table if where is None else relation.table.filter(where)
    named = {f"s{i}": value for i, value in enumerate(sums)}
    reduced = table.group_by(**{name: _bound(value, table) for name, value in keys.items()}).aggregate(
        **{name: _bound(value, table) for name, value in named.items()}
    )
    columns: dict[str, Any] = {
        "first": reduced["first"].cast("string") if "first" in keys else ibis.null("string"),
        "second": reduced["second"].cast("string") if "second" in keys else ibis.null("string"),
        "number": reduced["number"].cast("float64") if "number" in keys else ibis.null("float64"),
    }
    columns |= {f"s{i}": reduced[f"s{i}"].cast("float64") if i < len(sums) else ibis.null("float64") for i in range(SUMS)}
    return reduced.select(**columns)


def _bound(value: Any, table: ir.Table) -> Any:
    return value(table) if callable(value) else value


def weigh(relation: Relation, value: Callable[[Any], Any] | None = None) -> Callable[[Any], Any]:
    """Return the weighted sum of a row value (1 when None) as a function of the table."""

    def total(table: Any) -> Any:
        one = table[WEIGHT] if relation.weighted else None
        if value is None:
            return table.count() if one is None else one.sum()
        return (value(table) if one is None else value(table) * one).sum()

    return total
