"""Velocity features in batch: windows of the engine, as declared in `core.declared.velocity`, by Ibis.

Every value equals the online state's (`events.velocity`) to the last bit: whole numbers are added, and what is divided
is divided once, of the same two doubles.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from secondline.core.declared.velocity import LARGEST, SECOND, Condition, Velocities, Velocity
from secondline.core.errors import DataError, MissingColumn
from secondline.frames.engines import connect, mapped, register

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

Where = Mapping[str, Condition]
AT, KEY, COPY = "@at", "@key", "@copy"


def featured(rows: pa.Table, said: Velocities, *, observed: str | None = None) -> pa.Table:
    """Return *rows* once each, by time and key, with every declared feature.

    *observed* names one more column: the time (microseconds) of the latest row that any feature of the row saw, which
    `data.point_in_time` holds against the row's own time.

    Raises:
        MissingColumn: a column that the declaration reads is missing.
        DataError: a key, a time or an entity is unknown, or a decimal is too large to be added exactly.
    """
    table = register(connect(), rows, "rows")
    checked(table, said)
    with mapped("Features"):
        made = velocities(table, said, observed=observed)
        return made.order_by(made[said.time], made[said.key]).to_pyarrow()


def ahead(
    compute: Callable[[pa.Table], pa.Table],
    rows: pa.Table,
    time: str,
    key: str,
    features: Sequence[str],
    cuts: Sequence[float] = (0.25, 0.5, 0.75),
) -> dict[str, int]:
    """Return, for each feature, how many values change when the rows after a moment are cut off.

    *compute* is any function from rows to rows with features, however it is written. What is known at a moment does
    not depend on what comes later, so a feature that respects time has 0 here; one that looks ahead is found where a
    row that it should not have seen lies beyond a cut. *cuts* are shares of the rows in order of time.
    """
    rows = rows.sort_by([(time, "ascending"), (key, "ascending")])
    whole = {one[key]: one for one in compute(rows).select([key, *features]).to_pylist()}
    changed = dict.fromkeys(features, 0)
    for cut in cuts:
        for one in compute(rows.slice(0, int(cut * rows.num_rows))).select([key, *features]).to_pylist():
            for name in features:
                changed[name] += one[name] != whole[one[key]][name]
    return changed


def checked(table: ir.Table, said: Velocities) -> None:
    """Refuse a table that cannot be reduced exactly, as `featured` says."""
    if missing := [name for name in said.columns if name not in table.columns]:
        raise MissingColumn.among(missing[0], "rows", table.columns, "read by a feature")
    entities = {name for feature in said.features for name in feature.entity}
    unknown = {name: table[name].isnull().sum() for name in sorted({said.key, said.time, *entities})}
    largest = {f"@{name}": _units(table, name, said, whole=False).abs().max() for name in said.decimals}
    with mapped("Features"):
        facts = table.aggregate(**unknown, **largest).to_pyarrow().to_pylist()[0]
    if empty := [name for name in unknown if facts[name]]:
        raise DataError(f"{facts[empty[0]]} rows have no {empty[0]!r}; a feature needs it of every row. Remove them.")
    if large := [name for name in said.decimals if (facts[f"@{name}"] or 0) > LARGEST]:
        raise DataError(f"{large[0]!r} has values of more than 2^53 units; they cannot be added exactly.")


def velocities(table: ir.Table, said: Velocities, *, observed: str | None = None) -> ir.Table:
    """Return the expression of *table* with every declared feature: nothing is run, and the engine does the work."""
    given = table.columns
    rows = _once(table, said)
    windowed = [feature for feature in said.features if feature.aggregate != "lag"]
    new = {feature.id: _value(rows, feature, said) for feature in windowed}
    if observed:
        new[observed] = _latest(rows, said)
    rows = rows.mutate(**new)
    lags = sorted((f for f in said.features if f.aggregate == "lag"), key=_source)
    for _, same in groupby(lags, key=_source):
        rows = _lagged(rows, list(same), said)
    return rows.select(*given, *said.names, *([observed] if observed else []))


def _once(table: ir.Table, said: Velocities) -> ir.Table:
    """Return each key's first row, with its time in microseconds."""
    import ibis

    time = table[said.time]
    at = time.delta(ibis.timestamp("1970-01-01"), unit="microsecond") if time.type().is_timestamp() else time
    table = table.mutate(**{AT: at.cast("int64"), KEY: table[said.key]})
    copies = ibis.row_number().over(ibis.window(group_by=[table[KEY]], order_by=[table[AT]]))
    return table.mutate(**{COPY: copies}).filter(lambda t: t[COPY] == 0)


def _value(rows: ir.Table, feature: Velocity, said: Velocities) -> Any:
    """Return the expression of a feature that is not a lag."""
    import ibis

    past = ibis.window(
        group_by=[rows[name] for name in feature.entity], order_by=[rows[AT]], range=(-feature.window, -1)
    )
    passes = _passes(rows, feature.where)
    seen = passes if feature.current else rows[AT].isnull()
    if feature.aggregate == "count":
        return passes.ifelse(1, 0).sum().over(past).fill_null(0).cast("int64") + seen.ifelse(1, 0)
    if feature.aggregate == "since-last":
        last = passes.ifelse(rows[AT], ibis.null("int64")).max().over(past)
        return (rows[AT] - last).cast("float64") / float(SECOND)
    column = feature.column or ""
    own = _units(rows, column, said)
    counted, mine = _only(passes, own), _only(seen, own)
    if feature.aggregate == "distinct":
        return _distinct(rows, feature, counted, mine, past)
    if feature.aggregate in {"max", "min"}:
        return _scaled(_extreme(feature.aggregate, counted, mine, past), column, said)
    return _added(feature, own, counted, mine, past, float(10 ** said.decimals[column]))


