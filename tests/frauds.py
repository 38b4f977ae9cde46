"""Transactions for tests of fraud: a small example worked by hand, and random ones drawn with known truth."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from portfolios import collected
from secondline.core import needs
from secondline.core.spec import ModelSpec
from secondline.core.tables import AccountSums, Cases, OperatingTable

START = datetime(2026, 1, 5)  # noqa: DTZ001 - the tables hold times without a zone
NAMES = ("card", "hour", "amount", "fraud", "alert", "declined", "rule", "recovered", "chance")
# Five accounts, eleven transactions, five frauds worth 100 + 50 + 200 + 80 + 10 = 440 of 800 in all.
EXAMPLE = (
    ("A", 0, 100, 1, 0, 0, 1, 0, 0.25),
    ("A", 1, 50, 1, 1, 0, 0, 0, None),
    ("A", 2, 200, 1, 0, 0, 0, 50, None),
    ("A", 3, 30, 0, 0, 0, 0, 0, None),
    ("B", 0, 80, 1, 1, 0, 1, 0, None),
    ("B", 5, 20, 0, 1, 0, 0, 0, None),
    ("C", 1, 40, 0, 1, 1, 0, 0, None),
    ("C", 2, 60, 0, 0, 0, 0, 0, 0.5),
    ("D", 0, 10, 1, 0, 0, 0, 0, None),
    ("D", 4, 90, 0, 0, 0, 0, 0, 1.0),
    ("E", 1, 120, 0, 0, 0, 0, 0, 0.5),
)
DECLARED: dict[str, Any] = {
    "amount": "amount", "alert": "alert", "declined": "declined", "rules": ["rule"], "recovered": "recovered",
    "control": {"column": "in_arm", "probability": "chance"},
}  # fmt: skip


def example(lines: Any = EXAMPLE, **more: Any) -> pa.Table:
    """Return transactions as a table; the score is 0.9 where alerted, else 0.1."""
    columns = dict(zip(NAMES, (list(column) for column in zip(*lines, strict=True)), strict=True))
    at = [START + timedelta(hours=h) for h in columns.pop("hour")]
    arm = [int(c is not None) for c in columns["chance"]]
    table = columns | {"at": at, "in_arm": arm, "p": [0.9 if a else 0.1 for a in columns["alert"]]}
    table["amount"] = pa.array(table["amount"], pa.float64())
    table["chance"] = pa.array(table["chance"], pa.float64())
    table["fraud"] = pa.array(table["fraud"], pa.int8())
    return pa.table(table | more)


def spec(*populations: str, columns: dict[str, Any] | None = None, without: Any = (), **fraud: Any) -> ModelSpec:
    """Return a study of fraud; *fraud* changes its declarations (`_` stands for `-`), *without* leaves some out."""
    declared = {k: v for k, v in DECLARED.items() if k not in without}
    declared |= {name.replace("_", "-"): value for name, value in fraud.items()}
    return ModelSpec.model_validate({
        "model": "card-fraud", "version": 1,
        "populations": {name: {"data": "in memory"} for name in populations or ("now",)},
        "columns": {"score": "p", "label": "fraud", "time": "at", "entity": "card", "features": []} | (columns or {}),
        "fraud": declared,
    })  # fmt: skip


def records(table: pa.Table, study: ModelSpec | None = None) -> tuple[Cases, AccountSums]:
    """Return the two records of one population, as the engine makes them."""
    found = collected(study or spec(), {"now": table}, needs.Cases(), needs.Accounts())
    return found.record(("now", needs.Cases())), found.record(("now", needs.Accounts()))


def operating(table: pa.Table, study: ModelSpec | None = None) -> OperatingTable:
    """Return the operating table of one population."""
    found: OperatingTable = collected(study or spec(), {"now": table}, needs.Operating()).record(
        ("now", needs.Operating())
    )
    return found


def drawn(seed: int, accounts: int = 60, rows: int = 600, *, fraud: float = 0.15, found: float = 0.5) -> pa.Table:
    """Return random transactions: fraud comes in accounts, and an alert finds it with a chance that accounts share."""
    draw = np.random.default_rng(seed)
    card = draw.integers(0, accounts, rows)
    bad, seen = draw.random(accounts) < fraud, draw.beta(found * 3, (1 - found) * 3, accounts)
    is_fraud = bad[card] & (draw.random(rows) < 0.5)
    alert = np.where(is_fraud, draw.random(rows) < seen[card], draw.random(rows) < 0.03)
    chance = np.where(draw.random(rows) < 0.1, draw.choice([0.05, 0.2], rows), np.nan)
    return pa.table({
        "card": [f"c{c}" for c in card], "amount": draw.lognormal(3, 1, rows).round(2),
        "at": [START + timedelta(minutes=int(m)) for m in draw.integers(0, 60_000, rows)],
        "fraud": is_fraud.astype(np.int8), "alert": alert.astype(np.int8),
        "declined": (alert & (draw.random(rows) < 0.7)).astype(np.int8),
        "rule": (draw.random(rows) < np.where(is_fraud, 0.3, 0.02)).astype(np.int8),
        "recovered": np.where(is_fraud & (draw.random(rows) < 0.2), 5.0, 0.0),
        "chance": pa.array(chance, from_pandas=True), "in_arm": np.isfinite(chance).astype(np.int8),
        "p": (draw.random(rows) * 0.5 + 0.4 * alert).round(2), "w": draw.integers(1, 4, rows).astype(float),
    })  # fmt: skip
