"""Fraud: sums by account, cases one by one, money by score, and the scheme's counts by month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from secondline.core import needs
from secondline.core.declared.fraud import Fraud
from secondline.core.errors import DataError, SpecError
from secondline.core.needs import Need
from secondline.core.spec import ModelSpec
from secondline.core.tables import AccountSums, Cases, OperatingTable, SchemeTable
from secondline.core.tables._arrays import floats
from secondline.core.tables.cases import SUMS, VALUES
from secondline.core.tables.keys import HASH_SPACE
from secondline.frames.engines import row_hash
from secondline.frames.facts import column_values
from secondline.frames.reductions.branch import Branch, Cells, grouped
from secondline.frames.relation import LABEL, SCORE, TIME, WEIGHT, Relation

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

ROWS_KEPT = 50_000_000
"""Up to this many rows every account is kept; of more, a share of the accounts chosen by hash."""
_LARGEST = np.finfo(np.float64).max


def threshold(rows: int) -> float:
    """Return the hash below which accounts are kept."""
    return HASH_SPACE if rows <= ROWS_KEPT else float(int(HASH_SPACE * (ROWS_KEPT / rows)))


def declared(spec: ModelSpec) -> Fraud:
    """Return the `fraud` part of model.yaml.

    Raises:
        SpecError: there is none.
    """
    if spec.fraud is None:
        raise SpecError("model.yaml has no `fraud` part, which this measure needs.")
    return spec.fraud


def _entity(relation: Relation, spec: ModelSpec, entity: needs.Entity) -> tuple[str, ...]:
    fraud = declared(spec)
    named = fraud.customer if entity == "customer" and fraud.customer else fraud.account
    columns = (named,) if named else relation.entity
    if not columns:
        raise SpecError("Measures of fraud count accounts: name one under `fraud: account` or `columns: entity`.")
    return columns


class _Reading:
    """The columns of a fraud study as expressions over one table."""

    def __init__(self, relation: Relation, spec: ModelSpec) -> None:
        self.relation, self.table, self.spec = relation, relation.table, spec
        self.fraud = declared(spec)

    def number(self, column: str | None, otherwise: float) -> Any:
        """Return a numeric or boolean column as a double, *otherwise* where it is unknown or not named."""
        import ibis

        if column is None:
            return ibis.literal(otherwise, type="float64")
        value = self.table[column]
        if not (value.type().is_numeric() or value.type().is_boolean()):
            raise DataError(
                f"Population {self.relation.name!r}: the `fraud` column {column!r} is of type {value.type()}, "
                "but must be a number or a boolean."
            )
        value = value.cast("float64")
        return ibis.ifelse(value.abs() <= _LARGEST, value, otherwise)

    def seconds(self, column: str | None) -> Any:
        """Return a time as seconds since 1970, NULL where there is none."""
        import ibis

        if column is None:
            return ibis.null("float64")
        value = self.table[column]
        if not value.type().is_temporal() or value.type().is_time():
            raise DataError(
                f"Population {self.relation.name!r}: the `fraud` column {column!r} is of type {value.type()}, "
                "but must be a date or a timestamp."
            )
        return value.cast("timestamp").epoch_seconds().cast("float64")

    @property
    def time(self) -> Any:
        return self.seconds(TIME if TIME in self.relation.roles else None)

    @property
    def weight(self) -> Any:
        import ibis

        return self.table[WEIGHT] if self.relation.weighted else ibis.literal(1.0)

    @property
    def label(self) -> Any:
        import ibis

        return self.table[LABEL].cast("float64") if LABEL in self.relation.roles else ibis.null("float64")

    @property
    def model(self) -> Any:
        """Whether the score alone raises an alert, as a double."""
        import ibis

        score, fraud = self.table[SCORE], self.fraud
        if fraud.threshold is not None:
            sign = -1.0 if self.spec.score.direction == "lower-is-riskier" else 1.0
            over = score >= sign * fraud.threshold
        elif fraud.alert_budget is not None:
            # Rows strictly beyond this quantile are at most the budget, so ties at the cut are left out.
            known = self.table.filter(score.abs() <= _LARGEST)
            cut = known.aggregate(cut=_quantile(known[SCORE], 1 - fraud.alert_budget))
            over = score > cut.as_scalar()
        else:
            return ibis.literal(0.0)
        return (over & (score.abs() <= _LARGEST)).fill_null(False).cast("float64")

    @property
    def alert(self) -> Any:
        return self.number(self.fraud.alert, 0.0) if self.fraud.alert else self.model

    @property
    def rule(self) -> Any:
        import ibis

        flags = [self.number(column, 0.0) for column in self.fraud.rules]
        return ibis.greatest(*flags) if len(flags) > 1 else flags[0] if flags else ibis.literal(0.0)

    @property
    def chance(self) -> Any:
        """Return the chance of the control arm for rows in it, NULL for others."""
        import ibis

        arm = self.fraud.control
        if arm is None:
            return ibis.null("float64")
        given = arm.probability
        chance = self.number(given, 0.0) if isinstance(given, str) else ibis.literal(float(given))
        return ibis.ifelse(self.number(arm.column, 0.0) > 0, chance, ibis.null("float64"))


def _quantile(value: Any, share: float) -> Any:
    import ibis
    import ibis.expr.datatypes as dt

    def stub(value: Any, share: float) -> Any: ...

    # The discrete quantile: a value that occurs, never one between two.
    native: Any = ibis.udf.agg.builtin(stub, name="quantile_disc", signature=((dt.float64, dt.float64), dt.float64))
    return native(value, share)


def _prepared(relation: Relation, spec: ModelSpec, entity: needs.Entity) -> ir.Table:
    read, columns = _Reading(relation, spec), _entity(relation, spec, entity)
    for column in columns:
        relation.require(column, "account")
    known = relation.table[columns[0]].notnull()
    for column in columns[1:]:
        known = known & relation.table[column].notnull()
    amount = read.number(read.fraud.amount, float("nan"))
    columns_of: dict[str, Any] = {
        "key": row_hash(relation.table, columns), "known": known, "time": read.time,
        "alerted_at": read.seconds(read.fraud.alerted_at), "known_at": read.seconds(read.fraud.known_at),
        "amount": read.number(read.fraud.amount, 0.0), "unpriced": amount.isnan().cast("float64"),
        "weight": read.weight, "label": read.label, "alert": read.alert, "model": read.model,
        "declined": read.number(read.fraud.declined, 0.0), "rule": read.rule,
        "recovered": read.number(read.fraud.recovered, 0.0), "chance": read.chance,
        "latency": read.number(read.fraud.serving.latency, float("nan")),
        "fallback": read.number(read.fraud.serving.fallback, float("nan")),
    }  # fmt: skip
    return relation.table.select(**columns_of)


def account_query(relation: Relation, spec: ModelSpec, entity: needs.Entity, rows: int) -> ir.Table:
    """Return one row for every account kept, with its sums; rows without an account are the group without a key."""
    import ibis

    table = _prepared(relation, spec, entity)
    keyed = table.mutate(key=ibis.ifelse(table["known"], table["key"], ibis.null("int64")))
    if (limit := threshold(rows)) < HASH_SPACE:
        keyed = keyed.filter(keyed["key"].isnull() | (keyed["key"] < int(limit)))
    w, a = keyed["weight"], keyed["amount"]
    label = keyed["label"].notnull()
    arm = label & (keyed["chance"] > 0)
    timed, served = ~keyed["latency"].isnan(), ~keyed["fallback"].isnan()
    timeout = declared(spec).serving.timeout
    late = timed & (keyed["latency"] > timeout) if timeout is not None else ibis.literal(value=False)
    sums = {
        "rows": keyed.count(), "weight": w.sum(), "value": (w * a).sum(), "labelled": w.sum(where=label),
        "labelled_value": (w * a).sum(where=label), "unpriced": keyed["unpriced"].sum(), "arm": keyed.count(where=arm),
        "arm_weight": (w / keyed["chance"]).sum(where=arm), "arm_value": (w * a / keyed["chance"]).sum(where=arm),
        "timed": keyed.count(where=timed), "late": keyed.count(where=late), "served": keyed.count(where=served),
        "fallback": keyed.count(where=served & (keyed["fallback"] > 0)),
        "first": keyed["time"].min(), "last": keyed["time"].max(), "lowest": keyed["amount"].min(),
        "chances": keyed.count(where=keyed["chance"].notnull() & ((keyed["chance"] <= 0) | (keyed["chance"] > 1))),
    }  # fmt: skip
    return keyed.group_by("key").aggregate(**sums)


def account_sums(relation: Relation, spec: ModelSpec, answer: pa.Table, rows: int) -> AccountSums:
    """Turn the answer to *account_query* into a record.

    Raises:
        DataError: an amount is negative, or a chance of the control arm is not in (0, 1].
    """
    held = {name: column_values(answer[name].combine_chunks()) for name in answer.column_names if name != "key"}
    _refuse(relation, declared(spec), held)
    known = np.asarray(answer["key"].is_valid())
    keys = answer["key"].fill_null(0).to_numpy().astype(np.uint64)[known]
    order = np.argsort(keys)
    columns = {name: floats(np.nan_to_num(held[name][known])[order]) for name in SUMS}
    unknown = int(np.nansum(held["rows"][~known]))
    first, last = (
        fold(held[name], initial=np.nan) for fold, name in ((np.fmin.reduce, "first"), (np.fmax.reduce, "last"))
    )
    return AccountSums(keys[order], columns, threshold(rows), unknown, float(first), float(last))


def _refuse(relation: Relation, fraud: Fraud, held: dict[str, Any]) -> None:
    lowest = float(np.fmin.reduce(held["lowest"], initial=np.inf))
    if lowest < 0:
        raise DataError(
            f"Population {relation.name!r}: the amount {fraud.amount!r} is negative in some rows (down to {lowest:g}). "
            "Leave reversals and refunds out, or name a column that holds the money at risk."
        )
    if bad := int(np.nansum(held["chances"])):
        raise DataError(
            f"Population {relation.name!r}: {bad:,} rows of the control arm have no chance in (0, 1]. "
            "A row can only be in the arm if it could be put there."
        )


def case_query(relation: Relation, spec: ModelSpec, entity: needs.Entity, rows: int) -> ir.Table:
    """Return the rows that are fraud, alerted, declined or caught by a rule, of the accounts kept."""
    table = _prepared(relation, spec, entity)
    rare = (table["label"] == 1).fill_null(False)
    for flag in ("alert", "model", "declined", "rule"):
        rare = rare | (table[flag] > 0)
    kept = table.filter(table["known"], rare)
    if (limit := threshold(rows)) < HASH_SPACE:
        kept = kept.filter(kept["key"] < int(limit))
    return kept.select("key", *VALUES)


def case_rows(answer: pa.Table, rows: int) -> Cases:
    """Turn the answer to *case_query* into a record."""
    columns = {name: column_values(answer[name].combine_chunks()) for name in VALUES}
    for name in ("alert", "model", "declined", "rule"):
        columns[name] = (columns[name] > 0).astype(np.float64)
    columns["alerted_at"] = np.where(np.isnan(columns["alerted_at"]), columns["time"], columns["alerted_at"])
    return Cases.of(answer["key"].to_numpy().astype(np.uint64), columns, threshold(rows))


def operating_branch(relation: Relation, spec: ModelSpec, need: needs.Operating, cell: float) -> Branch:
    """Return the query of transactions, frauds and their money by score (0: exact, else by cells of this width)."""
    amount = declared(spec).amount

    def usable(table: Any) -> Any:
        kept = (table[SCORE].abs() <= _LARGEST) & table[LABEL].notnull()
        return kept & (table[WEIGHT] > 0) if relation.weighted else kept

    def money(table: Any) -> Any:
        value = table[amount].cast("float64")
        priced = value.abs() <= _LARGEST
        import ibis

        value = ibis.ifelse(priced, value, 0.0)
        return value * table[WEIGHT] if relation.weighted else value

    def label(table: Any) -> Any:
        return table[LABEL].cast("float64")

    def key(table: Any) -> Any:
        return (table[SCORE] * (1 / cell)).floor().cast("int32") if cell else table[SCORE]

    sums = [
        lambda t: t.count(),
        lambda t: label(t).sum(),
        lambda t: money(t).sum(),
        lambda t: (money(t) * label(t)).sum(),
    ]
    if relation.weighted:
        sums += [lambda t: t[WEIGHT].sum(), lambda t: (t[WEIGHT] * label(t)).sum()]
    expression = grouped(relation, (SCORE, LABEL, amount), {"number": key}, sums, usable)
    return Branch("money by score", expression, lambda cells: {need: _operating(cells, relation, cell)}, (need,))


def _operating(cells: Cells, relation: Relation, cell: float) -> OperatingTable:
    order = np.argsort(cells.number, kind="stable")
    rows, frauds, value, fraud_value = (floats(cells.column(i)[order]) for i in range(4))
    weight, fraud_weight = (
        (floats(cells.column(4)[order]), floats(cells.column(5)[order])) if relation.weighted else (rows, frauds)
    )
    key = floats(cells.number[order] * (cell or 1.0))
    return OperatingTable(key, rows, weight, frauds, fraud_weight, value, fraud_value, cell)


def scheme_branch(relation: Relation, spec: ModelSpec, need: needs.SchemeMonths) -> Branch:
    """Return the query of what the card scheme counts, by calendar month."""
    scheme = declared(spec).scheme
    if scheme is None or TIME not in relation.roles:
        raise SpecError("The scheme's ratio needs `fraud: scheme` and a `time` column.")

    def flagged(column: str) -> Any:
        def total(table: Any) -> Any:
            return table.count(where=(table[column].cast("float64") > 0).fill_null(False))

        return total

    uses = (TIME, scheme.settled, scheme.reported, scheme.disputed)
    keys = {"number": lambda t: t[TIME].year() * 100 + t[TIME].month()}
    expression = grouped(relation, uses, keys, [flagged(column) for column in uses[1:]])
    return Branch("scheme counts by month", expression, lambda cells: {need: _months(cells)}, (need,))


def _months(cells: Cells) -> SchemeTable:
    kept = np.flatnonzero(np.isfinite(cells.number))
    kept = kept[np.argsort(cells.number[kept])]
    months = tuple(f"{int(n) // 100:04d}-{int(n) % 100:02d}" for n in cells.number[kept])
    return SchemeTable(months, *(floats(cells.column(i)[kept]) for i in range(3)))


def alike(wanted: Sequence[Need], spec: ModelSpec) -> list[tuple[Need, ...]]:
    """Return the needs in groups that one query answers: where no customer is named, the account is the customer."""
    groups: dict[Need, list[Need]] = {}
    for need in wanted:
        one: Need = need
        if isinstance(need, (needs.Accounts, needs.Cases)) and not (spec.fraud and spec.fraud.customer):
            one = replace(need, entity="account")
        groups.setdefault(one, []).append(need)
    return [tuple(group) for group in groups.values()]


def branch(relation: Relation, spec: ModelSpec, need: Need, cell: float) -> Branch | None:
    """Return the grouped query of a need of fraud; None where it has none, or model.yaml does not name its columns."""
    if isinstance(need, needs.Operating) and LABEL in relation.roles:
        return operating_branch(relation, spec, need, cell)
    if isinstance(need, needs.SchemeMonths) and declared(spec).scheme and TIME in relation.roles:
        return scheme_branch(relation, spec, need)
    return None
