"""Counts: how much of a cap is used, so that neither a restart nor a second gateway uses it twice.

A gateway takes from a cap in small lots, each written down before any of it is used. A crash therefore wastes at most
one lot and never lets more through than the cap. Gateways that share one folder share the caps exactly.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from secondline.core.canonical import canonical, digest_bytes
from secondline.core.errors import LedgerError

LOTS = 200
"""A lot is the two-hundredth part of a cap, and at least what is asked for."""


class Counts:
    """What is left of caps; used from one thread."""

    def __init__(self, path: Path) -> None:
        """Keep counts in the file *path*.

        Raises:
            LedgerError: it cannot be written.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._base = sqlite3.connect(path, timeout=2.0, isolation_level=None, check_same_thread=False)
            self._base.execute("PRAGMA journal_mode=WAL")
            self._base.execute("PRAGMA synchronous=FULL")
            self._base.execute("CREATE TABLE IF NOT EXISTS used (cap TEXT PRIMARY KEY, amount REAL NOT NULL)")
        except (sqlite3.Error, OSError) as error:
            raise LedgerError(f"Cannot keep counts of caps in {str(path)!r}: {error}.") from error
        self._held: dict[str, float] = {}

    def take(self, cap: str, amount: float, most: float) -> bool:
        """Use *amount* of a cap of *most*; False, and nothing is used, where it is not there or cannot be noted."""
        held = self._held.get(cap, 0.0)
        if held < amount:
            held += self._lot(cap, amount - held, most)
            self._held[cap] = held
        if held < amount:
            return False
        self._held[cap] = held - amount
        return True

    def _lot(self, cap: str, needed: float, most: float) -> float:
        """Write down that a lot is taken and return it; nothing where *needed* is not left."""
        try:
            self._base.execute("BEGIN IMMEDIATE")
            row = self._base.execute("SELECT amount FROM used WHERE cap = ?", (cap,)).fetchone()
            left = most - (row[0] if row else 0.0)
            lot = min(max(needed, float(most // LOTS)), left) if left >= needed else 0.0
            if lot:
                sql = "INSERT INTO used VALUES (?, ?) ON CONFLICT (cap) DO UPDATE SET amount = amount + excluded.amount"
                self._base.execute(sql, (cap, lot))
            self._base.execute("COMMIT")
        except sqlite3.Error:
            with suppress(sqlite3.Error):
                self._base.execute("ROLLBACK")
            return 0.0
        return lot

    def give_back(self, cap: str, amount: float) -> None:
        """Return what was taken for a case that another condition refused."""
        self._held[cap] = self._held.get(cap, 0.0) + amount

    def used(self, cap: str) -> float:
        """Return how much of a cap is used, what is held for later not counted."""
        row = self._base.execute("SELECT amount FROM used WHERE cap = ?", (cap,)).fetchone()
        return (row[0] if row else 0.0) - self._held.get(cap, 0.0)

    def close(self) -> None:
        """Give back what was taken and not used, and close."""
        with closing(self._base), suppress(sqlite3.Error):
            for cap, amount in self._held.items():
                if amount:
                    self._base.execute("UPDATE used SET amount = amount - ? WHERE cap = ?", (amount, cap))
            self._held.clear()


def name_of(approval: str, condition: Mapping[str, Any], at: float) -> str:
    """Return what a cap is counted under: approval, condition, and the day, ISO week, month or year; or the whole."""
    when = datetime.fromtimestamp(at, UTC)
    year, week, _ = when.isocalendar()
    periods = {
        "day": when.strftime("%Y-%m-%d"), "week": f"{year}-W{week:02d}", "month": when.strftime("%Y-%m"),
        "year": when.strftime("%Y"), "total": "total",
    }  # fmt: skip
    which = digest_bytes(canonical(dict(condition)).encode())[:12]
    return f"{approval} {which} {periods[str(condition.get('per', 'day'))]}"
