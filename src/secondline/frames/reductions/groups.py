"""Group tables, cross tables and rule violations: outcome counts by level."""

from __future__ import annotations

from typing import Any

import numpy as np

from secondline.core.spec import ModelSpec
from secondline.core.tables import CrossTable, GroupTable
from secondline.core.tables._arrays import floats, ints
from secondline.frames.cuts import Cuts
from secondline.frames.reductions.branch import Branch, Cells, grouped, weigh
from secondline.frames.reductions.levels import Level, level
from secondline.frames.relation import EXPOSURE, LABEL, SCORE, WEIGHT, Relation
from secondline.frames.rules import rule

_LARGEST = np.finfo(np.float64).max
_STATUS = {"0": "broken", "1": "kept", None: "unknown"}


def group_branch(relation: Relation, cuts: Cuts, by: str | None, score: str = SCORE) -> Branch:
    """Return the query of a group table by *by*, or of one level named ``all``."""
    found = level(relation, by, cuts) if by else Level(_everything, lambda _: "all")
    expression = grouped(relation, {"first": found.key}, _group_sums(relation, score))
    return Branch(f"groups by {by or 'all'}", expression, lambda cells: _groups(cells, found, relation))


def _everything(_table: Any) -> Any:
    import ibis

    return ibis.literal("all")


def _labelled(relation: Relation, table: Any, score: str) -> Any:
    """1.0 where the row counts for calibration, else 0.0."""
    if LABEL not in relation.roles:
        return table[score] * 0.0
    usable = table[LABEL].notnull() & (table[score].abs() <= _LARGEST)
    if relation.weighted:
        usable = usable & (table[WEIGHT] > 0)
    return usable


def _group_sums(relation: Relation, score: str) -> list[Any]:
    import ibis

    known = LABEL in relation.roles

    def when(table: Any, value: Any) -> Any:
        return ibis.ifelse(_labelled(relation, table, score), value, 0.0) if known else ibis.literal(0.0)

    def variance(table: Any) -> Any:
        p = table[score].clip(0.0, 1.0)
        spread = p * (1 - p) * (table[WEIGHT] if relation.weighted else 1.0)
        return when(table, spread)

    sums: list[Any] = [
        lambda t: t.count(),
        lambda t: when(t, 1.0).sum(),
        lambda t: when(t, t[LABEL].cast("float64")).sum() if known else ibis.literal(0.0).sum(),
        weigh(relation, lambda t: when(t, t[score])),
        weigh(relation, variance),
    ]
    if EXPOSURE in relation.roles:
        sums.append(weigh(relation, lambda t: ibis.ifelse(t[EXPOSURE].abs() <= _LARGEST, t[EXPOSURE], 0.0)))
    else:
        sums.append(lambda t: (t.count() * 0.0).cast("float64"))
    if relation.weighted:
        sums += [
            weigh(relation),
            weigh(relation, lambda t: when(t, 1.0)),
            weigh(relation, lambda t: when(t, t[LABEL].cast("float64")) if known else t[WEIGHT] * 0.0),
            lambda t: when(t, t[WEIGHT] * t[WEIGHT]).sum(),
        ]
    return sums


def _groups(cells: Cells, found: Level, relation: Relation) -> GroupTable:
    names = [found.read(key) for key in cells.first]
    order = np.array(sorted(range(len(names)), key=names.__getitem__), dtype=np.int64)
    column = [cells.column(i)[order] for i in range(10)]
    weight = column[6:10] if relation.weighted else [column[0], column[1], column[2], column[1]]
    return GroupTable(
        levels=tuple(names[i] for i in order),
        rows=ints(column[0]),
        weight=floats(weight[0]),
        labelled=ints(column[1]),
        event_rows=ints(column[2]),
        label_weight=floats(weight[1]),
        event_weight=floats(weight[2]),
        weight_sq=floats(weight[3]),
        score_weight=floats(column[3]),
        score_var=floats(column[4] if relation.probability else np.zeros(len(order))),
        exposure=floats(column[5]),
    )


def cross_branch(relation: Relation, cuts: Cuts, down: str, across: str) -> Branch:
    """Return the query of a cross table of two levels."""
    first, second = level(relation, down, cuts), level(relation, across, cuts)
    known = LABEL in relation.roles

    def labelled(table: Any) -> Any:
        return table[LABEL].count() if known else table.count() * 0

    def events(table: Any) -> Any:
        return table[LABEL].sum() if known else table.count() * 0

    sums = [lambda t: t.count(), weigh(relation), labelled, events]
    expression = grouped(relation, {"first": first.key, "second": second.key}, sums)
    return Branch(f"{down} by {across}", expression, lambda cells: _cross(cells, first, second))


def _cross(cells: Cells, first: Level, second: Level) -> CrossTable:
    down, across = [first.read(k) for k in cells.first], [second.read(k) for k in cells.second]
    rows, columns = tuple(sorted(set(down))), tuple(sorted(set(across)))
    i = np.array([rows.index(name) for name in down], dtype=np.int64)
    j = np.array([columns.index(name) for name in across], dtype=np.int64)

    def matrix(place: int) -> Any:
        out = np.zeros((len(rows), len(columns)))
        np.add.at(out, (i, j), cells.column(place))
        return out

    return CrossTable(rows, columns, ints(matrix(0)), floats(matrix(1)), ints(matrix(2)), ints(matrix(3)))


def violation_branch(relation: Relation, spec: ModelSpec, rule_id: str) -> Branch:
    """Return the query that counts the rows that break, keep and cannot be judged by a rule."""
    holds = rule(spec, rule_id, relation.table)
    expression = grouped(relation, {"first": holds.cast("int8")}, [lambda t: t.count(), weigh(relation)])
    return Branch(f"rule {rule_id}", expression, _violations)


def _violations(cells: Cells) -> GroupTable:
    status = {_STATUS[key]: i for i, key in enumerate(cells.first)}
    levels = ("broken", "kept", "unknown")

    def column(place: int) -> Any:
        return np.array([cells.column(place)[status[name]] if name in status else 0.0 for name in levels])

    none = np.zeros(len(levels))
    return GroupTable(
        levels=levels, rows=ints(column(0)), weight=floats(column(1)), labelled=ints(none), event_rows=ints(none),
        label_weight=floats(none), event_weight=floats(none), weight_sq=floats(none), score_weight=floats(none),
        score_var=floats(none), exposure=floats(none),
    )  # fmt: skip