def _extreme(kind: str, counted: Any, mine: Any, past: Any) -> Any:
    import ibis

    window = counted.max().over(past) if kind == "max" else counted.min().over(past)
    return ibis.greatest(window, mine) if kind == "max" else ibis.least(window, mine)


def _added(feature: Velocity, own: Any, counted: Any, mine: Any, past: Any, scale: float) -> Any:
    """Return a sum, a mean or a ratio: whole numbers added, then divided once (a mean once more, into its unit)."""
    total = counted.sum().over(past).fill_null(0).cast("int64") + mine.fill_null(0)
    if feature.aggregate == "sum":
        return total.cast("float64") / scale
    number = counted.notnull().ifelse(1, 0).sum().over(past).fill_null(0).cast("int64")
    number += mine.notnull().ifelse(1, 0)
    if feature.aggregate == "ratio":
        return (own * number).cast("float64") / total.cast("float64").nullif(0.0)
    return total.cast("float64") / number.cast("float64").nullif(0.0) / scale


def _distinct(rows: ir.Table, feature: Velocity, counted: Any, mine: Any, past: Any) -> Any:
    """Return how many values are known in the window, and one more where the row's own is not among them."""
    import ibis

    number = counted.nunique().over(past).fill_null(0).cast("int64")
    if not feature.current:
        return number
    same = ibis.window(
        group_by=[*(rows[name] for name in feature.entity), counted], order_by=[rows[AT]], range=(-feature.window, -1)
    )
    new = mine.notnull() & (counted.count().over(same).fill_null(0) == 0)
    return number + new.ifelse(1, 0)


def _lagged(rows: ir.Table, features: list[Velocity], said: Velocities) -> ir.Table:
    """Join to each row the last rows before it that pass, found by their place in the entity's own order."""
    import ibis

    first, deepest = features[0], max(feature.last for feature in features)
    passes = _passes(rows, first.where)
    entity = list(first.entity)
    before = ibis.window(group_by=[rows[name] for name in entity], order_by=[rows[AT]], range=(None, -1))
    rows = rows.mutate(**{"@before": passes.ifelse(1, 0).sum().over(before).fill_null(0).cast("int64") - 1})
    past = rows.filter(_passes(rows, first.where))
    order = ibis.window(group_by=[past[name] for name in entity], order_by=[past[AT], past[KEY]])
    kept = {f"@e{i}": past[name] for i, name in enumerate(entity)} | {"@place": ibis.row_number().over(order)}
    columns = sorted({feature.column or "" for feature in features})
    for k in range(deepest):
        kept[f"@at{k}"] = past[AT].lag(k).over(order) if k else past[AT]
        for i, column in enumerate(columns):
            value = _units(past, column, said)
            kept[f"@{i}.{k}"] = value.lag(k).over(order) if k else value
    past = past.select(**kept)
    on = [(rows[name] == past[f"@e{i}"]) for i, name in enumerate(entity)] + [rows["@before"] == past["@place"]]
    joined = rows.left_join(past, on)
    new = {}
    for feature in features:
        for k, name in enumerate(feature.names):
            inside = joined[f"@at{k}"] >= joined[AT] - feature.window
            new[name] = _only(inside, _looked_back(joined, feature, columns, k, said))
    return joined.mutate(**new).drop(*kept, "@before")


def _looked_back(joined: ir.Table, feature: Velocity, columns: list[str], k: int, said: Velocities) -> Any:
    if feature.column == said.time:
        return (joined[AT] - joined[f"@at{k}"]).cast("float64") / float(SECOND)
    return _scaled(joined[f"@{columns.index(feature.column or '')}.{k}"], feature.column or "", said)


def _source(feature: Velocity) -> str:
    return repr((feature.entity, sorted(feature.where.items())))


def _passes(rows: ir.Table, where: Where) -> Any:
    passes = rows[AT].notnull()
    for column, condition in where.items():
        value = rows[column]
        if condition.values is not None:
            holds = value.isin(condition.values)
        else:
            value = _only(~value.isnan(), value) if value.type().is_floating() else value
            holds = value.notnull()
            holds = holds & (value >= condition.min) if condition.min is not None else holds
            holds = holds & (value <= condition.max) if condition.max is not None else holds
        passes &= holds.fill_null(False)
    return passes


def _only(condition: Any, value: Any) -> Any:
    import ibis

    return condition.ifelse(value, ibis.null(value.type()))


def _units(rows: ir.Table, column: str, said: Velocities, *, whole: bool = True) -> Any:
    """Return a column's whole units where it is a decimal; NaN is unknown, and the rest is as it is."""
    value = rows[column]
    value = _only(~value.isnan(), value) if value.type().is_floating() else value
    if column not in said.decimals:
        return value
    units = (value.cast("float64") * float(10 ** said.decimals[column]) + 0.5).floor()
    return units.cast("int64") if whole else value.cast("float64") * float(10 ** said.decimals[column])


def _scaled(value: Any, column: str, said: Velocities) -> Any:
    return value.cast("float64") / float(10 ** said.decimals[column]) if column in said.decimals else value


def _latest(rows: ir.Table, said: Velocities) -> Any:
    import ibis

    def last(entity: tuple[str, ...]) -> Any:
        keys = [rows[name] for name in entity]
        return rows[AT].max().over(ibis.window(group_by=keys, order_by=[rows[AT]], range=(-said.longest, -1)))

    return ibis.greatest(*(last(entity) for entity in sorted({feature.entity for feature in said.features})))
