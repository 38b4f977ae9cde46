"""Graded answers: the rows of a suite, read once and handed out by criterion."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from secondline.core import needs
from secondline.core.errors import DataError
from secondline.core.needs import Need
from secondline.core.tables import Graded
from secondline.core.tables.graded import KEPT, NUMBERS, TEXTS
from secondline.frames.facts import column_values
from secondline.frames.relation import Relation, is_number

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

PURPOSE = "graded answers"
NEEDED = ("case", "criterion", "verdict")
ORDER = ("criterion", "case", "replicate", "side", "scorer", "trace")
_LARGEST = np.finfo(np.float64).max


def answer_query(relation: Relation) -> ir.Table:
    """Return every graded answer of a population in one order; columns it lacks are empty or unknown.

    Raises:
        MissingColumn: there is no case, criterion or verdict.
        DataError: a column that must be a number is not.
    """
    for column in NEEDED:
        relation.require(column, "graded answers")
    table = relation.table
    texts = {name: _text(relation, name) for name in (*TEXTS, *KEPT)}
    numbers = {name: _number(relation, name) for name in NUMBERS}
    return table.select(**texts, **numbers).order_by(list(ORDER))


def _text(relation: Relation, name: str) -> Any:
    import ibis

    if name not in relation.types:
        return ibis.literal("")
    return relation.table[name].cast("string").fill_null("")


def _number(relation: Relation, name: str) -> Any:
    import ibis

    nothing = ibis.null("float64")
    if name not in relation.types:
        return nothing
    value = relation.table[name]
    if not (is_number(value.type()) or value.type().is_boolean() or value.type().is_null()):
        raise DataError(
            f"Population {relation.name!r}: the column {name!r} of graded answers is of type {value.type()}, but must "
            "be a number."
        )
    value = value.cast("float64")
    return ibis.ifelse(value.abs() <= _LARGEST, value, nothing)


def by_criterion(population: str, answer: pa.Table, wanted: Iterable[Need]) -> dict[Need, Graded]:
    """Turn the answer to *answer_query* into the record of each need; a criterion nobody graded is empty.

    Raises:
        DataError: a verdict or label is neither 1 nor 0, a chance is not in (0, 1], or a severity not in 1 to 5.
    """
    graded = Graded.of(**{name: column_values(answer[name].combine_chunks()) for name in answer.column_names})
    _refuse(population, graded)
    criterion = graded["criterion"]
    made: dict[Need, Graded] = {}
    for need in wanted:
        named = need.criterion if isinstance(need, needs.Graded) else None
        made[need] = graded.where(criterion == named) if named else graded
    return made


def _refuse(population: str, graded: Graded) -> None:
    rules: dict[str, tuple[Any, str]] = {
        **{name: (lambda v: (v == 0) | (v == 1), "1 (pass) or 0 (fail)") for name in ("verdict", "label", "second")},
        "chance": (lambda v: (v > 0) & (v <= 1), "above 0 and at most 1"),
        "severity": (lambda v: (v >= 1) & (v <= 5), "from 1 to 5"),  # noqa: PLR2004 - the scale of severities
    }
    for name, (holds, said) in rules.items():
        values = graded.number(name)
        known = values[np.isfinite(values)]
        wrong = known[~holds(known)]
        if len(wrong):
            raise DataError(
                f"Population {population!r}: the column {name!r} of graded answers must be {said}, or empty; got "
                f"{wrong[0]:g} in {len(wrong):,} of {len(values):,} rows."
            )
