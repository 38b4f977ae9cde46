"""Engine: one thread in one order, so that sums of fractions come out the same to the last digit whenever made."""

from __future__ import annotations

from typing import Any

from secondline.frames.engines import connect


def in_order() -> Any:
    """Return a fresh engine that adds rows up in the order they stand in."""
    con: Any = connect()
    for setting in ("threads = 1", "preserve_insertion_order = true"):
        con.raw_sql(f"SET {setting}")
    return con
