"""A declaration with every aggregate, rows to try it on, and the plainest reading of its definition."""

from __future__ import annotations

from math import floor
from typing import Any

import pyarrow as pa

from secondline.core.declared.velocity import Velocities, Velocity

EVERY: list[dict[str, Any]] = [
    {"id": "n", "entity": "card", "aggregate": "count", "window": "1h"},
    {"id": "n_now", "entity": "card", "aggregate": "count", "window": "10m", "current": True},
    {"id": "n_web", "entity": "card", "aggregate": "count", "window": "1d", "where": {"channel": "online"}},
    {"id": "n_small", "entity": "card", "aggregate": "count", "window": "1h", "current": True,
     "where": {"amount": {"max": 5}, "channel": ["online", "chip"]}},
    {"id": "spent", "entity": "card", "aggregate": "sum", "column": "amount", "window": "1h"},
    {"id": "spent_now", "entity": "card", "aggregate": "sum", "column": "amount", "window": "1d", "current": True},
    {"id": "mean", "entity": "card", "aggregate": "mean", "column": "amount", "window": "1d"},
    {"id": "high", "entity": "card", "aggregate": "max", "column": "amount", "window": "1h"},
    {"id": "low_now", "entity": "card", "aggregate": "min", "column": "amount", "window": "1h", "current": True},
    {"id": "high_risk", "entity": "card", "aggregate": "max", "column": "risk", "window": "1d"},
    {"id": "shops", "entity": "card", "aggregate": "distinct", "column": "merchant", "window": "1h"},
    {"id": "shops_now", "entity": "card", "aggregate": "distinct", "column": "merchant", "window": "1h",
     "current": True},
    {"id": "ratio", "entity": "card", "aggregate": "ratio", "column": "amount", "window": "1d"},
    {"id": "ratio_now", "entity": "card", "aggregate": "ratio", "column": "amount", "window": "1h", "current": True},
    {"id": "since", "entity": "card", "aggregate": "since-last", "window": "1d"},
    {"id": "since_web", "entity": "card", "aggregate": "since-last", "window": "1h", "where": {"channel": "online"}},
    {"id": "was", "entity": "card", "aggregate": "lag", "column": "amount", "window": "1h", "last": 3},
    {"id": "ago", "entity": "card", "aggregate": "lag", "column": "at", "window": "1d", "last": 2},
    {"id": "web_was", "entity": "card", "aggregate": "lag", "column": "risk", "window": "1h", "last": 2,
     "where": {"channel": "online"}},
    {"id": "at_shop", "entity": "merchant", "aggregate": "count", "window": "1h"},
    {"id": "pair", "entity": ["card", "merchant"], "aggregate": "sum", "column": "amount", "window": "1d"},
]  # fmt: skip


def every(late: str = "1h") -> Velocities:
    """Return a declaration with every aggregate."""
    return Velocities.model_validate({"decimals": {"amount": 2}, "late": late, "features": EVERY})


def table(rows: list[dict[str, Any]]) -> pa.Table:
    """Return rows as a table with the types that a column of nulls cannot tell."""
    types = {"id": pa.int64(), "at": pa.int64(), "amount": pa.float64(), "risk": pa.float64()}
    names = ("id", "at", "card", "merchant", "channel", "amount", "risk")
    return pa.table({name: pa.array([row[name] for row in rows], types.get(name, pa.string())) for name in names})


def plain(row: dict[str, Any], others: list[dict[str, Any]], said: Velocities) -> dict[str, Any]:
    """Return a row's values by the letter of the definition: every other row is looked at, one by one."""
    found: dict[str, Any] = {}
    for feature in said.features:
        seen = [o for o in others if _counts(o, row, feature)]
        seen.sort(key=lambda o: (o["at"], o["id"]))
        if feature.aggregate == "lag":
            for k, name in enumerate(feature.names):
                found[name] = _looked_back(seen[-1 - k], row, feature, said) if k < len(seen) else None
        else:
            mine = [row] if feature.current and _passes(row, feature) else []
            found[feature.id] = _aggregate(feature, seen + mine, row, said)
    return found


def _counts(other: dict[str, Any], row: dict[str, Any], feature: Velocity) -> bool:
    same = all(other[name] == row[name] for name in feature.entity)
    return same and row["at"] - feature.window <= other["at"] < row["at"] and _passes(other, feature)


def _passes(row: dict[str, Any], feature: Velocity) -> bool:
    return all(condition.holds(row[name]) for name, condition in feature.where.items())


def _units(value: Any, column: str | None) -> Any:
    return floor(value * 100.0 + 0.5) if column == "amount" and value is not None else value


def _looked_back(other: dict[str, Any], row: dict[str, Any], feature: Velocity, said: Velocities) -> Any:
    if feature.column == said.time:
        return (row["at"] - other["at"]) / 1_000_000
    value = _units(other[feature.column or ""], feature.column)
    return value / 100.0 if feature.column == "amount" and value is not None else value


def _aggregate(feature: Velocity, rows: list[dict[str, Any]], row: dict[str, Any], said: Velocities) -> Any:
    if feature.aggregate == "count":
        return len(rows)
    if feature.aggregate == "since-last":
        return (row["at"] - max(o["at"] for o in rows)) / 1_000_000 if rows else None
    every = [_units(o[feature.column or ""], feature.column) for o in rows]
    values = [value for value in every if value is not None]
    scale = 100.0 if feature.column == "amount" else 1
    if feature.aggregate == "distinct":
        return len(set(values))
    if feature.aggregate == "sum":
        return sum(values) / scale
    own = _units(row[feature.column or ""], feature.column)
    return _of_some(feature.aggregate, values, own, scale) if values else None


def _of_some(kind: str, values: list[Any], own: Any, scale: float) -> Any:
    if kind == "mean":
        return sum(values) / len(values) / scale
    if kind == "ratio":
        return own * len(values) / sum(values) if own is not None and sum(values) else None
    return (max(values) if kind == "max" else min(values)) / scale
