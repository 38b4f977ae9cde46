"""Forget: let go of the cases of days long past. What was concluded from them, the readings, stays.

The parts of decisions and snapshots of those days go, with their day's statistics; so do parts of labels, overrides and
investigations that speak of nothing later. A window that reaches back before the forgotten day is refused from then on,
rather than measured on what happens to be left. Only parts that were audited go, so that no repetition is overlooked.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from secondline.core.errors import DataError
from secondline.ledger.sql import run, value
from secondline.monitor import seen
from secondline.monitor.manifest import listed
from secondline.monitor.parts import DAY

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from secondline.monitor.readings import Window
    from secondline.monitor.state import State

GONE = 'model = ? AND audited > 0 AND ((day >= 0 AND day < ?) OR (day < 0 AND "last" < ? AND known < ?))'


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What went, or would go."""

    parts: int
    rows: int
    bytes: int
    days: int


def forget(state: State, model: str, before: int, *, only_look: bool = False) -> Forgotten:
    """Forget the cases of *model* of days before *before* (days since 1970); with *only_look* say what would go.

    The files go with the sweep after an hour, so that whoever reads them now can finish.
    """
    with state.writing() as connection:
        held = (model, before, before * DAY, before * DAY)
        parts = listed(connection, GONE, held)
        days = "SELECT count(DISTINCT day) FROM monitor_cells WHERE model = ? AND day < ?"
        counted = int(value(connection, days, (model, before)))
        if not only_look:
            retire = f"UPDATE monitor_parts SET retired = ? WHERE retired = 0 AND {GONE}"  # noqa: S608 - our names
            run(connection, retire, (int(time.time()), *held))
            run(connection, "DELETE FROM monitor_cells WHERE model = ? AND day < ?", (model, before))
            seen.lost(connection)
            edge = max(before, forgotten(connection, model))
            run(
                connection, "INSERT INTO monitor_meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE"
                " SET value = excluded.value", (_name(model), str(edge)),
            )  # fmt: skip
    return Forgotten(len(parts), sum(part.rows for part in parts), sum(part.bytes for part in parts), counted)


def forgotten(connection: Connection, model: str) -> int:
    """Return the day before which the cases of a model were forgotten, or 0."""
    return int(value(connection, "SELECT value FROM monitor_meta WHERE name = ?", (_name(model),)) or 0)


def first_kept(state: State, model: str) -> int:
    """Return the instant before which the cases of a model were forgotten, or 0."""
    with state.reading() as connection:
        return forgotten(connection, model) * DAY


def must_be_kept(state: State, window: Window) -> None:
    """Refuse a window whose cases are no longer all there.

    Raises:
        DataError: it begins before the day up to which cases were forgotten.
    """
    edge = first_kept(state, window.model)
    if window.start < edge:
        day = date(1970, 1, 1) + timedelta(microseconds=edge)
        raise DataError(
            f"The cases of {window.model} before {day} were forgotten; a window can begin on that day. "
            "Readings made before are kept."
        )


def _name(model: str) -> str:
    return f"forgotten {model}"
