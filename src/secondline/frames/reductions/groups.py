"""Group tables, cross tables and rule violations: outcome counts by level."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from secondline.core import needs
from secondline.core.needs import BAND, Need
from secondline.core.spec import ModelSpec
from secondline.core.tables import CrossTable, GroupTable
from secondline.core.tables._arrays import floats, ints
from secondline.frames.cuts import Cuts
from secondline.frames.reductions.branch import Branch, Cells, grouped, weigh
from secondline.frames.reductions.levels import Level, level
from secondline.frames.relation import EXPOSURE, LABEL, SCORE, WEIGHT, Relation
from secondline.frames.rules import rule, rule_uses

WEIGHTED_AT = 6
"""Where the weight sums begin among a group's sums."""
_LARGEST = np.finfo(np.float64).max
_STATUS = {"0": "broken", "1": "kept", None: "unknown"}


def group_branch(relation: Relation, cuts: Cuts, need: needs.Groups, *, clean: bool = False) -> Branch:
    """Return the query of a group table by one column, or of one level named ``all``.

    *clean* says that the first scan met no missing label or score, which spares every sum its condition.
    """
    by, score = need.by, need.score or SCORE
    found = level(relation, by, cuts) if by else Level(score, _everything, lambda _: "all")
    expression = grouped(
        relation, (found.column, score, *_roles(relation)), {"first": found.key}, _sums(relation, score, clean=clean)
    )

    def build(cells: Cells) -> dict[Need, Any]:
        return {need: _groups(cells, [found.read(key) for key in cells.first], relation)}

    return Branch(f"groups by {by or 'all'}", expression, build, (need,))


def cube_branch(
    relation: Relation, cuts: Cuts, wanted: tuple[Need, ...], across: str, *, clean: bool = False
) -> Branch:
    """Return one query by score band and *across* that yields their cross table and the group tables on its margins."""
    first, second = level(relation, BAND, cuts), level(relation, across, cuts)
    uses = (first.column, second.column, SCORE, *_roles(relation))
    expression = grouped(
        relation, uses, {"first": first.key, "second": second.key}, _sums(relation, SCORE, clean=clean)
    )

    def build(cells: Cells) -> dict[Need, Any]:
        down, over = [first.read(k) for k in cells.first], [second.read(k) for k in cells.second]
        margins = {across: over, BAND: down, None: ["all"] * len(down)}
        labelled = (0, WEIGHTED_AT if relation.weighted else 0, 1, 2)
        return {
            need: _groups(cells, margins[need.by], relation)
            if isinstance(need, needs.Groups)
            else _cross(cells, down, over, labelled)
            for need in wanted
        }

    return Branch(f"bands by {across}", expression, build, wanted)


def _roles(relation: Relation) -> tuple[str, ...]:
    return tuple(role for role in (LABEL, EXPOSURE) if role in relation.roles)


def _everything(_table: Any) -> Any:
    import ibis

    return ibis.literal("all")


def _sums(relation: Relation, score: str, *, clean: bool) -> list[Any]:
    known = LABEL in relation.roles

    def usable(table: Any) -> Any:
        """Where a row counts for calibration; None when every row does."""
        if not known:
            return table[score].isnull() & table[score].notnull()
        if clean and not relation.weighted:
            return None
        kept = table[LABEL].notnull() & (table[score].abs() <= _LARGEST)
        return kept & (table[WEIGHT] > 0) if relation.weighted else kept

    def total(value: Callable[[Any], Any], *, weighted: bool = False) -> Callable[[Any], Any]:
        def summed(table: Any) -> Any:
            return (value(table) * table[WEIGHT] if weighted and relation.weighted else value(table)).sum(
                where=usable(table)
            )

        return summed

    def label(table: Any) -> Any:
        return table[LABEL] if known else table[score] * 0.0

    def score_of(table: Any) -> Any:
        return table[score]

    def spread(table: Any) -> Any:
        # The square of the weight: once here, once from total().
        p = table[score] - table[score] * table[score]
        return p * table[WEIGHT] if relation.weighted else p

    sums: list[Any] = [
        lambda t: t.count(),
        lambda t: t.count(where=usable(t)),
        total(label),
        total(score_of, weighted=True),
        total(spread, weighted=True),
        _exposure(relation),
    ]
    if relation.weighted:
        sums += [
            weigh(relation),
            total(lambda t: t[WEIGHT]),
            total(label, weighted=True),
            total(lambda t: t[WEIGHT], weighted=True),
        ]
    return sums


