"""Branches: grouped queries with one set of columns, so that many of them can run as one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from secondline.core.needs import Need
from secondline.frames.relation import WEIGHT, Relation

if TYPE_CHECKING:
    import ibis.expr.types as ir

PLAIN_SUMS, WEIGHTED_SUMS = 6, 10


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
    """One grouped query of a plan, the needs it answers, and how its cells become their records."""

    purpose: str
    expression: ir.Table
    build: Callable[[Cells], dict[Need, Any]]
    needs: tuple[Need, ...]


def grouped(
    relation: Relation,
    uses: Sequence[str],
    keys: Mapping[str, Any],
    sums: Sequence[Any],
    where: Callable[[Any], Any] | None = None,
) -> ir.Table:
    """Group by *keys* (named first, second or number) and return the uniform columns with the *sums* beside them.

    Only the columns in *uses* are selected, so that the SQL in evidence shows what the number rests on and nothing
    else.
    """
    import ibis

    weight = (WEIGHT,) if relation.weighted else ()
    table = relation.table.select(*dict.fromkeys((*uses, *weight)))
    table = table if where is None else table.filter(where)
    named = {f"s{i}": value(table) for i, value in enumerate(sums)}
    reduced = table.group_by(**{name: key(table) for name, key in keys.items()}).aggregate(**named)
    kinds = {"first": "string", "second": "string", "number": "float64"}
    columns = {name: reduced[name].cast(kind) if name in keys else ibis.null(kind) for name, kind in kinds.items()}
    columns |= {n: reduced[n].cast("float64") if n in named else ibis.null("float64") for n in sum_names(relation)}
    return reduced.select(**columns)


def sum_names(relation: Relation) -> tuple[str, ...]:
    """Return the names of the sums every branch over *relation* has: the most any of its reductions needs."""
    return tuple(f"s{i}" for i in range(WEIGHTED_SUMS if relation.weighted else PLAIN_SUMS))


def weigh(relation: Relation, value: Callable[[Any], Any] | None = None) -> Callable[[Any], Any]:
    """Return the weighted sum of a row value (1 when None) as a function of the table."""

    def total(table: Any) -> Any:
        one = table[WEIGHT] if relation.weighted else None
        if value is None:
            return table.count() if one is None else one.sum()
        return (value(table) if one is None else value(table) * one).sum()

    return total
