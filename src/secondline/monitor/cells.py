"""Cells: the statistics of one model, version and day, saved, and computed again only where something has changed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from secondline.core.evidence import PopulationFacts
from secondline.ledger.sql import run
from secondline.monitor import manifest
from secondline.monitor.forget import first_kept
from secondline.monitor.labels import last_known, matured
from secondline.monitor.lens import ROWS, Lens
from secondline.monitor.packing import added, pack, unpack
from secondline.monitor.parts import DAY, Part
from secondline.monitor.readings import Window
from secondline.monitor.rows import Left, load

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from secondline.monitor.state import State

FACTS, TALLY = "facts", "tally"
MOST_DAYS = 1 << 31


@dataclass(frozen=True, slots=True)
class Cell:
    """One day's statistics. ``records`` are by the text of their need.

    ``facts`` is None when the model decided nothing. ``tally`` counts decisions by who decided and what: the key is
    ``arm/decision``.
    """

    model: str
    version: str
    day: int
    rows: int
    labelled: int
    repeated: int
    contradicted: int
    label_last: int
    mature: bool
    facts: PopulationFacts | None
    tally: Mapping[str, int]
    records: Mapping[str, Any]

    def __add__(self, other: Cell) -> Cell:
        """Return the cell of both days' rows; its day is the earlier one, its version empty where they differ."""
        tally = {k: self.tally.get(k, 0) + other.tally.get(k, 0) for k in sorted({*self.tally, *other.tally})}
        records = {
            name: added(self.records[name], other.records[name]) if self.records and other.records else held
            for name, held in (self.records or other.records).items()
        }
        return Cell(
            self.model, self.version if self.version == other.version else "", min(self.day, other.day),
            self.rows + other.rows, self.labelled + other.labelled, self.repeated + other.repeated,
            self.contradicted + other.contradicted, max(self.label_last, other.label_last),
            self.mature and other.mature, _facts_of_both(self.facts, other.facts), tally, records,
        )  # fmt: skip


def _facts_of_both(a: PopulationFacts | None, b: PopulationFacts | None) -> PopulationFacts | None:
    if a is None or b is None:
        return a or b
    firsts = [t for t in (a.time_first, b.time_first) if t is not None]
    lasts = [t for t in (a.time_last, b.time_last) if t is not None]
    return a.model_copy(
        update={
            "rows": a.rows + b.rows,
            "label_missing": a.label_missing + b.label_missing,
            "score_missing": a.score_missing + b.score_missing,
            "weight_total": None if a.weight_total is None else a.weight_total + (b.weight_total or 0.0),
            "events": None if a.events is None else a.events + (b.events or 0),
            "time_first": min(firsts, default=None),
            "time_last": max(lasts, default=None),
            # A sum, so that the order of adding does not matter.
            "fingerprint": f"{(int(a.fingerprint, 16) + int(b.fingerprint, 16)) % (1 << 256):064x}",
        }
    )


def compute(
    lens: Lens, state: State, parts: Sequence[Part], cell: tuple[str, str, int], instant: int,
    window: Window | None = None,
) -> tuple[Cell, Left]:  # fmt: skip
    """Return a cell from its rows (those in a window), by the labels that the lens holds, and what was left out."""
    left = load(lens, state, parts, instant, window=window)
    mature = matured(lens.kept.absent, cell[2], instant)
    last, labelled = last_known(lens)
    facts = lens.facts()
    records = {repr(need): record for need, record in lens.records().items()} if facts else {}
    tally = lens.run(
        f"SELECT live_arm || '/' || live_decision, count(*) FROM {ROWS} GROUP BY 1 ORDER BY 1"  # noqa: S608 - our names
    )
    counts = {str(name): int(number) for name, number in tally}
    return Cell(
        *cell, sum(counts.values()), labelled, left.repeated, len(left.contradictions), last, mature, facts, counts,
        records,
    ), left  # fmt: skip


def save(connection: Any, cell: Cell, clean: int, plan: str) -> None:
    """Keep a computed cell; ``clean`` is how often it had been marked dirty when its rows were read."""
    facts = json.loads(cell.facts.model_dump_json()) if cell.facts else None
    said = json.dumps({FACTS: facts, TALLY: dict(cell.tally)}, sort_keys=True)
    run(
        connection,
        "UPDATE monitor_cells SET clean = ?, rows = ?, labelled = ?, repeated = ?, contradicted = ?, label_last = ?,"
        " mature = ?, plan = ?, records = ? WHERE model = ? AND version = ? AND day = ? AND (clean <= ? OR plan <> ?)",
        (clean, cell.rows, cell.labelled, cell.repeated, cell.contradicted, cell.label_last, int(cell.mature), plan,
         pack({"@": said, **cell.records}), cell.model, cell.version, cell.day, clean, plan),
    )  # fmt: skip


def saved(state: State, cell: tuple[str, str, int]) -> Cell | None:
    """Return a cell as it was last computed, whether or not it is out of date."""
    names = "rows, labelled, repeated, contradicted, label_last, mature, records"
    statement = f"SELECT {names} FROM monitor_cells WHERE model = ? AND version = ? AND day = ?"  # noqa: S608 - our names
    with state.reading() as connection:
        row = run(connection, statement, cell).fetchone()
    if row is None or row[6] is None:
        return None
    held = unpack(bytes(row[6]))
    said = json.loads(held.pop("@"))
    facts = PopulationFacts.model_validate(said[FACTS]) if said[FACTS] else None
    return Cell(*cell, row[0], row[1], row[2], row[3], row[4], bool(row[5]), facts, said[TALLY], held)


@dataclass(frozen=True, slots=True)
class Mark:
    """What the table of cells says of one day, without its statistics."""

    model: str
    version: str
    day: int
    dirty: int
    clean: int
    rows: int
    labelled: int
    repeated: int
    contradicted: int
    label_last: int
    mature: bool
    plan: str

    @property
    def cell(self) -> tuple[str, str, int]:
        """Model, version and day."""
        return self.model, self.version, self.day

    def current(self, plan: str) -> bool:
        """Whether the saved cell rests on all that was taken in, cut by the plan of that digest."""
        return self.dirty <= self.clean and self.plan == plan


def marks(state: State, model: str, version: str = "", days: tuple[int, int] | None = None) -> list[Mark]:
    """Return what is known of the days of a model, in order of day and version.

    ``days`` are the first day and the one after the last. Days that were forgotten are left out, also where an event
    of theirs has come since.
    """
    names = ", ".join(f.name for f in fields(Mark))
    days = max(days[0] if days else 0, first_kept(state, model) // DAY), days[1] if days else MOST_DAYS
    where, values = "model = ?", [model, *([version] if version else []), *days]
    where += " AND version = ?" if version else ""
    where += " AND day >= ? AND day < ?"
    statement = f"SELECT {names} FROM monitor_cells WHERE {where} ORDER BY day, version"  # noqa: S608 - our names
    with state.reading() as connection:
        rows = run(connection, statement, values).fetchall()
    return [_mark(row) for row in rows]


def _mark(row: Sequence[Any]) -> Mark:
    held: dict[str, Any] = dict(zip((f.name for f in fields(Mark)), row, strict=True))
    held["mature"] = bool(held["mature"])
    return Mark(**held)


def parts_of(connection: Connection, cell: tuple[str, str, int]) -> list[Part]:
    """Return the parts of one cell."""
    return manifest.listed(connection, "kind = 'decision' AND model = ? AND version = ? AND day = ?", cell)