def _exposure(relation: Relation) -> Callable[[Any], Any]:
    if EXPOSURE not in relation.roles:
        return lambda t: t.count().cast("float64") * 0

    def total(table: Any) -> Any:
        amount = table[EXPOSURE] * table[WEIGHT] if relation.weighted else table[EXPOSURE]
        return amount.sum(where=table[EXPOSURE].abs() <= _LARGEST)

    return total


def _groups(cells: Cells, names: list[str], relation: Relation) -> GroupTable:
    levels, place = np.unique(np.array(names, dtype=str), return_inverse=True)

    def total(at: int) -> Any:
        return np.bincount(place, weights=cells.column(at), minlength=len(levels))

    weight = (
        [total(WEIGHTED_AT + i) for i in range(4)] if relation.weighted else [total(0), total(1), total(2), total(1)]
    )
    return GroupTable(
        levels=tuple(str(name) for name in levels),
        rows=ints(total(0)),
        weight=floats(weight[0]),
        labelled=ints(total(1)),
        event_rows=ints(total(2)),
        label_weight=floats(weight[1]),
        event_weight=floats(weight[2]),
        weight_sq=floats(weight[3]),
        score_weight=floats(total(3)),
        score_var=floats(total(4) if relation.probability else np.zeros(len(levels))),
        exposure=floats(total(5)),
    )


def cross_branch(relation: Relation, cuts: Cuts, need: needs.Cross) -> Branch:
    """Return the query of a cross table of two levels."""
    down, across = need.rows, need.columns or ""
    first, second = level(relation, down, cuts), level(relation, across, cuts)
    known = LABEL in relation.roles

    def labelled(table: Any) -> Any:
        return table[LABEL].count() if known else table.count() * 0

    def events(table: Any) -> Any:
        return table[LABEL].sum() if known else table.count() * 0

    sums = [lambda t: t.count(), weigh(relation), labelled, events]
    label = (LABEL,) if known else ()
    uses = (first.column, second.column, *label)
    expression = grouped(relation, uses, {"first": first.key, "second": second.key}, sums)

    def build(cells: Cells) -> dict[Need, Any]:
        names = [first.read(k) for k in cells.first], [second.read(k) for k in cells.second]
        return {need: _cross(cells, *names, (0, 1, 2, 3))}

    return Branch(f"{down} by {across}", expression, build, (need,))


def _cross(cells: Cells, down: list[str], across: list[str], places: tuple[int, ...]) -> CrossTable:
    """Fill a cross table; *places* says where rows, weight, labelled rows and event rows are among the sums."""
    rows, columns = tuple(sorted(set(down))), tuple(sorted(set(across)))
    i = np.array([rows.index(name) for name in down], dtype=np.int64)
    j = np.array([columns.index(name) for name in across], dtype=np.int64)

    def matrix(place: int) -> Any:
        out = np.zeros((len(rows), len(columns)))
        np.add.at(out, (i, j), cells.column(place))
        return out

    count, weight, labelled, events = (matrix(place) for place in places)
    return CrossTable(rows, columns, ints(count), floats(weight), ints(labelled), ints(events))


def violation_branch(relation: Relation, spec: ModelSpec, need: needs.Violations) -> Branch:
    """Return the query that counts the rows that break, keep and cannot be judged by a rule."""
    rule_id = need.rule or ""
    rule(spec, rule_id, relation.table)  # names that are not there are reported against the whole table
    uses = tuple(c for c in relation.table.columns if rule_uses(spec, rule_id, c))
    keys = {"first": lambda t: rule(spec, rule_id, t).cast("int8")}
    expression = grouped(relation, uses, keys, [lambda t: t.count(), weigh(relation)])
    return Branch(f"rule {rule_id}", expression, lambda cells: {need: _violations(cells)}, (need,))


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
