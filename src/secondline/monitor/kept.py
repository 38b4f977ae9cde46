"""Kept: the table of readings. A later reading of a window stands beside the earlier ones, so that both can be told."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from secondline.core.canonical import digest
from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.ledger.sql import run
from secondline.monitor.readings import Reading, Window

if TYPE_CHECKING:
    from sqlalchemy import Connection

NAMES = (
    "model", "version", "start", "end", "segment", "level", "metric", "basis", "known", "maturity", "measured",
)  # fmt: skip
_LIST = ", ".join(f'"{name}"' for name in NAMES)


def keep(connection: Connection, readings: Sequence[Reading]) -> int:
    """Add readings that say something new; returns how many."""
    marks = ", ".join("?" * (len(NAMES) + 1))
    statement = f"INSERT INTO monitor_readings ({_LIST}, digest) VALUES ({marks}) ON CONFLICT DO NOTHING"  # noqa: S608 - our names
    added = 0
    for reading in readings:
        row = _row(reading)
        added += run(connection, statement, (*row, digest([list(row)]))).rowcount
    return added


def _row(reading: Reading) -> tuple[Any, ...]:
    window = reading.window
    return (
        window.model, window.version, window.start, window.end, window.segment, window.level, reading.metric,
        reading.basis, reading.known, reading.maturity, told(reading.measured),
    )  # fmt: skip


def read(
    connection: Connection, model: str, *, metric: str | None = None, known: int | None = None,
    window: Window | None = None,
) -> list[Reading]:  # fmt: skip
    """Return readings of a model in the order they were made."""
    where, values = ["model = ?"], [model]
    chosen: list[tuple[str, Any]] = [] if metric is None else [("metric = ?", metric)]
    chosen += [] if known is None else [("known <= ?", known)]
    if window is not None:
        parts = ("version", "start", "end", "segment", "level")
        chosen += [(f'"{name}" = ?', getattr(window, name)) for name in parts]
    for clause, value in chosen:
        where.append(clause)
        values.append(value)
    statement = f"SELECT {_LIST} FROM monitor_readings WHERE {' AND '.join(where)} ORDER BY n"  # noqa: S608 - our names
    return [_reading(row) for row in run(connection, statement, values).fetchall()]


def _reading(row: Sequence[Any]) -> Reading:
    window = Window(row[0], row[1], row[2], row[3], row[4], row[5])
    return Reading(window, row[6], measured(row[10]), row[7], row[8], row[9])


def told(value: Measured) -> str:
    """Return a number or the reason there is none as JSON."""
    return value.model_dump_json(exclude_defaults=True)


def measured(text: str) -> Measured:
    """Return what *told* wrote."""
    held = json.loads(text)
    return Undefined(**held) if "because" in held else Estimate(**held)
