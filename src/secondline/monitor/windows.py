"""Windows: bring the day cells up to date, and add them to any window of whole days."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import TYPE_CHECKING

from secondline.ledger.sql import run
from secondline.monitor import cells, manifest
from secondline.monitor.audit import audit
from secondline.monitor.cells import Cell, Mark
from secondline.monitor.compact import compact
from secondline.monitor.forget import must_be_kept
from secondline.monitor.labels import FOREVER, join_labels, matured
from secondline.monitor.lens import Lens, looking
from secondline.monitor.parts import DAY, Part
from secondline.monitor.readings import Window
from secondline.monitor.watched import Watched, all_watched, watched

if TYPE_CHECKING:
    from secondline.monitor.state import State

Progress = Callable[[str, int, int], None]


def quiet(_what: str, _done: int, _total: int) -> None:
    """Report progress to nobody."""


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a refresh did: the parts it looked at for the first time, the cells it computed, the parts it merged."""

    parts: int
    cells: int
    merged: int


def refresh(
    state: State, model: str | None = None, *, known: int | None = None, progress: Progress = quiet
) -> Refreshed:
    """Bring the cells of a watched model (or of all) up to date with what was taken in.

    ``known`` is the instant at which an absent label is looked at (the latest that the model's events speak of,
    unless given). A cell changed while it is computed stays out of date, and the next refresh computes it.
    """
    seen = audit(state)
    names = all_watched(state) if model is None else [watched(state, model).model]
    done = sum(_refresh(state, watched(state, name), known, progress) for name in names)
    merged = sum(compact(state, name) for name in names)
    state.sweep()
    return Refreshed(seen, done, merged)


def _refresh(state: State, kept: Watched, known: int | None, progress: Progress) -> int:
    instant = state.latest(kept.model) if known is None else known
    todo = [mark for mark in cells.marks(state, kept.model) if _due(kept, mark, instant)]
    if not todo:
        return 0
    with looking(state, kept) as lens:
        join_labels(lens, state, state.parts("label", kept.model), FOREVER)
        for i, mark in enumerate(todo):
            progress(f"{kept.model}: day {mark.day}", i, len(todo))
            _one(state, lens, mark.cell, instant)
    return len(todo)


def _due(kept: Watched, mark: Mark, instant: int) -> bool:
    return not mark.current(kept.digest) or mark.mature != matured(kept.absent, mark.day, instant)


def _one(state: State, lens: Lens, cell: tuple[str, str, int], instant: int) -> None:
    with state.reading() as connection:
        statement = "SELECT dirty FROM monitor_cells WHERE model = ? AND version = ? AND day = ?"
        dirty = int(run(connection, statement, cell).fetchone()[0])
        parts = cells.parts_of(connection, cell)
    found, left = cells.compute(lens, state, parts, cell, instant)
    with state.writing() as connection:
        cells.save(connection, found, dirty, lens.kept.digest)
        manifest.bury(connection, left.contradictions)


def window_cell(state: State, lens: Lens, window: Window, known: int) -> Cell | None:
    """Return a window as one cell, as known at an instant: the sum of its days and versions in order.

    A saved day is taken where it says what was known then; any other, and a part of a day or one level of a segment,
    is computed from its rows. None without decisions.

    Raises:
        DataError: the window reaches back to days that were forgotten.
    """
    must_be_kept(state, window)
    days = window.start // DAY, -(-window.end // DAY)
    labels = False
    found: list[Cell] = []
    for mark in cells.marks(state, window.model, window.version, days):
        cell = cells.saved(state, mark.cell) if _fits(lens.kept, mark, window, known) else None
        if cell is None:
            if not labels:
                join_labels(lens, state, state.parts("label", window.model), known)
                labels = True
            with state.reading() as connection:
                parts = cells.parts_of(connection, mark.cell)
            cell, _ = cells.compute(lens, state, parts, mark.cell, known, window)
        found.append(cell)
    return reduce(add, found) if found else None


def _fits(kept: Watched, mark: Mark, window: Window, known: int) -> bool:
    whole = window.start <= mark.day * DAY and (mark.day + 1) * DAY <= window.end and not window.segment
    said = mark.label_last <= known and mark.mature == matured(kept.absent, mark.day, known)
    return whole and said and mark.current(kept.digest)


def parts_within(state: State, window: Window) -> list[Part]:
    """Return the parts that hold decisions of a window.

    Raises:
        DataError: the window reaches back to days that were forgotten.
    """
    must_be_kept(state, window)
    days = window.start // DAY, -(-window.end // DAY)
    with state.reading() as connection:
        found = [cells.parts_of(connection, m.cell) for m in cells.marks(state, window.model, window.version, days)]
    return [part for parts in found for part in parts]
