"""Audit: what new parts change elsewhere: an event id that another cell has too, a label of an old decision.

Each new part is looked at once, against all ids there were before. Those are in an index (`seen`), so old parts are
read only where it says that they hold what a new one holds. What the audit finds is kept with the mark that says it was
done, in one transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from secondline.frames.engines import connect, mapped
from secondline.ledger.sql import run, run_many
from secondline.monitor import manifest, seen
from secondline.monitor.labels import read_parts
from secondline.monitor.manifest import Dead
from secondline.monitor.parts import DAY, PLACE, Part
from secondline.monitor.rows import REASON
from secondline.monitor.seen import CONTENT, Cell, Entries, Run

if TYPE_CHECKING:
    from secondline.monitor.state import State

PLACES = ", ".join(PLACE)


def audit(state: State) -> int:
    """Look at every part not yet audited; returns how many there were."""
    with state.reading() as connection:
        fresh = manifest.listed(connection, "audited = 0")
        known = manifest.listed(connection, "audited = 1 AND kind IN ('decision', 'label')") if fresh else []
        runs = seen.listed(connection)
    if not fresh:
        return 0
    con: Any = connect()
    con.raw_sql("SET threads = 1")
    try:
        look = _Look(con, state, fresh, known, runs)
        strays = _strays(look)
        late, dead = _labels(look)
    except FileNotFoundError:
        with state.writing() as connection:
            seen.lost(connection)
        return audit(state)
    finally:
        con.con.close()
    _keep(state, look, strays, late, dead)
    seen.tidy(state)
    return len(fresh)


class _Look:
    """One audit: its new parts, those audited before there was an index, and all entries, theirs too."""

    def __init__(
        self, con: Any, state: State, fresh: Sequence[Part], known: Sequence[Part], runs: Collection[Run]
    ) -> None:
        self.con, self.state, self.parts = con, state, [*fresh, *known]
        self.decisions = state.parts("decision")
        self.made: list[Run] = []
        self.entries = {kind: seen.opened(state, [r for r in runs if r.kind == kind]) for kind in seen.ENTRIES}
        self.fresh = {kind: [p for p in fresh if p.kind == kind] for kind in seen.ENTRIES}
        self.new = {kind: self._made(kind, parts) for kind, parts in self.fresh.items()}
        for kind in seen.ENTRIES:
            self._made(kind, [p for p in known if p.kind == kind])

    def _made(self, kind: str, parts: Sequence[Part]) -> list[Entries]:
        made = seen.made(self.con, self.state, kind, parts)
        self.made += [one for one, _ in made]
        self.entries[kind] += [entries for _, entries in made]
        return [entries for _, entries in made]

    def differing(self, kind: str) -> Entries:
        """Return the entries of the new ids that are more than one thing."""
        new = self.new[kind]
        if not new:
            return np.empty((2, 0), np.uint64)
        return seen.differing(seen.found(self.entries[kind], np.unique(np.concatenate([one[0] for one in new]))))

    def ask(self, sql: str) -> list[Any]:
        """Return the rows of a query."""
        with mapped("The audit of new parts"):
            return list(self.con.con.execute(sql).fetchall())


def _strays(look: _Look) -> list[tuple[Any, ...]]:
    """Return all rows of the new ids that lie in more than one cell: id, model, version, day and place."""
    marks = set(look.differing("decision")[1].tolist())
    every = [part for part in look.decisions if seen.mark_of(part.cell) in marks]
    new = [part for part in look.fresh["decision"] if seen.mark_of(part.cell) in marks]
    if not new:
        return []
    cells = f'(SELECT id, model, version, "at" // {DAY} AS day, {PLACES} FROM {read_parts(look.state, every)})'  # noqa: S608 - our names
    sql = (
        f"WITH d AS {cells}, n AS (SELECT DISTINCT id FROM {read_parts(look.state, new)}), "  # noqa: S608 - our names
        "m AS (SELECT * FROM d SEMI JOIN n USING (id)), "
        "twice AS (SELECT id FROM m GROUP BY id HAVING count(DISTINCT (model, version, day)) > 1) "
        f"SELECT id, model, version, day, {PLACES} FROM m SEMI JOIN twice USING (id) ORDER BY id, {PLACES}"
    )
    return look.ask(sql)


def _labels(look: _Look) -> tuple[set[Cell], list[Dead]]:
    """Return the cells whose decisions new labels speak of, and the labels that contradict one of the same id."""
    cells: set[Cell] = set()
    dead: list[Dead] = []
    contradicted = bool(look.differing("label").size)
    for model in sorted({part.model for part in look.fresh["label"]}):
        new = read_parts(look.state, [part for part in look.fresh["label"] if part.model == model])
        asked = seen.keys(look.con, f"SELECT decision AS id FROM {new}")  # noqa: S608 - our names
        marks = set(seen.found(look.entries["decision"], asked)[1].tolist())
        mine = {part.cell for part in look.decisions if part.model == model}
        cells |= {cell for cell in mine if seen.mark_of(cell) in marks}
        dead += _contradictions(look, new, model) if contradicted else []
    return cells, dead


def _contradictions(look: _Look, new: str, model: str) -> list[Dead]:
    every = read_parts(look.state, look.state.parts("label", model))
    sql = (
        f"WITH n AS (SELECT DISTINCT id FROM {new}), m AS (SELECT id, {PLACES}, "  # noqa: S608 - our names
        f"hash({CONTENT}) AS content FROM {every} SEMI JOIN n USING (id)), "
        f"w AS (SELECT id, arg_min(content, ({PLACES})) AS content FROM m GROUP BY id) "
        f"SELECT {PLACES}, id FROM m JOIN w USING (id) WHERE m.content <> w.content ORDER BY {PLACES}"
    )
    return [Dead(topic, partition, place, REASON, event) for topic, partition, place, event in look.ask(sql)]


def _keep(state: State, look: _Look, strays: Sequence[tuple[Any, ...]], late: set[Cell], dead: Sequence[Dead]) -> None:
    first: dict[str, tuple[Any, ...]] = {}
    for row in strays:  # in order of place: the first of an id is the one that counts
        first.setdefault(row[0], row[4:])
    touched = {(row[1], row[2], int(row[3])) for row in strays} | late
    with state.writing() as connection:
        run_many(
            connection,
            f"INSERT INTO monitor_strays (id, {PLACES}) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET "  # noqa: S608 - our names
            "topic = excluded.topic, partition = excluded.partition, place = excluded.place",
            [(event, *place) for event, place in sorted(first.items())],
        )
        for cell in sorted(touched):
            manifest.dirty(connection, cell)
        manifest.bury(connection, dead)
        seen.add(connection, look.made)
        for part in look.parts:
            run(connection, "UPDATE monitor_parts SET audited = ? WHERE file = ?", (seen.INDEXED, part.file))
